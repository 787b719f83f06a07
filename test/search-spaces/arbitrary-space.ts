import fc from 'fast-check';
import type { Space } from '../../search-spaces/index.js';
import { parseSpace } from '../../search-spaces/index.js';

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
    fc
      .tuple(inner, fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 }), tags)
      .map(([of, min, more, meta]) => ({ $kind: 'listOf', of, min, max: min + more, ...meta })),
    fc.array(inner, { maxLength: 3 }),
    fc.dictionary(key, inner, { maxKeys: 3, noNullPrototype: true }),
  );
}

/** Random spaces of all kinds, up to three decisions deep. */
export function arbitrarySpace(options: Options = { floats: true }): fc.Arbitrary<Space> {
  return node(options, 3).map((value) => deepFrozen(parseSpace(value)));
}

/**
 * Random spaces with derived values and a constraint: `sum` and `twice` are derived, in this order of dependency, from
 * ints at several depths; `low` and one of its bounds are constrained. Every one of them has feasible points.
 */
export function arbitraryProgramSpace(options: Options = { floats: true }): fc.Arbitrary<Space> {
  return fc.tuple(node(options, 2), node(options, 1), fc.boolean()).map(([free, inner, isNested]) => {
    const low = { $kind: 'int', min: 1, max: 4 };
    const bounded = {
      $kind: 'constrained',
      of: { low, high: { $kind: 'optional', of: { $kind: 'int', min: 1, max: 4 } }, inner },
      constraints: [
        {
          expr: ['implies', ['!=', ['path', 'high'], null], ['<', ['path', 'low'], ['path', 'high']]],
          reason: 'low is below high',
        },
      ],
    };
    return deepFrozen(
      parseSpace({
        twice: { $kind: 'derived', expr: ['*', 2, ['path', 'sum']] },
        free,
        bounds: isNested
          ? { $kind: 'oneOf', candidates: [bounded, { low: 3, high: null, inner: 0 }] }
          : bounded,
        sum: { $kind: 'derived', expr: ['+', ['path', 'bounds.low'], 1] },
        list: {
          $kind: 'listOf',
          min: 0,
          max: 2,
          of: {
            own: { $kind: 'bool' },
            more: { $kind: 'derived', expr: ['list', ['path', 'own'], ['path', 'sum']] },
          },
        },
      }),
    );
  });
}

/** Freezes a value with all that it holds, so that a function which changes its argument throws. */
export function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFrozen(member);
  }
  return value;
}
