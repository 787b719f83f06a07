import type { Json } from '../numerics/canonical-json.js';
import type { ActiveNode } from './active-node.js';
import { activeId, activeNodes, pickId } from './active-node.js';
import type { Compiled, Decisions } from './compile.js';
import { compile } from './compile.js';
import type { Genome } from './genome.js';
import { points } from './point.js';
import { requireGenome } from './validate.js';

/**
 * `byId`: every active decision point. `collapsed`: a multi-choice is one entry with the array of its indices.
 * `withInactive`: every point, null where inactive, in the order of `points`. `byName`: as `collapsed`, with the
 * name in place of the id; below picks the name says which, as in `name[1]`.
 */
export type DictionaryForm = 'byId' | 'collapsed' | 'withInactive' | 'byName';

/** A genome under the ids or names of its decisions. */
export type GenomeDictionary = { readonly [idOrName: string]: Json };

/** A genome as a dictionary of numbers. Throws `SpaceError` for an invalid genome. */
export function toDict(
  x: Decisions,
  genome: Genome,
  options: { readonly form?: DictionaryForm } = {},
): GenomeDictionary {
  const compiled = compile(x);
  const numbers = requireGenome(compiled.plan, genome);
  const nodes = activeNodes(compiled.plan, numbers);
  const { form = 'byId' } = options;
  switch (form) {
    case 'byId':
      return Object.fromEntries(activePoints(nodes, numbers));
    case 'withInactive':
      return withInactive(compiled, activePoints(nodes, numbers));
    case 'collapsed':
      return Object.fromEntries(nodes.map((active) => [activeId(active), collapsed(active, numbers)]));
    case 'byName':
      return Object.fromEntries(nodes.map((active) => [nameOrId(active), collapsed(active, numbers)]));
    default:
      return form satisfies never;
  }
}

/** The id of each number of a genome. */
function activePoints(nodes: readonly ActiveNode[], numbers: Genome): readonly (readonly [string, number])[] {
  const entries: (readonly [string, number])[] = [];
  for (const active of nodes) {
    const places = active.plan.kind === 'picks' ? active.pickStarts : [active.start];
    places.forEach((place, pick) => (entries[place] = [pickId(active, pick), numbers[place] ?? 0]));
  }
  return entries;
}

function withInactive(compiled: Compiled, active: readonly (readonly [string, number])[]): GenomeDictionary {
  const numbers = new Map(active);
  return Object.fromEntries(points(compiled).map(({ id }) => [id, numbers.get(id) ?? null]));
}

function collapsed(active: ActiveNode, numbers: Genome): Json {
  if (active.plan.kind !== 'picks' || active.plan.k === 1) return numbers[active.start] ?? 0;
  return active.pickStarts.map((place) => numbers[place] ?? 0);
}

function nameOrId(active: ActiveNode): string {
  const { name } = active.plan.node;
  if (name === undefined) return activeId(active);
  let picks = '';
  for (let node: ActiveNode = active; node.parent !== null; node = node.parent) {
    const { plan } = node.parent;
    if (plan.kind === 'length' || (plan.kind === 'picks' && plan.k > 1))
      picks = `[${node.parentPick}]${picks}`;
  }
  return name + picks;
}
