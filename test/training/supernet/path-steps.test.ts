import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rngFromSeed } from '../../../foundation/numbers/index.js';
import { buildWithChoices } from '../../../networks/builders/index.js';
import { childNetwork, restrict } from '../../../networks/supernetwork/index.js';
import { dartsCells, nasBench201Cell, sample } from '../../../search-spaces/index.js';
import { CompiledStep } from '../../../training/step/compiled-step.js';
import type { Optimizer } from '../../../training/step/optimizers.js';
import { compileSupernetwork } from '../../../training/supernet/compiled-supernetwork.js';
import { expectNear, expectPathSteps } from '../../support/supernet-agreement.js';
import { patterns, plainNumbers, randomState } from '../../support/training-laboratory.js';
import { randomNetwork, randomSpace, sharedSpace } from '../../support/supernet-laboratory.js';

const data = patterns(40, [5, 5, 2]);
const indices = Int32Array.from({ length: 11 }, (_none, i) => (i * 7) % 40);
const others = Int32Array.from({ length: 8 }, (_none, i) => (i * 3) % 40);
const sgd: Optimizer = { kind: 'sgd' };
const seeds = (use: string): number => use.length;
const form = { data, optimizer: sgd, clips: false, threads: 1 } as const;

// A large epsilon, or Adam would make a step of the noise in gradients that are zero.
const optimizers: readonly Optimizer[] = [
  { kind: 'sgd', momentum: 0.9 },
  { kind: 'sgd', momentum: 0.9, nesterov: true },
  { kind: 'adamw', epsilon: 0.1 },
  { kind: 'adam', epsilon: 0.1 },
];

/** Random spaces, and children of each: two hundred cases. */
const [spaces, children] = [40, 5];

test('a step on a path is that of the child alone, and moves nothing else', () => {
  fc.assert(
    fc.property(
      randomSpace(),
      fc.array(fc.nat(), { minLength: children, maxLength: children }),
      fc.constantFrom(...optimizers),
      fc.boolean(),
      (space, drawn, optimizer, clips) =>
        expectPathSteps(space, { ...form, optimizer, clips }, indices, drawn, 2e-5),
    ),
    { numRuns: spaces, seed: 7 },
  );
}, 600_000);

test('a step along several paths adds their gradients and acts once on what they share', () => {
  fc.assert(
    fc.property(randomSpace(), fc.array(fc.nat(), { minLength: 2, maxLength: 4 }), (space, drawn) => {
      const { supernetwork, pathFor } = sharedSpace(space, randomNetwork);
      const whole = compileSupernetwork({ supernetwork, ...form });
      const before = randomState(whole);
      whole.write(before);
      const paths = drawn.map((seed) => pathFor(sample(space, rngFromSeed(seed))));
      const expected = new Map([...before].map(([name, values]) => [name, values.slice()]));
      let mean = 0;
      for (const path of paths) {
        const alone = new CompiledStep({ network: childNetwork(supernetwork, path), ...form });
        alone.write(before);
        mean += alone.train(indices, plainNumbers, 1, seeds) / paths.length;
        for (const [name, values] of alone.read()) {
          const sum = expected.get(name);
          const from = before.get(name);
          if (!name.includes('moving'))
            values.forEach((value, i) => sum?.set([(sum[i] ?? 0) + value - (from?.[i] ?? 0)], i));
        }
        alone.close();
      }
      // Each path moves the running averages in turn.
      for (const name of [...expected.keys()]) if (name.includes('moving')) expected.delete(name);
      expect(whole.trainPaths(indices, plainNumbers, 1, seeds, paths)).toBeCloseTo(mean, 4);
      expectNear(whole.read(), expected, 5e-5);
      // The sums are zero again: the next step along two paths is one of its own.
      const [first = new Int32Array(0)] = paths;
      const now = whole.read();
      whole.trainPaths(indices, plainNumbers, 2, seeds, [first, first]);
      const twice = whole.read();
      whole.write(now);
      whole.trainPaths(indices, { ...plainNumbers, learningRate: 2 * plainNumbers.learningRate }, 2, seeds, [
        first,
      ]);
      const once = whole.read();
      const trained = [...once].filter(([name]) => !/moving|momentum/.test(name));
      expectNear(twice, new Map(trained), 5e-5);
      whole.close();
    }),
    { numRuns: 8, seed: 3 },
  );
}, 200_000);

test('the norm that is clipped is that of the gradients of all paths together', () => {
  const space = fc.sample(randomSpace(), { numRuns: 1, seed: 9 })[0] ?? null;
  const { supernetwork, pathFor } = sharedSpace(space, randomNetwork);
  const path = pathFor(sample(space, rngFromSeed(1)));
  const whole = compileSupernetwork({ supernetwork, ...form, clips: true });
  const before = randomState(whole);
  const after = (paths: readonly Int32Array[]) => {
    whole.write(before);
    whole.trainPaths(indices, { ...plainNumbers, clipNorm: 0.01 }, 1, seeds, paths);
    return whole.read();
  };
  const once = after([path]);
  // Twice the gradient points the same way and is cut to the same length.
  const trained = [...once].filter(([name]) => !/moving|momentum/.test(name));
  expectNear(after([path, path]), new Map(trained), 1e-6);
  const length = Math.sqrt(
    trained.reduce(
      (sum, [name, values]) =>
        sum + values.reduce((own, value, i) => own + (value - (before.get(name)?.[i] ?? Number.NaN)) ** 2, 0),
      0,
    ),
  );
  expect(length / plainNumbers.learningRate).toBeCloseTo(0.01, 4);
  whole.close();
});

test('an evaluation normalises by the moments of its batch and leaves the state alone', () => {
  let compared = 0;
  fc.assert(
    fc.property(randomSpace(), fc.nat(), (space, seed) => {
      const { supernetwork, pathFor } = sharedSpace(space, randomNetwork);
      const path = pathFor(sample(space, rngFromSeed(seed)));
      const network = childNetwork(supernetwork, path);
      // Only a training drops numbers.
      if (network.nodes.some(({ op }) => op === 'dropout')) return;
      const whole = compileSupernetwork({ supernetwork, ...form });
      whole.write(randomState(whole));
      const before = whole.read();
      const { loss, correct } = whole.evaluate(indices, path);
      expect(whole.read()).toEqual(before);
      const alone = new CompiledStep({ network, ...form });
      alone.write(before);
      const still = { ...plainNumbers, learningRate: 0 };
      expect(loss / indices.length).toBeCloseTo(alone.train(indices, still, 1, seeds), 4);
      expect(correct).toBeLessThanOrEqual(indices.length);
      alone.close();
      whole.close();
      compared++;
    }),
    { numRuns: 10, seed: 5 },
  );
  expect(compared).toBeGreaterThan(3);
}, 100_000);

test('recalibration gives a child the mean moments of batches, and other children nothing', () => {
  const { supernetwork, choices } = sharedSpace(nasBench201Cell, (cell) =>
    buildWithChoices({
      builder: 'nasBench201',
      inputShape: [5, 5, 2],
      classes: 4,
      channels: 2,
      cellsPerStage: 1,
      cell,
    }),
  );
  expect(choices.length).toBe(6);
  const whole = compileSupernetwork({ supernetwork, ...form });
  whole.write(randomState(whole));
  const path = [3, 1, 2, 4, 3, 2];
  const start = whole.read();
  const momentsOf = (batch: Int32Array) => {
    whole.recalibrate(path, [batch]);
    return whole.read();
  };
  const [first, second] = [momentsOf(indices), momentsOf(others)];
  whole.recalibrate(path, [indices, others]);
  const both = whole.read();
  const network = childNetwork(supernetwork, path);
  const own = new Set(network.nodes.flatMap(({ name }) => [`${name}/movingMean`, `${name}/movingVariance`]));
  let moved = 0;
  for (const [name, values] of both) {
    if (!own.has(name)) {
      expect(values, name).toEqual(start.get(name));
      continue;
    }
    moved++;
    values.forEach((value, i) =>
      expect(value, name).toBeCloseTo(
        ((first.get(name)?.[i] ?? NaN) + (second.get(name)?.[i] ?? NaN)) / 2,
        4,
      ),
    );
  }
  expect(moved).toBeGreaterThan(10);
  // By its own averages the exported child computes what the supernetwork computes by the moments of the batch.
  whole.recalibrate(path, [indices]);
  const alone = new CompiledStep({ network, ...form });
  alone.write(whole.read());
  const expected = whole.evaluate(indices, path);
  // Running variances are unbiased: a few hundredths at the smallest images.
  expect(Math.abs(alone.evaluate(indices).loss / expected.loss - 1)).toBeLessThan(0.05);
  alone.close();
  whole.close();
});

test('a restricted supernetwork goes on from the weights of the whole', () => {
  const network = (program: unknown): unknown =>
    buildWithChoices({
      builder: 'darts',
      inputShape: [5, 5, 2],
      classes: 4,
      channels: 2,
      cells: 3,
      ...(program as object),
    });
  const { supernetwork, choices, pathFor } = sharedSpace(dartsCells, network);
  const genome = sample(dartsCells, rngFromSeed(4));
  const path = pathFor(genome);
  const mask = Object.fromEntries(
    choices.map(({ name, allowed }, i) => [
      name,
      allowed.filter((outcome) => outcome === path[i] || outcome % 2 === 0),
    ]),
  );
  const less = restrict(supernetwork, mask);
  const [whole, part] = [supernetwork, less].map((each) =>
    compileSupernetwork({ supernetwork: each, ...form }),
  );
  if (whole === undefined || part === undefined) throw new Error('Two were compiled.');
  expect(part.nodeCount).toBeLessThan(whole.nodeCount);
  whole.write(randomState(whole));
  part.write(whole.read());
  // The places of choices that only dropped branches had are gone: paths of a genome are made anew.
  const places = new Map(choices.map(({ name }, i) => [name, path[i] ?? 0]));
  const shorter = part.choices.map(({ name }) => places.get(name) ?? 0);
  const loss = part.trainPaths(indices, plainNumbers, 1, seeds, [shorter]);
  expect(loss).toBeCloseTo(whole.trainPaths(indices, plainNumbers, 1, seeds, [path]), 5);
  expectNear(whole.read(), part.read(), 2e-5);
  const alone = new CompiledStep({ network: childNetwork(supernetwork, path), ...form });
  alone.write(part.read());
  const next = alone.train(indices, plainNumbers, 2, seeds);
  expect(part.trainPaths(indices, plainNumbers, 2, seeds, [shorter])).toBeCloseTo(next, 5);
  for (const each of [whole, part, alone]) each.close();
}, 60_000);

test('the same steps have the same bits, also from a state that was read', () => {
  const space = fc.sample(randomSpace(), { numRuns: 1, seed: 2 })[0] ?? null;
  const { supernetwork, pathFor } = sharedSpace(space, randomNetwork);
  const paths = [1, 2, 3].map((seed) => pathFor(sample(space, rngFromSeed(seed))));
  const train = (stops: boolean) => {
    let whole = compileSupernetwork({ supernetwork, ...form });
    whole.write(randomState(whole));
    paths.forEach((path, i) => {
      whole.trainPaths(indices, plainNumbers, i + 1, seeds, i === 1 ? paths : [path]);
      if (!stops) return;
      const state = whole.read();
      whole.close();
      whole = compileSupernetwork({ supernetwork, ...form });
      whole.write(state);
    });
    const state = whole.read();
    whole.close();
    return state;
  };
  expect(train(true)).toEqual(train(false));
});

test('paths and data that do not fit are refused in a sentence', () => {
  const { supernetwork } = sharedSpace(nasBench201Cell, (cell) =>
    buildWithChoices({
      builder: 'nasBench201',
      inputShape: [5, 5, 2],
      classes: 4,
      channels: 2,
      cellsPerStage: 1,
      cell,
    }),
  );
  const whole = compileSupernetwork({ supernetwork, ...form });
  whole.write(randomState(whole));
  const train = (path: readonly number[]) => () => whole.trainPaths(indices, plainNumbers, 1, seeds, [path]);
  expect(train([0, 0])).toThrow('a path of 2 outcomes was given, but the supernetwork has 6 choices.');
  expect(() => whole.evaluate(indices, [0, 0, 0, 5, 0, 0])).toThrow('the choice "[3]" has no branch 5');
  expect(() => compileSupernetwork({ supernetwork, ...form, data: patterns(8, [6, 6, 2]) })).toThrow(
    'The network cannot be trained on patterns: its input "input" is 5 × 5 × 2, the images are 6 × 6 × 2.',
  );
  expect(() => whole.write(new Map())).toThrow(/The state has no .* of the right size\./);
  whole.close();
});
