import type { Outcome, Trial } from '../../algorithms/index.js';
import type { Space } from '../../search-spaces/index.js';
import { LoopRun, type LoopRunOptions } from '../../testing/loop-run.js';
import {
  simulatedPlan,
  type SimulatedSearchOptions,
  type TestedAlgorithm,
} from '../../testing/simulated-plan.js';

export interface AlgorithmRunOptions extends SimulatedSearchOptions, LoopRunOptions {
  readonly evaluate: (trial: Trial) => Outcome;
}

/**
 * A search of an algorithm, run to its end in the loop of the durable search. Unlike `simulate` of the testing room it
 * scores genomes, not parameters, and shows the updates.
 */
export function runAlgorithm(
  algorithm: TestedAlgorithm,
  space: Space,
  { evaluate, completion, enqueued, bulks, ...search }: AlgorithmRunOptions,
): LoopRun {
  const run = new LoopRun(simulatedPlan(algorithm, space, search), {
    ...(completion === undefined ? {} : { completion }),
    ...(enqueued === undefined ? {} : { enqueued }),
    ...(bulks === undefined ? {} : { bulks }),
  });
  for (let trial = run.next(); trial !== null; trial = run.next()) run.complete(trial, evaluate(trial));
  return run;
}
