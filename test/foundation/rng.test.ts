import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fork, philox, RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';

function words(rng: { key: readonly [number, number]; n: number }, count: number): readonly number[] {
  const stream = new RandomStream(rng);
  return Array.from({ length: count }, () => stream.word());
}

describe('golden sequences', () => {
  test('key of a seed', () => {
    expect(rngFromSeed(7)).toEqual({ key: [2030201243, 3828124302], n: 0 });
    expect(rngFromSeed('7')).not.toEqual(rngFromSeed(7));
  });

  test('words, indices and units', () => {
    expect(words({ key: [0, 0], n: 0 }, 4)).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    const stream = new RandomStream(rngFromSeed(7));
    expect(Array.from({ length: 12 }, () => stream.below(10))).toEqual(goldenIndices);
    expect([stream.unit(), stream.unit()]).toEqual(goldenUnits);
    expect(stream.rng().n).toBe(16);
  });

  test('forks', () => {
    expect(fork(rngFromSeed(7), 'trial').key).toEqual(goldenFork);
    expect(fork(rngFromSeed(7), 12)).toEqual(fork(rngFromSeed(7), '12'));
  });
});

const goldenIndices: readonly number[] = [8, 6, 3, 2, 7, 4, 6, 6, 6, 2, 5, 5];
const goldenUnits: readonly number[] = [0.330470713455724, 0.5652926318071434];
const goldenFork: readonly number[] = [1401978599, 476405820];

test('word n is word n mod 4 of block ⌊n / 4⌋, beyond 2³² blocks too', () => {
  for (const n of [0, 3, 4, 17, 4 * 0x1_0000_0000 + 2]) {
    const block = Math.floor(n / 4);
    const counter = [block % 0x1_0000_0000, Math.floor(block / 0x1_0000_0000), 0, 0] as const;
    expect(words({ key: [5, 6], n }, 1)[0]).toBe(philox(counter, [5, 6])[n % 4]);
  }
});

test('a stream can be stored and continued at any position', () => {
  fc.assert(
    fc.property(fc.nat(20), fc.nat(20), (before, after) => {
      const whole = words(rngFromSeed('s'), before + after);
      const stream = new RandomStream(rngFromSeed('s'));
      for (let i = 0; i < before; i++) stream.word();
      const stored = JSON.parse(JSON.stringify(stream.rng())) as { key: [number, number]; n: number };
      expect(words(stored, after)).toEqual(whole.slice(before));
    }),
  );
});

test('a fork does not depend on what was drawn, and labels name different streams', () => {
  const root = rngFromSeed(1);
  const stream = new RandomStream(root);
  stream.unit();
  expect(fork(stream.rng(), 'a')).toEqual(fork(root, 'a'));
  const keys = new Set(Array.from({ length: 1000 }, (_, i) => fork(root, i).key.join()));
  expect(keys.size).toBe(1000);
  expect(() => fork(root, 0.5)).toThrow(RangeError);
});

test('below is uniform and in range', () => {
  const stream = new RandomStream(rngFromSeed('uniform'));
  for (const m of [1, 2, 5, 7, 0x1_0000_0000]) {
    for (let i = 0; i < 100; i++) expect(stream.below(m)).toBeLessThan(m);
  }
  const counts = new Array<number>(7).fill(0);
  const draws = 70_000;
  for (let i = 0; i < draws; i++) {
    const drawn = stream.below(7);
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  const chiSquare = counts.reduce((sum, count) => sum + (count - draws / 7) ** 2 / (draws / 7), 0);
  // 0.999 quantile for 6 degrees of freedom.
  expect(chiSquare).toBeLessThan(22.46);
  for (const m of [0, -1, 1.5, NaN, 0x1_0000_0001]) expect(() => stream.below(m)).toThrow(RangeError);
});

test('unit lies in [0, 1) with mean ½ and variance 1/12', () => {
  const stream = new RandomStream(rngFromSeed('unit'));
  const draws = Array.from({ length: 20_000 }, () => stream.unit());
  expect(draws.every((u) => u >= 0 && u < 1)).toBe(true);
  const mean = draws.reduce((sum, u) => sum + u, 0) / draws.length;
  const variance = draws.reduce((sum, u) => sum + (u - mean) ** 2, 0) / draws.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
  expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.003);
});
