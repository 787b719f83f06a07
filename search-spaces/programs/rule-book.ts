import { isPlainObject, type Json } from '../../foundation/json/index.js';
import { encode } from '../genomes/encode.js';
import type { ProgramCode } from '../ground/space-error.js';
import { show, SpaceError } from '../ground/space-error.js';
import type { Space } from '../language/space.js';
import type { Rule } from './rewrite.js';
import { rewrite } from './rewrite.js';
import type { Program } from './tree.js';
import { checkedProgram, treeOf } from './tree.js';

export type RuleParameters = { readonly [name: string]: Json };

/** A named rewrite with parameters. */
export interface RuleDefinition {
  readonly name: string;
  /** The space that each parameter is a point of. */
  readonly params: { readonly [name: string]: Space };
  readonly rules: (params: RuleParameters) => readonly Rule[];
  /** Says what is wrong with a program that the rule has been applied to; null when nothing is. */
  readonly check?: (program: Space) => string | null;
}

/** The use of a rule as data: by name and parameters, or as text such as `wider?factor=2`. */
export type RuleUse = string | { readonly rule: string; readonly params?: RuleParameters };

/** Describes a named rule; `ruleBook` makes it known. */
export function defineRule(
  name: string,
  params: { readonly [name: string]: Space },
  rules: (params: RuleParameters) => readonly Rule[],
  check?: (program: Space) => string | null,
): RuleDefinition {
  return { name, params, rules, ...(check === undefined ? {} : { check }) };
}

/** Rules by name. */
export type RuleBook = ReadonlyMap<string, RuleDefinition>;

/** Makes rules known by their names. Throws `SpaceError` `duplicate_rule`. */
export function ruleBook(definitions: readonly RuleDefinition[]): RuleBook {
  const book = new Map<string, RuleDefinition>();
  for (const definition of definitions) {
    if (book.has(definition.name)) refuse('duplicate_rule', `there are two rules ${show(definition.name)}.`);
    book.set(definition.name, definition);
  }
  return book;
}

/**
 * Applies named rules one after the other. The check of each rule runs again after every later one. Throws
 * `SpaceError` `unknown_rule`, `unknown_parameter`, `missing_parameter`, `bad_parameter`, `check_failed` or those of
 * `rewrite`.
 */
export function applyRules(program: Program, uses: readonly RuleUse[], book: RuleBook): Space {
  let result = checkedProgram(treeOf(program));
  const applied: RuleDefinition[] = [];
  for (const use of uses) {
    const { rule: name, params = {} } = typeof use === 'string' ? parseUse(use) : use;
    const rule = book.get(name);
    if (rule === undefined) {
      refuse('unknown_rule', `there is no rule ${show(name)}; there are ${[...book.keys()].join(', ')}.`);
    }
    checkParameters(rule, params);
    result = rewrite(result, rule.rules(params), { params });
    applied.push(rule);
    for (const earlier of applied) {
      const problem = earlier.check?.(result) ?? null;
      if (problem === null) continue;
      const by = earlier === rule ? '' : ` since ${show(name)} was applied`;
      refuse('check_failed', `${show(earlier.name)} does not hold${by}: ${problem}`);
    }
  }
  return result;
}

function refuse(code: ProgramCode, detail: string): never {
  throw new SpaceError({ code, id: null, pos: null, detail });
}

function checkParameters(rule: RuleDefinition, params: RuleParameters): void {
  for (const name of Object.keys(params)) {
    if (!Object.hasOwn(rule.params, name)) {
      refuse('unknown_parameter', `${show(rule.name)} has no parameter ${show(name)}.`);
    }
  }
  for (const [name, space] of Object.entries(rule.params)) {
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    if (value === undefined) refuse('missing_parameter', `${show(rule.name)} needs ${show(name)}.`);
    const encoded = encode(space, value);
    if (!encoded.ok) refuse('bad_parameter', `${show(name)} of ${show(rule.name)}: ${encoded.error.detail}`);
  }
}

/** Reads `name?key=value&…`; values are JSON, or text where they are none. */
function parseUse(text: string): { readonly rule: string; readonly params: RuleParameters } {
  const mark = text.indexOf('?');
  if (mark === -1) return { rule: text, params: {} };
  const params = new Map<string, Json>();
  for (const part of text.slice(mark + 1).split('&')) {
    const equal = part.indexOf('=');
    if (equal < 1) refuse('bad_parameter', `${show(part)} is not of the form key=value.`);
    const key = decoded(part.slice(0, equal));
    if (params.has(key)) refuse('bad_parameter', `${show(key)} is given twice.`);
    params.set(key, parsedValue(decoded(part.slice(equal + 1))));
  }
  return { rule: text.slice(0, mark), params: Object.fromEntries(params) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse('bad_parameter', `${show(text)} is not percent-encoded text.`);
  }
}

function parsedValue(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    const isCompound = isPlainObject(value) || Array.isArray(value);
    return isCompound ? treeOf(checkedProgram(value as Json)) : (value as Json);
  } catch (error) {
    if (error instanceof SpaceError) throw error;
    return text;
  }
}
