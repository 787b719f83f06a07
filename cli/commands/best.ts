import type { Command } from 'commander';
import { bestReport } from '../best-report.js';
import { withReading, withServerOptions } from '../shared-options.js';
import type { SharedOptions } from '../shared-options.js';
import { printJson, printLine } from '../output.js';

interface BestOptions extends SharedOptions {
  readonly json?: boolean;
}

/** `duramen best ID` */
export function addBest(program: Command): void {
  withServerOptions(program.command('best'))
    .summary('show the best trial, or the Pareto front')
    .description('Shows the best trial so far with its parameters; with several metrics the Pareto front.')
    .argument('<id>', 'id of the search')
    .option('--json', 'one line of JSON for each trial')
    .addHelpText(
      'after',
      '\nExamples:\n  duramen best tune-mlp\n  duramen best tune-mlp --json | jq .parameters',
    )
    .action(async (id: string, options: BestOptions) => {
      await withReading(options, id, async (search) => {
        const best = await search.best();
        if (options.json === true) for (const trial of best) printJson(trial);
        else printLine(bestReport(best));
      });
    });
}
