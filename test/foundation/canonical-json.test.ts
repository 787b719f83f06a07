import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, isPlainJson, type Json } from '../../foundation/json/index.js';

describe('canonicalJson', () => {
  test('sorts keys by code units at every depth and writes no spaces', () => {
    expect(canonicalJson({ b: [1, { z: null, a: true }], a: 'x', '10': 0, '9': 0, é: 1, Z: 2 })).toBe(
      '{"10":0,"9":0,"Z":2,"a":"x","b":[1,{"a":true,"z":null}],"é":1}',
    );
  });

  test('writes numbers in the shortest form and −0 as 0', () => {
    expect(canonicalJson([1e21, 1e-7, 0.1, 333333333.3333333, -0, 4.5, 2e-3])).toBe(
      '[1e+21,1e-7,0.1,333333333.3333333,0,4.5,0.002]',
    );
  });

  test('escapes as JSON does', () => {
    expect(canonicalJson('€$\u000f\nA\'B"\\/😀')).toBe('"€$\\u000f\\nA\'B\\"\\\\/😀"');
  });

  test('equal values have equal texts and the text parses back', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: true, maxDepth: 4 }), (value) => {
        const text = canonicalJson(value as Json);
        expect(canonicalJson(JSON.parse(text) as Json)).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  const loop: { self?: unknown } = {};
  loop.self = loop;
  const refused: readonly (readonly [string, unknown])[] = [
    ['NaN', { a: [1, NaN] }],
    ['Infinity', Infinity],
    ['undefined', { a: undefined }],
    ['a function', [() => 0]],
    ['a date', { at: new Date(0) }],
    ['a map', new Map()],
    ['a bigint', 1n],
    ['a symbol key', { [Symbol('s')]: 1 }],
    ['a cycle', loop],
    ['half a surrogate pair', '\ud800'],
    ['a hole', new Array(1)],
  ];
  for (const [name, value] of refused) {
    test(`refuses ${name}`, () => {
      expect(() => canonicalJson(value as Json)).toThrow(TypeError);
      expect(isPlainJson(value)).toBe(false);
    });
  }

  test('names the place', () => {
    expect(() => canonicalJson({ a: [0, { b: NaN }] })).toThrow('a[1].b');
  });

  test('a value that is used twice is no cycle', () => {
    const part = { x: 1 };
    expect(canonicalJson([part, part])).toBe('[{"x":1},{"x":1}]');
    expect(isPlainJson({ a: part, b: [part] })).toBe(true);
    expect(isPlainJson(Object.assign(Object.create(null), { a: 1 }))).toBe(true);
  });

  test('refuses extreme depth instead of overflowing the stack', () => {
    let deep: Json = 0;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(() => canonicalJson(deep)).toThrow('nested too deeply');
  });
});
