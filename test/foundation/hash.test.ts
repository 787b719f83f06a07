import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashJson, sha256, sha256Hex } from '../../foundation/numbers/index.js';
import { isWellFormedText, utf8Bytes } from '../../foundation/json/index.js';

test('SHA-256 agrees with the platform for any text', () => {
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0x10ffff })), (points) => {
      const text = String.fromCodePoint(...points);
      expect(sha256Hex(text)).toBe(createHash('sha256').update(text, 'utf8').digest('hex'));
    }),
  );
});

test('bytes and text hash alike', () => {
  expect(sha256(Uint8Array.of(97, 98, 99))).toEqual(sha256('abc'));
});

test('UTF-8 of lone surrogates is that of the replacement character', () => {
  for (const text of ['\ud800', 'a\udc00b', '\ud800\ud800\udc00', '😀', '\udfff']) {
    expect(utf8Bytes(text)).toEqual(Uint8Array.from(new TextEncoder().encode(text)));
  }
  expect(isWellFormedText('a😀')).toBe(true);
  expect(isWellFormedText('\udc00\ud800')).toBe(false);
});

test('the order of keys does not change the hash of a value', () => {
  expect(hashJson({ a: 1, b: [2, { c: 3, d: 4 }] })).toBe(hashJson({ b: [2, { d: 4, c: 3 }], a: 1 }));
  expect(hashJson([1])).not.toBe(hashJson(['1']));
});
