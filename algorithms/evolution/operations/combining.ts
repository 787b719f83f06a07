import type { Item } from '../individual.js';
import { holds, withoutRepeats } from '../item-list.js';
import type { Operation } from '../operation.js';
import { operation, operations } from './field-checks.js';
import type { OperationKinds, RunAtPlace } from './operation-kind.js';

/** Operations that treat the results of others as sets. */
export const combining: OperationKinds<'concat' | 'union' | 'intersect' | 'minus' | 'xor' | 'invert'> = {
  concat: {
    check: { of: operations },
    run: ({ of }, items, at) => applyEach(of, items, at).flat(),
    children: ({ of }) => of,
  },
  union: {
    check: { of: operations },
    run: ({ of }, items, at) => withoutRepeats(applyEach(of, items, at).flat()),
    children: ({ of }) => of,
  },
  intersect: {
    check: { of: operations },
    run: ({ of }, items, at) => {
      const [kept = [], ...others] = applyEach(of, items, at);
      return kept.filter((item) => others.every((other) => holds(other, item)));
    },
    children: ({ of }) => of,
  },
  minus: {
    check: { of: operations },
    run: ({ of }, items, at) => {
      const [kept = [], ...others] = applyEach(of, items, at);
      return kept.filter((item) => !others.some((other) => holds(other, item)));
    },
    children: ({ of }) => of,
  },
  xor: {
    check: { of: operations },
    run: ({ of }, items, at) => {
      const parts = applyEach(of, items, at);
      return parts.flatMap((part, i) =>
        part.filter((item) => !parts.some((other, j) => j !== i && holds(other, item))),
      );
    },
    children: ({ of }) => of,
  },
  invert: {
    check: { of: operation },
    run: ({ of }, items, { apply }) => {
      const taken = apply(of, items, 0);
      return items.filter((item) => !holds(taken, item));
    },
    children: ({ of }) => [of],
  },
};

/** The result of each operation on the same items. */
function applyEach(
  of: readonly Operation[],
  items: readonly Item[],
  { apply }: RunAtPlace,
): readonly (readonly Item[])[] {
  return of.map((one, i) => apply(one, items, i));
}
