import type { Json } from '../../foundation/json/index.js';
import { elementId, memberId } from '../language/decision-id.js';
import { isList } from '../expressions/expression.js';
import { SpaceError } from '../ground/space-error.js';
import type { Space } from '../language/space.js';
import type { Branch, Program } from './tree.js';
import { checkedProgram, isBranch, refusePath, stepsOf, treeOf } from './tree.js';

/** New values by path. */
export type Edits = { readonly [path: string]: Program };

/**
 * The program with other values at some paths; the path one past the end of an array appends, a new key is added. All
 * paths speak of the program before the call. Throws `SpaceError` `bad_path`, `overlapping_paths`, or what makes the
 * result no program.
 */
export function set(program: Program, edits: Edits): Space {
  return edited(
    program,
    Object.entries(edits).map(([path, value]) => [path, { kind: 'set', value: treeOf(value) }]),
  );
}

/** The program without the members or elements at some paths. */
export function remove(program: Program, paths: readonly string[]): Space {
  return edited(
    program,
    paths.map((path) => [path, { kind: 'remove' }]),
  );
}

/** The program with values inserted before some array elements; the path one past the end appends. */
export function insert(program: Program, edits: Edits): Space {
  return edited(
    program,
    Object.entries(edits).map(([path, value]) => [path, { kind: 'insert', value: treeOf(value) }]),
  );
}

type Edit =
  | { readonly kind: 'set'; readonly value: Json }
  | { readonly kind: 'insert'; readonly value: Json }
  | { readonly kind: 'remove' };

/** The edits at and below a place. */
interface EditPlace {
  edit: Edit | null;
  readonly below: Map<string | number, EditPlace>;
}

function edited(program: Program, edits: readonly (readonly [string, Edit])[]): Space {
  const root: EditPlace = { edit: null, below: new Map() };
  for (const [path, edit] of edits) {
    let place = root;
    for (const step of stepsOf(path)) {
      if (place.edit !== null) refuseOverlap(path);
      const next = place.below.get(step) ?? { edit: null, below: new Map() };
      place.below.set(step, next);
      place = next;
    }
    if (place.edit !== null || place.below.size > 0) refuseOverlap(path);
    place.edit = edit;
  }
  const { edit } = root;
  if (edit !== null) {
    return edit.kind === 'set' ? checkedProgram(edit.value) : refusePath('', 'the root can only be set.');
  }
  return checkedProgram(applied(treeOf(program), root, ''));
}

function refuseOverlap(path: string): never {
  const detail = 'another path of the same call leads to this place or through it.';
  throw new SpaceError({ code: 'overlapping_paths', id: path, pos: null, detail });
}

function applied(tree: Json, { below }: EditPlace, path: string): Json {
  if (below.size === 0) return tree;
  if (isBranch(tree)) return appliedToObject(tree, below, path);
  if (tree !== null && typeof tree === 'object' && isList(tree)) return appliedToArray(tree, below, path);
  return refusePath(path, 'there is neither an object nor an array here.');
}

function appliedToObject(tree: Branch, below: EditPlace['below'], path: string): Json {
  const members = new Map(Object.entries(tree));
  for (const [step, place] of below) {
    const key = String(step);
    const own = memberId(path, key);
    const member = members.get(key);
    if (place.edit?.kind === 'insert') refusePath(own, 'only arrays take insertions.');
    if (place.edit?.kind === 'set') members.set(key, place.edit.value);
    else if (member === undefined) refusePath(own, 'there is nothing here.');
    else if (place.edit?.kind === 'remove') members.delete(key);
    else members.set(key, applied(member, place, own));
  }
  return Object.fromEntries(members);
}

function appliedToArray(tree: readonly Json[], below: EditPlace['below'], path: string): Json {
  for (const [step, { edit }] of below) {
    const isEnd = step === tree.length && edit !== null && edit.kind !== 'remove';
    if (typeof step !== 'number')
      refusePath(memberId(path, step), 'there is an array here, which has no keys.');
    if (step >= tree.length && !isEnd) refusePath(elementId(path, step), 'there is nothing here.');
  }
  const items: Json[] = [];
  tree.forEach((item, i) => {
    const place = below.get(i);
    const edit = place?.edit ?? null;
    if (place === undefined) items.push(item);
    else if (edit === null) items.push(applied(item, place, elementId(path, i)));
    else if (edit.kind === 'insert') items.push(edit.value, item);
    else if (edit.kind === 'set') items.push(edit.value);
  });
  const end = below.get(tree.length)?.edit ?? null;
  if (end !== null && end.kind !== 'remove') items.push(end.value);
  return items;
}
