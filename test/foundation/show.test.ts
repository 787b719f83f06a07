import { expect, test } from 'vitest';
import {
  cutText,
  isIntegerFrom,
  ownField,
  showValue,
  type ShowWords,
  unknownField,
} from '../../foundation/json/index.js';

const words: ShowWords = {
  text: (text) => `"${cutText(text, 5)}"`,
  array: (length) => `a list of ${length}`,
  missing: 'nothing',
};

test('a message shows plain values, and of all others what they are', () => {
  const shown = [null, true, 1.5, NaN, 10n, 'short', 'longer', [1, 2], {}, new Date(0), undefined].map(
    (value) => showValue(value, words),
  );
  expect(shown).toEqual([
    'null',
    'true',
    '1.5',
    'NaN',
    '10',
    '"short"',
    '"long…"',
    'a list of 2',
    'an object',
    'an object',
    'nothing',
  ]);
  expect(showValue(() => 1, words)).toBe('a function');
  expect(cutText('longer', 5, '...')).toBe('lo...');
});

test('a field is the object’s own, and the first unknown one is found', () => {
  expect(ownField({ a: 1 }, 'a')).toBe(1);
  expect(ownField({ a: 1 }, 'toString')).toBeUndefined();
  expect(unknownField({ a: 1, b: 2, c: 3 }, ['a'])).toBe('b');
  expect(unknownField({ a: 1 }, ['a', 'b'])).toBeUndefined();
});

test('integers of a range are those within both ends', () => {
  expect([0, 1, 2, 3, 1.5, '1', null, NaN].map((value) => isIntegerFrom(value, 1, 2))).toEqual([
    false,
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});
