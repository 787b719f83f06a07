import type { Item } from '../individual.js';
import { pick } from '../item-list.js';
import type { OperationRun } from '../operation-run.js';
import type { SelectionOptions } from '../operation.js';
import { randomPlaces, ranked, shares, sliced, weightedPlaces } from '../selection.js';
import {
  expression,
  integer,
  optional,
  quantity,
  rankingKey,
  stride,
  truth,
  type FieldChecks,
} from './field-checks.js';
import { noChildren, type OperationKinds } from './operation-kind.js';

const selectionChecks: FieldChecks<SelectionOptions> = {
  n: optional(quantity),
  key: optional(rankingKey),
  cluster: optional(truth),
};

/** Operations that take some of the items. */
export const selecting: OperationKinds<
  'slice' | 'random' | 'weighted' | 'proportional' | 'top' | 'bottom' | 'first' | 'last'
> = {
  slice: {
    check: { from: optional(integer(-Infinity)), to: optional(integer(-Infinity)), step: optional(stride) },
    run: ({ from, to, step = 1 }, items) => sliced(items, from, to, step),
    children: noChildren,
  },
  random: {
    check: { n: quantity, replace: optional(truth) },
    run: ({ n, replace = false }, items, { run, stream }) =>
      pick(items, randomPlaces(items.length, run.portion(n, items), replace, stream())),
    children: noChildren,
  },
  weighted: {
    check: { n: quantity, weights: expression },
    run: ({ n, weights }, items, { run, stream }) => {
      const weightOfEach = items.map((item) => run.key(weights, item));
      return pick(items, weightedPlaces(weightOfEach, run.portion(n, items), stream()));
    },
    children: noChildren,
  },
  proportional: {
    check: { n: quantity, weights: expression },
    run: ({ n, weights }, items, { run }) => {
      const weightOfEach = items.map((item) => run.key(weights, item));
      const counts = shares(weightOfEach, run.portion(n, items));
      return items.flatMap((item, i) => Array.from({ length: counts[i] ?? 0 }, () => item));
    },
    children: noChildren,
  },
  top: {
    check: selectionChecks,
    run: (options, items, { run }) => selectByRank(options, items, 'falling', run),
    children: noChildren,
  },
  bottom: {
    check: selectionChecks,
    run: (options, items, { run }) => selectByRank(options, items, 'rising', run),
    children: noChildren,
  },
  first: {
    check: selectionChecks,
    run: (options, items, { run }) => selectByRank(options, items, 'given', run),
    children: noChildren,
  },
  last: {
    check: selectionChecks,
    run: (options, items, { run }) =>
      [...selectByRank(options, [...items].reverse(), 'given', run)].reverse(),
    children: noChildren,
  },
};

function selectByRank(
  { n, key = 'score', cluster = false }: SelectionOptions,
  items: readonly Item[],
  order: 'falling' | 'rising' | 'given',
  run: OperationRun,
): readonly Item[] {
  const count = n === undefined ? items.length : run.portion(n, items);
  const needsKeys = order !== 'given' || cluster;
  const keys = items.map((item) => (needsKeys ? run.key(key, item) : 0));
  return pick(items, ranked(keys, count, order, cluster));
}
