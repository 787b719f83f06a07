import { expect, test } from 'vitest';
import { dedupe, ma2ml, random, reinforce, successiveHalving } from '../../algorithms/index.js';
import { RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import { float, oneOf, space as spaceOf } from '../../search-spaces/index.js';
import { simulate } from '../../testing/index.js';
import { runAlgorithm } from '../support/algorithm-run.js';

const tags = (tag: string): { readonly tags: readonly string[] } => ({ tags: [tag] });
const space = spaceOf({
  a: oneOf([0, 1, 2, 3], tags('AUG')),
  b: oneOf([0, 1, 2], tags('NAS')),
  c: oneOf([0, 1, 2], tags('HPO')),
});

test.each([
  ['ma2ml', ma2ml({ pipelinesPerRound: 4, stepsPerRound: 3, hiddenUnits: 8, range: [0, 3] })],
  ['reinforce', reinforce({ batchSize: 4 })],
])(
  '%s goes on when a point at the end of its round is dropped, until next to nothing new is left',
  (_, reference) => {
    const run = runAlgorithm(dedupe(reference, { attempts: 1_000, exhausted: 'done' }), space, {
      order: 'in-order',
      seed: 1,
      trials: 100,
      window: 16,
      concurrency: 3,
      completion: new RandomStream(rngFromSeed('completion')),
      evaluate: ({ genome }) => ({ kind: 'scored', metrics: { score: genome[0] ?? 0 } }),
    });
    // Of 36 points a learned policy makes some too improbable to come up.
    expect(run.trials.length).toBeGreaterThan(28);
    expect(run.reason).toEqual({ kind: 'exhausted' });
    expect(run.updates).toBeGreaterThan(5);
  },
);

test.each([
  ['pass', [1, 3, 9]],
  // Stored searches must go on as they began.
  ['count', [1]],
] as const)('promotions of successive halving: %s', async (continuations, steps) => {
  const halving = successiveHalving({ minimumSteps: 1, maximumSteps: 9, reductionFactor: 3 });
  const options = { trials: 60, order: 'as-completed' } as const;
  const { trials } = await simulate(
    dedupe(halving, { continuations, remember: 500 }),
    spaceOf({ x: float(0, 1) }),
    ({ x }) => x,
    options,
  );
  expect([...new Set(trials.map(({ until }) => until))].sort()).toEqual(steps);
});

test.each([
  [
    'ma2ml',
    ma2ml({ pipelinesPerRound: 4, stepsPerRound: 20, learningRate: 0.5, hiddenUnits: 8, range: [0, 3] }),
  ],
  ['reinforce', reinforce({ batchSize: 4, learningRate: 1 })],
])('%s that has settled on few points goes on with points beside them, to the last point', (_, reference) => {
  const run = (options: object) =>
    runAlgorithm(dedupe(reference, { attempts: 5, ...options }), space, {
      ...{ order: 'in-order', seed: 1, trials: 100, window: 16, concurrency: 3 },
      completion: new RandomStream(rngFromSeed('completion')),
      evaluate: ({ genome }) => ({ kind: 'scored', metrics: { score: genome[0] ?? 0 } }),
    });
  const before = run({ exhausted: 'done' });
  expect(before.trials.length).toBeLessThan(36);
  const { trials, reason } = run({});
  expect(reason).toEqual({ kind: 'exhausted' });
  expect(new Set(trials.map(({ genome }) => genome.join())).size).toBe(36);
  expect(trials.length).toBe(36);
});

test('a stored definition without the option ends as it always did, and other algorithms are not given it', () => {
  expect(dedupe(random()).config).toEqual({ algorithm: random() });
  expect(dedupe(ma2ml()).config).toMatchObject({ exhausted: 'vary' });
});
