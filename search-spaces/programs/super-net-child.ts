import type { Json } from '../../foundation/json/index.js';
import { compile } from '../genomes/compile.js';
import { decode } from '../genomes/decode.js';
import { isList } from '../expressions/expression.js';
import { elementId } from '../language/decision-id.js';
import type { Genome } from '../views/genome.js';
import { toDict } from '../genomes/genome-dictionary.js';
import type { SpaceErrorCode } from '../ground/space-error.js';
import { SpaceError, valueOrThrow } from '../ground/space-error.js';
import type { Space } from '../language/space.js';
import { validate } from '../genomes/validate.js';
import { isSuperNetCall } from './super-net-calls.js';
import type { Setting } from './super-net-functions.js';
import type { SuperNet } from './super-net.js';
import type { Branch } from './tree.js';
import { isBranch, isQuote } from './tree.js';

/** What the decisions of a supernet are set to, by id: indices of candidates, numbers, and lengths of lists. */
export type Mask = { readonly [id: string]: number };

/** The setting of the controls for one point: what every active decision is, by id. Throws for an invalid genome. */
export function maskOf({ space }: Pick<SuperNet, 'space'>, genome: Genome): Mask {
  const numbers = toDict(space, valueOrThrow(validate(space, genome)));
  // Without literals or labels a dictionary of active points holds numbers only.
  return numbers as Mask;
}

/**
 * What a supernet needs to run as one point: its mask, every active derived value, and what is inside the candidates of
 * sums of picks, by the ids that the program has. Throws `SpaceError` for an invalid genome.
 */
export function settingOf(net: Pick<SuperNet, 'program' | 'space'>, genome: Genome): Setting {
  const mask: { [id: string]: number } = { ...maskOf(net, genome) };
  addPicked(net.program as Json, mask);
  const derivedValues: { [id: string]: Json } = {};
  if (compile(net.space).traits.derives) {
    const value: Json = decode(net.space, genome);
    collectDerived(net.program as Json, value, mask, derivedValues);
  }
  return { ...mask, ...derivedValues };
}

/**
 * The child program of one point, cut out of the supernet, keys of parameters included: what
 * `decode(part(space, where), genome)` gives apart from the keys. Throws `SpaceError` for an invalid genome.
 */
export function childOf(net: SuperNet, genome: Genome): Space {
  // A cut keeps whole parts of the program.
  return cut(net.program as Json, settingOf(net, genome), compile(net.space).traits.freezes);
}

/** `quotes`: the child is still a space. */
function cut(tree: Json, setting: Setting, quotes: boolean): Json {
  if (tree === null || typeof tree !== 'object' || isQuote(tree)) return tree;
  if (isList(tree)) return tree.map((item) => cut(item, setting, quotes));
  if (!isBranch(tree)) return tree;
  const call = tree['$call'];
  if (!isSuperNetCall(call)) {
    return Object.fromEntries(
      Object.entries(tree).map(([key, member]) => [key, cut(member, setting, quotes)]),
    );
  }
  switch (call) {
    case 'switch':
    case 'mix':
      return cut(branchOf(tree, setting), setting, quotes);
    case 'picked':
      return pickedOf(tree, setting).map((branch) => cut(branch, setting, quotes));
    case 'control':
      return setAt(tree, setting);
    case 'masked':
      return elementsOf(tree, setting).map((element) => cut(element, setting, quotes));
    case 'derived': {
      const value = setAt(tree, setting);
      return quotes && typeof value === 'object' && value !== null ? { $kind: 'const', value } : value;
    }
    default:
      return call satisfies never;
  }
}

/** Adds what is decided inside picked candidates under the ids of all picks: each candidate is picked once. */
function addPicked(tree: Json, mask: { [id: string]: number }): void {
  if (tree === null || typeof tree !== 'object' || isQuote(tree)) return;
  if (isList(tree)) {
    for (const item of tree) addPicked(item, mask);
    return;
  }
  if (!isBranch(tree)) return;
  const ids = tree['$call'] === 'picked' ? listIn(tree, 'ids') : [];
  // The candidates of a single pick have ids without its number.
  for (const pick of ids.length === 1 ? [] : ids) {
    const every = elementId(idIn(tree), '*');
    for (const [id, outcome] of Object.entries(mask)) {
      if (typeof pick === 'string' && id.startsWith(`${pick}[=`))
        mask[every + id.slice(pick.length)] = outcome;
    }
  }
  for (const member of Object.values(tree)) addPicked(member, mask);
}

/** Walks the program and the value of one point side by side: a derived value stands where its call does. */
function collectDerived(tree: Json, value: Json, mask: Mask, found: { [id: string]: Json }): void {
  if (tree === null || typeof tree !== 'object' || isQuote(tree)) return;
  if (isList(tree)) {
    const values = isList(value) ? value : [];
    tree.forEach((item, i) => collectDerived(item, values[i] ?? null, mask, found));
    return;
  }
  if (!isBranch(tree)) return;
  const call = tree['$call'];
  if (!isSuperNetCall(call)) {
    const members = isBranch(value) ? value : {};
    for (const [key, member] of Object.entries(tree))
      collectDerived(member, members[key] ?? null, mask, found);
    return;
  }
  switch (call) {
    case 'switch':
    case 'mix':
      collectDerived(branchOf(tree, mask), value, mask, found);
      return;
    case 'picked':
      collectDerived(pickedOf(tree, mask), value, mask, found);
      return;
    case 'control':
      return;
    case 'masked':
      collectDerived(elementsOf(tree, mask), value, mask, found);
      return;
    case 'derived':
      found[idIn(tree)] = isBranch(value) && isQuote(value) ? (value['value'] ?? null) : value;
      return;
    default:
      call satisfies never;
  }
}

function branchOf(call: Branch, setting: Setting): Json {
  return listIn(call, 'branches')[indexAt(call, setting)] ?? null;
}

function pickedOf(call: Branch, setting: Setting): readonly Json[] {
  const branches = listIn(call, 'branches');
  return listIn(call, 'ids').map((id) => branches[indexAt({ ...call, id }, setting)] ?? null);
}

function elementsOf(call: Branch, setting: Setting): readonly Json[] {
  return listIn(call, 'elements').slice(0, indexAt(call, setting));
}

function indexAt(call: Branch, setting: Setting): number {
  const set = setAt(call, setting);
  return typeof set === 'number' ? set : refuse('shape_mismatch', idIn(call), 'a number is needed here.');
}

function setAt(call: Branch, setting: Setting): Json {
  const id = idIn(call);
  const set = Object.hasOwn(setting, id) ? setting[id] : undefined;
  if (set !== undefined) return set;
  return refuse('missing_decision', id, 'the genome does not decide what the program asks for.');
}

function idIn({ id }: Branch): string {
  return typeof id === 'string' ? id : refuse('shape_mismatch', null, 'a call of the supernet has no id.');
}

function listIn(call: Branch, name: string): readonly Json[] {
  const list = call[name];
  if (list !== undefined && isList(list)) return list;
  return refuse('shape_mismatch', idIn(call), `the call of the supernet has no ${name}.`);
}

function refuse(code: SpaceErrorCode, id: string | null, detail: string): never {
  throw new SpaceError({ code, id, pos: null, detail });
}
