import type { Outcome, Trial } from '../algorithms/index.js';
import { decode, type Sampled, type Space } from '../search-spaces/index.js';
import { trialSeed, type BestTrial, type EndReason } from '../searches/index.js';
import { LoopRun, type LoopRunOptions } from './loop-run.js';
import { evaluateTrial, type Objective } from './objective.js';
import { programOf } from './program-answers.js';
import { simulatedPlan, type SimulatedSearchOptions, type TestedAlgorithm } from './simulated-plan.js';

/** A trial of a simulation: the point as the objective got it, and its outcome. */
export interface SimulatedTrial<Parameters> extends Trial {
  readonly parameters: Parameters;
  readonly outcome: Outcome;
}

/** What a simulation found. */
export interface SimulationResult<Parameters> {
  /** The trials whose outcomes count, by index. */
  readonly trials: readonly SimulatedTrial<Parameters>[];
  readonly best: BestTrial | null;
  /** The Pareto front when several metrics are optimised, else just `best`. */
  readonly front: readonly BestTrial[];
  readonly reason: EndReason;
  /** The hash that a durable search of the same definition and the same outcomes has. */
  readonly trajectoryHash: string;
}

/** How an algorithm is simulated. */
export interface SimulateOptions
  extends SimulatedSearchOptions, Pick<LoopRunOptions, 'completion' | 'program'> {}

/**
 * Runs an algorithm against an objective function without a server: the same loop as a durable search, so the same
 * trials. Throws `DefinitionError` or `AlgorithmError` for a search that cannot be, and what the objective throws.
 */
export async function simulate<const S extends Space>(
  algorithm: TestedAlgorithm,
  space: S,
  objective: Objective<Sampled<S>>,
  options: SimulateOptions = {},
): Promise<SimulationResult<Sampled<S>>> {
  const { completion, program = programOf(algorithm), ...search } = options;
  const plan = simulatedPlan(algorithm, space, search);
  const run = new LoopRun(plan, { program, ...(completion === undefined ? {} : { completion }) });
  const parametersOf = (trial: Trial): Sampled<S> => decode(space, trial.genome, { violated: 'allow' });
  for (let trial = run.next(); trial !== null; trial = run.next()) {
    const seed = trialSeed(plan, trial);
    const { metrics } = plan.level;
    const drawAt = run.drawAt(trial);
    run.complete(trial, await evaluateTrial(objective, metrics, parametersOf(trial), trial, seed, drawAt));
  }
  const { best, front, reason, trajectoryHash } = run.loop.report.result(run.reason);
  const trials = run.told.map(({ trial, outcome }) => ({
    ...trial,
    parameters: parametersOf(trial),
    outcome,
  }));
  return { trials, best, front, reason, trajectoryHash };
}
