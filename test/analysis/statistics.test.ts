import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import {
  asLoss,
  averageRanks,
  empiricalDistribution,
  evenlySpread,
  hypervolume,
  hypervolumeHistory,
  kneeOf,
  leastSoFar,
  paretoFront,
  pedAnova,
  type StudiedParameter,
} from '../../analysis/index.js';

/** What `record-optuna-statistics.py` writes. */
interface Recorded {
  readonly trials: readonly {
    readonly params: Readonly<Record<string, number | string>>;
    readonly loss: number;
    readonly size: number;
  }[];
  readonly importance: Readonly<Record<string, number>>;
  readonly edf: { readonly x: readonly number[]; readonly y: readonly number[] };
  readonly hypervolume2: { readonly reference: readonly number[]; readonly values: readonly number[] };
  readonly hypervolume3: { readonly reference: readonly number[]; readonly values: readonly number[] };
  readonly front2: readonly number[];
  readonly front3: readonly number[];
  readonly ranks: readonly number[];
}

const recorded = JSON.parse(
  await readFile(new URL('./optuna-statistics.json', import.meta.url), 'utf8'),
) as Recorded;
const losses = recorded.trials.map(({ loss }) => loss);
const two = recorded.trials.map(({ loss, size }) => [loss, size / 1e4]);
const three = recorded.trials.map(({ loss, size, params }) => [loss, size / 1e4, Number(params['drop'])]);

function expectClose(found: readonly number[], wanted: readonly number[], digits: number): void {
  expect(found).toHaveLength(wanted.length);
  for (const [place, value] of wanted.entries()) expect(found[place]).toBeCloseTo(value, digits);
}

test('PED-ANOVA gives the importances of Optuna, of a conditional parameter too', () => {
  const numbers = (name: string): StudiedParameter['values'] =>
    recorded.trials.map(({ params }) => {
      const value = params[name];
      return typeof value === 'number' ? value : null;
    });
  const range = (low: number, high: number, log: boolean, step: number | null) =>
    ({ kind: 'number', low, high, log, step }) as const;
  const activations = ['relu', 'tanh', 'gelu'];
  const parameters: Readonly<Record<string, StudiedParameter>> = {
    rate: { range: range(1e-4, 1e-1, true, null), values: numbers('rate') },
    width: { range: range(8, 64, false, 8), values: numbers('width') },
    units: { range: range(16, 512, true, 1), values: numbers('units') },
    drop: { range: range(0, 0.5, false, null), values: numbers('drop') },
    act: {
      range: { kind: 'category', count: 3 },
      values: recorded.trials.map(({ params }) => activations.indexOf(String(params['act']))),
    },
    beta: { range: range(0, 1, false, null), values: numbers('beta') },
  };
  const names = Object.keys(parameters);
  const found = pedAnova(losses, Object.values(parameters));
  expectClose(
    found,
    names.map((name) => recorded.importance[name] ?? NaN),
    9,
  );
  expect(numbers('beta')).toContain(null);
});

test('importance is nothing where there is nothing to tell', () => {
  const constant: StudiedParameter = { range: { kind: 'category', count: 1 }, values: [0, 0, 0] };
  expect(pedAnova([1, 2, 3], [constant])).toEqual([0]);
  expect(pedAnova([1], [{ range: { kind: 'category', count: 2 }, values: [1] }])).toEqual([0]);
});

test('fronts of two and three losses are those of Optuna', () => {
  expect(paretoFront(two)).toEqual(recorded.front2);
  expect(paretoFront(three)).toEqual(recorded.front3);
  expect(paretoFront([])).toEqual([]);
  expect(
    paretoFront([
      [1, 2],
      [1, 2],
      [1, 3],
    ]),
  ).toEqual([0]);
});

test('the hypervolume grows trial by trial as in Optuna', () => {
  const [, second = 0] = recorded.hypervolume2.reference;
  // The second objective of that study is the negative size, maximised.
  expectClose(hypervolumeHistory(two, [5, -second]), recorded.hypervolume2.values, 9);
  expectClose(hypervolumeHistory(three, recorded.hypervolume3.reference), recorded.hypervolume3.values, 9);
  expect(hypervolume(three, recorded.hypervolume3.reference)).toBeCloseTo(
    recorded.hypervolume3.values.at(-1) ?? NaN,
    9,
  );
  expect(hypervolumeHistory([null, [1, 1], null, [9, 9]], [2, 2])).toEqual([0, 1, 1, 1]);
});

test('distribution and ranks are those of Optuna', () => {
  const xs = evenlySpread(losses, recorded.edf.x.length);
  expectClose(xs, recorded.edf.x, 12);
  expectClose(empiricalDistribution(losses, recorded.edf.x), recorded.edf.y, 12);
  expect(empiricalDistribution([], [1])).toEqual([0]);
  expect(averageRanks(losses)).toEqual(recorded.ranks);
});

test('the knee is the point of a front that is nearest to the best of both', () => {
  expect(kneeOf([])).toBeNull();
  expect(kneeOf([[3, 4]])).toBe(0);
  expect(
    kneeOf([
      [0, 100],
      [0.2, 20],
      [1, 0],
    ]),
  ).toBe(1);
});

test('the least loss so far, with signs by the goal', () => {
  expect(leastSoFar([null, 2, 3, null, 1])).toEqual([null, 2, 2, 2, 1]);
  expect(asLoss(2, 'maximize')).toBe(-2);
  expect(asLoss(2, 'minimize')).toBe(2);
});
