import type { Command } from 'commander';
import { bestReport, kneeReport } from '../best-report.js';
import { withReading, withServerOptions } from '../shared-options.js';
import type { SearchReading } from '../shared-options.js';
import type { SharedOptions } from '../shared-options.js';
import { printJson, printLine } from '../output.js';

interface BestOptions extends SharedOptions {
  readonly json?: boolean;
  readonly front?: boolean;
}

/** `duramen best ID` */
export function addBest(program: Command): void {
  withServerOptions(program.command('best'))
    .summary('show the best trial, or the knee of the Pareto front')
    .description(
      'Shows the best trial so far with its parameters; with several metrics the knee of the Pareto front, the point ' +
        'that is nearest to the best of every metric.',
    )
    .argument('<id>', 'id of the search')
    .option('--front', 'the whole Pareto front')
    .option('--json', 'one line of JSON for each trial')
    .addHelpText(
      'after',
      '\nExamples:\n  duramen best tune-mlp\n  duramen best tune-mlp --json | jq .parameters',
    )
    .action(async (id: string, options: BestOptions) => {
      await withReading(options, id, async (search) => {
        const front = await search.best();
        const knee = options.front === true ? null : await kneeOfFront(search, front);
        if (options.json === true) for (const trial of knee === null ? front : [knee]) printJson(trial);
        else printLine(knee === null ? bestReport(front) : kneeReport(knee, front.length));
      });
    });
}

type Front = Awaited<ReturnType<SearchReading['best']>>;

/** Null for a search without a front, or whose journal does not hold its metrics yet. */
async function kneeOfFront(search: SearchReading, best: Front): Promise<Front[number] | null> {
  if (best.length < 2) return null;
  const { kneeIndex } = await import('../reports/knee-index.js');
  const { level } = await search.journal();
  const index = kneeIndex({ level, best });
  return best.find((trial) => trial.index === index) ?? null;
}
