import type { Json } from '../../foundation/json/index.js';

/** Operators on numbers. */
export const arithmeticOperators = [
  '+',
  '-',
  '*',
  '/',
  '%',
  'min',
  'max',
  'abs',
  'floor',
  'ceil',
  'round',
] as const;
/** Operators that compare. */
export const comparisonOperators = ['==', '!=', '<', '<=', '>', '>='] as const;
/** Operators on truth values; `and`, `or` and `implies` look no further than they must. */
export const logicOperators = ['and', 'or', 'not', 'implies'] as const;
/** Operators on lists and on places of the scope, and `fn`, which calls a function by name. */
export const scopeOperators = ['path', 'has', 'in', 'len', 'sum', 'count', 'if', 'list', 'fn'] as const;
/** Values that only some expressions have: the step of a schedule; the matched value and parameters of a rule. */
export const contextOperators = ['step', 'old', 'param'] as const;

export type ContextOperator = (typeof contextOperators)[number];

export type Operator =
  | (typeof arithmeticOperators)[number]
  | (typeof comparisonOperators)[number]
  | (typeof logicOperators)[number]
  | (typeof scopeOperators)[number]
  | ContextOperator;

/**
 * A small expression as data: a scalar stands for itself, an array is an operator with its arguments.
 * `["path", "a.b[0]"]` reads a place of the scope; `["list", …]` makes a list; `["fn", name, …]` calls a function of
 * `defineFunction`. Numbers are doubles.
 */
export type Expression = null | boolean | number | string | readonly [Operator, ...Expression[]];

/** Least and greatest number of arguments of each operator. */
export const argumentCounts: Readonly<Record<Operator, readonly [number, number]>> = {
  '+': [1, Infinity],
  '-': [1, Infinity],
  '*': [1, Infinity],
  '/': [2, 2],
  '%': [2, 2],
  min: [1, Infinity],
  max: [1, Infinity],
  abs: [1, 1],
  floor: [1, 1],
  ceil: [1, 1],
  round: [1, 1],
  '==': [2, 2],
  '!=': [2, 2],
  '<': [2, 2],
  '<=': [2, 2],
  '>': [2, 2],
  '>=': [2, 2],
  and: [0, Infinity],
  or: [0, Infinity],
  not: [1, 1],
  implies: [2, 2],
  path: [1, 1],
  has: [1, 1],
  in: [2, 2],
  len: [1, 1],
  sum: [1, 1],
  count: [2, 2],
  if: [3, 3],
  list: [0, Infinity],
  fn: [1, Infinity],
  step: [0, 0],
  old: [0, 0],
  param: [1, 1],
};

/** Whether only some expressions may use an operator, because its value comes from a context. */
export function isContextOperator(operator: Operator): operator is ContextOperator {
  return operator === 'step' || operator === 'old' || operator === 'param';
}

/** Whether a text names an operator. */
export function isOperator(text: unknown): text is Operator {
  return typeof text === 'string' && Object.hasOwn(argumentCounts, text);
}

/** The keys and indices of a path such as `a.b[0]` or `a["x.y"]`; null where it is malformed. */
export function pathSteps(path: string): readonly (string | number)[] | null {
  const step = /(?:^|\.)([^.[\]"]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;
  const steps: (string | number)[] = [];
  while (step.lastIndex < path.length) {
    const found = step.exec(path);
    if (found === null) return null;
    const [, key, index, quoted] = found;
    if (key !== undefined) {
      steps.push(key);
    } else if (index !== undefined) {
      steps.push(Number(index));
    } else {
      const parsed = parseQuoted(quoted ?? '');
      if (parsed === null) return null;
      steps.push(parsed);
    }
  }
  return steps;
}

function parseQuoted(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

/** The value at a path; undefined where there is none. */
export function valueAt(scope: Json, steps: readonly (string | number)[]): Json | undefined {
  let value: Json | undefined = scope;
  for (const step of steps) {
    if (value === undefined || value === null || typeof value !== 'object') return undefined;
    if (isList(value)) {
      value = typeof step === 'number' ? value[step] : undefined;
    } else {
      value = Object.hasOwn(value, String(step)) ? value[String(step)] : undefined;
    }
  }
  return value;
}

/** A type guard that `Array.isArray` is not for read-only arrays. */
export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
