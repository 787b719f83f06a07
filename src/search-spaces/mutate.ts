import type { ChoiceSource, Rng } from '../numerics/rng.js';
import type { ActiveNode } from './active-node.js';
import { activeNodes } from './active-node.js';
import type { Decisions } from './compile.js';
import { compile } from './compile.js';
import type { Genome } from './genome.js';
import { localMoves } from './mutate-local.js';
import { resampleMoves } from './mutate-resample.js';
import { swapMoves } from './mutate-swap.js';
import type { Moves } from './moves.js';
import { sourceOf } from './sample.js';
import { requireGenome } from './validate.js';
import type { Selection } from './where.js';
import { selector } from './where.js';

/**
 * `local`: a small step. `resample`: one decision, or one pick, is drawn anew with everything below it.
 * `swap`: two places of one unsorted multi-choice change places.
 */
export type MutationOperator = 'local' | 'resample' | 'swap';

export interface MutationOptions {
  /** Default: `local`. */
  readonly operator?: MutationOperator;
  /** Which decisions may change; default: all. A pick counts as its multi-choice. */
  readonly where?: Selection;
  /** Lets `resample` draw the present outcome again; default: false. */
  readonly allowNoop?: boolean;
}

function movesOf(operator: MutationOperator): Moves {
  switch (operator) {
    case 'local':
      return localMoves;
    case 'resample':
      return resampleMoves;
    case 'swap':
      return swapMoves;
    default:
      return operator satisfies never;
  }
}

/**
 * A changed genome. A unit is an active decision, one pick of a multi-choice, or a multi-choice as a whole; one of
 * those that have another outcome is taken at random. The result differs from the parent (unless `allowNoop`).
 * Where nothing can change, the parent itself is returned.
 */
export function mutate(
  x: Decisions,
  parent: Genome,
  random: Rng | ChoiceSource,
  options: MutationOptions | MutationOperator = {},
): Genome {
  const { plan } = compile(x);
  const numbers = requireGenome(plan, parent);
  const {
    operator = 'local',
    where,
    allowNoop = false,
  } = typeof options === 'string' ? { operator: options } : options;
  const moves = movesOf(operator);
  const isSelected = where === undefined ? null : selector(where);
  const candidates: ActiveNode[] = [];
  const counts: number[] = [];
  let total = 0;
  for (const active of activeNodes(plan, numbers)) {
    if (isSelected !== null && !isSelected(active)) continue;
    const count = moves.count(active, numbers);
    if (count === 0) continue;
    candidates.push(active);
    counts.push(count);
    total += count;
  }
  if (total === 0) return parent;
  const source = sourceOf(random);
  let unit = source.below(total);
  for (let i = 0; ; i++) {
    const active = candidates[i];
    const count = counts[i];
    if (active === undefined || count === undefined)
      throw new RangeError('A source drew a number out of range.');
    if (unit >= count) {
      unit -= count;
      continue;
    }
    const changed = moves.apply(active, numbers, unit, source, allowNoop);
    return [...numbers.slice(0, active.start), ...changed, ...numbers.slice(active.end)];
  }
}
