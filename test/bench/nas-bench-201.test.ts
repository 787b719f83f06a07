import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { competitors, finalTestOf, Study, summaryOf } from '../../bench/nas-bench-201/study.js';
import { sharedDirectory } from '../support/shared.js';

test('mean and standard error', () => {
  expect(summaryOf([1, 2, 3, 4])).toEqual({ mean: 2.5, standardError: Math.sqrt(5 / 3 / 4) });
});

describe.skipIf(sharedDirectory() === undefined)('shared: NAS-Bench-201 study', () => {
  const table = path.join(sharedDirectory() ?? '', 'benchmarks', 'nas', 'nb201.csv.gz');

  test('in 10 seeds of 300 evaluations evolution finds better cells than random search', async () => {
    const study = await Study.open({ table, evaluations: 300, epochs: 12 });
    const [evolution, parallel, random] = competitors.map((competitor) => {
      const results = Array.from({ length: 10 }, (_, seed) =>
        study.search(study.definition(competitor, seed)),
      );
      for (const { trials, scored } of results)
        expect({ trials, scored }).toEqual({ trials: 300, scored: 300 });
      expect(new Set(results.map(({ trajectoryHash }) => trajectoryHash)).size).toBe(10);
      return summaryOf(results.map(finalTestOf));
    });
    if (evolution === undefined || parallel === undefined || random === undefined) throw new Error('three');
    // The bounds are those of 100 seeds, less four standard errors of ten.
    expect(evolution.mean).toBeGreaterThan(random.mean);
    expect(parallel.mean).toBeGreaterThan(random.mean);
    expect(Math.abs(random.mean - 93.92)).toBeLessThan(0.3);
    expect(evolution.mean).toBeGreaterThan(93.84);
    expect(Math.max(evolution.mean, parallel.mean)).toBeLessThanOrEqual(94.38);
  });
});
