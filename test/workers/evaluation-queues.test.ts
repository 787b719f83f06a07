import { describe, expect, test } from 'vitest';
import { evaluationQueues, gpuWarning } from '../../workers/evaluation-queues.js';

describe('the queues of evaluations that a worker serves', () => {
  test('on processors have the slots that were asked for', () => {
    expect(evaluationQueues(['search', 'cpu'], ['large'], 3, [])).toEqual([
      { taskQueue: 'duramen-cpu', slots: 3, devices: [] },
      { taskQueue: 'large', slots: 3, devices: [] },
    ]);
    expect(evaluationQueues(['search'], [], 3, [])).toEqual([]);
  });

  test('on GPUs have one slot for each, and those of processors where there is none', () => {
    const served = evaluationQueues(['cpu', 'gpu'], [], 8, ['0', '1']);
    expect(served).toEqual([
      { taskQueue: 'duramen-cpu', slots: 8, devices: [] },
      { taskQueue: 'duramen-gpu', slots: 2, devices: ['0', '1'] },
    ]);
    expect(evaluationQueues(['gpu'], [], 8, [])).toEqual([
      { taskQueue: 'duramen-gpu', slots: 8, devices: [] },
    ]);
  });
});

test('a worker for GPUs warns where evaluations cannot run on them', () => {
  expect(gpuWarning([], null)).toContain('lists no GPU');
  expect(gpuWarning(['0'], null)).toContain('prepare.mjs --gpu');
  expect(gpuWarning(['0'], '/libraries')).toBeNull();
});
