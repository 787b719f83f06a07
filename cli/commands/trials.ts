import type { Command } from 'commander';
import type { JournalTrial, SearchClient } from '../../client/index.js';
import { formatNumber } from '../number-format.js';
import { withReading, withServerOptions } from '../shared-options.js';
import type { SharedOptions } from '../shared-options.js';
import { textTable } from '../text-table.js';
import { printJson, printLine } from '../output.js';

interface TrialsOptions extends SharedOptions {
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly filter?: string;
}

/** `duramen trials ID` */
export function addTrials(program: Command): void {
  withServerOptions(program.command('trials'))
    .summary('list all trials of a search')
    .description(
      'Lists all trials from the journal, which lags behind an open search by about two seconds. No server needs to run.',
    )
    .argument('<id>', 'id of the search')
    .option(
      '--filter <conditions>',
      "only those that keep all of them, such as 'accuracy>0.95 outcome=scored'",
    )
    .option('--json', 'one line of JSON for each trial')
    .option('--csv', 'as comma-separated values')
    .addHelpText(
      'after',
      '\nExamples:\n  duramen trials tune-mlp\n  duramen trials tune-mlp --json > trials.jsonl\n  duramen trials tune-mlp --filter "accuracy>0.95 width=16|32" --csv',
    )
    .action(async (id: string, options: TrialsOptions) => {
      await withReading(options, id, async (search, client) => {
        if (options.csv === true || options.filter !== undefined) {
          await listFiltered(client, id, options);
          return;
        }
        const { trials } = await search.journal();
        if (options.json === true) for (const trial of trials) printJson(trial);
        else printLine(textTable([['trial', 'outcome', 'parameters'], ...trials.map(row)]));
      });
    });
}

/** Filters by the names that the page of a report has, which need the report's reading of the journal. */
async function listFiltered(client: SearchClient | null, id: string, options: TrialsOptions): Promise<void> {
  const { duramenHome, JournalReader } = await import('../../client/index.js');
  const { filteredTrials } = await import('../filtered-trials.js');
  const { kept, csv } = await filteredTrials(
    new JournalReader(client?.home ?? options.home ?? duramenHome()),
    id,
    options.filter ?? '',
  );
  if (options.csv === true) {
    printLine(csv.trimEnd());
    return;
  }
  if (options.json === true) for (const trial of kept) printJson(trial);
  else printLine(textTable([['trial', 'outcome', 'parameters'], ...kept.map(row)]));
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
