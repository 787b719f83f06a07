import fc from 'fast-check';
import type { Json } from '../../foundation/json/index.js';

/** Values of every kind of JSON; of the numbers, none that is a whole number above 0. */
const oddLeaf = fc.constantFrom<Json>(
  ...[null, true, false, '', '7', 'loss', '__proto__', 0, -0, -1, 0.5, 1e308, -1e-300, [], {}],
  ...[[[]], [null], [-1], [0.5, null], ['a'], { a: null }, 'x'.repeat(2_000)],
);

const field = fc.constantFrom(
  ...['trials', 'scored', 'cost', 'duration', 'target', 'metric', 'value', 'parameters', 'genome'],
  ...['x', 'name', 'levels', 'format', 'evaluator', '__proto__', 'constructor', 'toString', 'length'],
);

const oddObject: fc.Arbitrary<Json> = fc.letrec<{ readonly value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    oddLeaf,
    fc.dictionary(field, tie('value'), { maxKeys: 4 }),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
})).value;

/** Values that somebody may send with a message in place of what it needs; equal for equal seeds. */
export function oddValues(count: number, seed: number): readonly (Json | undefined)[] {
  const any = fc.oneof(
    { arbitrary: fc.constant(undefined), weight: 1 },
    { arbitrary: oddLeaf, weight: 3 },
    { arbitrary: oddObject, weight: 10 },
    // Of these, a number is never a valid one: fast-check makes no whole number above 0 but by way of an object's field.
    {
      arbitrary: fc
        .jsonValue({ maxDepth: 3 })
        .filter((value) => typeof value !== 'number') as fc.Arbitrary<Json>,
      weight: 6,
    },
  );
  return fc.sample(any, { numRuns: count, seed });
}
