import { describe, expect, test } from 'vitest';
import { formatDuration, formatNumber } from '../../cli/number-format.js';
import { textTable } from '../../cli/text-table.js';
import { TimeLeft } from '../../cli/time-left.js';

describe('time left', () => {
  test('follows a steady rate and counts down between trials', () => {
    const left = new TimeLeft();
    expect(left.estimate(0, 10, 0)).toBeNull();
    expect(left.estimate(0, 10, 500)).toBeNull();
    expect(left.estimate(1, 10, 1000)).toBeCloseTo(9000);
    expect(left.estimate(2, 10, 2000)).toBeCloseTo(8000);
    expect(left.estimate(2, 10, 2500)).toBeCloseTo(7500);
    expect(left.estimate(2, 10, 60_000)).toBe(0);
  });

  test('is unknown without a number of trials', () => {
    const left = new TimeLeft();
    left.estimate(0, null, 0);
    expect(left.estimate(5, null, 1000)).toBeNull();
  });
});

test.each([
  [0, '0 s'],
  [12_400, '12 s'],
  [200_000, '3 min 20 s'],
  [3_600_000, '1 h'],
  [90_000_000, '1 d 1 h'],
])('%d ms is %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each([
  [0, '0'],
  [0.1 + 0.2, '0.3'],
  [-1234.5678, '-1234.57'],
  [1.5e-9, '1.5000e-9'],
  [2.5e12, '2.5000e+12'],
])('%d is shown as %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test('a table has columns of one width', () => {
  expect(textTable([['a', 'bc'], ['def', 'g'], ['h']])).toBe('a    bc\ndef  g\nh');
});
