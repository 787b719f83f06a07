import { describe, expect, test } from 'vitest';
import { drawGenome } from '../../algorithms/policy-gradient/categorical-policy.js';
import { initialLogits } from '../../algorithms/policy-gradient/heads.js';
import { addGradient, policyOf } from '../../algorithms/reinforce/policy.js';
import {
  AlgorithmError,
  bindAlgorithm,
  random,
  reinforce,
  type AlgorithmReference,
  type BoundAlgorithm,
  type Metric,
  type Outcome,
  type ReinforceOptions,
  type StateValue,
  type ToldTrial,
  type Trial,
} from '../../algorithms/index.js';
import { dexp, dlog, RandomStream, rngFromSeed, type ChoiceSource } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/views/genome.js';
import {
  bool,
  float,
  int,
  manyOf,
  oneOf,
  optional,
  permutation,
  validate,
  view,
  type View,
} from '../../search-spaces/index.js';
import { scoredOutcome } from '../../testing/index.js';
import { runAlgorithm } from '../support/algorithm-run.js';

const metrics: readonly Metric[] = [{ name: 'score', goal: 'maximize' }];
const digitSpace = Array.from({ length: 10 }, () => oneOf([0, 1, 2, 3, 4]));
const digits = view(digitSpace);
const agreement = (genome: Genome): number =>
  genome.reduce((sum, number, place) => sum + (number === (place * 3) % 5 ? 1 : 0), 0);

const make = (options: ReinforceOptions, space: View = digits): BoundAlgorithm =>
  bindAlgorithm(reinforce(options), space, metrics, rngFromSeed(1), 'as-completed');

function meanOfLast(reference: AlgorithmReference, seed: number): number {
  const { trials } = runAlgorithm(reference, digitSpace, {
    order: 'in-order',
    seed,
    trials: 800,
    window: 8,
    completion: new RandomStream(rngFromSeed(seed)),
    evaluate: scoredOutcome(agreement),
  });
  const last = trials.slice(-100);
  return last.reduce((sum, { genome }) => sum + agreement(genome), 0) / last.length;
}

/** The log-probability of a permutation without decisions below its picks: what `addGradient` differentiates. */
function logProbability(space: View, logits: Float64Array, genome: Genome): number {
  let sum = 0;
  const policy = policyOf(space, 4);
  const chosen: number[] = [];
  for (const [place, { offset, of }] of policy.heads.entries()) {
    const legal = Array.from({ length: of }, (_, category) => category).filter(
      (category) => !chosen.includes(category),
    );
    const total = legal.reduce((all, category) => all + dexp(logits[offset + category] ?? 0), 0);
    const category = genome[place] ?? 0;
    sum += (logits[offset + category] ?? 0) - dlog(total);
    chosen.push(category);
  }
  return sum;
}

describe('the policy', () => {
  const rich = view({
    distinct: manyOf(3, ['a', { n: int(1, 3) }, 'c', 'd']),
    set: manyOf(3, [0, 1, 2, 3, 4], { sorted: true }),
    multiset: manyOf(3, [0, 1, { f: bool() }], { sorted: true, distinct: false }),
    order: permutation(['x', 'y', 'z']),
    maybe: optional({ rate: float(1e-3, 1, { scale: 'log' }) }),
  });

  test('has a head for every decision point, inactive ones included', () => {
    const { heads, size } = policyOf(rich, 6);
    // Picks with what lies below each of them, and the optional float.
    expect(heads.map(({ of }) => of)).toEqual([4, 3, 4, 3, 4, 3, 5, 5, 5, 3, 2, 3, 2, 3, 2, 3, 3, 3, 2, 6]);
    expect(size).toBe(heads.reduce((sum, { of }) => sum + of, 0));
  });

  test('draws valid genomes only, whatever the logits', () => {
    const policy = policyOf(rich, 6);
    const source = new RandomStream(rngFromSeed(5));
    for (let round = 0; round < 300; round += 1) {
      const logits = Float64Array.from({ length: policy.size }, () => (source.unit() - 0.5) * 60);
      const genome = drawGenome(policy, logits, source);
      expect(validate(rich, genome)).toMatchObject({ ok: true });
      addGradient(policy, logits, genome, 1, 1, new Float64Array(policy.size));
    }
  });

  test('starts from the weights of the space', () => {
    const weighted = view({ a: oneOf(['x', 'y'], { weights: [3, 1] }), n: int(1, 3, { scale: 'log' }) });
    const policy = policyOf(weighted, 4);
    const count = [0, 0];
    for (let draw = 0; draw < 400; draw += 1) {
      const unit = (draw + 0.5) / 400;
      const source: ChoiceSource = { below: () => 0, unit: () => unit };
      const index = drawGenome(policy, initialLogits(policy), source)[0] ?? 0;
      count[index] = (count[index] ?? 0) + 1;
    }
    expect(count).toEqual([300, 100]);
    const logits = initialLogits(policy);
    expect(logits[2]).toBe(0);
    expect(logits[4]).toBeLessThan(logits[3] ?? 0);
  });

  test('gives floats and long ints evenly spaced values on their scale, short ints all of theirs', () => {
    const policy = policyOf(view([int(2, 10, { step: 2 }), float(0, 1), int(1, 1000, { scale: 'log' })]), 4);
    const values = policy.heads.map(({ options }) => options.flat());
    expect(values[0]).toEqual([2, 4, 6, 8, 10]);
    expect(values[1]).toEqual([0.125, 0.375, 0.625, 0.875]);
    expect(values[2]).toEqual([2, 13, 75, 422]);
  });

  test('the gradient is that of the log-probability under masks', () => {
    const space = view(permutation(['a', 'b', 'c', 'd']));
    const policy = policyOf(space, 4);
    const logits = Float64Array.from({ length: policy.size }, (_, place) => ((place * 7) % 5) / 4 - 0.5);
    const genome = [2, 0, 3, 1];
    const gradient = new Float64Array(policy.size);
    addGradient(policy, logits, genome, 1, 0, gradient);
    const step = 1e-5;
    for (let place = 0; place < policy.size; place += 1) {
      const at = (change: number): number => {
        const moved = logits.slice();
        moved[place] = (moved[place] ?? 0) + change;
        return logProbability(space, moved, genome);
      };
      expect(gradient[place]).toBeCloseTo((at(step) - at(-step)) / (2 * step), 7);
    }
  });

  test('the entropy term flattens a head and leaves a flat one alone', () => {
    const policy = policyOf(view(oneOf([0, 1, 2])), 4);
    const gradient = new Float64Array(3);
    addGradient(policy, Float64Array.of(2, 0, 0), [0], 0, 1, gradient);
    expect(gradient[0]).toBeLessThan(0);
    expect(gradient[1]).toBeGreaterThan(0);
    const flat = new Float64Array(3);
    addGradient(policy, new Float64Array(3), [0], 0, 1, flat);
    for (const slope of flat) expect(slope).toBeCloseTo(0, 12);
  });

  test('a genome it cannot draw is refused', () => {
    const policy = policyOf(rich, 6);
    const logits = initialLogits(policy);
    const gradient = new Float64Array(policy.size);
    for (const wrong of [[], [0, 0, 2], [9], [0.5], [0, 2, 3, 0, 1, 2, 0, 0, 0, 0, 1, 2, 0, 5]]) {
      expect(() => addGradient(policy, logits, wrong, 1, 0, gradient)).toThrow(AlgorithmError);
    }
  });
});

describe('reinforce', () => {
  test.each([1, 2, 3])('learns to propose far better points than random search, seed %i', (seed) => {
    const learned = meanOfLast(reinforce({ batchSize: 10, learningRate: 0.2 }), seed);
    expect(learned).toBeGreaterThan(meanOfLast(random(), seed) + 4);
  });

  const propose = (algorithm: BoundAlgorithm, state: StateValue, count: number) => {
    const trials: Trial[] = [];
    for (let index = 0; index < count; index += 1) {
      const proposed = algorithm.propose(state, index);
      if (proposed.action.kind !== 'trial') throw new Error('a trial was expected');
      trials.push({ ...proposed.action.proposal, index });
      state = proposed.state;
    }
    return { trials, state };
  };
  const scored = (score: number): Outcome => ({ kind: 'scored', metrics: { score } });

  test('proposes a batch, waits for all of it, updates, and starts the next', () => {
    const algorithm = make({ batchSize: 3 });
    const { trials, state: proposed } = propose(algorithm, algorithm.init(), 3);
    let state = proposed;
    const action = () => algorithm.propose(state, 3).action;
    expect(action()).toEqual({ kind: 'wait' });
    const told = trials.map((trial): ToldTrial => ({ trial, outcome: scored(trial.index) }));
    state = algorithm.tell(state, told.slice(1));
    expect(action()).toEqual({ kind: 'wait' });
    state = algorithm.tell(state, told.slice(0, 1));
    const update = action();
    if (update.kind !== 'update') throw new Error('an update was expected');
    expect(update.request.bulk).toBeNull();
    const result = algorithm.computeUpdate?.(null, update.request.input);
    if (result === undefined || result.bulk === null) throw new Error('a result was expected');
    const after = algorithm.applyUpdate?.(state, { bulk: 'hash', output: result.output });
    expect(after).toMatchObject({ bulk: 'hash', baseline: 1, proposed: 0, pending: [], results: [] });
    expect(algorithm.propose(after ?? null, 3).action.kind).toBe('trial');
    expect(() => algorithm.applyUpdate?.(after ?? null, { bulk: 'hash', output: result.output })).toThrow(
      /an update that it did not ask for/,
    );
  });

  test('the update does not depend on the order of telling', () => {
    const algorithm = make({ batchSize: 4 });
    const { trials, state } = propose(algorithm, algorithm.init(), 4);
    const told = trials.map((trial): ToldTrial => ({ trial, outcome: scored((trial.index * 3) % 4) }));
    const request = (list: readonly ToldTrial[]) => algorithm.propose(algorithm.tell(state, list), 4).action;
    expect(request(told.toReversed())).toEqual(request(told));
  });

  test('a trial without a score counts as the worst of its batch, a cancelled or foreign one not at all', () => {
    const algorithm = make({ batchSize: 3 });
    const { trials, state } = propose(algorithm, algorithm.init(), 3);
    const foreign = { trial: { index: 9, genome: trials[0]?.genome ?? [] }, outcome: scored(50) };
    const outcomes: readonly Outcome[] = [
      { kind: 'infeasible', reason: 'too large' },
      { kind: 'cancelled' },
      scored(5),
    ];
    const told = trials.map((trial, place): ToldTrial => ({
      trial,
      outcome: outcomes[place] ?? { kind: 'cancelled' },
    }));
    const { action } = algorithm.propose(algorithm.tell(state, [foreign, ...told]), 3);
    if (action.kind !== 'update') throw new Error('an update was expected');
    expect(action.request.input).toMatchObject({
      trials: [
        { index: 0, score: null },
        { index: 2, score: 5 },
      ],
    });
    // Both count 5, which is their mean: nothing is better than anything, only entropy is left.
    expect(algorithm.computeUpdate?.(null, action.request.input).output).toMatchObject({ baseline: 5 });
  });

  test('an update moves the logits as if trials without a score had the lowest score of the batch', () => {
    const algorithm = make({ batchSize: 3 });
    const { trials } = propose(algorithm, algorithm.init(), 3);
    const { logits } = algorithm.init() as { logits: Uint8Array };
    const moved = (scores: readonly (number | null)[]): unknown => {
      const told = trials.map(({ index, genome }, place) => ({
        index,
        genome,
        score: scores[place] ?? null,
      }));
      const output = algorithm.computeUpdate?.(null, { logits, baseline: 3, trials: told }).output;
      return (output as { logits: Uint8Array }).logits;
    };
    expect(moved([null, 2, 5])).toEqual(moved([2, 2, 5]));
    expect(moved([null, 2, 5])).not.toEqual(moved([3, 2, 5]));
  });

  test('a batch without any score changes nothing', () => {
    const algorithm = make({ batchSize: 2 });
    const { trials, state } = propose(algorithm, algorithm.init(), 2);
    const told = trials.map((trial): ToldTrial => ({
      trial,
      outcome: { kind: 'infeasible', reason: 'never' },
    }));
    const { action } = algorithm.propose(algorithm.tell(state, told), 2);
    if (action.kind !== 'update') throw new Error('an update was expected');
    const result = algorithm.computeUpdate?.(null, action.request.input);
    expect(result?.bulk).toBeNull();
    const after = algorithm.applyUpdate?.(algorithm.tell(state, told), {
      bulk: null,
      output: result?.output ?? null,
    });
    expect(after).toEqual(algorithm.init());
  });

  test('scores at the ends of the number range do not spoil the policy', () => {
    const algorithm = make({ batchSize: 3 });
    const { trials, state } = propose(algorithm, algorithm.init(), 3);
    const scores = [Number.MAX_VALUE, -Number.MAX_VALUE, 0];
    const told = trials.map((trial, place): ToldTrial => ({ trial, outcome: scored(scores[place] ?? 0) }));
    const { action } = algorithm.propose(algorithm.tell(state, told), 3);
    if (action.kind !== 'update') throw new Error('an update was expected');
    const result = algorithm.computeUpdate?.(null, action.request.input);
    const after = algorithm.applyUpdate?.(algorithm.tell(state, told), {
      bulk: null,
      output: result?.output ?? null,
    });
    expect(algorithm.propose(after ?? null, 3).action.kind).toBe('trial');
  });

  test('too many logits are refused', () => {
    const large = view(Array.from({ length: 90 }, () => int(1, 100)));
    expect(() => make({ bins: 100 }, large)).toThrow(/9000 logits.*at most 8192/);
  });
});
