import { resolve } from 'node:path';
import type { Command } from 'commander';
import { indexArgument } from '../shared-options.js';
import { printLine } from '../output.js';

interface ExportOptions {
  readonly trial?: number;
  readonly output?: string;
  readonly home?: string;
}

/** `duramen export ID` */
export function addExport(program: Command): void {
  program
    .command('export')
    .summary('write what the best trial saved, such as its model, into a folder')
    .description(
      'Writes the artifacts of the best trial (with several levels: of the innermost trial behind it; after a full ' +
        'retraining: of the chosen candidate, from its best repetition), such as a trained model, with result.json: the metrics and every parameter. Where a network was found, network.svg draws ' +
        'it and layers.txt is the table of its layers. No server needs to run.',
    )
    .argument('<id>', 'id of the search')
    .option('--trial <index>', 'another trial than the best, such as one of the Pareto front', indexArgument)
    .option('--output <folder>', 'folder to write into (default: export-ID)')
    .option('--home <folder>', 'folder of journals and artifacts (default: DURAMEN_HOME, else .duramen)')
    .addHelpText(
      'after',
      '\nExamples:\n  duramen export tune-mlp\n  duramen export co-design --trial 4 --output model',
    )
    .action(async (id: string, { trial, output, home }: ExportOptions) => {
      const folder = resolve(output ?? `export-${id.replaceAll('/', '-')}`);
      const { duramenHome, JournalReader } = await import('../../client/index.js');
      const { exportTrial } = await import('../trial-export.js');
      await exportTrial(new JournalReader(home ?? duramenHome()), id, trial ?? null, folder);
      printLine(folder);
    });
}
