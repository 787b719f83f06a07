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
