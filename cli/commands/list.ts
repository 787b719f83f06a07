import type { Command } from 'commander';
import { formatNumber } from '../number-format.js';
import type { SearchListing } from '../../client/index.js';
import { isUnreachable, withClient, withServerOptions } from '../shared-options.js';
import type { SharedOptions } from '../shared-options.js';
import { textTable } from '../text-table.js';
import { printError, printJson, printLine } from '../output.js';

interface ListOptions extends SharedOptions {
  readonly all?: boolean;
  readonly open?: boolean;
  readonly json?: boolean;
}

/** `duramen list` */
export function addList(program: Command): void {
  withServerOptions(program.command('list'))
    .summary('list searches')
    .description(
      'Lists the searches that the server knows, the latest first; without a server those that have a journal in the home.',
    )
    .option('--all', 'inner searches too')
    .option('--open', 'only open ones')
    .option('--json', 'one line of JSON for each')
    .addHelpText('after', '\nExamples:\n  duramen list\n  duramen list --open --json')
    .action(async (options: ListOptions) => {
      const listings = await listingsOf(options);
      if (options.json === true) {
        for (const listing of listings) printJson(listing);
        return;
      }
      if (listings.length === 0) {
        printLine('There are no searches.');
        return;
      }
      const rows = listings.map(({ id, phase, trials, best, started }) => [
        id,
        phase,
        trials === null ? '' : String(trials),
        best === null ? '' : formatNumber(best),
        started.toISOString().slice(0, 19).replace('T', ' '),
      ]);
      printLine(textTable([['search', 'phase', 'trials', 'best', 'started (UTC)'], ...rows]));
    });
}

async function listingsOf(options: ListOptions): Promise<readonly SearchListing[]> {
  const wanted = { inner: options.all === true, open: options.open === true };
  let listings: readonly SearchListing[] = [];
  try {
    await withClient(options, async (client) => {
      listings = await client.list(wanted);
    });
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    const { duramenHome, recordedSearches } = await import('../../client/index.js');
    listings = await recordedSearches(options.home ?? duramenHome(), wanted);
    if (listings.length === 0) throw error;
    printError('No server answers, so this is from the journals.');
  }
  return listings;
}
