import type { Command } from 'commander';
import { indexArgument } from '../shared-options.js';
import { printJson, printLine } from '../output.js';

interface TrialOptions {
  readonly home?: string;
  readonly json?: boolean;
}

interface LogsOptions {
  readonly home?: string;
  readonly follow?: boolean;
}

const homeOption = [
  '--home <folder>',
  'folder of journals and artifacts (default: DURAMEN_HOME, else .duramen)',
] as const;

/** `duramen trial ID INDEX` */
export function addTrial(program: Command): void {
  program
    .command('trial')
    .summary('show all about one trial')
    .description(
      'Shows parameters, metrics, attempts, attributes, artifacts and the stack of a trial, from its journal and its ' +
        'record. No server needs to run.',
    )
    .argument('<id>', 'id of the search, such as co-design or co-design/3/architecture')
    .argument('<index>', 'index of the trial', indexArgument)
    .option('--json', 'as one line of JSON')
    .option(...homeOption)
    .addHelpText(
      'after',
      '\nExamples:\n  duramen trial tune-mlp 17\n  duramen trial co-design/3/architecture 0 --json',
    )
    .action(async (id: string, index: number, { home, json }: TrialOptions) => {
      const { duramenHome, JournalReader } = await import('../../client/index.js');
      const { readTrial, trialText } = await import('../trial-report.js');
      const found = await readTrial(new JournalReader(home ?? duramenHome()), id, index);
      if (json === true) printJson(found);
      else printLine(trialText(id, found));
    });
}

/** `duramen logs ID INDEX` */
export function addLogs(program: Command): void {
  program
    .command('logs')
    .summary('print the log of a trial')
    .description(
      'Prints what a trial logged. The log is kept with the outcome of the trial; with --follow the command waits for it.',
    )
    .argument('<id>', 'id of the search')
    .argument('<index>', 'index of the trial', indexArgument)
    .option('-f, --follow', 'wait until the trial has an outcome')
    .option(...homeOption)
    .addHelpText('after', '\nExamples:\n  duramen logs tune-mlp 17\n  duramen logs tune-mlp 18 --follow')
    .action(async (id: string, index: number, { home, follow }: LogsOptions) => {
      const { duramenHome, JournalReader } = await import('../../client/index.js');
      const { followTrial, logText } = await import('../trial-report.js');
      const reader = new JournalReader(home ?? duramenHome());
      printLine(logText(id, await followTrial(reader, id, index, follow === true)));
    });
}
