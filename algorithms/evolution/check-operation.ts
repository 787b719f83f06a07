import { isPlainObject } from '../../foundation/json/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { Operation } from './operation.js';
import { refuse, type FieldCheck, type OptionalCheck } from './operations/field-checks.js';
import { isOperationName, operationKinds } from './operations/operation-table.js';

/** Deepest nesting of operations. */
const maximumDepth = 32;

/** Throws `AlgorithmError`, which names the place, unless a value of unknown origin is an operation. */
export function checkOperation(value: unknown, place: string): Operation {
  if (isOperation(value, place, 0)) return value;
  throw new AlgorithmError(`${place} is no operation`);
}

/** Never false: it refuses any value that is no operation, with the reason. */
function isOperation(value: unknown, place: string, depth: number): value is Operation {
  if (depth > maximumDepth) refuse(place, `is nested deeper than ${maximumDepth} operations`);
  if (!isPlainObject(value)) return refuse(place, 'must be an operation such as top(1)');
  const { op, ...fields } = value;
  if (!isOperationName(op)) {
    return refuse(place, `has the operation ${JSON.stringify(op) ?? 'undefined'}, which there is not`);
  }
  const checks: Readonly<Record<string, FieldCheck | OptionalCheck>> = operationKinds[op].check;
  for (const key of Object.keys(fields)) {
    if (!Object.hasOwn(checks, key)) refuse(place, `${op} has no field '${key}'`);
  }
  const inside = (one: unknown, at: string): void => {
    isOperation(one, at, depth + 1);
  };
  for (const [key, check] of Object.entries(checks)) {
    const field = fields[key];
    if (typeof check === 'function') {
      if (field === undefined) refuse(place, `${op} needs the field '${key}'`);
      check(field, `${place}.${key}`, inside);
    } else if (field !== undefined) {
      check.optional(field, `${place}.${key}`, inside);
    }
  }
  return true;
}
