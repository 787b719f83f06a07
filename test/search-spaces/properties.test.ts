import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPlainJson, type Json } from '../../foundation/json/index.js';
import { fork, rngFromSeed } from '../../foundation/numbers/index.js';
import type { CrossoverOperator, Genome } from '../../search-spaces/index.js';
import {
  at,
  compare,
  crossover,
  decode,
  encode,
  first,
  fromDict,
  fromTree,
  fromUnit,
  genomeKey,
  grid,
  indexOf,
  join,
  last,
  mutate,
  neighbours,
  next,
  normalize,
  parseSpace,
  part,
  points,
  sample,
  sampleBatch,
  size,
  SpaceError,
  spaceHash,
  toDict,
  toTree,
  toUnit,
  validate,
  valueHash,
  valueOrThrow,
  view,
  viewHash,
} from '../../search-spaces/index.js';
import { arbitraryProgramSpace, arbitrarySpace, deepFrozen } from './arbitrary-space.js';

const seed = fc.integer({ min: 0, max: 1_000_000 });
const operators = ['resample', 'local', 'swap'] as const;

function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function keysReversed(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(keysReversed);
  const entries = Object.entries(value).map(([key, member]) => [key, keysReversed(member)] as const);
  return Object.fromEntries(entries.toReversed());
}

describe('random spaces', () => {
  test('samples are valid; a view samples the same; decoding and encoding are inverse', () => {
    fc.assert(
      fc.property(arbitrarySpace(), seed, (space, n) => {
        const genome = deepFrozen(sample(space, rngFromSeed(n)));
        expect(validate(space, genome)).toEqual({ ok: true, value: genome });
        expect(sample(copy(view(space)), rngFromSeed(n))).toEqual(genome);
        expect(fromTree(space, deepFrozen(toTree(space, genome)))).toEqual({ ok: true, value: genome });
        for (const form of ['byId', 'collapsed', 'withInactive', 'byName'] as const) {
          const dictionary = deepFrozen(toDict(space, genome, { form }));
          expect(fromDict(view(space), dictionary)).toEqual({ ok: true, value: genome });
        }
        const value = deepFrozen(decode(space, genome));
        expect(isPlainJson(value)).toBe(true);
        const smallest = valueOrThrow(encode(space, value));
        expect(compare(smallest, genome)).not.toBe(1);
        expect(decode(space, smallest)).toEqual(value);
        expect(encode(space, decode(space, smallest))).toEqual({ ok: true, value: smallest });
      }),
      { numRuns: 300 },
    );
  });

  test('every mutant is valid and differs from its parent', () => {
    fc.assert(
      fc.property(arbitrarySpace(), seed, fc.constantFrom(...operators), (space, n, operator) => {
        const decisions = copy(view(space));
        let genome: Genome = sample(space, rngFromSeed(n));
        for (let step = 0; step < 5; step++) {
          const parent = deepFrozen(genome);
          genome = mutate(decisions, parent, fork(rngFromSeed(n), step), operator);
          expect(validate(space, genome).ok).toBe(true);
          if (genome !== parent) expect(genome).not.toEqual(parent);
          else if (operator === 'resample') expect(first(space)).toEqual(last(space));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a sweep is ascending, complete and without repeats', () => {
    fc.assert(
      fc.property(arbitrarySpace({ floats: false }), (space) => {
        const total = size(space);
        if (total === 'infinite') throw new Error('A space without floats is finite.');
        fc.pre(total <= 5000n);
        let genome: Genome | null = first(space);
        let count = 0n;
        let end: Genome = genome;
        while (genome !== null) {
          count++;
          end = genome;
          const successor: Genome | null = next(space, genome);
          if (successor !== null) {
            expect(compare(genome, successor)).toBe(-1);
            expect(validate(space, successor).ok).toBe(true);
          }
          genome = successor;
        }
        expect(count).toBe(total);
        expect(end).toEqual(last(space));
      }),
      { numRuns: 150 },
    );
  });

  test('programs have the same hash exactly if they are the same, whatever the order of their keys', () => {
    let same = 0;
    let different = 0;
    fc.assert(
      fc.property(arbitrarySpace(), fc.array(seed, { minLength: 2, maxLength: 8 }), (space, seeds) => {
        const programs = seeds.map((n): Json => decode(space, sample(space, rngFromSeed(n))));
        for (const [i, program] of programs.entries()) {
          expect(valueHash(keysReversed(program))).toBe(valueHash(program));
          for (const other of programs.slice(0, i)) {
            const isSame = isDeepStrictEqual(program, other);
            if (isSame) same += 1;
            else different += 1;
            expect(valueHash(other) === valueHash(program)).toBe(isSame);
          }
        }
      }),
      { numRuns: 100, seed: 5 },
    );
    expect(Math.min(same, different)).toBeGreaterThan(100);
  });

  test('a distinct batch holds every point of a small space', () => {
    fc.assert(
      fc.property(arbitrarySpace({ floats: false }), seed, (space, n) => {
        const total = size(space);
        fc.pre(total !== 'infinite' && total <= 200n);
        const batch = sampleBatch(space, rngFromSeed(n), 300, { distinct: true });
        expect(BigInt(batch.length)).toBe(total);
        expect(new Set(batch.map((genome) => genome.join())).size).toBe(batch.length);
      }),
      { numRuns: 60 },
    );
  });

  test('ids are unique, and a JSON copy is the same space with the same hashes', () => {
    fc.assert(
      fc.property(arbitrarySpace(), seed, (space, n) => {
        const ids = points(space).map((point) => point.id);
        expect(new Set(ids).size).toBe(ids.length);
        const other = parseSpace(copy(space));
        expect(other).toEqual(space);
        expect(isPlainJson(view(space))).toBe(true);
        expect(view(other)).toEqual(view(space));
        expect(spaceHash(other)).toBe(spaceHash(space));
        expect(viewHash(copy(view(space)))).toBe(viewHash(space));
        const genome = sample(space, rngFromSeed(n));
        expect(genomeKey(other, genome)).toBe(genomeKey(space, genome));
        expect(normalize(space, genome)).toEqual(genome);
      }),
      { numRuns: 150 },
    );
  });

  test('a damaged genome is refused or a genome, never an exception', () => {
    const damage = fc.oneof(
      fc.double(),
      fc.integer({ min: -2, max: 5 }),
      fc.constantFrom(null, true, '1', undefined),
    );
    fc.assert(
      fc.property(
        arbitrarySpace(),
        seed,
        fc.nat(8),
        damage,
        fc.constantFrom('set', 'cut', 'add'),
        (space, n, at, x, how) => {
          const genome: unknown[] = [...sample(space, rngFromSeed(n))];
          if (how === 'set') genome[at] = x;
          else if (how === 'cut') genome.length = Math.min(at, genome.length);
          else genome.splice(at, 0, x);
          const result = validate(space, genome);
          if (result.ok)
            expect(valueOrThrow(encode(space, decode(space, result.value))).length).toBeGreaterThanOrEqual(0);
          else expect(() => decode(space, genome as Genome)).toThrow(SpaceError);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('ranks, grids, neighbours and crossovers', () => {
    const crossings: readonly CrossoverOperator[] = [
      { operator: 'uniform' },
      { operator: 'uniform', where: { any: 1 } },
      { operator: 'sample', weights: [1, 2] },
      { operator: 'average' },
      { operator: 'weightedAverage', weights: [0, 1] },
      { operator: 'kPoint', k: 2 },
      { operator: 'pmx' },
      { operator: 'order' },
      { operator: 'cycle' },
    ];
    fc.assert(
      fc.property(arbitrarySpace(), seed, fc.constantFrom(...crossings), (space, n, operator) => {
        const decisions = copy(view(space));
        const parents = [0, 1].map((i) => deepFrozen(sample(space, fork(rngFromSeed(n), i))));
        for (const child of crossover(decisions, parents, rngFromSeed(n), operator)) {
          expect(validate(space, child).ok).toBe(true);
        }
        const [genome = []] = parents;
        const beside = [...neighbours(decisions, genome)];
        expect(new Set(beside.map((one) => one.join())).size).toBe(beside.length);
        for (const one of beside) {
          expect(validate(space, one).ok).toBe(true);
          expect(one).not.toEqual(genome);
        }
        const finite = grid(space, { points: 3 });
        const total = size(finite);
        if (total === 'infinite') throw new Error('A grid is finite.');
        const place = (total * BigInt(n)) / 1_000_001n;
        const point = at(finite, place);
        expect(validate(space, point).ok).toBe(true);
        expect(indexOf(finite, point)).toBe(place);
        const successor = next(finite, point);
        if (successor === null) expect(place).toBe(total - 1n);
        else expect(indexOf(finite, successor)).toBe(place + 1n);
      }),
      { numRuns: 200 },
    );
  });

  test('derived values and constraints hold in every sample, mutant, neighbour and child', () => {
    fc.assert(
      fc.property(arbitraryProgramSpace(), seed, fc.constantFrom(...operators), (space, n, operator) => {
        const genome = deepFrozen(sample(space, rngFromSeed(n)));
        const mutant = mutate(space, genome, rngFromSeed(n), operator);
        const other = sample(space, fork(rngFromSeed(n), 'other'));
        const children = crossover(space, [genome, other], rngFromSeed(n), { operator: 'uniform' });
        const [neighbour = genome] = neighbours(space, genome);
        for (const one of [genome, mutant, neighbour, ...children]) {
          expect(validate(space, one)).toEqual({ ok: true, value: one });
          const value = deepFrozen(decode(space, one));
          const smallest = valueOrThrow(encode(space, value));
          expect(decode(space, smallest)).toEqual(value);
        }
        const where = { kind: 'int' } as const;
        const some = part(space, where);
        const partGenome = sample(some, rngFromSeed(n));
        const rest = parseSpace(decode(some, partGenome));
        const restGenome = sample(rest, rngFromSeed(n));
        expect(decode(space, join(space, where, partGenome, restGenome))).toEqual(decode(rest, restGenome));
      }),
      { numRuns: 80 },
    );
  });

  test('any JSON is a space or a SpaceError', () => {
    const nodeLike = fc.record(
      {
        $kind: fc.constantFrom(
          'oneOf',
          'manyOf',
          'int',
          'float',
          'bool',
          'optional',
          'permutation',
          'listOf',
          'derived',
          'constrained',
          'frozen',
          'const',
          'view',
          7,
        ),
        candidates: fc.jsonValue({ maxDepth: 2 }),
        of: fc.jsonValue({ maxDepth: 2 }),
        value: fc.jsonValue({ maxDepth: 2 }),
        k: fc.double(),
        min: fc.double(),
        max: fc.double(),
        weights: fc.array(fc.double()),
        expr: fc.jsonValue({ maxDepth: 2 }),
        constraints: fc.jsonValue({ maxDepth: 3 }),
        scale: fc.constantFrom('log', 'linear', 3),
        name: fc.string(),
        tags: fc.array(fc.string()),
      },
      { requiredKeys: ['$kind'] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), nodeLike, fc.array(nodeLike), fc.anything()), (json) => {
        let space;
        try {
          space = parseSpace(json);
        } catch (error) {
          expect(error).toBeInstanceOf(SpaceError);
          expect((error as SpaceError).message.length).toBeLessThan(600);
          return;
        }
        const value: Json = decode(space, first(space));
        expect(isPlainJson(value)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

test('unit space and back', () => {
  const scale = fc.constantFrom('linear' as const, 'log' as const, 'reverseLog' as const);
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  const shared = { id: 'x', tags: [], when: null };
  fc.assert(
    fc.property(
      fc.double({ min: 1e-6, max: 10, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
      scale,
      unit,
      unit,
      (min, span, kind, u, v) => {
        const node = { ...shared, kind: 'float' as const, min, max: min + span, scale: kind };
        const x = fromUnit(node, u);
        expect(x).toBeGreaterThanOrEqual(node.min);
        expect(x).toBeLessThanOrEqual(node.max);
        expect(fromUnit(node, 0)).toBe(node.min);
        expect(fromUnit(node, 1)).toBe(node.max);
        expect(Math.abs(fromUnit(node, toUnit(node, x)) - x)).toBeLessThanOrEqual(1e-12 * node.max);
        if (u < v) expect(x).toBeLessThanOrEqual(fromUnit(node, v) + 1e-12 * node.max);
      },
    ),
  );
  const step = { ...shared, kind: 'int' as const, min: 1, max: 10, step: 4, scale: 'linear' as const };
  expect([0, 0.2, 0.3, 0.7, 0.8, 1].map((u) => fromUnit(step, u))).toEqual([1, 1, 5, 5, 9, 9]);
});
