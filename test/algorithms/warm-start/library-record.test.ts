import { describe, expect, test } from 'vitest';
import {
  namedRecord,
  readSnapshot,
  recordBytes,
  recordJson,
  snapshotBytes,
} from '../../../algorithms/warm-start/index.js';
import { canonicalJson, utf8Bytes } from '../../../foundation/json/index.js';
import { sha256Hex } from '../../../foundation/numbers/index.js';
import { libraryRecord } from '../../support/library-records.js';

const whole = libraryRecord({
  masks: [
    [[0, 1, 3], [2]],
    [[1], [2]],
  ],
  retrained: { metric: 'accuracy', mean: 0.75, deviation: 0.01, trainings: 3 },
});

describe('a record of the library', () => {
  test('comes back from its bytes, under their hash', () => {
    expect(namedRecord(whole.hash, recordBytes(whole.record))).toEqual(whole);
  });

  test('whose bytes were changed, or are written otherwise, is refused', () => {
    const bytes = recordBytes(whole.record);
    const changed = bytes.slice();
    changed[20] = (changed[20] ?? 0) ^ 1;
    expect(() => namedRecord(whole.hash, changed)).toThrow('another hash: it is damaged');
    const spaced = utf8Bytes(JSON.stringify(recordJson(whole.record), null, 1));
    expect(() => namedRecord(sha256Hex(spaced), spaced)).toThrow('not in the form that a library writes');
    const text = utf8Bytes('no record');
    expect(() => namedRecord(sha256Hex(text), text)).toThrow('it is no JSON text');
  });

  test.each<[string, object, string]>([
    [
      'another format',
      { format: 'duramen-library-record/3' },
      'format "duramen-library-record/3", and this build reads',
    ],
    [
      'a number below zero',
      { embedding: [1, -1] },
      "'embedding' of the record must be a list of numbers ≥ 0",
    ],
    ['no logits', { logits: [] }, "'logits' of the record must be a list of numbers"],
    ['a mask without options', { masks: [[[]]] }, "'masks' of the record"],
    ['no hash of weights', { weights: 'x' }, "'weights' of the record must be a hash"],
    ['an unknown field', { code: 'rm' }, "the record has no field 'code'"],
    [
      'costs of no epoch',
      { cost: { epochs: 0, operationEvaluations: null } },
      "'epochs' of 'cost' of the record",
    ],
  ])('with %s is refused in one sentence', (_name, change, sentence) => {
    const bytes = utf8Bytes(canonicalJson({ ...(recordJson(whole.record) as object), ...change }));
    expect(() => namedRecord(sha256Hex(bytes), bytes)).toThrow(sentence);
  });
});

describe('a snapshot of the library', () => {
  const other = libraryRecord({ task: 'blob' });

  test('has its records in one order, whatever the order in which they are given', () => {
    const bytes = snapshotBytes([whole, other]);
    expect(snapshotBytes([other, whole])).toEqual(bytes);
    expect(readSnapshot(bytes)).toEqual([whole, other].sort((a, b) => (a.hash < b.hash ? -1 : 1)));
    expect(readSnapshot(snapshotBytes([]))).toEqual([]);
  });

  test('with a broken record is refused', () => {
    const text = new TextDecoder().decode(snapshotBytes([whole])).replace('"grating"', '"blobs"');
    expect(() => readSnapshot(utf8Bytes(text))).toThrow(
      /^record [0-9a-f]{12} of the snapshot is broken: its bytes have another hash/,
    );
    expect(() => readSnapshot(utf8Bytes('{}'))).toThrow('not of the format');
  });
});
