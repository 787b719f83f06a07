import { describe, expect, test } from 'vitest';
import { fork, rngFromSeed } from '../../foundation/numbers/index.js';
import type { Genome, MutationOptions, Space } from '../../search-spaces/index.js';
import {
  bool,
  float,
  int,
  manyOf,
  mutate,
  mutateMarked,
  oneOf,
  permutation,
  space,
  validate,
} from '../../search-spaces/index.js';
import { deepFrozen } from './arbitrary-space.js';
import { allOutcomes } from './choice-oracle.js';

const root = rngFromSeed('mutate');

function children(
  definition: Space,
  parent: Genome,
  options: MutationOptions,
  count = 300,
): readonly Genome[] {
  return Array.from({ length: count }, (_, i) =>
    mutate(definition, deepFrozen(parent), fork(root, i), options),
  );
}

function outcomes(definition: Space, parent: Genome, options: MutationOptions): readonly string[] {
  return allOutcomes((source) => mutate(definition, parent, source, options), 10)
    .map((outcome) => outcome.value.join())
    .sort();
}

describe('local', () => {
  test('a float moves by at most a fifth of its range on its scale', () => {
    const log = space({ x: float(1e-4, 1, { scale: 'log' }) });
    const moved = children(log, [1e-2], { operator: 'local' }).map((genome) => genome[0] ?? 0);
    expect(Math.max(...moved)).toBeLessThanOrEqual(1e-2 * 10 ** 0.8 * 1.0001);
    expect(Math.min(...moved)).toBeGreaterThanOrEqual(1e-2 / 10 ** 0.8 / 1.0001);
    expect(new Set(moved).size).toBeGreaterThan(290);
    expect(children(log, [1], {}).every(([x = 2]) => x < 1)).toBe(true);
  });

  test('an int moves by at least one step', () => {
    const narrow = space({ x: int(0, 2) });
    expect(new Set(children(narrow, [1], {}).map(String))).toEqual(new Set(['0', '2']));
    expect(new Set(children(narrow, [2], {}).map(String))).toEqual(new Set(['1']));
    const stepped = space({ x: int(1, 9, { step: 4 }) });
    expect(new Set(children(stepped, [9], {}).map(String))).toEqual(new Set(['5']));
  });

  test('a permutation is swapped, shifted or partly reversed', () => {
    const order = space(permutation(['a', 'b', 'c', 'd']));
    const reached = outcomes(order, [0, 1, 2, 3], {});
    expect(reached).toContain('1,0,2,3');
    expect(reached).toContain('1,2,3,0');
    expect(reached).toContain('3,2,1,0');
    expect(reached).not.toContain('0,1,2,3');
  });

  test('one pick changes and the rest is copied', () => {
    const pair = space(manyOf(2, ['a', 'b', 'c', 'd'], { sorted: true }));
    expect(outcomes(pair, [1, 2], {})).toEqual(['0,1', '0,2', '1,3', '2,3']);
  });
});

describe('resample', () => {
  test('the same candidate with other inner numbers is a change', () => {
    const nested = space(oneOf([oneOf(['a', 'b']), 'c']));
    expect(outcomes(nested, [0, 0], { operator: 'resample' })).toEqual(['0,1', '1']);
    expect(outcomes(nested, [1], { operator: 'resample' })).toEqual(['0,0', '0,1']);
  });

  test('leaves what has no other outcome alone', () => {
    const fixed = space({ x: oneOf(['only']), y: int(3, 3), z: float(2, 2), p: permutation(['p']) });
    const parent: Genome = [0, 3, 2, 0];
    for (const operator of ['local', 'resample', 'swap'] as const) {
      expect(mutate(fixed, parent, root, { operator })).toBe(parent);
      expect(mutateMarked(fixed, parent, root, { operator })).toEqual({ genome: parent, noop: true });
    }
  });

  test('a mutant that differs is no noop', () => {
    const flag = space(bool());
    expect(mutateMarked(flag, [0], root, 'resample')).toEqual({ genome: [1], noop: false });
    const forbidden = { operator: 'resample', feasible: () => false } as const;
    expect(mutateMarked(flag, [0], root, forbidden)).toEqual({ genome: [0], noop: true });
  });

  test('ends even where the present outcome is drawn nearly always', () => {
    const skewed = space(
      oneOf([oneOf(['a', 'b'], { weights: [1e300, 1e-300] }), float(0, 1)], { weights: [1e300, 1e-300] }),
    );
    for (const child of children(skewed, [0, 0], { operator: 'resample' }, 20)) {
      expect(validate(skewed, child).ok).toBe(true);
      expect(child).not.toEqual([0, 0]);
    }
  });

  test('may repeat the parent only when asked to', () => {
    const flag = space(bool());
    expect(outcomes(flag, [0], { operator: 'resample' })).toEqual(['1']);
    expect(outcomes(flag, [0], { operator: 'resample', allowNoop: true })).toEqual(['0', '1']);
  });
});

describe('where', () => {
  const definition = space({
    opt: oneOf([{ lr: oneOf([1, 2], { tags: ['train'] }) }, { lr: oneOf([3, 4]), name: 'b' }], {
      name: 'optimizer',
    }),
    layers: [oneOf([1, 2], { tags: ['arch'] }), oneOf([3, 4], { tags: ['arch', 'train'] })],
    order: permutation(['x', 'y']),
  });
  const parent: Genome = [0, 0, 0, 0, 0, 1];
  const places: readonly (readonly [string, NonNullable<MutationOptions['where']>, readonly number[]])[] = [
    ['tag', { tag: 'train' }, [1, 3]],
    ['name', { name: 'optimizer' }, [0, 1]],
    ['kind', { kind: 'permutation' }, [4, 5]],
    ['id', { id: 'layers[1]' }, [3]],
    ['glob of one segment', { id: 'layers[*]' }, [2, 3]],
    ['glob of any segments', { id: '**.lr' }, [1]],
    ['path', { path: 'opt.lr' }, [1]],
    ['inside', { inside: { name: 'optimizer' } }, [1]],
    ['not and or', { not: { or: [{ kind: 'picks' }, { tag: 'arch' }, { name: 'optimizer' }] } }, [1]],
    ['and', { and: [{ tag: 'arch' }, { tag: 'train' }] }, [3]],
    ['predicate', (node) => node.id === 'layers[0]', [2]],
    ['nothing', { tag: 'absent' }, []],
  ];
  for (const [name, where, expected] of places) {
    test(name, () => {
      const changed = new Set<number>();
      for (const child of children(definition, parent, { operator: 'resample', where }, 60)) {
        if (child.length !== parent.length) throw new Error('Every branch has as many numbers.');
        child.forEach((number, i) => number !== parent[i] && changed.add(i));
      }
      expect([...changed].sort()).toEqual(expected);
    });
  }
});

test('an invalid parent is refused', () => {
  expect(() => mutate(space(bool()), [2], root)).toThrow('index_out_of_range at the root');
});
