import type { Decisions } from '../genomes/compile.js';
import { Compiled, compile } from '../genomes/compile.js';
import { points } from '../genomes/point.js';
import type { GridRule } from '../views/plan.js';
import { SpaceError } from '../ground/space-error.js';
import { fromUnit } from '../views/unit-scale.js';
import type { FloatNode, IntNode } from '../views/view.js';

export interface GridOptions {
  /** How many values each float becomes; or by id or name, which may list ints too. */
  readonly points: number | { readonly [idOrName: string]: number };
}

/**
 * The space with each float reduced to n values, evenly spread on its scale, and each listed int to n of its own; other
 * ints keep all. Functions on decisions take a grid, too: `size`, `first`, `next`, `at`, `sweep`, `sample`. Its genomes
 * are genomes of the space. Throws `SpaceError` `unknown_key`, `out_of_range`, or `float_not_enumerable` for a float
 * left out.
 */
export function grid(x: Decisions, options: GridOptions): Compiled {
  const compiled = compile(x);
  const counts = options.points;
  const every = typeof counts === 'number' ? checkedCount(counts, '') : null;
  const listed = new Map(typeof counts === 'number' ? [] : Object.entries(counts));
  for (const [key, count] of listed) checkedCount(count, key);
  refuseUnknown(compiled, listed);
  const rule: GridRule = (node) => {
    const wanted = listed.get(node.id) ?? (node.name === undefined ? undefined : listed.get(node.name));
    if (wanted !== undefined) return valuesOf(node, wanted);
    if (node.kind === 'int') return null;
    if (every !== null) return valuesOf(node, every);
    if (node.min === node.max) return [node.min];
    const detail = 'the grid gives this float no number of points.';
    throw new SpaceError({ code: 'float_not_enumerable', id: node.id, pos: null, detail });
  };
  return new Compiled(compiled.space, compiled.view, rule);
}

function checkedCount(count: number, id: string): number {
  if (Number.isSafeInteger(count) && count >= 1) return count;
  const detail = `a number of points is an integer of at least 1, not ${count}.`;
  throw new SpaceError({ code: 'out_of_range', id, pos: null, detail });
}

function refuseUnknown(compiled: Compiled, listed: ReadonlyMap<string, number>): void {
  const known = new Set<string>();
  for (const { node } of points(compiled)) {
    if (node.kind !== 'int' && node.kind !== 'float') continue;
    known.add(node.id);
    if (node.name !== undefined) known.add(node.name);
  }
  for (const key of listed.keys()) {
    if (known.has(key)) continue;
    const detail = 'no int or float has this id or name.';
    throw new SpaceError({ code: 'unknown_key', id: key, pos: null, detail });
  }
}

/** n values from one end to the other; one value is the middle. */
function valuesOf(node: IntNode | FloatNode, count: number): readonly number[] {
  const values = Array.from({ length: count }, (_, i) => fromUnit(node, count === 1 ? 0.5 : i / (count - 1)));
  return [...new Set(values)].sort((a, b) => a - b);
}
