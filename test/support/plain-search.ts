import type { Outcome, Trial } from '../../algorithms/index.js';
import type { Json } from '../../foundation/json/index.js';
import { decode } from '../../search-spaces/index.js';
import { planSearch, type SearchDefinition, type SearchResult } from '../../searches/index.js';
import { LoopRun } from '../../testing/loop-run.js';

/**
 * Runs a search without Temporal: drives the loop to its end, one trial at a time. A durable run must come to the same
 * result, whatever happens to it.
 */
export function simulate(
  definition: SearchDefinition,
  evaluate: (parameters: Json, trial: Trial) => Outcome,
  options: SimulationOptions = {},
): SearchResult {
  const { loop, reason } = simulatedLoop(definition, evaluate, options);
  return loop.report.result(reason);
}

export interface SimulationOptions {
  /** A budget to which a user extends the search before it starts. */
  readonly trials?: number;
  readonly level?: number;
  readonly context?: Record<string, Json>;
}

/** As `simulate`, but returns the loop, for tests that read its state at the end. */
export function simulatedLoop(
  definition: SearchDefinition,
  evaluate: (parameters: Json, trial: Trial) => Outcome,
  { trials, level = 0, context = {} }: SimulationOptions = {},
): LoopRun {
  const plan = planSearch(definition.name, definition, level, context);
  const run = new LoopRun(plan);
  if (trials !== undefined) run.loop.intervene({ kind: 'extend', budget: { trials } });
  for (let trial = run.next(); trial !== null; trial = run.next()) {
    run.complete(trial, evaluate(decode(plan.level.space, trial.genome), trial));
  }
  return run;
}
