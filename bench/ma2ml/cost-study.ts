import { bindAlgorithm, deriveMa2ml, ma2ml, reportMa2ml } from '../../algorithms/index.js';
import type { AlgorithmReference, Ma2mlCost, Metric } from '../../algorithms/index.js';
import { fork, rngFromSeed, sha256Hex } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/index.js';
import { placeOf, studyTable, type StudyTable } from './study-table.js';

/** How multiply-adds shape the reward; `unconstrained`: not at all. */
export const costModes = {
  unconstrained: null,
  hard: { mode: 'hard' },
  'mnasnet -0.07': { mode: 'mnasnet', exponent: -0.07 },
  'mnasnet 0/-1': { mode: 'mnasnet', exponent: 0, exponentAbove: -1 },
  'tunas -0.07': { mode: 'tunas', weight: -0.07 },
  'tunas -0.3': { mode: 'tunas', weight: -0.3 },
} as const;
export type CostMode = keyof typeof costModes;

/** One search over NAS-Bench-Macro; `target` in multiply-adds counts where the mode has a cost. */
export interface CostTask {
  readonly kind: 'costs';
  readonly mode: CostMode;
  readonly target: number;
  readonly seed: number;
  readonly evaluations: number;
}

/** What a search ended with; accuracies are means over the trainings of the table, in [0, 1]. */
export interface CostResult {
  /** The most probable option of every decision. */
  readonly greedy: PricedPipeline;
  /** The best result that keeps within the target; null when there is none. Without a cost: the best result. */
  readonly best: PricedPipeline | null;
}

/** A pipeline by its mean accuracy and its cost. */
export interface PricedPipeline {
  readonly accuracy: number;
  /** Multiply-adds. */
  readonly cost: number;
}

const metrics: readonly Metric[] = [
  { name: 'accuracy', goal: 'maximize' },
  { name: 'flops', goal: 'observe' },
];

/** Runs a search; the evaluation of a number and seed draws the same way under all modes. */
export function runCostTask({ mode, target, seed, evaluations }: CostTask): CostResult {
  const table = studyTable('macro');
  const reference = referenceOf(table, mode, target);
  const algorithm = bindAlgorithm(reference, table.view, metrics, rngFromSeed(seed), 'in-order');
  const { computeUpdate, applyUpdate } = algorithm;
  if (computeUpdate === undefined || applyUpdate === undefined) throw new Error('There are no updates.');
  const noise = fork(rngFromSeed(`evaluation-${seed}`), table.name);
  let bulk: Uint8Array | null = null;
  let state = algorithm.init();
  for (let index = 0; ;) {
    const { state: next, action } = algorithm.propose(state, index);
    if (action.kind === 'update') {
      const result = computeUpdate(bulk, action.request.input);
      bulk = result.bulk;
      const name = bulk === null ? null : sha256Hex(bulk.subarray(0, 16));
      state = applyUpdate(state, { bulk: name, output: result.output });
      continue;
    }
    // The search ends at a proposal, so that the agents learn from the last results too.
    if (index >= evaluations) break;
    if (action.kind !== 'trial') throw new Error('The search stands still.');
    const { genome } = action.proposal;
    const place = placeOf(table.digits, genome);
    const found = { accuracy: table.evaluate(place, fork(noise, index)), flops: costOf(table, genome) };
    const trial = { ...action.proposal, index };
    state = algorithm.tell(next, [{ trial, outcome: { kind: 'scored', metrics: found } }]);
    index += 1;
  }
  // From the report: `deriveMa2ml` offers no pipeline that was measured above a target, even if the policies prefer it.
  const { agents } = reportMa2ml(reference, table.view, metrics, state);
  const greedy = agents.flatMap(({ heads }) =>
    heads.flatMap(
      ({ options, probabilities }) => options[probabilities.indexOf(Math.max(...probabilities))] ?? [],
    ),
  );
  const isFeasible = (genome: Genome): boolean => costModes[mode] === null || costOf(table, genome) <= target;
  const { best } = deriveMa2ml(reference, table.view, metrics, state, bulk, rngFromSeed(seed), {
    isFeasible,
    draws: 0,
    drawn: 0,
  });
  return {
    greedy: priced(table, greedy),
    best: best[0] === undefined ? null : priced(table, best[0].genome),
  };
}

/** The best mean accuracy of all pipelines within a target. */
export function feasibleOptimum(target: number): number {
  const { truth, costs } = studyTable('macro');
  return truth.reduce(
    (most, accuracy, place) =>
      (costs(place)['flops'] ?? Infinity) <= target ? Math.max(most, accuracy) : most,
    0,
  );
}

/** Eight agents of one decision each; the weight of the divergence follows the spread of the shaped rewards. */
function referenceOf({ agents }: StudyTable, mode: CostMode, target: number): AlgorithmReference {
  const shape = costModes[mode];
  const names = agents.map((name) => ({ name }));
  if (shape === null) return ma2ml({ agents: names, klWeight: 0.02 });
  const cost: Ma2mlCost = { metric: 'flops', target, ...shape };
  return ma2ml({ agents: names, stepsPerRound: 10, costs: [cost] });
}

function priced(table: StudyTable, genome: Genome): PricedPipeline {
  return { accuracy: table.truth[placeOf(table.digits, genome)] ?? NaN, cost: costOf(table, genome) };
}

function costOf({ digits, costs }: StudyTable, genome: Genome): number {
  return costs(placeOf(digits, genome))['flops'] ?? NaN;
}
