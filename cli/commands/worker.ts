import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { ClientError } from '../../client/errors/index.js';
import { exitCode } from '../exit-code.js';
import { countArgument, withServerOptions } from '../shared-options.js';
import type { SharedOptions } from '../shared-options.js';
import { workerArguments } from '../worker-process.js';

interface WorkerOptions extends SharedOptions {
  readonly queues?: string;
  readonly slots?: number;
}

/** `duramen worker` */
export function addWorker(program: Command): void {
  withServerOptions(program.command('worker'))
    .summary('serve searches and evaluations on this machine')
    .description(
      'Runs a worker in the foreground until SIGTERM or Ctrl-C; evaluations then write a checkpoint.',
    )
    .option(
      '--queues <names>',
      'what to serve: search, cpu, gpu or the queues that resources name (default: search,cpu, and gpu where nvidia-smi lists one)',
    )
    .option('--slots <count>', 'evaluations at the same time (default: one per processor)', countArgument)
    .addHelpText(
      'after',
      '\nExamples:\n  duramen worker\n  duramen worker --queues gpu --slots 2 --address temporal.example:7233',
    )
    .action(async (options: WorkerOptions) => {
      const { connect, duramenHome, findServer } = await import('../../client/index.js');
      const home = options.home ?? duramenHome();
      // Fails with one sentence when no server answers.
      await (await connect({ ...options, home })).close();
      const found = await findServer({ ...options, home });
      if (found.kind === 'none')
        throw new ClientError('unreachable', 'The server was stopped at this moment.');
      const address = found.kind === 'embedded' ? found.address : options.address;
      process.exitCode = await runWorker(
        workerArguments({
          home,
          ...(address === undefined ? {} : { address }),
          ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
          ...(options.slots === undefined ? {} : { slots: options.slots }),
          ...(options.queues === undefined ? {} : { queues: options.queues }),
        }),
      );
    });
}

async function runWorker(args: readonly string[]): Promise<number> {
  const main = fileURLToPath(new URL('../../workers/main.js', import.meta.url));
  const child = spawn(process.execPath, ['--enable-source-maps', main, ...args], { stdio: 'inherit' });
  const forward = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  // Ctrl-C reaches the worker by itself: the terminal sends it to the whole process group.
  const ignore = (): void => undefined;
  process.on('SIGTERM', forward);
  process.on('SIGINT', ignore);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        resolve(code ?? exitCode.failed);
      });
    });
  } finally {
    process.off('SIGTERM', forward);
    process.off('SIGINT', ignore);
  }
}
