import { describe, expect, test } from 'vitest';
import type { Json } from '../../foundation/json/index.js';
import type { Space } from '../../search-spaces/index.js';
import {
  bool,
  decode,
  encode,
  float,
  int,
  manyOf,
  oneOf,
  optional,
  parseSpace,
  space,
} from '../../search-spaces/index.js';

function encoded(definition: Space, value: Json): readonly number[] | { code: string; id: string | null } {
  const result = encode(definition, value);
  return result.ok ? result.value : { code: result.error.code, id: result.error.id };
}

describe('encode', () => {
  test('finds picks that respect distinct and sorted where candidates overlap', () => {
    const overlapping: Space = parseSpace(manyOf(2, [float(0, 10), int(5, 5), 'x']));
    // The first element fits candidates 0 and 1, the second only 0: the smallest genome must give 0 away.
    expect(encoded(overlapping, [5, 7])).toEqual([1, 5, 0, 7]);
    expect(encoded(overlapping, [5, 5])).toEqual([0, 5, 1, 5]);
    expect(encoded(overlapping, ['x', 'x'])).toEqual({ code: 'no_match', id: '' });
    const sorted: Space = parseSpace(manyOf(2, ['a', 'b'], { sorted: true }));
    expect(encoded(sorted, ['a', 'b'])).toEqual([0, 1]);
    expect(encoded(sorted, ['b', 'a'])).toEqual({ code: 'no_match', id: '' });
  });

  test('gives up on picks that are too hard', () => {
    const n = 12;
    const candidates = Array.from({ length: n }, (_, i) =>
      i < n - 1 ? { $kind: 'int', min: 0, max: 9 } : 'x',
    );
    const hard = parseSpace({ $kind: 'manyOf', k: n, candidates });
    // Twelve elements that only eleven candidates give: no choice fits, and there are 11! to try.
    expect(encoded(hard, new Array<number>(n).fill(1))).toEqual({ code: 'encode_too_hard', id: '' });
  });

  test('types count: 1 is not true', () => {
    expect(encoded(parseSpace(oneOf([1, true])), true)).toEqual([1]);
    expect(encoded(parseSpace(bool()), 1)).toEqual({ code: 'no_match', id: '' });
    expect(encoded(parseSpace(oneOf([null, 0, false, ''])), false)).toEqual([2]);
  });

  test('null is the absent optional first', () => {
    expect(encoded(parseSpace(optional(oneOf([null, 2]))), null)).toEqual([0]);
    expect(encoded(parseSpace(optional(oneOf([null, 2]))), 2)).toEqual([1, 1]);
  });

  test('names the deepest place that was reached', () => {
    const nested: Space = parseSpace({ a: oneOf([{ b: [1, int(0, 4, { step: 2 })] }, 'off']) });
    expect(encoded(nested, { a: { b: [1, 3] } })).toEqual({ code: 'no_match', id: 'a.b[1]' });
    expect(encoded(nested, { a: { b: [1] } })).toEqual({ code: 'no_match', id: 'a.b' });
    expect(encoded(nested, { a: { b: [1, 2], c: 0 } })).toEqual({ code: 'no_match', id: 'a' });
    expect(encoded(nested, { a: { b: [1, 2] } })).toEqual([0, 2]);
  });

  test('what cannot be JSON is no match', () => {
    for (const value of [NaN, undefined, () => 1, new Date(0), Symbol('s'), 1n]) {
      expect(encode(parseSpace({ x: float(0, 1) }), { x: value } as unknown as Json).ok).toBe(false);
    }
  });
});

test('decoded values share what was not decided', () => {
  const shared = { big: ['a', 'b'] };
  const one = parseSpace({ shared, x: oneOf([shared, 2]) });
  const a = decode(one, [0]) as { shared: Json; x: Json };
  const b = decode(one, [0]) as { shared: Json; x: Json };
  expect(a).not.toBe(b);
  expect(a.shared).toBe(b.shared);
  expect(a.x).toBe(b.x);
});

test('−0 is 0', () => {
  const one = space({ x: float(-1, 1) });
  expect(Object.is(decode(one, [-0]).x, 0)).toBe(true);
  expect(encode(one, { x: -0 })).toEqual({ ok: true, value: [0] });
});
