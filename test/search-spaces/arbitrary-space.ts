import fc from 'fast-check';
import type { Space } from '../../src/search-spaces/index.js';
import { parseSpace } from '../../src/search-spaces/index.js';

const scalar = fc.oneof(
  fc.constantFrom<Space[]>(null, true, false, 0, 1, 2, 'a', 'b', ''),
  fc.integer({ min: -3, max: 3 }).map((value) => (value === 0 ? 0 : value)),
);
const key = fc.constantFrom('a', 'b', 'c.d', 'e[0]', '7', 'kind', '');
const tags = fc.constantFrom({}, { tags: ['x'] }, { tags: ['x', 'y'] });

function weighted(candidates: readonly unknown[]): fc.Arbitrary<object> {
  const weight = fc.double({ min: 0.1, max: 10, noNaN: true });
  return fc.oneof(
    fc.constant({}),
    fc
      .array(weight, { minLength: candidates.length, maxLength: candidates.length })
      .map((weights) => ({ weights })),
  );
}

interface Options {
  readonly floats: boolean;
}

function node(options: Options, depth: number): fc.Arbitrary<unknown> {
  const int = fc
    .record({
      min: fc.integer({ min: 1, max: 4 }),
      span: fc.integer({ min: 0, max: 6 }),
      step: fc.integer({ min: 1, max: 3 }),
      log: fc.boolean(),
    })
    .map(({ min, span, step, log }) => ({
      $kind: 'int',
      min,
      max: min + span,
      ...(log ? { scale: 'log' } : { step }),
    }));
  const float = fc
    .record({
      min: fc.double({ min: 0.1, max: 1, noNaN: true }),
      span: fc.constantFrom(0, 0.5, 3),
      scale: fc.constantFrom('linear', 'log', 'reverseLog'),
    })
    .map(({ min, span, scale }) => ({ $kind: 'float', min, max: min + span, scale }));
  const leaf = fc.oneof(
    scalar,
    int,
    fc.constant({ $kind: 'bool' }),
    fc.constant({ $kind: 'const', value: { $kind: 'odd' } }),
    ...(options.floats ? [float] : []),
  );
  if (depth === 0) return leaf;
  const inner = node(options, depth - 1);
  const candidates = fc.array(inner, { minLength: 1, maxLength: 3 });
  const oneOf = candidates.chain((list) =>
    fc
      .tuple(weighted(list), tags)
      .map(([weights, meta]) => ({ $kind: 'oneOf', candidates: list, ...weights, ...meta })),
  );
  const manyOf = fc
    .tuple(candidates, fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.boolean(), tags)
    .chain(([list, k, distinct, sorted, meta]) =>
      weighted(list).map((weights) => ({
        $kind: 'manyOf',
        candidates: list,
        k: distinct ? Math.min(k, list.length) : k,
        distinct,
        sorted,
        ...weights,
        ...meta,
      })),
    );
  return fc.oneof(
    leaf,
    oneOf,
    manyOf,
    candidates.map((list) => ({ $kind: 'permutation', candidates: list })),
    inner.map((of) => ({ $kind: 'optional', of })),
    fc.array(inner, { maxLength: 3 }),
    fc.dictionary(key, inner, { maxKeys: 3, noNullPrototype: true }),
  );
}

/** Random spaces of all kinds, up to three decisions deep. */
export function arbitrarySpace(options: Options = { floats: true }): fc.Arbitrary<Space> {
  return node(options, 3).map((value) => deepFrozen(parseSpace(value)));
}

/** Freezes a value with all that it holds, so that a function which changes its argument throws. */
export function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFrozen(member);
  }
  return value;
}
