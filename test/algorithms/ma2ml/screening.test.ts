import { describe, expect, test } from 'vitest';
import { bindAlgorithm, ma2ml, type Ma2mlOptions } from '../../../algorithms/index.js';
import { RandomStream, rngFromSeed } from '../../../foundation/numbers/index.js';
import { oneOf, space as spaceOf, view } from '../../../search-spaces/index.js';
import { runAlgorithm } from '../../support/algorithm-run.js';

const options = [0, 1, 2, 3, 4, 5] as const;
const space = spaceOf({
  a: oneOf(options, { tags: ['AUG'] }),
  b: oneOf(options, { tags: ['NAS'] }),
  c: oneOf(options, { tags: ['HPO'] }),
});

/** Distinct points among so many trials, and the best score. */
function search(more: Ma2mlOptions, trials: number, seed: number) {
  const run = runAlgorithm(
    ma2ml({ range: [-50, 0], pipelinesPerRound: 8, hiddenUnits: 16, ...more }),
    space,
    {
      ...{ order: 'in-order', seed, trials, window: 8, concurrency: 4 },
      completion: new RandomStream(rngFromSeed('completion')),
      evaluate: ({ genome: [a = 0, b = 0, c = 0] }) => ({
        kind: 'scored',
        metrics: { score: 0 - (a - 4) * (a - 4) - (b - a) * (b - a) - (c - 1) * (c - 1) },
      }),
    },
  );
  return { genomes: run.trials.map(({ genome }) => genome.join()) };
}

describe('screened proposals', () => {
  test.each([1, 2, 3])('after the first round no point is measured twice (seed %i)', (seed) => {
    const { genomes } = search({ screen: 32 }, 120, seed);
    const later = genomes.slice(8);
    expect(new Set(later).size).toBe(later.length);
    expect(later.some((genome) => genomes.slice(0, 8).includes(genome))).toBe(false);
    // Policies alone come back to the points that they favour.
    const alone = search({}, 120, seed).genomes;
    expect(new Set(alone).size).toBeLessThan(120);
  });

  test('the best point is found within 120 of 216', () => {
    for (const seed of [1, 2, 3]) expect(search({ screen: 32 }, 120, seed).genomes).toContain('4,4,1');
  });

  test('once every point was measured, the policies draw again', () => {
    const { genomes } = search({ screen: 8 }, 260, 4);
    expect(genomes).toHaveLength(260);
    expect(new Set(genomes).size).toBeGreaterThan(200);
  });

  test.each([
    ['one candidate', { screen: 1 }, "'screen' of ma2ml must be 0 or an integer from 2 to 256, it is 1"],
    ['a variant without a history', { screen: 32, variant: 'on-credit' }, "leave out 'screen'"],
    ['too many', { screen: 257 }, "'screen' of ma2ml must be an integer from 0 to 256"],
  ] as const)('refuses %s', (_what, more, message) => {
    const metrics = [{ name: 'score', goal: 'maximize' }] as const;
    const bind = (): unknown =>
      bindAlgorithm(ma2ml({ range: [0, 1], ...more }), view(space), metrics, rngFromSeed(1), 'in-order');
    expect(bind).toThrow(message);
  });
});
