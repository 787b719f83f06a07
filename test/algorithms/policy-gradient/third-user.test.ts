import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ToldTrial } from '../../../algorithms/index.js';
import { adamStepInFloat64 } from '../../../algorithms/policy-gradient/adam.js';
import {
  addMaskedSlope,
  distributionOf,
  drawPossibleOption,
} from '../../../algorithms/policy-gradient/categorical-policy.js';
import { decide, readDecisions } from '../../../algorithms/policy-gradient/decisions.js';
import { initialLogits, type HeadTree, headsOf } from '../../../algorithms/policy-gradient/heads.js';
import {
  emptyRound,
  inIndexOrder,
  movedBaseline,
  needOf,
  withProposed,
  withTold,
  type Round,
} from '../../../algorithms/policy-gradient/rounds.js';
import {
  dexp,
  fork,
  RandomStream,
  rngFromSeed,
  type ChoiceSource,
} from '../../../foundation/numbers/index.js';
import { oneOf, permutation, sweep, validate, view, type Genome } from '../../../search-spaces/index.js';
import { arbitraryHeads, sequentialRules } from './space-heads.js';

/**
 * A worked example of a user of policy-gradient: a controller that makes its own logits. The logits of a decision
 * depend on the decision before it, as those of a recurrent network do: θ has a row of logits for each of `contexts`
 * contexts, and the option of the decision before is the context.
 */
const contexts = 3;

interface Drawn {
  readonly genome: Genome;
  readonly logProbability: number;
}

const rowOf = (tree: HeadTree, numbers: Float64Array, context: number): Float64Array =>
  numbers.subarray(context * tree.size, (context + 1) * tree.size);

function initialParameters(tree: HeadTree): Float64Array {
  const parameters = new Float64Array(contexts * tree.size);
  for (let context = 0; context < contexts; context += 1)
    rowOf(tree, parameters, context).set(initialLogits(tree));
  return parameters;
}

/** Decides head after head in sequence order; the heads that a choice switches off never come up. */
function draw(tree: HeadTree, parameters: Float64Array, source: ChoiceSource): Drawn {
  let context = 0;
  let logProbability = 0;
  const genome = decide(tree, (head, _, isLegal) => {
    const distribution = distributionOf(head, rowOf(tree, parameters, context), isLegal);
    const option = drawPossibleOption(distribution.probabilities, source);
    logProbability += distribution.logarithms[option] ?? 0;
    context = option % contexts;
    return option;
  });
  return { genome, logProbability };
}

/** Runs the controller again on the decisions of a genome; adds the slope of `weight` · log π to a gradient. */
function replay(
  tree: HeadTree,
  parameters: Float64Array,
  genome: Genome,
  weight: number,
  gradient: Float64Array,
): { readonly logProbability: number; readonly entropy: number } {
  let context = 0;
  let logProbability = 0;
  let entropy = 0;
  for (const { head, option, isLegal } of readDecisions(tree, genome)) {
    const distribution = distributionOf(head, rowOf(tree, parameters, context), isLegal);
    addMaskedSlope(head, distribution, option, weight, 0, rowOf(tree, gradient, context));
    logProbability += distribution.logarithms[option] ?? 0;
    entropy += distribution.entropy;
    context = option % contexts;
  }
  return { logProbability, entropy };
}

type ControllerState = Round<{ readonly index: number; readonly genome: Genome; readonly score: number }> & {
  readonly parameters: Float64Array;
  readonly moments: Uint8Array | null;
  readonly baseline: number | null;
};

/** One step of REINFORCE from the results of a round, after which the next round begins. */
function learn(tree: HeadTree, state: ControllerState): ControllerState {
  const results = inIndexOrder(state.results);
  const mean = results.reduce((sum, { score }) => sum + score, 0) / results.length;
  const baseline = state.baseline ?? mean;
  const gradient = new Float64Array(state.parameters.length);
  for (const { genome, score } of results)
    replay(tree, state.parameters, genome, (score - baseline) / results.length, gradient);
  const step = adamStepInFloat64(state.parameters, gradient, state.moments, 0.1);
  return { ...state, ...emptyRound, ...step, baseline: movedBaseline(state.baseline, mean, 0.9) };
}

describe('a controller with logits of its own', () => {
  test('draws valid genomes of any space, and replays each with the same log-probability', () => {
    fc.assert(
      fc.property(arbitraryHeads(), fc.nat(), ({ space, tree }, seed) => {
        const source = new RandomStream(rngFromSeed(seed));
        const parameters = Float64Array.from(
          { length: contexts * tree.size },
          () => 6 * (source.unit() - 0.5),
        );
        const { genome, logProbability } = draw(tree, parameters, source);
        expect(validate(space, genome)).toMatchObject({ ok: true });
        const again = replay(tree, parameters, genome, 1, new Float64Array(parameters.length));
        expect(again.logProbability).toBe(logProbability);
        expect(again.entropy).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('has a distribution over the whole space', () => {
    const space = view([permutation(['a', 'b', 'c']), oneOf([0, { n: oneOf([0, 1, 2]) }])]);
    const tree = headsOf(space, sequentialRules);
    const source = new RandomStream(rngFromSeed(2));
    const parameters = Float64Array.from({ length: contexts * tree.size }, () => 6 * (source.unit() - 0.5));
    const gradient = new Float64Array(parameters.length);
    let total = 0;
    for (const genome of sweep(space))
      total += dexp(replay(tree, parameters, genome, 1, gradient).logProbability);
    expect(total).toBeCloseTo(1, 10);
  });

  test('learns from rounds told in reverse order, with cancelled trials among them', () => {
    // A pair scores where its second decision repeats its first.
    const space = view([oneOf([0, 1, 2]), oneOf([0, 1, 2]), oneOf([0, 1, 2]), oneOf([0, 1, 2])]);
    const scoreOf = ([a, b, c, d]: Genome): number => (a === b ? 0.5 : 0) + (c === d ? 0.5 : 0);
    const tree = headsOf(space, sequentialRules);
    const rng = rngFromSeed(11);
    const size = 16;
    let state: ControllerState = {
      parameters: initialParameters(tree),
      moments: null,
      baseline: null,
      ...emptyRound,
    };
    const genomes = new Map<number, Genome>();
    let updates = 0;
    for (let index = 0; updates < 100;) {
      const need = needOf(state, size);
      if (need === 'draw') {
        const source = new RandomStream(fork(rng, index));
        genomes.set(index, draw(tree, state.parameters, source).genome);
        state = withProposed(state, size, index);
        index += 1;
      } else if (need === 'wait') {
        const told = state.pending.toReversed().map((trial): ToldTrial => {
          const genome = genomes.get(trial) ?? [];
          const metrics = { score: scoreOf(genome) };
          const outcome =
            trial % 5 === 0 ? { kind: 'cancelled' as const } : { kind: 'scored' as const, metrics };
          return { trial: { index: trial, genome }, outcome };
        });
        state = withTold(state, told, (settled, { trial: { index: place, genome } }) => ({
          ...settled,
          results: [...settled.results, { index: place, genome, score: scoreOf(genome) }],
        }));
      } else {
        state = learn(tree, state);
        updates += 1;
      }
    }
    const { parameters } = state;
    const source = new RandomStream(rngFromSeed('judged'));
    const drawn = Array.from({ length: 200 }, () => draw(tree, parameters, source));
    const mean = drawn.reduce((sum, { genome }) => sum + scoreOf(genome), 0) / drawn.length;
    expect(mean).toBeGreaterThan(0.9);
  });
});
