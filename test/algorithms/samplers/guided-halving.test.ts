import { describe, expect, test } from 'vitest';
import {
  auto,
  bayesian,
  controller,
  random,
  sharedWeights,
  successiveHalving,
  tpe,
  type AlgorithmReference,
} from '../../../algorithms/index.js';
import { float, oneOf, space } from '../../../search-spaces/index.js';
import { simulate } from '../../../testing/index.js';

const plane = space({ x: float(0, 1), y: float(0, 1), kind: oneOf(['a', 'b', 'c']) });

/** A training whose score at a step tells most of its last one. */
function trained(
  { x, y, kind }: { readonly x: number; readonly y: number; readonly kind: string },
  step: number,
): number {
  const final = 1 - (x - 0.7) * (x - 0.7) - (y - 0.2) * (y - 0.2) - (kind === 'b' ? 0 : 0.3);
  return final - 0.5 / step;
}

const rungs = { minimumSteps: 1, maximumSteps: 9, reductionFactor: 3 } as const;

async function bestAfter(algorithm: AlgorithmReference, seed: number): Promise<number> {
  const { trials } = await simulate(
    algorithm,
    plane,
    (point, { until }) => trained(point, until ?? rungs.maximumSteps),
    { trials: 80, seed },
  );
  return trials.reduce((best, { parameters }) => Math.max(best, trained(parameters, rungs.maximumSteps)), -1);
}

describe('successive halving around an algorithm', () => {
  test.each([
    ['tpe', tpe()],
    ['bayesian', bayesian({ pool: 100 })],
    ['auto', auto({ switchAfter: 30 })],
  ] as const)('%s finds better points than chance does', { timeout: 90_000 }, async (_name, algorithm) => {
    const means = await Promise.all(
      [successiveHalving({ ...rungs, algorithm }), successiveHalving(rungs)].map(async (reference) => {
        const bests = await Promise.all([1, 2, 3].map((seed) => bestAfter(reference, seed)));
        return bests.reduce((sum, best) => sum + best, 0) / bests.length;
      }),
    );
    expect(means[0]).toBeGreaterThan(means[1] ?? Infinity);
  });

  test('promotes trials as it does without one', async () => {
    const { trials } = await simulate(
      successiveHalving({ ...rungs, algorithm: random() }),
      plane,
      (point, { until }) => trained(point, until ?? 9),
      { trials: 90 },
    );
    const ends = (step: number) => trials.filter(({ until }) => until === step);
    expect(ends(1).length).toBeGreaterThan(50);
    expect(ends(3).length).toBeGreaterThan(10);
    expect(ends(9).length).toBeGreaterThan(2);
    for (const { continues, genome } of [...ends(3), ...ends(9)])
      expect(trials[continues ?? -1]?.genome).toEqual(genome);
  });

  test('an algorithm that ends trials itself is refused', async () => {
    const inner = successiveHalving(rungs);
    await expect(
      simulate(successiveHalving({ ...rungs, algorithm: inner }), plane, () => 1, { trials: 5 }),
    ).rejects.toThrow('decides itself where its trials end');
    const sliced = sharedWeights(controller({ batchSize: 5 }), {
      paths: 'uniform',
      epochs: 4,
      search: 'during',
      evaluations: 6,
    });
    await expect(
      simulate(successiveHalving({ ...rungs, algorithm: sliced }), plane, () => 1, { trials: 5 }),
    ).rejects.toThrow();
  });
});

describe('auto', () => {
  test('goes over from bayesian to tpe, and proposes no point twice', async () => {
    const { trials } = await simulate(auto({ switchAfter: 20 }), plane, (point) => trained(point, 9), {
      trials: 60,
      window: 4,
    });
    const alone = await simulate(bayesian(), plane, (point) => trained(point, 9), { trials: 60, window: 4 });
    const genomes = trials.map(({ genome }) => genome.join());
    const others = alone.trials.map(({ genome }) => genome.join());
    expect(genomes.slice(0, 18)).toEqual(others.slice(0, 18));
    expect(genomes.slice(24)).not.toEqual(others.slice(24));
    expect(new Set(genomes).size).toBe(60);
  });

  test('with steps it is successive halving', () => {
    expect(auto({ steps: { minimum: 1, maximum: 9 } })).toMatchObject({
      name: 'successiveHalving',
      config: { minimumSteps: 1, maximumSteps: 9, reductionFactor: 4, algorithm: { name: 'auto' } },
    });
  });
});
