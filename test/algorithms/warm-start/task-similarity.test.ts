import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distanceMatrix, libraryThreshold, taskDistance } from '../../../algorithms/warm-start/index.js';

const numbers = fc.array(fc.double({ min: 0, max: 1e3, noNaN: true }), { minLength: 6, maxLength: 6 });

describe('the distance of tasks', () => {
  test('is 0 on itself, symmetric, and from 0 to 1', () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        expect(taskDistance(a, a)).toBe(0);
        expect(taskDistance(a, b)).toBe(taskDistance(b, a));
        expect(taskDistance(a, b)).toBeGreaterThanOrEqual(0);
        expect(taskDistance(a, b)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('is that of the formula', () => {
    // a / (a + b) = (1/4, 1/2), b / (a + b) = (3/4, 1/2); cosine 7/16 / √(5/16 · 13/16).
    expect(taskDistance([1, 2], [3, 2])).toBeCloseTo(1 - 7 / Math.sqrt(65), 7);
    expect(taskDistance([1, 0], [0, 1])).toBe(1);
  });

  test('knows tasks of which nothing is known, and refuses what cannot be compared', () => {
    expect(taskDistance([0, 0], [0, 0])).toBe(0);
    expect(taskDistance([0, 0], [1, 2])).toBe(1);
    expect(() => taskDistance([1], [1, 2])).toThrow('embeddings of 1 and 2 numbers');
    expect(() => taskDistance([1, -1], [1, 2])).toThrow('at least 0');
  });
});

test('the threshold is the largest distance to a nearest other, and none for fewer than four tasks', () => {
  const tasks = [
    [1, 1, 1],
    [1, 1, 2],
    [9, 1, 1],
    [9, 2, 1],
  ];
  expect(libraryThreshold(tasks.slice(0, 3))).toBeNull();
  const matrix = distanceMatrix(tasks);
  expect(libraryThreshold(tasks)).toBe(Math.max(matrix[0]?.[1] ?? 0, matrix[2]?.[3] ?? 0));
});
