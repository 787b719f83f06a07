import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AlgorithmError, decodeState, encodeState, type StateValue } from '../../algorithms/index.js';
import { bytesOfNumbers, numbersOfBytes } from '../../algorithms/contract/number-bytes.js';

const { value: anyState } = fc.letrec<{ value: StateValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.maxSafeInteger(),
    fc.string({ unit: 'binary' }),
    fc.uint8Array().map((bytes) => Uint8Array.from(bytes)),
    fc.array(tie('value')),
    fc
      .dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        tie('value'),
      )
      .map((dictionary) => ({ ...dictionary })),
  ),
}));

describe('encodeState and decodeState', () => {
  test('give back what was put in, in the same key order', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const bytes = encodeState(state);
        const back = decodeState(bytes);
        expect(back).toEqual(state);
        expect(JSON.stringify(back)).toBe(JSON.stringify(state));
        expect(encodeState(back)).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  test('keep the ends of the number range exactly', () => {
    const numbers = [
      0,
      2 ** 53 - 1,
      -(2 ** 53 - 1),
      2 ** 53,
      2 ** 64,
      1e300,
      5e-324,
      -1.5,
      0.1 + 0.2,
      Number.MAX_VALUE,
    ];
    expect(decodeState(encodeState(numbers))).toEqual(numbers);
  });

  test('return bytes of their own, not a view into the input', () => {
    const encoded = encodeState({ a: Uint8Array.of(1, 2, 3) });
    const state = decodeState(encoded) as { a: Uint8Array };
    encoded.fill(0);
    expect(state.a).toBeInstanceOf(Uint8Array);
    expect([...state.a]).toEqual([1, 2, 3]);
    expect(state.a.buffer.byteLength).toBe(3);
  });

  test.each<[string, unknown, RegExp]>([
    ['NaN', { a: [1, NaN] }, /state\.a\[1\] is NaN/],
    ['infinity', { a: Infinity }, /state\.a is Infinity/],
    ['minus zero', [-0], /state\[0\] is -0/],
    ['undefined', { a: undefined }, /state\.a is of type undefined/],
    ['a hole', Array(1), /state\[0\] is of type undefined/],
    ['a date', { a: new Date(0) }, /state\.a is of type object/],
    ['a map', new Map(), /state is of type object/],
    ['another typed array', new Float64Array(1), /state is of type object/],
    ['a bigint', 1n, /bigint/],
    ['a function', () => 1, /function/],
    ['a lone surrogate', ['\ud800'], /state\[0\] is a string with a lone surrogate/],
    ['the key __proto__', JSON.parse('{"__proto__": 1}'), /__proto__/],
  ])('refuse %s', (_title, value, message) => {
    expect(() => encodeState(value as StateValue)).toThrow(AlgorithmError);
    expect(() => encodeState(value as StateValue)).toThrow(message);
  });

  test('refuse a value that contains itself', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(() => encodeState(loop as StateValue)).toThrow(/nested deeper/);
  });

  test.each<[string, readonly number[]]>([
    ['nothing', []],
    ['a cut value', [0x92, 0x01]],
    ['bytes after the value', [0x01, 0x01]],
    ['a timestamp', [0xd6, 0xff, 0, 0, 0, 0]],
    ['a NaN', [0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0]],
  ])('refuse to read %s', (_title, bytes) => {
    expect(() => decodeState(Uint8Array.from(bytes))).toThrow(AlgorithmError);
  });
});

describe('numbers as bytes', () => {
  test('are little-endian doubles', () => {
    expect([...bytesOfNumbers(Float64Array.of(1))]).toEqual([0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
    const unaligned = Uint8Array.of(9, ...bytesOfNumbers(Float64Array.of(1, -2.5))).subarray(1);
    expect([...numbersOfBytes(unaligned, 2, 'numbers')]).toEqual([1, -2.5]);
  });

  test('of another count or not finite are refused', () => {
    expect(() => numbersOfBytes(new Uint8Array(8), 2, 'the logits')).toThrow(
      /the logits should be 2 numbers in 16 bytes/,
    );
    expect(() => numbersOfBytes(bytesOfNumbers(Float64Array.of(NaN)), 1, 'the logits')).toThrow(/holds NaN/);
  });
});
