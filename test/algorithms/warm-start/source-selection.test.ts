import { describe, expect, test } from 'vitest';
import {
  selectionText,
  selectSource,
  taskDistance,
  type LibraryRecord,
  type NamedRecord,
  type SelectionRule,
} from '../../../algorithms/warm-start/index.js';
import { libraryRecord } from '../../support/library-records.js';

const rule: SelectionRule = {
  ...{ space: 'a'.repeat(64), none: true, probe: 'b'.repeat(64), threshold: 'library' },
  modes: ['alpha+weights', 'mask'],
  fits: () => true,
};
const target = { embedding: [1, 2, 3], fingerprint: 'target' };

function records(...changes: Partial<LibraryRecord>[]): readonly NamedRecord[] {
  return changes.map((change, place) => libraryRecord({ fingerprint: `data ${place}`, ...change }));
}

/** Two pairs of neighbours. */
const library = records(
  { embedding: [1, 2, 4] },
  { embedding: [1, 2, 6] },
  { embedding: [20, 1, 1] },
  { embedding: [20, 2, 1] },
);
const [near, , far] = library;

describe('the source of a search', () => {
  test('is the nearest record, and all distances are told', () => {
    const selection = selectSource(library, target, rule);
    expect(selection).toMatchObject({
      reason: 'near',
      choice: { hash: near?.hash, mode: 'alpha+weights' },
      others: { space: 0, probe: 0, own: 0 },
    });
    expect(selection.distances).toHaveLength(4);
    expect(selection.distances[0]?.distance).toBe(taskDistance([1, 2, 3], [1, 2, 4]));
    expect(selection.threshold).toBe(
      Math.max(taskDistance([1, 2, 4], [1, 2, 6]), taskDistance([20, 1, 1], [20, 2, 1])),
    );
    expect(selectionText(selection)).toMatch(
      /^The search starts from record [0-9a-f]{12} \(grating\), .* takes over alpha\+weights\.$/,
    );
    // The order of the records decides nothing.
    expect(selectSource([...library].reverse(), target, rule)).toEqual(selection);
  });

  test('of equally near ones is that of the smaller hash', () => {
    const twins = records({ task: 'x' }, { task: 'y' }, { embedding: [9, 1, 1] }, { embedding: [9, 1, 2] });
    const { choice } = selectSource(twins, target, rule);
    expect(choice?.hash).toBe([twins[0]?.hash ?? '', twins[1]?.hash ?? ''].sort()[0]);
  });

  test('is never its own data, another space, another probe, or a broken record', () => {
    const own = { ...target, fingerprint: near?.record.fingerprint ?? '' };
    expect(selectSource(library, own, rule)).toMatchObject({ others: { own: 1 }, reason: 'fewCandidates' });
    const foreign = records({ space: 'e'.repeat(64) }, { none: false }, { probe: 'e'.repeat(64) });
    const selection = selectSource(foreign, target, rule);
    expect(selection).toMatchObject({
      reason: 'noCandidate',
      choice: null,
      others: { space: 2, probe: 1, own: 0 },
    });
    expect(selectionText(selection)).toContain(
      '2 are of another space, 1 of another probe, and 0 of its own data',
    );
    expect(selectSource(library, target, { ...rule, fits: () => false })).toMatchObject({
      ...{ reason: 'noCandidate', others: { space: 4 } },
    });
  });

  test.each<[string, readonly NamedRecord[], Partial<SelectionRule>, object]>([
    ['no records: cold', [], {}, { reason: 'empty', choice: null, threshold: null }],
    [
      'three records: cold',
      library.slice(0, 3),
      {},
      { reason: 'fewCandidates', choice: null, threshold: null },
    ],
    [
      'three records, and a number: the nearest',
      library.slice(0, 3),
      { threshold: 0.5 },
      { reason: 'near', threshold: 0.5 },
    ],
    [
      'any distance',
      [...(far === undefined ? [] : [far])],
      { threshold: 'any' },
      { reason: 'any', choice: { hash: far?.hash }, threshold: null },
    ],
    [
      'too far: cold',
      library.slice(2),
      { threshold: 0.01 },
      { reason: 'far', choice: null, threshold: 0.01 },
    ],
    [
      'the threshold itself is near',
      library,
      { threshold: taskDistance([1, 2, 3], [1, 2, 4]) },
      { reason: 'near' },
    ],
    [
      'no weights: the next mode',
      records({ weights: null }),
      { threshold: 'any' },
      { choice: { mode: 'mask' } },
    ],
    [
      'no weights, and all modes need them',
      records({ weights: null }),
      { threshold: 'any', modes: ['mask+weights'] },
      { reason: 'noMode', choice: null },
    ],
  ])('%s', (_name, own, change, expected) => {
    const selection = selectSource(own, target, { ...rule, ...change });
    expect(selection).toMatchObject(expected);
    expect(selectionText(selection)).toMatch(/^The search starts (cold, because|from record) .*\.$/);
  });
});

describe('a record of several tasks', () => {
  const meta = (tasks: readonly string[], changes: Partial<LibraryRecord> = {}): NamedRecord =>
    libraryRecord({ ...{ format: 'duramen-library-record/2', fingerprint: 'all', tasks }, ...changes });
  const [one, other] = [meta(['data 0', 'data 1']), meta(['data 0', 'data 1', 'data 2'])];
  const withMeta: SelectionRule = { ...rule, modes: [...rule.modes, 'meta'] };

  test.each<[string, readonly NamedRecord[], Partial<SelectionRule>, string, RegExp]>([
    [
      'where no source is near',
      [...library, one, other],
      { threshold: 1e-6 },
      'far',
      /^The search starts from record [0-9a-f]{12}, which is of several tasks in turn, because the nearest source, .* is too far, the threshold being 0\.00000100\.$/,
    ],
    [
      'where few say what is near',
      [...library.slice(0, 3), one, other],
      {},
      'fewCandidates',
      /3 records are too few/,
    ],
    [
      'where it is alone',
      [other],
      {},
      'noCandidate',
      /no record of the library serves it: 0 are of another space/,
    ],
    [
      'where the nearest keeps no weights',
      [...records({ weights: null }), other],
      { threshold: 'any', modes: ['mask+weights', 'meta'] },
      'noMode',
      /keeps no weights/,
    ],
    [
      'where its mode comes first',
      [...library, other],
      { modes: ['meta', 'mask'] },
      'meta',
      /meta is the first/,
    ],
  ])('is taken %s', (_name, own, change, reason, sentence) => {
    const selection = selectSource(own, target, { ...withMeta, ...change });
    expect(selection).toMatchObject({ reason, choice: { hash: other.hash, mode: 'meta' } });
    expect(selectionText(selection)).toMatch(sentence);
  });

  test('is none of the sources that may be near, and none without the mode', () => {
    expect(selectSource([...library, one, other], target, withMeta)).toEqual(
      selectSource(library, target, rule),
    );
    expect(selectSource([other], target, rule)).toMatchObject({ reason: 'noCandidate', choice: null });
  });

  test('with the data of the search among its tasks is passed over', () => {
    const own = { ...target, fingerprint: 'data 2' };
    expect(selectSource([one, other], own, withMeta)).toMatchObject({
      choice: { hash: one.hash, mode: 'meta' },
      others: { own: 1 },
    });
    const selection = selectSource([other], own, { ...rule, modes: ['meta'] });
    expect(selection).toMatchObject({ reason: 'noMeta', choice: null });
    expect(selectionText(selection)).toBe(
      'The search starts cold, because no record of several tasks serves it: 0 records are of another space, and 1 have its own data among theirs.',
    );
  });
});
