import type { AlgorithmReference } from '../../algorithms/index.js';
import { LoopRun } from '../../testing/loop-run.js';
import { simulatedPlan } from '../../testing/simulated-plan.js';
import type { RegretTable } from './regret-table.js';

/** What a search of a table came to. */
export interface RegretResult {
  /** Regret of the incumbent, the best observed point so far, by budget. */
  readonly regret: Readonly<Record<number, number>>;
  /** Processor time of the algorithm and the loop, in milliseconds a trial. */
  readonly milliseconds: number;
}

/** Searches a table by one algorithm and seed; `window` proposals are under way at the same time. */
export function regretSearch(
  table: RegretTable,
  algorithm: AlgorithmReference,
  seed: number,
  budgets: readonly number[],
  window: number,
): RegretResult {
  const trials = Math.max(...budgets);
  const metrics = { score: table.goal };
  const plan = simulatedPlan(algorithm, table.space, { trials, window, concurrency: window, metrics, seed });
  const run = new LoopRun(plan);
  const regret: Record<number, number> = {};
  let best = Infinity;
  let present = NaN;
  const before = process.cpuUsage();
  for (let trial = run.next(), told = 0; trial !== null; trial = run.next()) {
    const score = table.observed(trial.genome);
    run.complete(trial, { kind: 'scored', metrics: { score } });
    const cost = table.goal === 'minimize' ? score : -score;
    if (cost < best) {
      best = cost;
      present = table.regret(trial.genome);
    }
    told += 1;
    if (budgets.includes(told)) regret[told] = present;
  }
  // A space that was exhausted keeps what it found.
  for (const budget of budgets) regret[budget] ??= present;
  const { user, system } = process.cpuUsage(before);
  return { regret, milliseconds: (user + system) / 1000 / run.trials.length };
}
