import type { Command } from 'commander';
import type { EmbeddedServer } from '../../client/index.js';
import { exitCode } from '../exit-code.js';
import { portArgument } from '../shared-options.js';
import { printJson, printLine } from '../output.js';

interface HomeOptions {
  readonly home?: string;
}

interface StartOptions extends HomeOptions {
  readonly port?: number;
  readonly uiPort?: number;
}

interface StatusOptions extends HomeOptions {
  readonly json?: boolean;
}

const homeOption = ['--home <folder>', 'whose server (default: DURAMEN_HOME, else .duramen)'] as const;

/** `duramen server start|stop|status` */
export function addServer(program: Command): void {
  const server = program
    .command('server')
    .summary('the embedded Temporal server: start, stop, status')
    .description('The Temporal server on a SQLite file that searches use when no other server is configured.')
    .addHelpText(
      'after',
      '\nExamples:\n  duramen server start\n  duramen server start --port 7233 --ui-port 8233\n  duramen server status',
    );

  server
    .command('start')
    .summary('start it unless it runs')
    .description('Starts the server unless it runs. It outlives this command.')
    .option(...homeOption)
    .option('--port <port>', 'port of the server (default: the last one, else a free one)', portArgument)
    .option('--ui-port <port>', 'port of its pages', portArgument)
    .addHelpText('after', '\nExample:\n  duramen server start --port 7233 --ui-port 8233')
    .action(async ({ home, port, uiPort }: StartOptions) => {
      const { address, uiAddress } = await (
        await embedded(home)
      ).start({
        ...(port === undefined ? {} : { port }),
        ...(uiPort === undefined ? {} : { uiPort }),
      });
      printLine(`The server runs at ${address}; its pages are at ${uiAddress}`);
    });

  server
    .command('stop')
    .summary('stop it; searches go on when it is started again')
    .description('Stops the server. Nothing is lost: searches go on when it is started again.')
    .option(...homeOption)
    .addHelpText('after', '\nExample:\n  duramen server stop')
    .action(async ({ home }: HomeOptions) => {
      printLine((await (await embedded(home)).stop()) ? 'The server is stopped.' : 'No server was running.');
    });

  server
    .command('status')
    .summary('whether it runs, and where')
    .description(
      `Shows whether the server runs; the exit status is ${exitCode.unreachable} when it does not.`,
    )
    .option(...homeOption)
    .option('--json', 'as one line of JSON')
    .addHelpText('after', '\nExample:\n  duramen server status --json')
    .action(async ({ home, json }: StatusOptions) => {
      const status = await (await embedded(home)).status();
      if (json === true) printJson(status);
      else if (status.kind === 'stopped') printLine('No server is running.');
      else {
        const { address, uiAddress, pid, version, started } = status.server;
        printLine(
          `The server runs at ${address}, its pages at ${uiAddress} (process ${pid}, Temporal ${version.server}, since ${started}).`,
        );
      }
      if (status.kind === 'stopped') process.exitCode = exitCode.unreachable;
    });
}

async function embedded(home: string | undefined): Promise<EmbeddedServer> {
  const { duramenHome, EmbeddedServer } = await import('../../client/index.js');
  return new EmbeddedServer(home ?? duramenHome());
}
