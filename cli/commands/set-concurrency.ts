import type { Command } from 'commander';
import { countArgument, withClient, withServerOptions } from '../shared-options.js';
import type { SharedOptions } from '../shared-options.js';

/** `duramen set-concurrency ID COUNT` */
export function addSetConcurrency(program: Command): void {
  withServerOptions(program.command('set-concurrency'))
    .summary('change how many trials run at once')
    .description('At most the window of the search; decisions stay the same.')
    .argument('<id>', 'id of the search')
    .argument('<count>', 'trials at the same time', countArgument)
    .addHelpText('after', '\nExample:\n  duramen set-concurrency tune-mlp 8')
    .action(async (id: string, count: number, options: SharedOptions) => {
      await withClient(options, async (client) => {
        await client.handle(id).setConcurrency(count);
        console.log(`Search "${id}" runs ${count} trials at the same time.`);
      });
    });
}
