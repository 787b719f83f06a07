import { Argument } from 'commander';
import type { Command } from 'commander';
import { dataSetRecords } from '#setup/data-set-records.mjs';
import { fetchedDataSetNames, findDataSet, installDataSet } from '#setup/data-sets.mjs';
import { textTable } from '../text-table.js';
import { printError, printLine } from '../output.js';

/** `duramen data` */
export function addData(program: Command): void {
  program
    .command('data')
    .summary('fetch a data set now instead of when a search first needs it')
    .description(
      'Fetches a data set into the cache of this user and checks it; without a name it lists what is there.',
    )
    .addArgument(new Argument('[name]', 'data set').choices(fetchedDataSetNames))
    .addHelpText('after', '\nExamples:\n  duramen data\n  duramen data fashion-mnist')
    .action(async (name: string | undefined) => {
      if (name !== undefined) {
        const folder = await installDataSet(name, { say: (line) => printError(line) });
        printLine(`${name} is in ${folder}`);
        return;
      }
      const rows: string[][] = [];
      for (const [each, { title, origin }] of Object.entries(dataSetRecords)) {
        const found = await findDataSet(each);
        const place = found.kind === 'found' ? found.folder : `not fetched yet (${origin.megabytes} MB)`;
        rows.push([each, title, place]);
      }
      printLine(textTable(rows));
    });
}
