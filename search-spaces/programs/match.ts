import { isPlainObject, type Json } from '../../foundation/json/index.js';
import { idSegments } from '../language/decision-id.js';
import { isList } from '../expressions/expression.js';
import { deepEqual } from '../ground/json-equality.js';
import { show, SpaceError } from '../ground/space-error.js';
import { matchesGlob } from '../views/where.js';
import type { Visit } from './visit.js';
import { isBranch } from './tree.js';

/** The type of a JSON value; `int` and `float` are numbers that are whole or not. */
export type TreeType = 'int' | 'float' | 'number' | 'string' | 'boolean' | 'null' | 'object' | 'array';

/**
 * Which places of a program a rule is about, as data. Regular expressions have to match from the start, not to the end.
 * `member` is an argument of a call; `node` is a kind of node.
 */
export type Match =
  | { readonly key: string }
  | { readonly keyRegex: string }
  | { readonly path: string }
  | { readonly pathRegex: string }
  | { readonly value: Json }
  | { readonly type: TreeType }
  | { readonly call: string }
  | { readonly member: readonly [call: string, key: string] }
  | { readonly node: string }
  | { readonly not: Match }
  | { readonly and: readonly Match[] }
  | { readonly or: readonly Match[] };

function refuse(detail: string): never {
  throw new SpaceError({ code: 'bad_rule', id: null, pos: null, detail });
}

/** Makes the test of a match. Throws `SpaceError` `bad_rule` for what is no match. */
export function matcher(match: Match): (visit: Visit) => boolean {
  if (!isPlainObject(match) || Object.keys(match).length !== 1) {
    refuse(`a match is an object with one key, not ${show(match)}.`);
  }
  if ('key' in match) return ({ key }) => key === match.key;
  if ('keyRegex' in match) {
    const pattern = fromStart(match.keyRegex);
    return ({ key }) => typeof key === 'string' && pattern.test(key);
  }
  if ('path' in match) {
    const glob = idSegments(match.path);
    return ({ path }) => matchesGlob(glob, idSegments(path));
  }
  if ('pathRegex' in match) {
    const pattern = fromStart(match.pathRegex);
    return ({ path }) => pattern.test(path);
  }
  if ('value' in match) return ({ value }) => deepEqual(value, match.value);
  if ('type' in match) return ({ value }) => isOfType(value, match.type);
  if ('call' in match) return ({ value }) => isBranch(value) && value['$call'] === match.call;
  if ('member' in match) {
    const [call, name] = match.member;
    return ({ key, parent }) => key === name && isBranch(parent ?? undefined) && callOf(parent) === call;
  }
  if ('node' in match) return ({ value }) => isBranch(value) && value['$kind'] === match.node;
  if ('not' in match) {
    const inner = matcher(match.not);
    return (visit) => !inner(visit);
  }
  if ('and' in match) {
    const all = match.and.map(matcher);
    return (visit) => all.every((one) => one(visit));
  }
  if ('or' in match) {
    const any = match.or.map(matcher);
    return (visit) => any.some((one) => one(visit));
  }
  return refuse(`there is no match by ${show(Object.keys(match)[0])}.`);
}

function callOf(tree: Json): Json | undefined {
  return isBranch(tree) ? tree['$call'] : undefined;
}

function fromStart(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})`);
  } catch {
    return refuse(`${show(pattern)} is no regular expression.`);
  }
}

function isOfType(value: Json, type: TreeType): boolean {
  switch (type) {
    case 'int':
      return Number.isInteger(value);
    case 'float':
      return typeof value === 'number' && !Number.isInteger(value);
    case 'number':
    case 'string':
    case 'boolean':
      return typeof value === type;
    case 'null':
      return value === null;
    case 'object':
      return isBranch(value);
    case 'array':
      return value !== null && typeof value === 'object' && isList(value);
    default:
      return refuse(`there is no type ${show(type satisfies never)}.`);
  }
}
