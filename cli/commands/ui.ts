import type { Command } from 'commander';
import { portArgument, withServerOptions } from '../shared-options.js';
import type { SharedOptions } from '../shared-options.js';
import { printLine } from '../output.js';

interface UiOptions extends SharedOptions {
  readonly port?: number;
  readonly readOnly?: boolean;
}

/** `duramen ui` */
export function addUi(program: Command): void {
  withServerOptions(program.command('ui'))
    .summary('serve a live page with all searches of the home')
    .description(
      'Serves a page on this machine alone: all searches of the home, finished ones too, each as the page of ' +
        '"duramen report", which follows it while it runs. With a Temporal server the page can pause, resume, extend ' +
        'and cancel; without one it only shows. Ends with Ctrl-C.',
    )
    .option('--port <port>', 'port of the page (default: a free one)', portArgument)
    .option('--read-only', 'nothing can be changed from the page')
    .addHelpText('after', '\nExamples:\n  duramen ui\n  duramen ui --port 8300 --read-only')
    .action(async ({ port, readOnly, ...options }: UiOptions) => {
      const { duramenHome } = await import('../../client/index.js');
      const { DeskReading } = await import('../desk/desk-reading.js');
      const { DeskServer } = await import('../desk/desk-server.js');
      const { DeskSteering } = await import('../desk/desk-steering.js');
      const home = options.home ?? duramenHome();
      const steering = new DeskSteering({ ...options, home }, readOnly === true);
      const server = new DeskServer(new DeskReading(home), steering);
      printLine(`The page is at ${await server.listen(port ?? 0)} (Ctrl-C ends it).`);
      await new Promise<void>((resolve) => {
        process.once('SIGINT', () => resolve());
        process.once('SIGTERM', () => resolve());
      });
      await server.close();
    });
}
