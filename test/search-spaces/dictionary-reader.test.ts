import { describe, expect, test } from 'vitest';
import { bool, float, fromDict, manyOf, oneOf, space, toDict } from '../../search-spaces/index.js';
import { deepFrozen } from './arbitrary-space.js';

const definition = space({
  opt: oneOf([{ lr: float(0, 1, { name: 'rate' }) }, 'off'], { name: 'optimizer' }),
  pair: manyOf(2, ['a', { x: oneOf([1, 2], { name: 'inner' }) }, 'b'], { name: 'both' }),
});

function code(dictionary: unknown): string | null {
  const result = fromDict(definition, deepFrozen(dictionary));
  return result.ok ? null : result.error.code;
}

test('forms may be mixed', () => {
  const genome = [0, 0.5, 1, 1, 0];
  expect(toDict(definition, genome, { form: 'byName' })).toEqual({
    optimizer: 0,
    rate: 0.5,
    both: [1, 0],
    'inner[0]': 1,
  });
  for (const dictionary of [
    { optimizer: 0, 'opt[=0/2].lr': 0.5, pair: [1, 0], 'pair[0][=1/3].x': 1 },
    { opt: 0, rate: 0.5, 'pair[0]': 1, 'pair[1]': 0, 'inner[0]': 1, 'pair[1][=1/3].x': null },
  ]) {
    expect(fromDict(definition, deepFrozen(dictionary))).toEqual({ ok: true, value: genome });
  }
});

describe('codes', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['missing_decision', { opt: 1 }],
    ['missing_decision', { opt: 0, pair: [0, 2] }],
    ['missing_decision', { opt: 1, 'pair[0]': 0 }],
    ['unknown_key', { opt: 1, pair: [0, 2], optt: 1 }],
    ['unknown_key', { opt: 1, pair: [0, 2], optt: null }],
    ['inactive_decision', { opt: 1, pair: [0, 2], rate: 0.5 }],
    ['shape_mismatch', { opt: 1, pair: [0] }],
    ['shape_mismatch', { opt: 1, optimizer: 0, pair: [0, 2] }],
    ['shape_mismatch', [1]],
    ['not_finite', { opt: '1', pair: [0, 2] }],
    ['index_out_of_range', { opt: 2, pair: [0, 2] }],
    ['not_distinct', { opt: 1, pair: [0, 0] }],
  ];
  cases.forEach(([wanted, dictionary], i) => {
    test(`${wanted} (${i})`, () => {
      expect(code(dictionary)).toBe(wanted);
    });
  });
});

test('the root decision has the empty id', () => {
  expect(fromDict(bool(), { '': 1 })).toEqual({ ok: true, value: [1] });
});
