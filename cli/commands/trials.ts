import type { Command } from 'commander';
import type { JournalTrial } from '../../client/index.js';
import { formatNumber } from '../number-format.js';
import { withReading, withServerOptions } from '../shared-options.js';
import type { SharedOptions } from '../shared-options.js';
import { textTable } from '../text-table.js';
import { printJson, printLine } from '../output.js';

interface TrialsOptions extends SharedOptions {
  readonly json?: boolean;
}

/** `duramen trials ID` */
export function addTrials(program: Command): void {
  withServerOptions(program.command('trials'))
    .summary('list all trials of a search')
    .description(
      'Lists all trials from the journal, which lags behind an open search by about two seconds. No server needs to run.',
    )
    .argument('<id>', 'id of the search')
    .option('--json', 'one line of JSON for each trial')
    .addHelpText(
      'after',
      '\nExamples:\n  duramen trials tune-mlp\n  duramen trials tune-mlp --json > trials.jsonl',
    )
    .action(async (id: string, options: TrialsOptions) => {
      await withReading(options, id, async (search) => {
        const { trials } = await search.journal();
        if (options.json === true) for (const trial of trials) printJson(trial);
        else printLine(textTable([['trial', 'outcome', 'parameters'], ...trials.map(row)]));
      });
    });
}

function row({ index, outcome, parameters, slice }: JournalTrial): readonly string[] {
  const part = slice === null ? [] : [slice.label ?? slice.kind];
  return [String(index), outcomeText(outcome), JSON.stringify(parameters), ...part];
}

function outcomeText(outcome: JournalTrial['outcome']): string {
  switch (outcome?.kind) {
    case undefined:
      return 'open';
    case 'scored':
      return Object.entries(outcome.metrics)
        .map(([name, value]) => `${name} ${formatNumber(value)}`)
        .join(', ');
    case 'infeasible':
      return `infeasible: ${outcome.reason}`;
    case 'stopped':
      return `stopped at step ${outcome.step}`;
    case 'failed':
      return `failed (${outcome.class}): ${outcome.message}`;
    case 'cancelled':
      return 'cancelled';
    default: {
      const never: never = outcome;
      return never;
    }
  }
}
