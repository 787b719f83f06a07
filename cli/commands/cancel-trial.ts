import type { Command } from 'commander';
import { indexArgument, withClient, withServerOptions } from '../shared-options.js';
import type { SharedOptions } from '../shared-options.js';

/** `duramen cancel-trial ID INDEX` */
export function addCancelTrial(program: Command): void {
  withServerOptions(program.command('cancel-trial'))
    .summary('give up a running trial')
    .description('Ends a running trial; it counts as cancelled and the search goes on.')
    .argument('<id>', 'id of the search')
    .argument('<index>', 'index of the trial', indexArgument)
    .addHelpText('after', '\nExample:\n  duramen cancel-trial tune-mlp 17')
    .action(async (id: string, index: number, options: SharedOptions) => {
      await withClient(options, async (client) => {
        await client.handle(id).cancelTrial(index);
        console.log(`Trial ${index} of search "${id}" is cancelled.`);
      });
    });
}
