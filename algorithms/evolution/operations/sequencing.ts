import { isGroup } from '../individual.js';
import { genomesOf } from '../item-list.js';
import { choices, expression, integer, operation, operations, optional, quantity } from './field-checks.js';
import { noChildren, type OperationKinds } from './operation-kind.js';

/** Operations that decide which others run, how often and on what. */
export const sequencing: OperationKinds<
  'identity' | 'pipe' | 'repeat' | 'times' | 'when' | 'choose' | 'forEach' | 'untilChange'
> = {
  identity: {
    check: {},
    run: (_, items) => items,
    children: noChildren,
  },
  pipe: {
    check: { of: operations },
    run: ({ of }, items, { apply }) => of.reduce((given, one, i) => apply(one, given, i), items),
    children: ({ of }) => of,
  },
  repeat: {
    check: { of: operation, k: quantity },
    run: ({ of, k }, items, { run, apply }) => {
      const count = run.count(k, items);
      return Array.from({ length: count }, () => apply(of, items, 0)).flat();
    },
    children: ({ of }) => [of],
  },
  times: {
    check: { of: operation, k: quantity },
    run: ({ of, k }, items, { run, apply }) => {
      let given = items;
      const count = run.count(k, items);
      for (let i = 0; i < count; i += 1) given = apply(of, given, 0);
      return given;
    },
    children: ({ of }) => [of],
  },
  when: {
    check: { test: expression, then: operation, otherwise: operation },
    run: ({ test, then, otherwise }, items, { run, apply }) =>
      run.value(test, items) === true ? apply(then, items, 0) : apply(otherwise, items, 1),
    children: ({ then, otherwise }) => [then, otherwise],
  },
  choose: {
    check: { of: choices, limit: optional(integer(1)) },
    run: ({ of, limit = of.length }, items, { run, stream, apply }) => {
      let [given, applied] = [items, 0];
      for (const [i, { operation: one, probability }] of of.entries()) {
        // Every operation takes its draw, so that reaching the limit shifts nothing.
        const chosen = stream().unit() < run.quantity(probability, items);
        if (!chosen || applied === limit) continue;
        given = apply(one, given, i);
        applied += 1;
      }
      return given;
    },
    children: ({ of }) => of.map(({ operation: one }) => one),
  },
  forEach: {
    check: { of: operation },
    run: ({ of }, items, { apply }) => items.map((item) => apply(of, isGroup(item) ? item : [item], 0)),
    children: ({ of }) => [of],
  },
  untilChange: {
    check: { of: operation, max: integer(1) },
    run: ({ of, max }, items, { apply }) => {
      const before = genomesOf(items);
      let result = items;
      for (let i = 0; i < max && genomesOf(result) === before; i += 1) result = apply(of, items, 0);
      return result;
    },
    children: ({ of }) => [of],
  },
};
