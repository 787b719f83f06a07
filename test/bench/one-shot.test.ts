import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { layersSupernetwork } from '../../bench/one-shot/layers.js';
import { ArmFiles } from '../../bench/one-shot-nb201/arm-files.js';
import { armName, common } from '../../bench/one-shot-nb201/arm.js';
import type { ArmResult, ArmSetting } from '../../bench/one-shot-nb201/arm.js';
import { CellTable } from '../../bench/one-shot-nb201/cell-table.js';
import { kendallCorrelation } from '../../bench/one-shot-nb201/kendall.js';
import { outcomeOfArm } from '../../bench/one-shot-nb201/outcome.js';
import { choicesOf } from '../../networks/supernetwork/index.js';
import { childNetwork } from '../../training/index.js';
import { sharedDirectory } from '../support/shared.js';

const setting: ArmSetting = { paths: 'fair', seed: 1, minutes: 2, cells: 10, common: { ...common } };

test('a path of the row takes one operation in each layer', () => {
  const row = layersSupernetwork({ layers: 3, channels: 4, imageShape: [8, 8, 1] });
  expect(choicesOf(row).map(({ outcomes }) => outcomes)).toEqual([5, 5, 5]);
  const { nodes } = childNetwork(row, Int32Array.of(0, 2, 4));
  expect(nodes.map(({ op }) => op)).toEqual([
    ...['convolution', 'convolution', 'batchNormalization', 'activation'],
    ...['separableConvolution', 'batchNormalization', 'activation', 'averagePooling'],
    ...['globalAveragePooling', 'dense'],
  ]);
});

describe("Kendall's τ-b", () => {
  test('of the same, of the opposite and of tied orders', () => {
    const pairs = [1, 2, 3, 4].map((value) => [value, 10 * value] as const);
    expect(kendallCorrelation(pairs)).toBe(1);
    expect(kendallCorrelation(pairs.map(([x, y]) => [x, -y]))).toBe(-1);
    // Five of six pairs differ on the left, all on the right; four agree and one does not.
    const tied = [
      [1, 1],
      [1, 2],
      [2, 4],
      [3, 3],
    ] as const;
    expect(kendallCorrelation(tied)).toBeCloseTo(3 / Math.sqrt(5 * 6), 12);
    expect(
      kendallCorrelation([
        [1, 1],
        [1, 2],
      ]),
    ).toBeNull();
  });
});

function resultWith(accuracies: readonly number[]): ArmResult {
  const randomCells = accuracies.map((_none, i) => [0, 0, 0, 0, Math.floor(i / 5), i % 5]);
  return {
    ...{ setting, steps: 9, seconds: 120, clockSeconds: 130, scoreSeconds: 5, randomCells },
    milestones: [{ minutes: 2, steps: 9, loss: 1.5, accuracies: [...accuracies] }],
    evolution: [
      { cell: [4, 4, 4, 4, 4, 4], accuracy: 0.5 },
      { cell: [3, 3, 3, 3, 3, 3], accuracy: 0.7 },
      { cell: [2, 2, 2, 2, 2, 2], accuracy: 0.7 },
    ],
  };
}

test('the outcome of an arm is the table accuracy of what shared accuracy chooses', () => {
  const accuracies = [0.1, 0.2, 0.9, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85];
  const outcome = outcomeOfArm(resultWith(accuracies), (cell) => cell.reduce((sum, each) => sum + each, 50));
  expect(outcome).toMatchObject({ evolution: { derived: 68, cell: '333333' } });
  expect(outcome.random).toMatchObject({ derived: 52, cell: '000002' });
  expect(outcome.random.tenBest).toBe(outcome.meanCell);
  const [last] = outcome.correlations;
  expect(last?.spearman).toBeGreaterThan(0);
  expect(last?.spearman).toBeLessThan(1);
});

describe('files of an arm', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'duramen-arm-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const progress = { steps: 1, seconds: 60, clockSeconds: 61, scoreSeconds: 3, lossSum: 2, milestones: [] };

  test('the last progress and its weights stay until there is a result', () => {
    const files = new ArmFiles(folder, setting);
    expect([files.progress(), files.result()]).toEqual([null, null]);
    files.keepProgress(progress, Uint8Array.of(1));
    files.keepProgress({ ...progress, steps: 2 }, Uint8Array.of(2));
    expect(readdirSync(folder).filter((file) => file.endsWith('.weights'))).toHaveLength(1);
    const again = new ArmFiles(folder, setting).progress();
    expect(again?.progress.steps).toBe(2);
    expect([...(again?.weights ?? [])]).toEqual([2]);
    const result = resultWith([0.1, 0.2]);
    files.keepResult(result);
    expect(new ArmFiles(folder, setting).result()).toEqual(result);
    expect(readdirSync(folder)).toEqual([`${armName(setting)}.result.json`]);
  });

  test('an arm that was made with another setting is refused', () => {
    new ArmFiles(folder, setting).keepResult(resultWith([0.1]));
    const other = { ...setting, common: { ...common, learningRate: 1 } };
    expect(() => new ArmFiles(folder, other).result()).toThrow('another setting of the bench');
  });
});

describe.skipIf(sharedDirectory() === undefined)('shared: table of cells', () => {
  test('a cell by the numbers of its operations', async () => {
    const table = await CellTable.open(
      path.join(sharedDirectory() ?? '', 'benchmarks', 'nas', 'nb201.csv.gz'),
    );
    expect(table.accuracyOf([4, 2, 1, 2, 1, 1])).toBeCloseTo(85.86333, 5);
  });
});
