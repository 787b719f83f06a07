import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { BrokenRecord, Library, LoadedSearchFile, SimilarityMatrix } from '../../client/index.js';
import { exitCode } from '../exit-code.js';
import { formatNumber } from '../number-format.js';
import { printError, printJson, printLine } from '../output.js';
import { countArgument, withServerOptions } from '../shared-options.js';
import type { SharedOptions } from '../shared-options.js';
import { textTable } from '../text-table.js';

interface LibraryOptions {
  readonly home?: string;
  readonly json?: boolean;
  readonly task?: string;
  readonly output?: string;
}

interface BuildOptions extends SharedOptions {
  readonly name: string;
  readonly concurrency: number;
}

type LibraryRecord = Awaited<ReturnType<Library['find']>>;

/** `duramen library …` */
export function addLibrary(program: Command): void {
  const library = program
    .command('library')
    .summary('keep finished differentiable searches, from which later ones start')
    .description(
      'Keeps what finished searches of darts left: the embedding of their data, masks, logits, architecture and weights, ' +
        'but no code. A search with warmStart starts from the record of the nearest task. No server needs to run.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  duramen library add darts-digits --task "digits 0-4"\n  duramen library list\n' +
        '  duramen library export --output records\n  duramen library import records',
    );
  withHome(library.command('add'))
    .summary('make a finished search a record')
    .description(
      'Makes a finished search a record, from its journal and the checkpoint of its last epoch, and prints its hash. ' +
        'Doing it again makes the same record.',
    )
    .argument('<id>', 'id of the search')
    .option('--task <name>', 'what to call its task (default: the id)')
    .action(async (id: string, { home, task }: LibraryOptions) => {
      const { hash, record } = await (await open(home)).add(id, task);
      printLine(hash);
      if (record.weights === null)
        printError(
          `The record has no weights, because the checkpoint of the last epoch of "${id}" is not there.`,
        );
    });
  withServerOptions(library.command('build'))
    .summary('run searches side by side and make each a record')
    .description(
      'Runs the searches of search files side by side as one flow, and makes each a record when it is finished; ' +
        '"duramen worker" evaluates them. Run again, it goes on where it was, and makes no record twice.',
    )
    .argument('<files...>', 'search files of darts with warmStart, such as digits.search.ts')
    .option('--name <id>', 'id of the flow; the ids of its searches begin with it', 'library')
    .option('--concurrency <count>', 'searches at the same time', countArgument, 2)
    .action(async (files: readonly string[], options: BuildOptions) => {
      process.exitCode = await build(files, options);
    });
  withHome(library.command('list'))
    .summary('show all records')
    .description('Shows all records, and says of broken ones what is wrong; the exit status is 1 then.')
    .option('--json', 'as one line of JSON')
    .action(async ({ home, json }: LibraryOptions) => {
      const { records, broken } = await (await open(home)).records();
      if (json === true) printJson({ records, broken });
      else if (records.length > 0) printLine(textTable([heading, ...records.map(rowOf)]));
      else if (broken.length === 0)
        printLine('The library is empty: "duramen library add ID" puts a search into it.');
      reportBroken(broken, json === true);
    });
  withHome(library.command('similarity'))
    .summary('show how far the tasks are apart')
    .description(
      'Shows the distances between the embeddings of all tasks, from 0 for equal ones to 1, and the largest distance of ' +
        'one to its nearest other, which is what counts as near.',
    )
    .option('--json', 'as one line of JSON')
    .action(async ({ home, json }: LibraryOptions) => {
      const matrices = await (await open(home)).similarity();
      if (json === true) printJson(matrices);
      else if (matrices.length === 0)
        printLine('The library has no record of one task: "duramen library add ID" puts a search into it.');
      else for (const matrix of matrices) printMatrix(matrix);
    });
  withHome(library.command('show'))
    .summary('show a record as JSON')
    .description('Shows all of a record but its weights as JSON.')
    .argument('<hash>', 'hash of the record, or the first 4 digits of it or more')
    .action(async (prefix: string, { home }: LibraryOptions) => {
      const { hash, record } = await (await open(home)).find(prefix);
      printLine(JSON.stringify({ hash, ...record }, null, 2));
    });
  withHome(library.command('export'))
    .summary('write records with their weights into a folder')
    .description(
      'Writes records with their weights into a folder, named by their hashes; without hashes all of them.',
    )
    .argument('[hashes...]', 'hashes of the records, or the first 4 digits of each or more')
    .option('--output <folder>', 'folder to write into (default: library)')
    .action(async (prefixes: readonly string[], { home, output }: LibraryOptions) => {
      const own = await open(home);
      const named: LibraryRecord[] = [];
      for (const prefix of prefixes) named.push(await own.find(prefix));
      const { records, broken } = prefixes.length > 0 ? { records: named, broken: [] } : await own.records();
      const folder = resolve(output ?? 'library');
      await own.export(records, folder);
      printLine(`${records.length} records are in ${folder}`);
      reportBroken(broken, false);
    });
  withHome(library.command('import'))
    .summary('take in the records of a folder')
    .description(
      'Takes in the records of a folder that "duramen library export" wrote, each file checked by its hash.',
    )
    .argument('<folder>', 'the folder')
    .action(async (folder: string, { home }: LibraryOptions) => {
      for (const { hash } of await (await open(home)).import(resolve(folder))) printLine(hash);
    });
  withHome(library.command('remove'))
    .summary('take a record out of the library')
    .description('Takes a record out of the library; searches that started from it go on with it.')
    .argument('<hash>', 'hash of the record, or the first 4 digits of it or more')
    .action(async (prefix: string, { home }: LibraryOptions) => {
      printLine(await (await open(home)).remove(prefix));
    });
}

async function build(files: readonly string[], options: BuildOptions): Promise<number> {
  const { connect, duramenHome, loadSearchFile } = await import('../../client/index.js');
  const home = options.home ?? duramenHome();
  const searches: Pick<LoadedSearchFile, 'definition'>[] = [];
  for (const file of files) searches.push({ definition: (await loadSearchFile(file, home)).definition });
  const client = await connect({ ...options, home });
  try {
    const { result } = await client.buildLibrary(searches, options);
    const page = client.pageOf(options.name);
    if (page !== null) printError(`Temporal UI: ${page}`);
    const { records, failed } = await result();
    const rows = records.map(({ hash, task, search }) => [hash.slice(0, 12), task, search]);
    if (records.length > 0) printLine(textTable([['record', 'task', 'search'], ...rows]));
    for (const { search, problem } of failed) printError(`duramen: "${search}" is no record: ${problem}`);
    return failed.length === 0 ? exitCode.ok : exitCode.failed;
  } finally {
    await client.close();
  }
}

const heading = ['record', 'task', 'search', 'epochs', 'weights', 'trained alone'];

function rowOf({ hash, record }: LibraryRecord): string[] {
  const { task, search, cost, weights, retrained } = record;
  const alone =
    retrained === null
      ? ''
      : `${retrained.metric} ${formatNumber(retrained.mean)} (${retrained.trainings} times)`;
  return [hash.slice(0, 12), task, search.id, String(cost.epochs), weights === null ? 'no' : 'yes', alone];
}

function printMatrix({ probe, tasks, distances, threshold }: SimilarityMatrix): void {
  const names = tasks.map(({ hash, task }) => `${hash?.slice(0, 12) ?? ''} ${task}`);
  const rows = distances.map((row, place) => [
    names[place] ?? '',
    ...row.map((distance) => distance.toFixed(3)),
  ]);
  printLine(`Probe ${probe.slice(0, 12)}`);
  printLine(textTable([['record', ...tasks.map(({ task }) => task)], ...rows]));
  printLine(
    threshold === null
      ? 'Fewer than 4 records say too little of what is near.'
      : `Near is up to ${threshold.toFixed(3)}.`,
  );
}

function reportBroken(broken: readonly BrokenRecord[], isQuiet: boolean): void {
  if (broken.length === 0) return;
  process.exitCode = exitCode.failed;
  if (isQuiet) return;
  for (const { hash, problem } of broken)
    printError(`duramen: record ${hash.slice(0, 12)} is broken: ${problem}`);
}

async function open(home: string | undefined): Promise<Library> {
  const { duramenHome, Library } = await import('../../client/index.js');
  return new Library(home ?? duramenHome());
}

function withHome(command: Command): Command {
  return command.option(
    '--home <folder>',
    'folder of journals and artifacts (default: DURAMEN_HOME, else .duramen)',
  );
}
