import type { DartsOptions, Outcome } from '../../algorithms/index.js';
import { nasBench201Cell, nasBench201Operations } from '../../search-spaces/index.js';
import { LoopRun } from '../../testing/loop-run.js';
import { simulatedPlan } from '../../testing/simulated-plan.js';
import { cellOf, type MixtureLine } from './mixture-journal.js';
import { mixtureAlgorithm, stopRules, type MixtureSetting } from './mixture-setting.js';
import { rounded, type TableAccuracy } from './outcome.js';

/** What a search returns: after how many epochs, and what the table says of the cell. */
export interface ReturnedCell {
  readonly epochs: number;
  readonly cell: string;
  readonly derived: number;
  readonly skips: number;
}

/** What a finished differentiable arm came to. */
export interface MixtureOutcome {
  readonly minutes: number;
  readonly withoutRule: ReturnedCell;
  /** By the rules of `stopRules`; a search that none of them stops returns what it returns without. */
  readonly withRule: Readonly<Record<string, ReturnedCell>>;
  /** Skips of the cell that is derived before each epoch. */
  readonly skipsByEpoch: readonly number[];
  /** Test accuracy of that cell in the table. */
  readonly tableByEpoch: readonly number[];
}

/** Looks up what a search returns without a rule, and what each rule would have made of the same logits. */
export function mixtureOutcome(
  setting: MixtureSetting,
  lines: readonly MixtureLine[],
  tableAccuracy: TableAccuracy,
): MixtureOutcome {
  const epochs = lines.filter(({ kind }) => kind === 'mix');
  const returned = (stop: NonNullable<DartsOptions['stop']>): ReturnedCell => {
    const { genome, count } = replayed(setting, lines, stop);
    return {
      ...{ epochs: count, cell: genome.join(''), skips: skipsIn(genome) },
      derived: rounded(tableAccuracy(cellOf(genome)), 2),
    };
  };
  return {
    minutes: rounded(lines.reduce((sum, { seconds }) => sum + seconds, 0) / 60, 2),
    withoutRule: returned({}),
    withRule: Object.fromEntries(Object.entries(stopRules).map(([name, stop]) => [name, returned(stop)])),
    skipsByEpoch: epochs.map(({ genome }) => skipsIn(genome)),
    tableByEpoch: epochs.map(({ genome }) => rounded(tableAccuracy(cellOf(genome)), 2)),
  };
}

/** The decisions of a search with a rule on the logits of the run without. */
function replayed(
  setting: MixtureSetting,
  lines: readonly MixtureLine[],
  stop: NonNullable<DartsOptions['stop']>,
): { readonly genome: readonly number[]; readonly count: number } {
  const plan = simulatedPlan(mixtureAlgorithm(setting, stop), nasBench201Cell, {
    ...{ name: setting.kind, seed: setting.seed, metrics: { accuracy: 'maximize' } },
  });
  const run = new LoopRun(plan);
  const epochs = lines.filter(({ kind }) => kind === 'mix');
  let count = 0;
  let genome: readonly number[] = [];
  for (let trial = run.next(); trial !== null; trial = run.next()) {
    const isEpoch = trial.slice?.kind === 'mix';
    const values = epochs[count]?.values;
    if (isEpoch && values === undefined) throw new Error('The journal has fewer epochs than the search.');
    const outcome: Outcome = {
      ...{ kind: 'scored', metrics: { accuracy: 0 } },
      ...(isEpoch && values !== undefined ? { values } : {}),
    };
    if (isEpoch) count += 1;
    ({ genome } = trial);
    run.complete(trial, outcome);
  }
  return { genome, count };
}

/** Each number of a genome is the operation of an edge. */
function skipsIn(genome: readonly number[]): number {
  const skip = nasBench201Operations.indexOf('skip_connect');
  return genome.filter((operation) => operation === skip).length;
}
