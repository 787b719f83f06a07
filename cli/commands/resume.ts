import type { Command } from 'commander';
import { withClient, withServerOptions } from '../shared-options.js';
import type { SharedOptions } from '../shared-options.js';

/** `duramen resume ID` */
export function addResume(program: Command): void {
  withServerOptions(program.command('resume'))
    .summary('go on with a search that is paused, was cancelled or failed')
    .description('Takes the same decisions as if the search had never been interrupted.')
    .argument('<id>', 'id of the search')
    .addHelpText('after', '\nExample:\n  duramen resume tune-mlp')
    .action(async (id: string, options: SharedOptions) => {
      await withClient(options, async (client) => {
        await client.resume(id);
        console.log(
          `Search "${id}" goes on; it needs a worker ("duramen worker", or "duramen run" with its file).`,
        );
      });
    });
}
