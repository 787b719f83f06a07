import type { ChoiceSource, Rng } from '../../foundation/numbers/index.js';
import type { ActiveNode } from '../views/active-node.js';
import { activeNodes } from '../views/active-node.js';
import type { Compiled, Decisions } from '../genomes/compile.js';
import { compile } from '../genomes/compile.js';
import type { Genome } from '../views/genome.js';
import { localMoves } from './mutate-local.js';
import { resampleMoves } from './mutate-resample.js';
import { swapMoves } from './mutate-swap.js';
import type { Moves } from './moves.js';
import { sourceOf } from './sample.js';
import { requireGenome } from '../genomes/validate.js';
import type { Selection } from '../views/where.js';
import { selected } from '../views/where.js';

/**
 * `local`: a small step. `resample`: one decision, or one pick, is drawn anew with everything below it.
 * `swap`: two picks of one unsorted multi-choice, or two elements of a list, change positions.
 */
export type MutationOperator = 'local' | 'resample' | 'swap';

export interface MutationOptions {
  /** Default: `local`. */
  readonly operator?: MutationOperator;
  /** Which decisions may change; default: all. A pick counts as its multi-choice. */
  readonly where?: Selection;
  /** Lets `resample` draw the present outcome again; default: false. */
  readonly allowNoop?: boolean;
  /** Which mutants are acceptable; default: those that satisfy the constraints, where the space is known. */
  readonly feasible?: (genome: Genome) => boolean;
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
 * Where nothing can change, or no feasible mutant is found, the parent itself is returned; `mutateMarked` tells.
 */
export function mutate(
  x: Decisions,
  parent: Genome,
  random: Rng | ChoiceSource,
  options: MutationOptions | MutationOperator = {},
): Genome {
  return mutateMarked(x, parent, random, options).genome;
}

/** A mutant; `noop` where it is the parent itself, because nothing could change or no feasible mutant was found. */
export interface MarkedMutant {
  readonly genome: Genome;
  readonly noop: boolean;
}

/** As `mutate`, with a mark where the parent is returned. */
export function mutateMarked(
  x: Decisions,
  parent: Genome,
  random: Rng | ChoiceSource,
  options: MutationOptions | MutationOperator = {},
): MarkedMutant {
  const compiled = compile(x);
  const { plan } = compiled;
  const numbers = requireGenome(plan, parent);
  const given: MutationOptions = typeof options === 'string' ? { operator: options } : options;
  const { operator = 'local', where, allowNoop = false, feasible } = given;
  const moves = movesOf(operator);
  const eligible: ActiveNode[] = [];
  const counts: number[] = [];
  for (const active of activeNodes(plan, numbers)) {
    const count = moves.count(active, numbers);
    if (count === 0) continue;
    eligible.push(active);
    counts.push(count);
  }
  const source = sourceOf(random);
  const isFeasible = feasible ?? (compiled.traits.constrains ? feasibleIn(compiled) : null);
  for (let attempt = 0; attempt < feasibleAttempts; attempt++) {
    const candidates = where === undefined ? eligible : selected(where, eligible, source);
    const units = where === undefined ? counts : candidates.map((active) => moves.count(active, numbers));
    const child = changed(moves, candidates, units, numbers, source, allowNoop);
    if (child === null) break;
    if (isFeasible === null || isFeasible(child)) return { genome: child, noop: false };
  }
  return { genome: parent, noop: true };
}

/** Draws of a mutant at most: `mutate` draws one that violates constraints again. */
const feasibleAttempts = 1000;

function feasibleIn(compiled: Compiled): (genome: Genome) => boolean {
  return (genome) => compiled.violation(genome) === null;
}

/** The genome with one unit of the candidates changed; null where there is none. */
function changed(
  moves: Moves,
  candidates: readonly ActiveNode[],
  counts: readonly number[],
  numbers: Genome,
  source: ChoiceSource,
  allowNoop: boolean,
): Genome | null {
  let total = 0;
  for (const count of counts) total += count;
  if (total === 0) return null;
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
    const own = moves.apply(active, numbers, unit, source, allowNoop);
    return [...numbers.slice(0, active.start), ...own, ...numbers.slice(active.end)];
  }
}
