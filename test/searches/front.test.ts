import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Metric } from '../../algorithms/index.js';
import { frontLimit, frontWith } from '../../searches/loop/front.js';
import type { FrontTrial } from '../../searches/index.js';

const two: readonly Metric[] = [
  { name: 'accuracy', goal: 'maximize' },
  { name: 'latency', goal: 'minimize' },
  { name: 'parameters', goal: 'observe' },
];

const candidate = (index: number, accuracy: number, latency: number): FrontTrial => ({
  index,
  genome: [index],
  metrics: { accuracy, latency, parameters: index },
  inner: {},
});

const after = (metrics: readonly Metric[], all: readonly FrontTrial[]): readonly FrontTrial[] =>
  all.reduce<readonly FrontTrial[]>((kept, one) => frontWith(kept, metrics, one), []);

const points = fc
  .array(fc.tuple(fc.integer({ min: -6, max: 6 }), fc.integer({ min: -6, max: 6 })), { maxLength: 60 })
  .map((values) => values.map(([a, b], index) => candidate(index, a, b)));

describe('several optimised metrics', () => {
  test('the front is that of brute force, of equal points the lowest index, best first metric first', () => {
    const property = fc.property(points, fc.nat(), (all, turn) => {
      const expected = all
        .filter(({ index, metrics }) => {
          const { accuracy = 0, latency = 0 } = metrics;
          return !all.some((other) => {
            const { accuracy: a = 0, latency: l = 0 } = other.metrics;
            if (a === accuracy && l === latency) return other.index < index;
            return a >= accuracy && l <= latency;
          });
        })
        .sort((x, y) => (y.metrics['accuracy'] ?? 0) - (x.metrics['accuracy'] ?? 0));
      expect(after(two, all)).toEqual(expected);
      // The order in which they arrive does not matter.
      const at = all.length === 0 ? 0 : turn % all.length;
      expect(after(two, [...all.slice(at), ...all.slice(0, at)].reverse())).toEqual(expected);
    });
    fc.assert(property, { numRuns: 200, seed: 1 });
  });

  test('a front above the limit loses crowded inner points and keeps its ends', () => {
    const all = Array.from({ length: 3 * frontLimit }, (_, index) => {
      const accuracy = ((index * 7919) % 600) ** 2;
      return candidate(index, accuracy, accuracy);
    });
    const front = after(two, all);
    expect(front.length).toBe(frontLimit);
    expect(front[0]?.metrics['accuracy']).toBe(599 ** 2);
    expect(front.at(-1)?.metrics['accuracy']).toBe(0);
    const values = front.map(({ metrics }) => metrics['accuracy'] ?? 0);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(new Set(values).size).toBe(frontLimit);
  });
});

describe('one optimised metric', () => {
  test.each(['maximize', 'minimize'] as const)('%s: the best, of equal ones the lowest index', (goal) => {
    const metrics: readonly Metric[] = [{ name: 'accuracy', goal }];
    const property = fc.property(points, (all) => {
      const sign = goal === 'maximize' ? -1 : 1;
      const [best] = all.toSorted(
        (a, b) => sign * ((a.metrics['accuracy'] ?? 0) - (b.metrics['accuracy'] ?? 0)) || a.index - b.index,
      );
      expect(after(metrics, all)).toEqual(best === undefined ? [] : [best]);
      expect(after(metrics, all.toReversed())).toEqual(best === undefined ? [] : [best]);
    });
    fc.assert(property, { numRuns: 100, seed: 1 });
  });

  test('a trial beyond a limit, or without a limited metric, is none', () => {
    const metrics: readonly Metric[] = [
      { name: 'accuracy', goal: 'maximize', atLeast: 1 },
      { name: 'latency', goal: 'observe', atMost: 3 },
    ];
    expect(after(metrics, [candidate(0, 0.5, 1), candidate(1, 9, 4)])).toEqual([]);
    expect(after(metrics, [candidate(0, 1, 3), candidate(1, 9, 4)])).toEqual([candidate(0, 1, 3)]);
    const missing: FrontTrial = { index: 2, genome: [], metrics: { accuracy: 5 }, inner: {} };
    expect(after(metrics, [missing])).toEqual([]);
  });
});
