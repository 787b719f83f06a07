import { expect, test } from 'vitest';
import { similarityMatrices, taskDistance } from '../../../algorithms/warm-start/index.js';
import { libraryRecord } from '../../support/library-records.js';

test('there is a matrix for each probe, with the target first and without records of several tasks', () => {
  const own = [
    libraryRecord({ task: 'a', embedding: [1, 2, 3] }),
    libraryRecord({ task: 'b', embedding: [3, 2, 1] }),
  ];
  const several = libraryRecord({ format: 'duramen-library-record/2', tasks: ['f0', 'f1'] });
  const other = libraryRecord({ task: 'c', probe: 'e'.repeat(64), embedding: [1, 1] });
  const target = { task: 'target', probe: 'b'.repeat(64), embedding: [1, 1, 1] };
  const [first, second] = similarityMatrices([...own, several, other], target);
  expect(first?.tasks.map(({ task }) => task)).toEqual(['target', 'a', 'b']);
  expect(first?.distances[0]).toEqual([
    0,
    taskDistance([1, 1, 1], [1, 2, 3]),
    taskDistance([1, 1, 1], [3, 2, 1]),
  ]);
  expect(first?.threshold).toBeNull();
  expect(second).toEqual({
    ...{ probe: 'e'.repeat(64), tasks: [{ hash: other.hash, task: 'c' }], distances: [[0]], threshold: null },
  });
  const four = ['a', 'b', 'c', 'd'].map((task, i) => libraryRecord({ task, embedding: [1, 2, i + 1] }));
  expect(similarityMatrices(four)[0]?.threshold).toBe(taskDistance([1, 2, 1], [1, 2, 2]));
});
