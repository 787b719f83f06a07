import { describe, expect, test } from 'vitest';
import { bayesian } from '../../../algorithms/index.js';
import { coordinatesOf, rowOf } from '../../../algorithms/coordinates/index.js';
import {
  logCdfSlope,
  logImprovement,
  logImprovementSlope,
} from '../../../algorithms/bayesian/expected-improvement.js';
import { featureSpaceOf, featuresOf, type Features } from '../../../algorithms/bayesian/features.js';
import {
  fittedSettings,
  GaussianProcess,
  initialSettings,
  likelihood,
} from '../../../algorithms/bayesian/gaussian-process.js';
import { warpedCosts } from '../../../algorithms/bayesian/score-warp.js';
import { fork, logNormalCdf, RandomStream, rngFromSeed } from '../../../foundation/numbers/index.js';
import {
  bool,
  float,
  int,
  listOf,
  manyOf,
  oneOf,
  optional,
  permutation,
  sample,
  space,
  view,
} from '../../../search-spaces/index.js';
import { simulate } from '../../../testing/index.js';

const mixed = view(
  space({
    layers: listOf(
      { width: int(1, 64, { scale: 'log' }), kind: oneOf(['conv', { pool: bool() }]) },
      { min: 1, max: 3 },
    ),
    rate: float(1e-4, 1, { scale: 'log' }),
    batch: oneOf([16, 32, 64]),
    chosen: manyOf(2, ['a', 'b', 'c', 'd'], { sorted: true }),
    head: optional({ order: permutation(['x', 'y', 'z', 'w']) }),
  }),
);
const coordinates = coordinatesOf(mixed, 'bayesian');
const features = featureSpaceOf(coordinates, false);
const rng = rngFromSeed('bayesian');

function points(count: number): readonly Features[] {
  return Array.from({ length: count }, (_, place) =>
    featuresOf(coordinates, features, rowOf(coordinates, sample(mixed, fork(rng, place))), 1),
  );
}

function smooth(at: readonly Features[]): Float64Array {
  return Float64Array.from(at, (point) => Math.cos(3 * (point[0] ?? 0)) + (point[1] ?? 0));
}

describe('the Gaussian process', () => {
  test('its kernel is positive definite on 1,000 mixed conditional points', { timeout: 90_000 }, () => {
    const settings = initialSettings(features.dimensions.length);
    settings[settings.length - 1] = Math.log(1e-6);
    expect(likelihood(features, points(1_000), new Float64Array(1_000), settings)).not.toBe(null);
  });

  test('the slope of the likelihood is that of finite differences', () => {
    const known = points(25);
    const values = smooth(known);
    const settings = initialSettings(features.dimensions.length);
    const source = new RandomStream(rng);
    settings.forEach((value, at) => (settings[at] = value + source.unit() - 0.5));
    const slope = likelihood(features, known, values, settings)?.slope ?? new Float64Array();
    for (const at of settings.keys()) {
      const moved = (by: number): number =>
        likelihood(features, known, values, settings.with(at, (settings[at] ?? 0) + by))?.value ?? NaN;
      const difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
      expect(Math.abs((slope[at] ?? NaN) - difference)).toBeLessThan(
        1e-5 * Math.max(1, Math.abs(difference)),
      );
    }
  });

  test('a fit makes the settings more likely', () => {
    const known = points(40);
    const values = smooth(known);
    const from = initialSettings(features.dimensions.length);
    const fitted = fittedSettings(features, known, values, from, 30);
    const valueOf = (settings: Float64Array): number =>
      likelihood(features, known, values, settings)?.value ?? NaN;
    expect(valueOf(fitted)).toBeGreaterThan(valueOf(from) + 1);
  });

  test('a believed point leaves all means and lowers deviations', () => {
    const known = points(30);
    const [point, other] = points(32).slice(30);
    if (point === undefined || other === undefined) throw new Error('no points');
    const process = GaussianProcess.of(
      features,
      initialSettings(features.dimensions.length),
      known,
      smooth(known),
    );
    const before = [process.predict(point), process.predict(other)];
    process.believe(point);
    const after = [process.predict(point), process.predict(other)];
    after.forEach(({ mean }, at) => expect(mean).toBeCloseTo(before[at]?.mean ?? NaN, 10));
    expect(after[0]?.deviation).toBeLessThan(0.2 * (before[0]?.deviation ?? 0));
    expect(after[1]?.deviation).toBeLessThanOrEqual(before[1]?.deviation ?? 0);
  });

  test('the slope of a prediction is that of finite differences', () => {
    const known = points(30);
    const process = GaussianProcess.of(
      features,
      initialSettings(features.dimensions.length),
      known,
      smooth(known),
    );
    const [point] = points(31).slice(30);
    if (point === undefined) throw new Error('no point');
    const dimension = coordinates.list.findIndex(({ node }) => node === 'rate');
    const at = features.dimensions[dimension]?.from ?? 0;
    const { slope } = process.predictWithSlope(point, [dimension]);
    const moved = (by: number) => process.predict(point.with(at, (point[at] ?? 0) + by));
    expect(slope.mean[0]).toBeCloseTo((moved(1e-5).mean - moved(-1e-5).mean) / 2e-5, 6);
    expect(slope.deviation[0]).toBeCloseTo((moved(1e-5).deviation - moved(-1e-5).deviation) / 2e-5, 6);
  });
});

describe('log expected improvement', () => {
  test('is continuous where its expansion begins, and rises', () => {
    expect(Math.abs(logImprovement(-30) - logImprovement(-30 - 1e-12))).toBeLessThan(1e-8);
    for (let v = -60; v < 6; v += 0.25) expect(logImprovement(v + 0.25)).toBeGreaterThan(logImprovement(v));
  });

  test('slopes are those of finite differences', () => {
    for (const v of [-40, -12, -3, -0.5, 0, 2, 5]) {
      const h = 1e-5;
      expect(logImprovementSlope(v)).toBeCloseTo(
        (logImprovement(v + h) - logImprovement(v - h)) / (2 * h),
        4,
      );
      expect(logCdfSlope(v)).toBeCloseTo((logNormalCdf(v + h) - logNormalCdf(v - h)) / (2 * h), 4);
    }
  });
});

test('warped costs keep the order, share ties and are not spoilt by diverged trainings', () => {
  const warped = warpedCosts([0.14, 7_000, 0.13, 0.2, 0.13, 0.16]);
  expect(warped[2]).toBe(warped[4]);
  const order = [2, 0, 5, 3, 1];
  for (const [place, at] of order.entries())
    if (place > 0) expect(warped[at]).toBeGreaterThan(warped[order[place - 1] ?? 0] ?? NaN);
  expect(Math.max(...warped)).toBeLessThan(3);
});

describe('a search', () => {
  const plane = space({ x: float(-5, 10), kind: oneOf(['a', 'b', 'c']), y: float(0, 1) });
  const loss = (x: number, kind: string, y: number): number =>
    (x - 2.3) * (x - 2.3) + (kind === 'b' ? 0 : 4) + 10 * (y - 0.8) * (y - 0.8);

  test('finds the minimum of a plane with a category in 40 trials, one or eight at a time', async () => {
    for (const window of [1, 8]) {
      const bests: number[] = [];
      for (const seed of [1, 2, 3]) {
        const { best, trials } = await simulate(
          bayesian({ pool: 200 }),
          plane,
          ({ x, kind, y }) => loss(x, kind, y),
          { metrics: { loss: 'minimize' }, trials: 40, window, seed },
        );
        expect(new Set(trials.map(({ genome }) => genome.join())).size).toBe(40);
        bests.push(best?.metrics['loss'] ?? Infinity);
      }
      // The best of 40 random points is at 0.5 in the median.
      expect(bests.toSorted((a, b) => a - b)[1]).toBeLessThan(0.05);
    }
  });

  test('told as trials complete, it comes to the end of its budget while an update is due', async () => {
    const { trials, reason } = await simulate(bayesian({ pool: 20 }), plane, ({ x }) => x, {
      order: 'as-completed',
      concurrency: 4,
      trials: 30,
    });
    expect(reason.kind).toBe('trials');
    expect(trials).toHaveLength(30);
  });

  test('keeps a limit, though the best points break it', async () => {
    const { best, trials } = await simulate(
      bayesian({ pool: 200 }),
      plane,
      ({ x, kind, y }) => ({ loss: loss(x, kind, y), size: x }),
      {
        metrics: { loss: 'minimize', size: 'observe' },
        constraints: { size: { atMost: 1 } },
        trials: 40,
        seed: 3,
      },
    );
    expect(best?.metrics['size']).toBeLessThanOrEqual(1);
    expect(best?.metrics['loss']).toBeLessThan(1.69 + 0.5);
    const late = trials.slice(20).filter(({ outcome }) => outcome.kind === 'scored');
    expect(late.length).toBeGreaterThan(0);
  });

  test('learns where trials fail', async () => {
    const { trials } = await simulate(
      bayesian({ pool: 200 }),
      plane,
      ({ x, kind, y }) => (kind === 'c' ? { infeasible: 'no c' } : loss(x, kind, y)),
      { metrics: { loss: 'minimize' }, trials: 40, window: 1, seed: 1 },
    );
    const failed = trials.slice(15).filter(({ outcome }) => outcome.kind === 'infeasible');
    expect(failed.length).toBeLessThan(6);
  });

  test('spreads over the front of two metrics', async () => {
    const { front } = await simulate(
      bayesian({ pool: 200 }),
      plane,
      ({ x, y }) => ({ a: x * x + y, b: (x - 2) * (x - 2) + y }),
      {
        metrics: { a: 'minimize', b: 'minimize' },
        trials: 40,
        seed: 2,
      },
    );
    const on = front.filter(({ metrics }) => (metrics['a'] ?? 9) + (metrics['b'] ?? 9) < 4.5);
    expect(on.length).toBeGreaterThan(6);
  });

  test('a small space ends it', async () => {
    const { trials, reason } = await simulate(
      bayesian({ pool: 20 }),
      space({ a: int(1, 5), b: int(1, 7) }),
      ({ a, b }) => a - b,
      { trials: 100 },
    );
    expect(reason.kind).toBe('exhausted');
    expect(new Set(trials.map(({ genome }) => genome.join())).size).toBe(35);
  });
});
