import { describe, expect, test } from 'vitest';
import type { ConstructionCode } from '../../search-spaces/index.js';
import {
  constant,
  decode,
  float,
  int,
  manyOf,
  oneOf,
  parseSpace,
  points,
  space,
  SpaceError,
} from '../../search-spaces/index.js';

function refusal(json: unknown): SpaceError {
  try {
    parseSpace(json);
  } catch (error) {
    if (error instanceof SpaceError) return error;
    throw error;
  }
  throw new Error('The space was accepted.');
}

const two = [1, 2];
const deep = (depth: number): unknown => (depth === 0 ? 1 : [deep(depth - 1)]);

describe('construction codes', () => {
  const cases: readonly (readonly [ConstructionCode, string | null, unknown])[] = [
    ['unknown_kind', 'x', { x: { $kind: 'twoOf', candidates: two } }],
    ['unknown_kind', 'x', { x: { $kind: 'view', nodes: [] } }],
    ['unknown_field', 'x', { x: { $kind: 'float', min: 0, max: 1, scal: 'log' } }],
    ['reserved_key', null, { $expr: 1 }],
    ['reserved_key', null, JSON.parse('{"__proto__": 1}')],
    ['reserved_key', null, { $call: 3 }],
    ['not_plain_json', 'x', { x: undefined }],
    ['not_plain_json', 'x[0]', { x: [() => 1] }],
    ['not_plain_json', 'x', { x: new Date(0) }],
    ['not_plain_json', 'x', { x: NaN }],
    ['not_plain_json', 'x', { x: -0 }],
    ['not_plain_json', 'x', { x: '\ud800' }],
    ['not_plain_json', 'x', { x: constantOf({ a: [1, undefined] }) }],
    ['bad_meta', 'x', { x: { $kind: 'bool', name: '' } }],
    ['bad_meta', 'x', { x: { $kind: 'bool', tags: 'a' } }],
    ['no_candidates', 'x', { x: { $kind: 'permutation', candidates: [] } }],
    ['bad_k', 'x', { x: { $kind: 'manyOf', k: 1.5, candidates: two } }],
    ['bad_k', 'x', { x: { $kind: 'manyOf', k: true, candidates: two } }],
    ['k_above_candidates', 'x', { x: { $kind: 'manyOf', k: 3, candidates: two } }],
    ['min_above_max', 'x', { x: { $kind: 'int', min: 2, max: 1 } }],
    ['bad_bounds', 'x', { x: { $kind: 'int', min: 0.5, max: 1 } }],
    ['bad_bounds', 'x', { x: { $kind: 'float', min: '0', max: 1 } }],
    ['bad_bounds', 'x', { x: { $kind: 'float', min: -1e308, max: 1e308 } }],
    ['bad_step', 'x', { x: { $kind: 'int', min: 0, max: 9, step: 0 } }],
    ['bad_step', 'x', { x: { $kind: 'int', min: 1, max: 9, step: 2, scale: 'log' } }],
    ['unknown_scale', 'x', { x: { $kind: 'int', min: 1, max: 9, scale: 'reverseLog' } }],
    ['scale_needs_positive_min', 'x', { x: { $kind: 'int', min: 0, max: 9, scale: 'log' } }],
    ['scale_needs_positive_min', 'x', { x: { $kind: 'float', min: 0, max: 9, scale: 'reverseLog' } }],
    ['bad_weights', 'x', { x: { $kind: 'bool', weights: [1] } }],
    ['bad_weights', 'x', { x: { $kind: 'oneOf', candidates: two, weights: [1, 0] } }],
    ['duplicate_name', 'y', { x: { $kind: 'bool', name: 'n' }, y: { $kind: 'bool', name: 'n' } }],
    ['too_large', null, deep(70)],
    ['too_large', null, 'x'.repeat(70_000)],
    ['too_large', null, { $kind: 'manyOf', k: 60_000, distinct: false, candidates: [{ $kind: 'bool' }, 1] }],
    ['too_large', null, Array.from({ length: 100_001 }, () => 0)],
  ];
  cases.forEach(([code, id, json], i) => {
    test(`${code} (${i})`, () => {
      const error = refusal(json);
      expect(error.code).toBe(code);
      if (id !== null) expect(error.id).toBe(id);
      expect(error.message).not.toContain('\n');
      expect(error.message.length).toBeLessThan(400);
    });
  });
});

function constantOf(value: unknown): unknown {
  return { $kind: 'const', value };
}

test('defaults are filled in, and builders give the same JSON', () => {
  expect(parseSpace({ x: { $kind: 'float', min: 0, max: 1 }, y: { $kind: 'int', min: 0, max: 3 } })).toEqual({
    x: float(0, 1),
    y: int(0, 3),
  });
  expect(parseSpace({ $kind: 'manyOf', k: 2, candidates: [1, 2] })).toEqual(manyOf(2, [1, 2]));
});

test('a constant quotes data that looks like a node', () => {
  const quoted = space({ x: constant({ $kind: 'oneOf', candidates: [] }), y: oneOf([1, 2]) });
  expect(decode(quoted, [1])).toEqual({ x: { $kind: 'oneOf', candidates: [] }, y: 2 });
  expect(points(quoted)).toHaveLength(1);
});

test('ids quote keys with special characters', () => {
  const odd = space({ 'a.b': { '': oneOf([1, { 'c[0]': oneOf([2, 3]) }]) }, list: [[oneOf([4, 5])]] });
  expect(points(odd).map((point) => point.id)).toEqual([
    '["a.b"][""]',
    '["a.b"][""][=1/2]["c[0]"]',
    'list[0][0]',
  ]);
  expect(points(odd)[1]?.path).toBe('["a.b"][""]["c[0]"]');
});

test('a call of a registered function is an ordinary object', () => {
  const layer = space({ $call: 'conv', filters: oneOf([8, 16]) });
  expect(decode(layer, [1])).toEqual({ $call: 'conv', filters: 16 });
});
