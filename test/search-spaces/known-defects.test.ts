import { describe, expect, test } from 'vitest';
import { fork, rngFromSeed } from '../../src/numerics/index.js';
import type { Genome } from '../../src/search-spaces/index.js';
import {
  decode,
  encode,
  first,
  float,
  int,
  manyOf,
  mutate,
  next,
  normalize,
  oneOf,
  parseSpace,
  permutation,
  sample,
  size,
  space,
  SpaceError,
  validate,
  view,
} from '../../src/search-spaces/index.js';

const root = rngFromSeed('defects');

function code(genome: unknown, definition = mixed): string | null {
  const result = validate(definition, genome);
  return result.ok ? null : result.error.code;
}

const mixed = parseSpace({ x: oneOf(['a', 'b']), y: float(0, 1) });

describe('defects of earlier libraries that this one must not have', () => {
  test('1: the last candidate as −1, true as 1 and NaN as a float are refused, by every function alike', () => {
    const wrong: readonly (readonly [readonly unknown[], string])[] = [
      [[-1, 0.5], 'index_negative'],
      [[true, 0.5], 'not_finite'],
      [['1', 0.5], 'not_finite'],
      [[null, 0.5], 'not_finite'],
      [[0, NaN], 'not_finite'],
      [[0, Infinity], 'not_finite'],
    ];
    for (const [genome, wanted] of wrong) {
      expect(code(genome)).toBe(wanted);
      expect(code(genome, mixed)).toBe(wanted);
      for (const use of [decode, next, normalize]) {
        expect(() => use(mixed, genome as Genome)).toThrow(expect.objectContaining({ code: wanted }));
      }
      expect(() => mutate(view(mixed), genome as Genome, root)).toThrow(
        expect.objectContaining({ code: wanted }),
      );
    }
    for (const genome of [null, {}, 'ab', new Map()]) expect(code(genome)).toBe('shape_mismatch');
  });

  test('2: an integer is fine for a float, in genomes and values', () => {
    expect(code([0, 1])).toBeNull();
    expect(decode(mixed, [0, 1])).toEqual({ x: 'a', y: 1 });
    expect(encode(mixed, { x: 'a', y: 1 })).toEqual({ ok: true, value: [0, 1] });
  });

  test('3: encode respects distinct and sorted, and 1 is not true', () => {
    const pair = parseSpace({ p: manyOf(2, [1, true, 2], { sorted: true }) });
    expect(encode(pair, { p: [1, 1] }).ok).toBe(false);
    expect(encode(pair, { p: [2, 1] }).ok).toBe(false);
    expect(encode(pair, { p: [true, 2] })).toEqual({ ok: true, value: [1, 2] });
  });

  test('7: resampling a permutation always changes it', () => {
    const order = space({ p: permutation([1, 2, 3]) });
    for (let i = 0; i < 200; i++) {
      expect(mutate(order, [0, 1, 2], fork(root, i), 'resample')).not.toEqual([0, 1, 2]);
    }
  });

  test('7: a swap reaches a multi-choice that is the only decision of a candidate', () => {
    const nested = space({ x: oneOf(['off', { order: permutation([1, 2]) }]) });
    expect(mutate(nested, [1, 0, 1], root, 'swap')).toEqual([1, 1, 0]);
  });

  test('9: sampling and mutation honour the log scale', () => {
    const rate = space({ x: float(1e-8, 1, { scale: 'log' }) });
    const samples = Array.from({ length: 400 }, (_, i) => sample(rate, fork(root, i))[0] ?? 0);
    const small = samples.filter((x) => x < 1e-4).length;
    expect(small).toBeGreaterThan(150);
    expect(small).toBeLessThan(250);
    const mutants = Array.from({ length: 100 }, (_, i) => mutate(rate, [1e-6], fork(root, i))[0] ?? 0);
    expect(Math.max(...mutants)).toBeLessThan(1e-4);
    const units = space({ x: int(1, 1024, { scale: 'log' }) });
    const below32 = Array.from({ length: 400 }, (_, i) => sample(units, fork(root, i))[0] ?? 0).filter(
      (x) => x < 32,
    );
    expect(below32.length).toBeGreaterThan(160);
  });

  test('10: a float stops a sweep only when it would have to advance itself', () => {
    const partly = space({ x: oneOf([{ r: float(0, 1) }, 'a', 'b']), y: oneOf([1, 2]) });
    expect(size(partly)).toBe('infinite');
    expect(next(partly, first(partly))).toEqual([0, 0, 1]);
    expect(() => next(partly, [0, 0, 1])).toThrow(SpaceError);
    expect(next(partly, [1, 1])).toEqual([2, 0]);
    expect(next(partly, [2, 1])).toBeNull();
  });

  test('14: errors are one short line, whatever the space', () => {
    const wide = parseSpace({
      x: { $kind: 'oneOf', candidates: Array.from({ length: 5000 }, (_, i) => `c${i}`) },
    });
    const result = encode(wide, { x: 'y'.repeat(10_000) });
    if (result.ok) throw new Error('The value is no point of the space.');
    expect(new SpaceError(result.error).message.length).toBeLessThan(400);
  });
});
