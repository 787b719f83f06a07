import { describe, expect, test } from 'vitest';
import { CellResults, type CellResult } from '../../bench/warm-darts/cell-results.js';
import { pairedDifference } from '../../bench/warm-darts/paired-differences.js';
import { smallCell, smallCellEdges, smallCellOperations } from '../../bench/warm-darts/small-network.js';
import { smallSearch, trainedAlone } from '../../bench/warm-darts/small-search.js';
import { generatedTask } from '../../bench/warm-darts/generated-tasks.js';
import { relaxationOf } from '../../algorithms/contract/index.js';
import { view } from '../../search-spaces/index.js';
import { temporaryFolder } from '../support/temporary-folder.js';

function cell(arm: string, task: string, seed: number, accuracy: number): CellResult {
  return {
    arm,
    task,
    family: task.split('-')[0] ?? '',
    seed,
    accuracy,
    evaluations: 1,
    seconds: 1,
    genome: [0],
    note: '',
  };
}

describe('differences of arms', () => {
  const results = [
    ...[cell('cold', 'blob-1', 1, 0.5), cell('cold', 'grating-1', 1, 0.5), cell('cold', 'blob-1', 2, 0.5)],
    ...[cell('warm', 'blob-1', 1, 0.52), cell('warm', 'grating-1', 1, 0.56), cell('warm', 'blob-1', 2, 0.54)],
    // No partner.
    cell('warm', 'grating-1', 2, 0.9),
  ];

  test('are paired by task and seed, with the larger of two standard errors', () => {
    const difference = pairedDifference(results, 'warm', 'cold', ['blob', 'grating']);
    expect(difference).toMatchObject({ cells: 3, seeds: 2 });
    expect(difference?.mean).toBeCloseTo(4, 10);
    // Points 2, 6 and 4: √(4 / 3). By seeds 4 and 4: 0.
    expect(difference?.error).toBeCloseTo(Math.sqrt(4 / 3), 10);
    expect(pairedDifference(results, 'warm', 'cold', ['grating'])).toMatchObject({ cells: 1, error: 0 });
    expect(pairedDifference(results, 'other', 'cold', ['blob'])).toBeNull();
  });

  test('stay in their folder, but for a line that was cut off', async () => {
    const folder = temporaryFolder();
    const own = new CellResults(folder);
    expect(own.all()).toEqual([]);
    for (const result of results.slice(0, 2)) own.add(result);
    expect(new CellResults(folder).all()).toEqual(results.slice(0, 2));
    const { appendFileSync } = await import('node:fs');
    appendFileSync(`${folder}/results.jsonl`, '{"arm":"co');
    expect(own.all()).toEqual(results.slice(0, 2));
    own.add(cell('cold', 'blob-1', 3, 0.5));
    expect(own.all()).toHaveLength(3);
  });
});

test('a cold search leaves a record, from which another starts at the closed form of its cost', async () => {
  const data = (variant: string) => ({
    ...generatedTask({ family: 'grating', variant, examples: 712 }),
    testFrom: 612,
  });
  expect(relaxationOf(view(smallCell), true).rows).toHaveLength(smallCellEdges);
  const nothing = { records: [], weights: new Map(), options: {} };
  const cold = await smallSearch(data('a'), 1, 3, nothing);
  // Two halves of 256 examples in batches of 64, and a step of each kind.
  const perEpoch = smallCellEdges * 4 * 2;
  expect(cold.evaluations).toBe(3 * perEpoch * smallCellOperations);
  expect(cold.note).toContain('cold, because the library is empty');
  const start = {
    records: [cold.record],
    weights: new Map([[cold.record.record.weights ?? '', cold.weights]]),
  };
  const warm = await smallSearch(data('b'), 1, 3, { ...start, options: { threshold: 'any' } });
  expect(warm.evaluations).toBe(perEpoch * smallCellOperations);
  expect(warm.note).toContain('takes over alpha+weights');
  const masked = await smallSearch(data('b'), 1, 3, {
    ...start,
    options: { threshold: 'any', modes: ['mask'] },
  });
  expect(masked.evaluations).toBe(perEpoch * 3);
  expect(await trainedAlone(data('b'), warm.genome, 1)).toBeGreaterThan(0.2);
}, 120_000);
