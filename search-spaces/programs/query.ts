import type { Json } from '../../foundation/json/index.js';
import { isList } from '../expressions/expression.js';
import { deepEqual } from '../ground/json-equality.js';
import type { Match } from './match.js';
import { matcher } from './match.js';
import type { Program } from './tree.js';
import { isBranch, partsOf, treeOf } from './tree.js';
import { walk } from './visit.js';

/** The paths of all places that match. */
export function paths(program: Program, match: Match): readonly string[] {
  const matches = matcher(match);
  const found: string[] = [];
  for (const visit of walk(program)) if (matches(visit)) found.push(visit.path);
  return found;
}

/** Whether some place of a program equals a value. */
export function contains(program: Program, value: Program): boolean {
  for (const visit of walk(program)) if (deepEqual(visit.value, value)) return true;
  return false;
}

/** Whether two programs are equal, by JSON type; the order of keys does not count. */
export function equals(a: Program, b: Program): boolean {
  return deepEqual(a, b);
}

/** A place in which two programs differ; a side without the place has no value. */
export interface Difference {
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
}

/** The outermost places in which two programs differ, in the order of the first. */
export function diff(a: Program, b: Program): readonly Difference[] {
  const found: Difference[] = [];
  compareTrees(treeOf(a), treeOf(b), '', found);
  return found;
}

function compareTrees(a: Json, b: Json, path: string, found: Difference[]): void {
  if (deepEqual(a, b)) return;
  const isSameShape = (isBranch(a) && isBranch(b)) || (isArray(a) && isArray(b));
  if (!isSameShape) {
    found.push({ path, before: a, after: b });
    return;
  }
  const after = new Map(partsOf(b, path).map(([key, value, own]) => [key, { value, own }]));
  for (const [key, value, own] of partsOf(a, path)) {
    const other = after.get(key);
    if (other === undefined) found.push({ path: own, before: value });
    else compareTrees(value, other.value, own, found);
    after.delete(key);
  }
  for (const { value, own } of after.values()) found.push({ path: own, after: value });
}

function isArray(tree: Json): tree is readonly Json[] {
  return tree !== null && typeof tree === 'object' && isList(tree);
}
