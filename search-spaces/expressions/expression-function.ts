import type { Json } from '../../foundation/json/index.js';
import { dcos, dexp, dlog, dpow } from '../../foundation/numbers/index.js';
import { show, SpaceError } from '../ground/space-error.js';

/** What a function of expressions returns; expressions cannot calculate with `any`. */
export type FunctionResult = 'number' | 'boolean' | 'string' | 'any';

/** A pure function that expressions call by name: `["fn", name, …]`. It is code and never part of stored data. */
export interface ExpressionFunction {
  /** Least and greatest number of arguments. */
  readonly takes: readonly [number, number];
  readonly returns: FunctionResult;
  /** Must depend on its arguments alone and give the same bits on every machine. */
  readonly call: (given: readonly Json[]) => Json;
}

function ofNumbers(
  name: string,
  count: number,
  call: (given: readonly number[]) => number,
): ExpressionFunction {
  return {
    takes: [count, count],
    returns: 'number',
    call(given) {
      const numbers = given.map((value) =>
        typeof value === 'number' ? value : refuse(`${name} needs numbers, not ${show(value)}.`),
      );
      return call(numbers);
    },
  };
}

function refuse(detail: string): never {
  throw new SpaceError({ code: 'bad_expr', id: null, pos: null, detail });
}

const functions = new Map<string, ExpressionFunction>([
  ['cos', ofNumbers('cos', 1, ([x = 0]) => dcos(x))],
  ['exp', ofNumbers('exp', 1, ([x = 0]) => dexp(x))],
  ['log', ofNumbers('log', 1, ([x = 0]) => dlog(x))],
  ['pow', ofNumbers('pow', 2, ([x = 0, y = 0]) => dpow(x, y))],
  ['clamp', ofNumbers('clamp', 3, ([x = 0, low = 0, high = 0]) => Math.min(Math.max(x, low), high))],
]);

/**
 * Makes a function known to expressions under a name, in every process that reads them: call it where the module is
 * loaded. `cos`, `exp`, `log`, `pow` and `clamp` are there from the start. Throws `SpaceError` for a name that is taken.
 */
export function defineFunction(name: string, definition: ExpressionFunction): void {
  if (functions.has(name)) refuse(`the function ${show(name)} is defined already.`);
  functions.set(name, definition);
}

/** The function of a name; undefined where there is none. */
export function expressionFunction(name: string): ExpressionFunction | undefined {
  return functions.get(name);
}
