import type { Json } from '../../foundation/json/index.js';
import type { ActiveNode } from '../views/active-node.js';
import { activeId, activeNodes, pickId } from '../views/active-node.js';
import type { Compiled, Decisions } from './compile.js';
import { compile } from './compile.js';
import type { Genome } from '../views/genome.js';
import { literalsOf } from './literals.js';
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

/**
 * `number`: as in the genome. `literal`: the candidate where it is a scalar, else the index. `label`: for people, as
 * in `1/3 (5)`. The last two need the space.
 */
export type DictionaryValues = 'number' | 'literal' | 'label';

/** A genome as a dictionary. Throws `SpaceError` for an invalid genome. */
export function toDict(
  x: Decisions,
  genome: Genome,
  options: { readonly form?: DictionaryForm; readonly values?: DictionaryValues } = {},
): GenomeDictionary {
  const compiled = compile(x);
  const numbers = requireGenome(compiled.plan, genome);
  const nodes = activeNodes(compiled.plan, numbers);
  const { form = 'byId', values = 'number' } = options;
  const shown = writerOf(compiled, values);
  switch (form) {
    case 'byId':
      return Object.fromEntries(activePoints(nodes, numbers, shown));
    case 'withInactive':
      return withInactive(compiled, activePoints(nodes, numbers, shown));
    case 'collapsed':
      return Object.fromEntries(nodes.map((active) => [activeId(active), collapsed(active, numbers, shown)]));
    case 'byName':
      return Object.fromEntries(nodes.map((active) => [nameOrId(active), collapsed(active, numbers, shown)]));
    default:
      return form satisfies never;
  }
}

/** How a number of a decision is written. */
type Writer = (active: ActiveNode, number: number) => Json;

function writerOf(compiled: Compiled, values: DictionaryValues): Writer {
  if (values === 'number') return (_active, number) => number;
  const literals = literalsOf(compiled);
  return ({ plan }, number) => {
    if (plan.kind !== 'choice' && plan.kind !== 'picks') return number;
    const literal = literals.get(plan)?.[number];
    if (values === 'literal') return literal === undefined ? number : literal;
    const shown = literal === undefined ? '…' : JSON.stringify(literal);
    return `${number}/${plan.of} (${shown})`;
  };
}

/** The id of each number of a genome with what is written for it. */
function activePoints(
  nodes: readonly ActiveNode[],
  numbers: Genome,
  shown: Writer,
): readonly (readonly [string, Json])[] {
  const entries: (readonly [string, Json])[] = [];
  for (const active of nodes) {
    const places = active.plan.kind === 'picks' ? active.pickStarts : [active.start];
    places.forEach(
      (place, pick) => (entries[place] = [pickId(active, pick), shown(active, numbers[place] ?? 0)]),
    );
  }
  return entries;
}

function withInactive(compiled: Compiled, active: readonly (readonly [string, Json])[]): GenomeDictionary {
  const values = new Map(active);
  return Object.fromEntries(points(compiled).map(({ id }) => [id, values.get(id) ?? null]));
}

function collapsed(active: ActiveNode, numbers: Genome, shown: Writer): Json {
  if (active.plan.kind !== 'picks' || active.plan.k === 1) return shown(active, numbers[active.start] ?? 0);
  return active.pickStarts.map((place) => shown(active, numbers[place] ?? 0));
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
