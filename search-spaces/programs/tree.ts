import { isPlainObject, type Json } from '../../foundation/json/index.js';
import { elementId, memberId } from '../language/decision-id.js';
import { isList, pathSteps } from '../expressions/expression.js';
import { parseSpace } from '../language/parse-space.js';
import { show, SpaceError } from '../ground/space-error.js';
import type { Space } from '../language/space.js';

/** A program: a JSON tree, concrete or a space. */
export type Program = Json | Space;

/** An object in a tree. */
export type Branch = { readonly [key: string]: Json };

/** A program as the JSON that it is; every function that returns one has checked it. */
export function treeOf(program: Program): Json {
  return program as Json;
}

/** The program of a rewritten tree. Throws `SpaceError` where the rewrite left no valid program. */
export function checkedProgram(tree: Json): Space {
  parseSpace(tree);
  return tree;
}

/** Whether a tree is an object, and not an array. */
export function isBranch(tree: Json | undefined): tree is Branch {
  return isPlainObject(tree);
}

/** Whether a tree is data in quotes, which no rewrite looks into. */
export function isQuote(tree: Json): boolean {
  return isBranch(tree) && tree['$kind'] === 'const';
}

/** The direct parts of a tree with their keys and paths. */
export function partsOf(tree: Json, path: string): readonly (readonly [string | number, Json, string])[] {
  if (tree === null || typeof tree !== 'object' || isQuote(tree)) return [];
  if (isList(tree)) return tree.map((item, i) => [i, item, elementId(path, i)]);
  return Object.entries(tree).map(([key, member]) => [key, member, memberId(path, key)]);
}

/** The keys and indices of a path; throws `SpaceError` `bad_path`. */
export function stepsOf(path: string): readonly (string | number)[] {
  const steps = pathSteps(path);
  if (steps === null) refusePath(path, `${show(path)} is no path such as "a.b[0]".`);
  return steps;
}

/** Throws `SpaceError` `bad_path`. */
export function refusePath(path: string, detail: string): never {
  throw new SpaceError({ code: 'bad_path', id: path, pos: null, detail });
}
