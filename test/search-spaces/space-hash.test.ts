import { expect, test } from 'vitest';
import {
  bool,
  float,
  genomeKey,
  manyOf,
  normalize,
  oneOf,
  parseSpace,
  space,
  spaceHash,
  valueHash,
  view,
  viewHash,
} from '../../search-spaces/index.js';

test('defaults, doc and the order of tags do not count', () => {
  const short = parseSpace({ x: { $kind: 'float', min: 0, max: 1, tags: ['b', 'a'] } });
  const long = parseSpace({
    x: { $kind: 'float', scale: 'linear', max: 1, min: 0, tags: ['a', 'b'], doc: 'rate' },
  });
  expect(spaceHash(short)).toBe(spaceHash(long));
  expect(viewHash(short)).toBe(viewHash(view(long)));
});

test('the order of keys counts where it is the order of decisions', () => {
  const ab = space({ a: oneOf([{ k: 1, l: 2 }, 3]), b: bool() });
  const sameCandidate = space({ a: oneOf([{ l: 2, k: 1 }, 3]), b: bool() });
  const ba = space({ b: bool(), a: oneOf([{ k: 1, l: 2 }, 3]) });
  expect(spaceHash(ab)).toBe(spaceHash(sameCandidate));
  expect(spaceHash(ab)).not.toBe(spaceHash(ba));
});

test('names, weights, bounds and candidates count', () => {
  const all = [
    space(oneOf([1, 2])),
    space(oneOf([1, 3])),
    space(oneOf([1, 2], { name: 'n' })),
    space(oneOf([1, 2], { tags: ['t'] })),
    space(oneOf([1, 2], { weights: [1, 2] })),
    space(float(0, 1)),
    space(float(0, 2)),
    space(manyOf(1, [1, 2])),
  ];
  expect(new Set(all.map(spaceHash)).size).toBe(all.length);
  // A view has no values, so spaces that differ in candidates alone look the same to an algorithm.
  expect(new Set(all.map(viewHash)).size).toBe(all.length - 1);
});

test('one key per point of a space', () => {
  const sorted = space({ x: manyOf(2, [oneOf(['a', 'b']), 'c', float(-1, 1)], { sorted: true }) });
  expect(normalize(sorted, [2, -0, 0, 1])).toEqual([0, 1, 2, 0]);
  expect(genomeKey(sorted, [2, -0, 0, 1])).toBe(genomeKey(sorted, [0, 1, 2, 0]));
  expect(genomeKey(sorted, [0, 1, 1])).not.toBe(genomeKey(sorted, [0, 0, 1]));
  expect(genomeKey(space(bool()), [0])).not.toBe(genomeKey(space(oneOf([false, true])), [0]));
  expect(() => normalize(sorted, [0, 1, 1, 1])).toThrow('too_long');
  expect(() => normalize(sorted, [1, 9])).toThrow('index_out_of_range');
});

test('equal candidates have equal values', () => {
  expect(valueHash({ a: 1, b: [2] })).toBe(valueHash({ b: [2], a: 1 }));
});

test('numbers in order are marked in a view, and its hash is that of a view without marks', () => {
  const ordered = (candidates: readonly [unknown, ...unknown[]]) => {
    const [node] = view(parseSpace({ x: { $kind: 'oneOf', candidates } })).nodes;
    return node?.kind === 'choice' ? node.ordered : null;
  };
  expect([16, 32, 64].map((_, skip) => ordered([16, 32, 64].toSpliced(skip, 1) as [number]))).toEqual([
    true,
    true,
    true,
  ]);
  expect(ordered([3, 2.5, -1])).toBe(true);
  expect(ordered([{ $kind: 'const', value: 1 }, 2])).toBe(true);
  for (const other of [[1, 3, 2], [1, 1], [1], ['1', '2'], [1, 'two'], [false, true], [1, { k: 2 }]] as const)
    expect(ordered([other[0], ...other.slice(1)])).toBe(undefined);
  const numbers = viewHash(space({ x: oneOf([16, 32, 64]) }));
  expect(numbers).toBe(viewHash(space({ x: oneOf(['small', 'middle', 'large']) })));
  expect(numbers).toBe('1a3c95fb46f4f9d2ac5490f153f505bc591bfd074e7e8402c16e5a2fc8c17685');
});
