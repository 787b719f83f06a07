import { isPlainJson, isPlainObject } from '../../../foundation/json/index.js';
import { parseExpression } from '../../../search-spaces/expressions/index.js';
import { placeSelector, type Where } from '../../../search-spaces/views/index.js';
import { SpaceError } from '../../../search-spaces/ground/index.js';
import { AlgorithmError } from '../../contract/algorithm-error.js';

/**
 * Throws `AlgorithmError`, which names the place, unless a field's value of unknown origin is right; `inside` checks an
 * operation within the value.
 */
export type FieldCheck = (
  value: unknown,
  place: string,
  inside: (value: unknown, place: string) => void,
) => void;

/** The check of a field that may be absent. */
export interface OptionalCheck {
  readonly optional: FieldCheck;
}

/** A check for each field, by what the type says of its absence. */
export type FieldChecks<Fields> = {
  readonly [Field in keyof Fields]-?: object extends Pick<Fields, Field> ? OptionalCheck : FieldCheck;
};

export function refuse(place: string, what: string): never {
  throw new AlgorithmError(`${place} ${what}`);
}

export const optional = (check: FieldCheck): OptionalCheck => ({ optional: check });

export const operation: FieldCheck = (value, place, inside) => {
  inside(value, place);
};

export const operations: FieldCheck = (value, place, inside) => {
  if (!Array.isArray(value) || value.length === 0) refuse(place, 'must be a list of at least one operation');
  value.forEach((one: unknown, i: number) => inside(one, `${place}[${i}]`));
};

export const choices: FieldCheck = (value, place, inside) => {
  if (!Array.isArray(value)) refuse(place, 'must be a list of operations with probabilities');
  value.forEach((one: unknown, i: number) => {
    const at = `${place}[${i}]`;
    if (!isPlainObject(one)) return refuse(at, 'must be an operation with a probability');
    inside(one['operation'], `${at}.operation`);
    quantity(one['probability'], `${at}.probability`, inside);
  });
};

export const expression: FieldCheck = (value, place) => {
  try {
    parseExpression(value, ['step']);
  } catch (error) {
    if (error instanceof SpaceError) refuse(place, `is no expression: ${error.message}`);
    throw error;
  }
};

export const quantity: FieldCheck = (value, place, inside) => {
  if (!isPlainObject(value)) {
    if (typeof value === 'number' && value < 0) refuse(place, 'must not be negative');
    return expression(value, place, inside);
  }
  const bounds = value['random'];
  if (Object.keys(value).length !== 1 || !Array.isArray(bounds) || bounds.length !== 2) {
    refuse(place, 'must be a number, an expression or {random: [low, high]}');
  }
  bounds.forEach((bound: unknown, i: number) => expression(bound, `${place}.random[${i}]`, inside));
};

export const rankingKey: FieldCheck = (value, place, inside) => {
  if (value !== 'score' && value !== 'generation' && value !== 'id') expression(value, place, inside);
};

export const integer =
  (minimum: number): FieldCheck =>
  (value, place) => {
    if (!Number.isSafeInteger(value) || Number(value) < minimum)
      refuse(place, 'must be a whole number in range');
  };

export const number: FieldCheck = (value, place) => {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    refuse(place, 'must be a number of at least 0');
  }
};

export const truth: FieldCheck = (value, place) => {
  if (typeof value !== 'boolean') refuse(place, 'must be true or false');
};

export const stateKey: FieldCheck = (value, place) => {
  if (typeof value !== 'string' || !/^[A-Za-z][A-Za-z0-9]{0,31}$/.test(value) || value === 'len') {
    refuse(place, 'must be 1 to 32 letters and digits that start with a letter, and not len');
  }
};

export const oneOf =
  (...values: readonly string[]): FieldCheck =>
  (value, place) => {
    if (typeof value !== 'string' || !values.includes(value))
      refuse(place, `must be one of ${values.join(', ')}`);
  };

export const stride: FieldCheck = (value, place) => {
  if (!Number.isSafeInteger(value) || value === 0) refuse(place, 'must be a whole number other than 0');
};

export const where: FieldCheck = (value, place) => {
  if (!isPlainJson(value) || !isPlainObject(value)) return refuse(place, 'must be a selection of decisions');
  if (isRandomised(value)) return;
  try {
    // The selector reads every part of the selection and throws for what it does not know.
    placeSelector(value as unknown as Where);
  } catch (error) {
    if (error instanceof SpaceError || error instanceof TypeError)
      refuse(place, 'must be a selection of decisions');
    throw error;
  }
};

/** The mutation or crossover checks a selection that holds `any` when it draws from it. */
function isRandomised(selection: unknown): boolean {
  return JSON.stringify(selection).includes('"any"');
}

export const crossover: FieldCheck = (value, place, inside) => {
  if (!isPlainObject(value)) return refuse(place, 'must be a crossover operator');
  oneOf(...crossoverOperators)(value['operator'], `${place}.operator`, inside);
  if (value['where'] !== undefined) where(value['where'], `${place}.where`, inside);
  if (value['operator'] === 'kPoint') integer(1)(value['k'], `${place}.k`, inside);
  if (value['operator'] === 'segmented') numbers(value['cuts'], `${place}.cuts`, inside);
  if (value['operator'] === 'sample' || value['operator'] === 'weightedAverage') {
    numbers(value['weights'], `${place}.weights`, inside);
  }
};

const crossoverOperators = [
  'uniform',
  'sample',
  'average',
  'weightedAverage',
  'kPoint',
  'segmented',
  'pmx',
  'order',
  'cycle',
];

const numbers: FieldCheck = (value, place, inside) => {
  if (!Array.isArray(value)) refuse(place, 'must be a list of numbers');
  value.forEach((one: unknown, i: number) => number(one, `${place}[${i}]`, inside));
};

export const json: FieldCheck = (value, place) => {
  if (!isPlainJson(value)) refuse(place, 'must be plain JSON');
};
