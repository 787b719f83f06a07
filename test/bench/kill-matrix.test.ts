import { describe, expect, test } from 'vitest';
import { compareRemains } from '../../bench/kill-matrix/comparison.js';
import { matrixTable, spreadOf } from '../../bench/kill-matrix/matrix-table.js';
import type { Note } from '../../bench/kill-matrix/note.js';
import { recoveriesOf } from '../../bench/kill-matrix/recoveries.js';
import type { Remains, SearchRemains } from '../../bench/kill-matrix/remains.js';

const search = (changes: Partial<SearchRemains> = {}): SearchRemains => ({
  trajectoryHash: 'hash',
  told: new Map([
    [0, { content: 'zero', weights: 'w0' }],
    [1, { content: 'one', weights: 'w1' }],
  ]),
  toldAgain: [],
  open: [],
  learned: { state: 's', policy: 'p', bulk: 'b' },
  ...changes,
});
const remains = (found: SearchRemains, evaluatedAgain = 0): Remains => ({
  searches: new Map([['study', found]]),
  evaluatedAgain,
});
const undisturbed = remains(search());
const told = (...trials: (readonly [number, string, string])[]): SearchRemains['told'] =>
  new Map(trials.map(([index, content, weights]) => [index, { content, weights }]));

describe('what a disturbed search left', () => {
  test('equal remains differ in nothing', () => {
    expect(compareRemains(undisturbed, remains(search()))).toEqual({
      lost: 0,
      duplicated: 0,
      zombies: 0,
      mismatches: [],
      weights: 2,
    });
  });

  test.each([
    ['a trial that is missing', search({ told: told([0, 'zero', 'w0']) }), { lost: 1 }],
    ['a trial told twice', search({ toldAgain: [1] }), { duplicated: 1 }],
    [
      'a trial beyond the budget',
      search({ told: told([0, 'zero', 'w0'], [1, 'one', 'w1'], [2, 'two', 'w2']) }),
      { duplicated: 1 },
    ],
    ['a trial that runs for ever', search({ open: [1] }), { zombies: 1 }],
    ['another trajectory', search({ trajectoryHash: 'other' }), { mismatches: ['trajectory of study'] }],
    [
      'another policy',
      search({ learned: { state: 'x', policy: 'other', bulk: 'b' } }),
      { mismatches: ['policy of study'] },
    ],
    [
      'another critic',
      search({ learned: { state: 'x', policy: 'p', bulk: 'other' } }),
      { mismatches: ['critic of study'] },
    ],
    [
      'another state of the algorithm',
      search({ learned: { state: 'other', policy: 'p', bulk: 'b' } }),
      { mismatches: ['algorithm of study'] },
    ],
    ['no state of the algorithm', search({ learned: null }), { mismatches: ['policy of study'] }],
    ['no end', search({ trajectoryHash: null }), { mismatches: ['trajectory of study'] }],
    [
      'another outcome',
      search({ told: told([0, 'zero', 'w0'], [1, 'other', 'w1']) }),
      { mismatches: ['outcome of trial 1 of study'] },
    ],
    [
      'other weights',
      search({ told: told([0, 'other', 'w0'], [1, 'one', 'other']) }),
      { mismatches: ['outcome of trial 0 of study', 'weights of trial 1 of study'] },
    ],
  ])('%s is seen', (_what, found, expected) => {
    expect(compareRemains(undisturbed, remains(found))).toMatchObject(expected);
  });

  test('a finished trial that was evaluated again is a duplicate', () => {
    expect(compareRemains(undisturbed, remains(search(), 2)).duplicated).toBe(2);
  });
});

describe('recoveries', () => {
  const note = (kind: Note['kind'], time: number, process: number, seed: string, attempt = 1): Note => ({
    kind,
    time,
    process,
    name: seed,
    attempt,
  });

  test('a lost evaluation is retried, and the next start counts from the restart', () => {
    const notes = [
      note('start', 1_000, 7, 'a'),
      note('start', 1_000, 8, 'b'),
      note('end', 1_500, 8, 'b'),
      note('start', 1_600, 8, 'c'),
      note('start', 4_500, 9, 'd'),
      note('start', 7_000, 10, 'a', 2),
    ];
    const kills = [{ killed: 2_000, up: 3_000, processes: [7] }];
    expect(recoveriesOf(notes, kills, 2)).toEqual({
      restarts: [1],
      nextStarts: [1.5],
      retries: [5],
    });
  });

  test('while every place is taken, nothing can be started', () => {
    const notes = [
      note('start', 1_000, 7, 'a'),
      note('start', 1_000, 8, 'b'),
      note('end', 6_000, 8, 'b'),
      note('start', 6_200, 8, 'c'),
    ];
    const kills = [{ killed: 2_000, up: 3_000, processes: [] }];
    expect(recoveriesOf(notes, kills, 2)).toMatchObject({ nextStarts: [0.2], retries: [] });
  });

  test('a wait that the next kill cuts short is no figure', () => {
    const notes = [note('start', 1_000, 7, 'a'), note('start', 5_000, 9, 'a', 2)];
    const kills = [
      { killed: 2_000, up: 2_500, processes: [7] },
      { killed: 3_000, up: 3_500, processes: [] },
    ];
    expect(recoveriesOf(notes, kills, 1)).toMatchObject({ nextStarts: [1.5], retries: [] });
  });
});

test('median and worst, and a table with a dash where nothing was measured', () => {
  expect(spreadOf([3, 1, 2, 10])).toEqual({ median: 2.5, worst: 10, measured: 4 });
  const cell = {
    runs: 1,
    kills: 3,
    lost: 0,
    duplicated: 0,
    zombies: 0,
    mismatches: 0,
    weights: 8,
    problems: [],
  };
  const table = matrixTable([
    {
      ...cell,
      search: 'flat',
      victim: 'server',
      restart: spreadOf([2]),
      nextStart: spreadOf([1.25]),
      retry: spreadOf([]),
    },
  ]);
  expect(table.split('\n')[1]).toMatch(/^flat +server +1 +3 +0 +0 +0 +0 +8 +2\.0 +2\.0 +1\.\d +1\.\d +– +–$/);
});
