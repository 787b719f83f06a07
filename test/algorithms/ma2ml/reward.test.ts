import { describe, expect, test } from 'vitest';
import { klWeightOfSpread, rewardFlags, rewardOf } from '../../../algorithms/ma2ml/reward.js';
import type { Ma2mlCost, Ma2mlOptions } from '../../../algorithms/ma2ml/options.js';
import type { Metric, Outcome } from '../../../algorithms/index.js';
import { plainSpace, problemOf } from './problem.js';

const metrics: readonly Metric[] = [
  { name: 'accuracy', goal: 'maximize' },
  { name: 'latency', goal: 'observe' },
  { name: 'flops', goal: 'observe', atMost: 1_000 },
];
const scored = (accuracy: number, latency = 1, flops = 1): Outcome => ({
  kind: 'scored',
  metrics: { accuracy, latency, flops },
});
const reward = (options: Ma2mlOptions, outcome: Outcome) =>
  rewardOf(problemOf(plainSpace, options, metrics).config, metrics, outcome, 3);

describe('the reward', () => {
  test('is the metric scaled by the range, in float32', () => {
    expect(reward({}, scored(0.7)).reward).toBe(Math.fround(0.7));
    expect(reward({ range: [50, 100] }, scored(80)).reward).toBe(Math.fround(0.6));
    expect(reward({ range: [50, 100] }, scored(20))).toMatchObject({ reward: 0, flags: rewardFlags.clipped });
    expect(reward({ range: [50, 100] }, scored(110))).toMatchObject({
      reward: 1,
      flags: rewardFlags.clipped,
    });
  });

  test('of a minimised metric rises as it falls', () => {
    const loss: readonly Metric[] = [{ name: 'loss', goal: 'minimize' }];
    const { config } = problemOf(plainSpace, { range: [4, 0] }, loss);
    const outcome: Outcome = { kind: 'scored', metrics: { loss: 1 } };
    expect(rewardOf(config, loss, outcome, 0).reward).toBe(0.75);
  });

  test.each<[string, Outcome]>([
    ['infeasible', { kind: 'infeasible', reason: 'too large' }],
    ['failed', { kind: 'failed', class: 'Diverged', message: 'loss is NaN' }],
    ['stopped without metrics', { kind: 'stopped', step: 2 }],
    ['beyond a declared limit', scored(0.9, 1, 2_000)],
  ])('is 0 and noted for a trial that is %s', (_, outcome) => {
    expect(reward({}, outcome)).toEqual({ reward: 0, flags: rewardFlags.noResult, costs: [] });
  });

  const cost = (own: Record<string, unknown>): Ma2mlCost =>
    ({ metric: 'latency', target: 10, ...own }) as Ma2mlCost;

  test.each<[string, readonly Ma2mlCost[], number, number]>([
    ['hard, below', [cost({ mode: 'hard' })], 10, 0.8],
    ['hard, above', [cost({ mode: 'hard' })], 10.5, 0],
    ['mnasnet, below', [cost({ mode: 'mnasnet' })], 5, 0.8 * 0.5 ** -0.07],
    ['mnasnet, above', [cost({ mode: 'mnasnet' })], 20, 0.8 * 2 ** -0.07],
    ['mnasnet, for nothing', [cost({ mode: 'mnasnet' })], 0, 0.8 * 0.001 ** -0.07],
    ['mnasnet 0/−1, for nothing', [cost({ mode: 'mnasnet', exponent: 0 })], 0, 0.8],
    ['mnasnet 0/−1, below', [cost({ mode: 'mnasnet', exponent: 0, exponentAbove: -1 })], 5, 0.8],
    ['mnasnet 0/−1, above', [cost({ mode: 'mnasnet', exponent: 0, exponentAbove: -1 })], 20, 0.4],
    ['tunas, below', [cost({ mode: 'tunas' })], 5, 0.8 - 0.07 * 0.5],
    ['tunas, above', [cost({ mode: 'tunas', weight: -0.3 })], 20, 0.8 - 0.3],
    ['tunas, at the target', [cost({ mode: 'tunas' })], 10, 0.8],
  ])('is shaped by a cost: %s', (_, costs, latency, expected) => {
    const shaped = reward({ costs }, scored(0.8, latency));
    expect(shaped.reward).toBeCloseTo(expected, 6);
    expect(shaped.reward).toBe(Math.fround(shaped.reward));
    expect(shaped.costs).toEqual([Math.fround(latency)]);
    expect(shaped.flags).toBe(latency > 10 ? rewardFlags.overTarget : 0);
  });

  test('is shaped by several costs in turn', () => {
    const costs: readonly Ma2mlCost[] = [
      { metric: 'latency', target: 10, mode: 'mnasnet', exponent: 0, exponentAbove: -1 },
      { metric: 'flops', target: 4, mode: 'tunas', weight: -0.1 },
    ];
    expect(reward({ costs }, scored(0.8, 20, 8)).reward).toBeCloseTo(0.4 - 0.1, 6);
    const hard: readonly Ma2mlCost[] = [{ metric: 'latency', target: 1, mode: 'hard' }, ...costs];
    expect(reward({ costs: hard }, scored(0.8, 2, 4)).reward).toBe(0);
  });

  test('of a pipeline that does not tell a cost is 0', () => {
    const costs = [{ metric: 'latency', target: 10, mode: 'hard' }] as const;
    const outcome: Outcome = { kind: 'scored', metrics: { accuracy: 0.9, flops: 1 } };
    expect(reward({ costs }, outcome)).toEqual({ reward: 0, flags: rewardFlags.noResult, costs: [-1] });
  });

  test.each([
    ['a hard target', { accuracy: 0, latency: 11 }, rewardFlags.overTarget],
    ['a limit of the search', { flops: 1_001, latency: 1 }, rewardFlags.overTarget],
    ['nothing', { flops: 1_000, latency: 1 }, rewardFlags.noResult],
  ])('of a pipeline that was not trained is 0: known to be beyond %s', (_what, known, flags) => {
    const costs = [{ metric: 'latency', target: 10, mode: 'hard' }] as const;
    const outcome: Outcome = { kind: 'infeasible', reason: 'not trained', metrics: known };
    expect(reward({ costs }, outcome)).toEqual({ reward: 0, flags, costs: [known.latency] });
  });

  test('a value outside of a range that nobody stated is refused', () => {
    expect(() => reward({}, scored(87))).toThrow(
      "trial 3 reports accuracy 87, outside of the range 0 to 1 that ma2ml assumes: give it the 'range' of accuracy, such as [0, 100]",
    );
  });
});

test('the weight of the divergence follows the spread of the rewards', () => {
  const rewards = Float32Array.from({ length: 11 }, (_, at) => (10 - at) / 10);
  expect(klWeightOfSpread(rewards)).toBeCloseTo(0.3 * 0.8, 6);
  expect(klWeightOfSpread(Float32Array.of(0.5, 0.5))).toBe(0.001);
});
