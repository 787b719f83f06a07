import type { Json } from '../../foundation/json/index.js';
import type { Expression } from './expression.js';
import { isList, pathSteps, valueAt } from './expression.js';
import { expressionFunction } from './expression-function.js';
import { deepEqual } from '../ground/json-equality.js';
import { show, SpaceError } from '../ground/space-error.js';

/** The values of the context operators `step`, `old` and `param`, where an expression may use them. */
export interface ExpressionContext {
  readonly step?: number;
  readonly old?: Json;
  readonly params?: { readonly [name: string]: Json };
}

/** A context with a function that finds the value at a path; undefined = nothing is there. */
export interface LookUpContext extends ExpressionContext {
  readonly lookUp: (steps: readonly (string | number)[]) => Json | undefined;
}

/**
 * The value of an expression in a scope. Throws `SpaceError` `unresolved_reference` for a path that is missing and
 * `bad_expr` for an argument of the wrong type or a number that is not finite; the id is the place as in
 * `parseExpression`.
 */
export function evaluateExpression(
  expression: Expression,
  scope: Json,
  context: ExpressionContext = {},
): Json {
  return evaluateIn(expression, { ...context, lookUp: (steps) => valueAt(scope, steps) });
}

/** The same where paths are not read from one value. */
export function evaluateIn(expression: Expression, context: LookUpContext): Json {
  return evaluate(expression, context, '');
}

function refuse(code: 'bad_expr' | 'unresolved_reference', place: string, detail: string): never {
  throw new SpaceError({ code, id: place, pos: null, detail });
}

function evaluate(expression: Expression, scope: LookUpContext, place: string): Json {
  if (expression === null || typeof expression !== 'object') return expression;
  const [operator, ...given] = expression;
  const at = (i: number): string => `${place}[${i + 1}]`;
  const value = (i: number): Json => evaluate(given[i] ?? null, scope, at(i));
  const number = (i: number): number => {
    const result = value(i);
    return typeof result === 'number'
      ? result
      : refuse('bad_expr', at(i), `a number is needed, not ${show(result)}.`);
  };
  const truth = (i: number): boolean => {
    const result = value(i);
    if (typeof result !== 'boolean')
      refuse('bad_expr', at(i), `true or false is needed, not ${show(result)}.`);
    return result;
  };
  const list = (i: number): readonly Json[] => {
    const result = value(i);
    return isList(result) ? result : refuse('bad_expr', at(i), `a list is needed, not ${show(result)}.`);
  };
  const finite = (result: number): number => {
    if (!Number.isFinite(result)) refuse('bad_expr', place, `${show(operator)} gave ${result}.`);
    return result === 0 ? 0 : result;
  };
  const fold = (join: (sum: number, next: number) => number): number => {
    let result = number(0);
    for (let i = 1; i < given.length; i++) result = join(result, number(i));
    return finite(result);
  };
  switch (operator) {
    case 'path':
      return lookUp(given[0], scope, place);
    case 'has':
      return scope.lookUp(stepsOf(given[0], place)) !== undefined;
    case 'if':
      return truth(0) ? value(1) : value(2);
    case 'list':
      return given.map((_, i) => value(i));
    case '+':
      return fold((a, b) => a + b);
    case '-':
      return given.length === 1 ? finite(-number(0)) : fold((a, b) => a - b);
    case '*':
      return fold((a, b) => a * b);
    case '/':
      return finite(number(0) / number(1));
    case '%':
      return finite(number(0) % number(1));
    case 'min':
      return fold(Math.min);
    case 'max':
      return fold(Math.max);
    case 'abs':
      return Math.abs(number(0));
    case 'floor':
      return finite(Math.floor(number(0)));
    case 'ceil':
      return finite(Math.ceil(number(0)));
    case 'round':
      return finite(Math.round(number(0)));
    case '==':
      return deepEqual(value(0), value(1));
    case '!=':
      return !deepEqual(value(0), value(1));
    case '<':
      return order(value(0), value(1), place) < 0;
    case '<=':
      return order(value(0), value(1), place) <= 0;
    case '>':
      return order(value(0), value(1), place) > 0;
    case '>=':
      return order(value(0), value(1), place) >= 0;
    case 'and':
      return given.every((_, i) => truth(i));
    case 'or':
      return given.some((_, i) => truth(i));
    case 'not':
      return !truth(0);
    case 'implies':
      return !truth(0) || truth(1);
    case 'in': {
      const wanted = value(0);
      return list(1).some((item) => deepEqual(item, wanted));
    }
    case 'len': {
      const result = value(0);
      return typeof result === 'string' ? result.length : list(0).length;
    }
    case 'sum':
      return finite(list(0).reduce<number>((sum, item, i) => sum + numberOf(item, `${at(0)}[${i}]`), 0));
    case 'count': {
      const wanted = value(1);
      return list(0).filter((item) => deepEqual(item, wanted)).length;
    }
    case 'fn': {
      const name = given[0];
      const found = typeof name === 'string' ? expressionFunction(name) : undefined;
      if (found === undefined) return refuse('bad_expr', at(0), `no function ${show(name)} is defined.`);
      const result = found.call(given.slice(1).map((_, i) => value(i + 1)));
      return typeof result === 'number' ? finite(result) : result;
    }
    case 'step':
      return scope.step ?? refuse('bad_expr', place, 'there is no step here.');
    case 'old':
      return scope.old === undefined ? refuse('bad_expr', place, 'no value is replaced here.') : scope.old;
    case 'param': {
      const name = String(given[0]);
      const found =
        scope.params !== undefined && Object.hasOwn(scope.params, name) ? scope.params[name] : undefined;
      return found === undefined ? refuse('bad_expr', place, `there is no parameter ${show(name)}.`) : found;
    }
    default:
      return operator satisfies never;
  }
}

function numberOf(value: Json, place: string): number {
  return typeof value === 'number'
    ? value
    : refuse('bad_expr', place, `a number is needed, not ${show(value)}.`);
}

function stepsOf(path: Expression | undefined, place: string): readonly (string | number)[] {
  const steps = typeof path === 'string' ? pathSteps(path) : null;
  return steps ?? refuse('bad_expr', place, `${show(path)} is no path such as "a.b[0]".`);
}

function lookUp(path: Expression | undefined, scope: LookUpContext, place: string): Json {
  const found = scope.lookUp(stepsOf(path, place));
  return found === undefined
    ? refuse('unresolved_reference', place, `nothing is at the path ${show(path)}.`)
    : found;
}

/** Numbers by size, strings by code units. */
function order(a: Json, b: Json, place: string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return refuse('bad_expr', place, `${show(a)} and ${show(b)} have no order.`);
}
