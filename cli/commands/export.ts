import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { ClientError } from '../../client/errors/index.js';
import { errorText } from '../../foundation/errors/index.js';
import { exportFormats, type ExportFormat } from '../exports/format-names.js';
import { indexArgument } from '../shared-options.js';
import { printLine } from '../output.js';

interface ExportOptions {
  readonly trial?: number;
  readonly format?: ExportFormat;
  readonly output?: string;
  readonly home?: string;
}

/** `duramen export ID` */
export function addExport(program: Command): void {
  program
    .command('export')
    .summary('write what the best trial saved, such as its model, or all trials for other programs')
    .description(
      'Writes the artifacts of the best trial (with several levels: of the innermost trial behind it; after a full ' +
        'retraining: of the chosen candidate, from its best repetition; of a Pareto front: of its knee), such as a ' +
        'trained model, with result.json: the metrics and every parameter. Where a network was found, network.svg draws ' +
        'it and layers.txt is the table of its layers. With --format it writes all trials of all levels into one file ' +
        'instead: a journal that Optuna loads, a table, or JSON. No server needs to run.',
    )
    .argument('<id>', 'id of the search')
    .option('--trial <index>', 'another trial than the best, such as one of the Pareto front', indexArgument)
    .addOption(
      new Option('--format <name>', 'all trials in one file instead')
        .choices(exportFormats)
        .conflicts('trial'),
    )
    .option(
      '--output <path>',
      'folder to write into (default: export-ID); with --format a file, or - for the screen',
    )
    .option('--home <folder>', 'folder of journals and artifacts (default: DURAMEN_HOME, else .duramen)')
    .addHelpText(
      'after',
      '\nExamples:\n  duramen export tune-mlp\n  duramen export co-design --trial 4 --output model\n  duramen export tune-mlp --format optuna',
    )
    .action(async (id: string, { trial, format, output, home }: ExportOptions) => {
      if (format !== undefined) {
        await exportAll(id, format, output, home);
        return;
      }
      const folder = resolve(output ?? `export-${id.replaceAll('/', '-')}`);
      const { duramenHome, JournalReader } = await import('../../client/index.js');
      const { exportTrial } = await import('../trial-export.js');
      await exportTrial(new JournalReader(home ?? duramenHome()), id, trial ?? null, folder);
      printLine(folder);
    });
}

async function exportAll(
  id: string,
  format: ExportFormat,
  output: string | undefined,
  home: string | undefined,
): Promise<void> {
  const { duramenHome, JournalReader, writeFileAtomically } = await import('../../client/index.js');
  const { exportFile, exportText } = await import('../exports/export-formats.js');
  const text = await exportText(new JournalReader(home ?? duramenHome()), id, format);
  if (output === '-') {
    printLine(text.trimEnd());
    return;
  }
  const file = resolve(output ?? exportFile(id, format));
  try {
    await writeFileAtomically(file, text, { durable: true });
  } catch (error) {
    throw new ClientError('input', `The export cannot be written to ${file}: ${errorText(error)}.`, {
      cause: error,
    });
  }
  printLine(file);
}
