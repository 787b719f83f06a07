import type { Command } from 'commander';
import { withClient, withServerOptions } from '../shared-options.js';
import type { SharedOptions } from '../shared-options.js';

/** `duramen cancel ID` */
export function addCancel(program: Command): void {
  withServerOptions(program.command('cancel'))
    .summary('end a search; it can be resumed')
    .description(
      'Ends a search with all its inner searches. Nothing is lost: "duramen resume" goes on exactly there.',
    )
    .argument('<id>', 'id of the search')
    .addHelpText('after', '\nExample:\n  duramen cancel tune-mlp')
    .action(async (id: string, options: SharedOptions) => {
      await withClient(options, async (client) => {
        await client.handle(id).cancel();
        console.log(`Search "${id}" is being cancelled; "duramen resume ${id}" goes on.`);
      });
    });
}
