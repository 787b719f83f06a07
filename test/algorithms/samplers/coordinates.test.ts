import { describe, expect, test } from 'vitest';
import {
  coordinatesOf,
  decidedGenome,
  isExhausted,
  isSeen,
  mostSeen,
  countSeen,
  noneSeen,
  quasiRandomGenome,
  rowOf,
  unseenPoint,
  withSeen,
} from '../../../algorithms/coordinates/index.js';
import { lowDiscrepancy } from '../../../algorithms/coordinates/low-discrepancy.js';
import { intScale } from '../../../algorithms/coordinates/number-scale.js';
import { fork, RandomStream, rngFromSeed } from '../../../foundation/numbers/index.js';
import {
  bool,
  float,
  int,
  listOf,
  manyOf,
  oneOf,
  permutation,
  sample,
  space,
  validate,
  view,
} from '../../../search-spaces/index.js';

const mixed = view(
  space({
    layers: listOf({ width: int(1, 64, { scale: 'log' }), norm: bool() }, { min: 0, max: 3 }),
    kind: oneOf([{ rate: float(0, 1) }, 'plain']),
    batch: oneOf([16, 32, 64]),
    chosen: manyOf(2, ['a', 'b', { depth: int(1, 3) }], { sorted: true }),
    order: permutation(['x', 'y', { z: bool() }]),
    picks: manyOf(2, [{ a: bool() }, 'b'], { distinct: false }),
  }),
);
const rng = rngFromSeed('coordinates');

describe('coordinates', () => {
  const coordinates = coordinatesOf(mixed, 'test');

  test('a genome that is decided by its own row is the same genome', () => {
    for (let place = 0; place < 300; place += 1) {
      const genome = sample(mixed, fork(rng, place));
      const row = rowOf(coordinates, genome);
      const again = decidedGenome(coordinates, {
        number: ({ slot }) => row[slot] ?? NaN,
        choice: ({ slot }) => row[slot] ?? NaN,
        set: ({ slot, of }) =>
          Array.from({ length: of }, (_, index) => index).flatMap((index) =>
            new Array<number>(row[slot + index] ?? 0).fill(index),
          ),
        order: ({ slot, of }) =>
          Array.from({ length: of }, (_, index) => index).sort(
            (a, b) => (row[slot + a] ?? 0) - (row[slot + b] ?? 0),
          ),
      });
      expect(again).toHaveLength(genome.length);
      expect(validate(mixed, again).ok).toBe(true);
      again.forEach((number, at) => expect(number).toBeCloseTo(genome[at] ?? NaN, 12));
    }
  });

  test('numbers in order are quantities, others are choices', () => {
    const kinds = coordinates.list.map(({ node, kind }) => `${node} ${kind}`);
    expect(kinds).toContain('batch number');
    expect(kinds).toContain('kind choice');
    expect(kinds).toContain('chosen set');
    expect(kinds).toContain('order order');
    expect(kinds.filter((kind) => kind === 'picks choice')).toHaveLength(2);
  });

  test('cells of an int on a log scale cover [0, 1] without gaps', () => {
    const scale = intScale({
      kind: 'int',
      id: 'x',
      tags: [],
      when: null,
      min: 1,
      max: 20,
      step: 1,
      scale: 'log',
    });
    let end = 0;
    for (let value = 1; value <= 20; value += 1) {
      const [low, high] = scale.cellOf(value);
      expect(low).toBeCloseTo(end, 12);
      expect(scale.valueAt((low + high) / 2)).toBe(value);
      end = high;
    }
    expect(end).toBeCloseTo(1, 12);
  });
});

describe('low-discrepancy points', () => {
  test('256 points have one coordinate in each 256th part, in every dimension of Sobol sequences', () => {
    for (const dimension of [0, 1, 2, 77, 255]) {
      const parts = Array.from({ length: 256 }, (_, index) =>
        Math.floor(lowDiscrepancy(index, dimension, [7, 9]) * 256),
      );
      expect(new Set(parts).size).toBe(256);
    }
  });

  test('other dimensions are even, too, and another key gives other points', () => {
    const points = Array.from({ length: 300 }, (_, index) => lowDiscrepancy(index, 256, [7, 9]));
    for (let third = 0; third < 3; third += 1)
      expect(points.filter((x) => x >= third / 3 && x < (third + 1) / 3)).toHaveLength(100);
    expect(lowDiscrepancy(5, 3, [7, 9])).not.toBe(lowDiscrepancy(5, 3, [8, 9]));
    expect(Math.max(...points)).toBeLessThan(1);
  });

  test('a point of a search is a point of the space', () => {
    const coordinates = coordinatesOf(mixed, 'test');
    for (let index = 0; index < 200; index += 1)
      expect(validate(mixed, quasiRandomGenome(coordinates, rng, index)).ok).toBe(true);
  });
});

describe('seen points', () => {
  const small = view(space({ a: int(1, 40), b: int(1, 50) }));

  test('all points of a small space are proposed once', () => {
    let seen = noneSeen;
    const source = new RandomStream(rng);
    const found = new Set<string>();
    for (;;) {
      const genome = unseenPoint(
        small,
        seen,
        found.size % 2 === 0 ? [] : [sample(small, source)],
        fork(rng, found.size),
      );
      if (genome === null) break;
      expect(isSeen(seen, genome)).toBe(false);
      seen = withSeen(seen, genome);
      found.add(genome.join());
    }
    expect(found.size).toBe(2_000);
    expect(isExhausted(small, seen)).toBe(true);
    expect(withSeen(seen, [1, 1])).toBe(seen);
  });

  test('the oldest is forgotten', () => {
    let seen = noneSeen;
    for (let point = 0; point <= mostSeen; point += 1) seen = withSeen(seen, [point]);
    expect(countSeen(seen)).toBe(mostSeen);
    expect(isSeen(seen, [0])).toBe(false);
    expect(isSeen(Uint8Array.from(seen), [1])).toBe(true);
    expect(isSeen(seen, [mostSeen])).toBe(true);
  });
});
