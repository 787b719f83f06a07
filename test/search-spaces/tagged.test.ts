import { expect, test } from 'vitest';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import {
  array,
  bool,
  constant,
  constrained,
  derived,
  float,
  int,
  isDecision,
  listOf,
  manyOf,
  object,
  oneOf,
  optional,
  permutation,
  sample,
  space,
  tagged,
  view,
} from '../../search-spaces/index.js';

test('every decision gets the tags beside its own, and nothing else changes', () => {
  const plain = object({
    kind: oneOf([{ rate: float(0, 1) }, [int(1, 3)]], { tags: ['own'] }),
    several: manyOf(2, [1, 2, bool()]),
    order: permutation(['a', 'b']),
    perhaps: optional(oneOf([1, 2])),
    list: listOf({ deep: bool() }, { min: 1, max: 2 }),
    fixed: constant({ $kind: 'bool' }),
    twice: derived(['*', 2, 3]),
    limited: constrained({ n: int(1, 9) }, [{ expr: ['<', ['path', 'n'], 5], reason: 'small' }]),
    pair: array([bool(), 'text']),
  });
  const both = space(tagged(plain, 'own', 'agent'));
  const found: (readonly string[])[] = [];
  const walk = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    const { $kind, tags } = part as { readonly $kind?: unknown; readonly tags?: readonly string[] };
    if ($kind === 'const' || $kind === 'derived') return;
    if (typeof $kind === 'string' && $kind !== 'constrained') found.push(tags ?? []);
    Object.values(part).forEach(walk);
  };
  walk(both);
  expect(found).toHaveLength(12);
  expect(found.every((tags) => tags.toSorted().join() === 'agent,own')).toBe(true);
  const rng = rngFromSeed(1);
  expect(sample(both, rng)).toEqual(sample(space(plain), rng));
  expect(view(both).constrained).toBe(true);
  expect(isDecision(plain.kind)).toBe(true);
  expect(plain.kind.tags).toEqual(['own']);
});
