import { describe, expect, test } from 'vitest';
import { fork, rngFromSeed } from '../../foundation/numbers/index.js';
import type { Genome, Selection, Where } from '../../search-spaces/index.js';
import {
  decode,
  encode,
  first,
  fix,
  float,
  fromDict,
  int,
  manyOf,
  mutate,
  next,
  normalize,
  oneOf,
  parseSpace,
  part,
  permutation,
  sample,
  size,
  space,
  SpaceError,
  toDict,
  validate,
  view,
} from '../../search-spaces/index.js';
import { deepFrozen } from './arbitrary-space.js';

const root = rngFromSeed('defects');

function code(genome: unknown, definition = mixed): string | null {
  const result = validate(definition, genome);
  return result.ok ? null : result.error.code;
}

const mixed = parseSpace({ x: oneOf(['a', 'b']), y: float(0, 1) });

/** The numbers are those of the table in the specification of the language. */
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

  test('2: literals are read only on request, strings without quotes of their own, and a key too many is refused', () => {
    const widths = parseSpace({ w: oneOf([4, 8, 16]), op: oneOf(['conv', 'pool']) });
    const literal = { values: 'literal' } as const;
    expect(toDict(widths, [1, 0], literal)).toEqual({ w: 8, op: 'conv' });
    expect(fromDict(widths, { w: 8, op: 'conv' }, literal)).toEqual({ ok: true, value: [1, 0] });
    expect(fromDict(widths, { w: 1, op: 0 })).toEqual({ ok: true, value: [1, 0] });
    const refused = (dictionary: unknown, options = {}): string | null => {
      const result = fromDict(widths, dictionary, options);
      return result.ok ? null : result.error.code;
    };
    expect(refused({ w: 8, op: 0 })).toBe('index_out_of_range');
    expect(refused({ w: 1, op: 'conv' })).toBe('not_finite');
    expect(refused({ w: 8, op: "'conv'" }, literal)).toBe('not_finite');
    expect(refused({ w: 1, op: 0, depth: 2 })).toBe('unknown_key');
  });

  test('3: encode respects distinct and sorted, and 1 is not true', () => {
    const pair = parseSpace({ p: manyOf(2, [1, true, 2], { sorted: true }) });
    expect(encode(pair, { p: [1, 1] }).ok).toBe(false);
    expect(encode(pair, { p: [2, 1] }).ok).toBe(false);
    expect(encode(pair, { p: [true, 2] })).toEqual({ ok: true, value: [1, 2] });
  });

  test('3: a dictionary that is read stays as it is, and a name below picks says which pick', () => {
    const picks = parseSpace({ p: manyOf(2, ['a', { x: oneOf([1, 2], { name: 'inner' }) }, 'b']) });
    for (const genome of [
      [1, 1, 0],
      [0, 1, 1],
    ]) {
      const named = toDict(picks, genome, { form: 'byName' });
      expect(named).toHaveProperty([genome[0] === 1 ? 'inner[0]' : 'inner[1]'], 1);
      const before = structuredClone(named);
      expect(fromDict(picks, deepFrozen(named))).toEqual({ ok: true, value: genome });
      expect(named).toEqual(before);
    }
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
    const wrong: readonly (() => unknown)[] = [
      () => {
        throw new SpaceError(result.error);
      },
      () => decode(wide, [5000]),
      () => decode(wide, ['x'.repeat(10_000)] as unknown as Genome),
      () => fix(wide, { ['y\n'.repeat(5000)]: 1 }),
      () => parseSpace({ x: wide, y: { $kind: 'z'.repeat(10_000) } }),
    ];
    for (const use of wrong) {
      let message = '';
      try {
        use();
      } catch (error) {
        if (!(error instanceof SpaceError)) throw error;
        ({ message } = error);
      }
      expect(message).toMatch(/^.{10,400}$/);
    }
  });

  test('14: what is selected is data, and so are all views, parts and genomes', () => {
    const joint = space({ arch: oneOf([1, 2], { tags: ['arch'] }), rate: float(0, 1) });
    const where: Selection = { or: [{ tag: 'arch' }, { not: { kind: 'float' } }] };
    const travelled = JSON.parse(JSON.stringify(where)) as Where;
    expect(part(joint, travelled)).toEqual(part(joint, where));
    for (const value of [joint, view(joint), part(joint, where), sample(joint, root)]) {
      expect(JSON.parse(JSON.stringify(value))).toEqual(value);
    }
    const chosen: 1 | 2 = decode(joint, [1, 0.5]).arch;
    expect(chosen).toBe(2);
  });
});
