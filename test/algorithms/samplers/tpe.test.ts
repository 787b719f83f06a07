import { describe, expect, test } from 'vitest';
import { coordinatesOf, rowOf } from '../../../algorithms/coordinates/index.js';
import { KernelDensity } from '../../../algorithms/tpe/kernel-density.js';
import { quickNormalCdf } from '../../../algorithms/tpe/normal-mass.js';
import { rampedWeights } from '../../../algorithms/tpe/tpe.js';
import { rankedPlaces, type Ranked } from '../../../algorithms/ranking/index.js';
import { tpe } from '../../../algorithms/index.js';
import { fork, normalCdf, RandomStream, rngFromSeed } from '../../../foundation/numbers/index.js';
import {
  bool,
  float,
  int,
  manyOf,
  oneOf,
  optional,
  permutation,
  sample,
  space,
  sweep,
  view,
} from '../../../search-spaces/index.js';
import { simulate } from '../../../testing/index.js';

const conditional = space({
  layer: oneOf([{ width: int(1, 5), norm: bool() }, { rate: int(1, 9, { scale: 'log' }) }, 'none']),
  batch: oneOf([16, 32, 64, 128]),
  some: manyOf(2, ['a', 'b', { deep: bool() }, 'd'], { sorted: true }),
  head: optional({ order: permutation(['x', 'y', 'z']) }),
});
const rng = rngFromSeed('tpe');

describe('the density', () => {
  test('sums to 1 over all points of a conditional space', () => {
    const seen = view(conditional);
    const coordinates = coordinatesOf(seen, 'tpe');
    for (const count of [0, 1, 30]) {
      const rows = Array.from({ length: count }, (_, place) =>
        rowOf(coordinates, sample(seen, fork(rng, place))),
      );
      const density = new KernelDensity(coordinates, rows, rampedWeights(count));
      let sum = 0;
      let points = 0;
      for (const genome of sweep(seen)) {
        const row = rowOf(coordinates, genome);
        sum += (density.ratios([row])[0] ?? NaN) * density.priorAt(row);
        points += 1;
      }
      expect(points).toBe(Number(seen.size));
      expect(sum).toBeCloseTo(1, 6);
    }
  });

  test('draws points as often as it says', () => {
    const small = view(space({ a: oneOf(['p', { q: oneOf([1, 2, 3]) }]), s: permutation([1, 2, 3]) }));
    const coordinates = coordinatesOf(small, 'tpe');
    const rows = [0, 1, 2].map((place) => rowOf(coordinates, sample(small, fork(rng, place))));
    const density = new KernelDensity(coordinates, rows, [1, 0.5, 1]);
    const source = new RandomStream(fork(rng, 'draws'));
    const counts = new Map<string, number>();
    const draws = 20_000;
    for (let draw = 0; draw < draws; draw += 1) {
      const key = density.draw(source).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const genome of sweep(small)) {
      const row = rowOf(coordinates, genome);
      const expected = (density.ratios([row])[0] ?? NaN) * density.priorAt(row);
      const found = (counts.get(genome.join()) ?? 0) / draws;
      expect(Math.abs(found - expected)).toBeLessThan(0.015);
    }
  });

  test('the quick probability is within 2e-9', () => {
    for (let x = -9; x < 9; x += 0.00731)
      expect(Math.abs(quickNormalCdf(x) - normalCdf(x))).toBeLessThan(2e-9);
  });

  test('weights rise to 1, and the latest 25 are equal', () => {
    expect(rampedWeights(3)).toEqual([1, 1, 1]);
    const weights = rampedWeights(35);
    expect(weights[0]).toBeCloseTo(1 / 35, 12);
    expect(weights[9]).toBeCloseTo(1, 12);
    expect(weights.slice(10)).toEqual(new Array(25).fill(1));
  });
});

test('ranking: feasible before over a limit before failed, further steps first, ties by index', () => {
  const trial = (index: number, score: number | null, excess: number | null, step = 0): Ranked => ({
    index,
    step,
    scores: score === null ? null : [score],
    excesses: excess === null ? null : [excess],
    feasible: score !== null && excess !== null && excess <= 0,
  });
  const trials = [
    trial(0, null, null),
    trial(1, 5, 3),
    trial(2, 5, 1),
    trial(3, 1, -1),
    trial(4, 2, 0),
    trial(5, 2, 0),
    trial(6, 0, 0, 9),
  ];
  const limits = [{ metric: 'size', kind: 'atMost', bound: 10 }] as const;
  expect(rankedPlaces(trials, limits)).toEqual([6, 4, 5, 3, 2, 1, 0]);
});

test('it finds the minimum of a plane with a category in 120 trials', async () => {
  const plane = space({ x: float(-5, 10), kind: oneOf(['a', 'b', 'c']), depth: int(1, 8) });
  const bests: number[] = [];
  for (const seed of [1, 2, 3]) {
    const { best, trials } = await simulate(
      tpe(),
      plane,
      ({ x, kind, depth }) => (x - 2) * (x - 2) + (kind === 'b' ? 0 : 4) + Math.abs(depth - 6),
      { metrics: { loss: 'minimize' }, trials: 120, seed },
    );
    expect(new Set(trials.map(({ genome }) => genome.join())).size).toBe(120);
    bests.push(best?.metrics['loss'] ?? Infinity);
  }
  expect(Math.max(...bests)).toBeLessThan(0.5);
});

test('a small space ends it, however many trials fail', async () => {
  const { trials, reason } = await simulate(
    tpe(),
    space({ a: int(1, 5), b: int(1, 9) }),
    ({ a, b }) => (a === b ? { infeasible: 'equal' } : a - b),
    { trials: 100 },
  );
  expect(reason.kind).toBe('exhausted');
  expect(new Set(trials.map(({ genome }) => genome.join())).size).toBe(45);
});

test('with `repeats` it may propose a point again', async () => {
  const { trials } = await simulate(tpe({ repeats: true }), space({ a: int(1, 5) }), ({ a }) => a, {
    trials: 60,
  });
  expect(trials).toHaveLength(60);
});
