import type { Command } from 'commander';
import { withClient, withServerOptions } from '../shared-options.js';
import type { SharedOptions } from '../shared-options.js';

/** `duramen pause ID` */
export function addPause(program: Command): void {
  withServerOptions(program.command('pause'))
    .summary('pause a search with all its inner searches')
    .description('Starts nothing new; trainings write a checkpoint and free their device.')
    .argument('<id>', 'id of the search')
    .addHelpText('after', '\nExample:\n  duramen pause tune-mlp')
    .action(async (id: string, options: SharedOptions) => {
      await withClient(options, async (client) => {
        await client.handle(id).pause();
        console.log(`Search "${id}" is paused; "duramen resume ${id}" goes on.`);
      });
    });
}
