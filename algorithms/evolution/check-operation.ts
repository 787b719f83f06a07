import { isPlainJson, isPlainObject } from '../../foundation/json/index.js';
import { parseExpression, placeSelector, SpaceError, type Where } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { findOperator } from './custom-operator.js';
import type { Operation } from './operation.js';

/** Deepest nesting of operations. */
const maximumDepth = 32;

type Check = (value: unknown, place: string, depth: number) => void;

/** Throws `AlgorithmError`, which names the place, unless a value of unknown origin is an operation. */
export function checkOperation(value: unknown, place: string): Operation {
  if (isOperation(value, place, 0)) return value;
  throw new AlgorithmError(`${place} is no operation`);
}

/** Never false: what is no operation is refused with the reason. */
function isOperation(value: unknown, place: string, depth: number): value is Operation {
  if (depth > maximumDepth) refuse(place, `is nested deeper than ${maximumDepth} operations`);
  if (!isPlainObject(value)) return refuse(place, 'must be an operation such as top(1)');
  const { op, ...fields } = value;
  if (typeof op !== 'string' || !Object.hasOwn(fieldsOf, op)) {
    return refuse(place, `has the operation ${JSON.stringify(op) ?? 'undefined'}, which there is not`);
  }
  const { must = {}, may = {} } = fieldsOf[op] ?? {};
  for (const key of Object.keys(fields)) {
    if (!Object.hasOwn(must, key) && !Object.hasOwn(may, key)) refuse(place, `${op} has no field '${key}'`);
  }
  for (const [key, check] of Object.entries(must)) {
    if (fields[key] === undefined) refuse(place, `${op} needs the field '${key}'`);
    check(fields[key], `${place}.${key}`, depth + 1);
  }
  for (const [key, check] of Object.entries(may)) {
    if (fields[key] !== undefined) check(fields[key], `${place}.${key}`, depth + 1);
  }
  return true;
}

function refuse(place: string, what: string): never {
  throw new AlgorithmError(`${place} ${what}`);
}

const operation: Check = (value, place, depth) => {
  isOperation(value, place, depth);
};
const operations: Check = (value, place, depth) => {
  if (!Array.isArray(value) || value.length === 0) refuse(place, 'must be a list of at least one operation');
  value.forEach((one: unknown, i: number) => operation(one, `${place}[${i}]`, depth));
};
const choices: Check = (value, place, depth) => {
  if (!Array.isArray(value)) refuse(place, 'must be a list of operations with probabilities');
  value.forEach((one: unknown, i: number) => {
    const at = `${place}[${i}]`;
    if (!isPlainObject(one)) return refuse(at, 'must be an operation with a probability');
    operation(one['operation'], `${at}.operation`, depth);
    quantity(one['probability'], `${at}.probability`, depth);
  });
};
const expression: Check = (value, place) => {
  try {
    parseExpression(value, ['step']);
  } catch (error) {
    if (error instanceof SpaceError) refuse(place, `is no expression: ${error.message}`);
    throw error;
  }
};
const quantity: Check = (value, place, depth) => {
  if (!isPlainObject(value)) {
    if (typeof value === 'number' && value < 0) refuse(place, 'must not be negative');
    return expression(value, place, depth);
  }
  const bounds = value['random'];
  if (Object.keys(value).length !== 1 || !Array.isArray(bounds) || bounds.length !== 2) {
    refuse(place, 'must be a number, an expression or {random: [low, high]}');
  }
  bounds.forEach((bound: unknown, i: number) => expression(bound, `${place}.random[${i}]`, depth));
};
const rankingKey: Check = (value, place, depth) => {
  if (value !== 'score' && value !== 'generation' && value !== 'id') expression(value, place, depth);
};
const integer =
  (minimum: number): Check =>
  (value, place) => {
    if (!Number.isSafeInteger(value) || Number(value) < minimum)
      refuse(place, 'must be a whole number in range');
  };
const number: Check = (value, place) => {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    refuse(place, 'must be a number of at least 0');
  }
};
const truth: Check = (value, place) => {
  if (typeof value !== 'boolean') refuse(place, 'must be true or false');
};
const stateKey: Check = (value, place) => {
  if (typeof value !== 'string' || !/^[A-Za-z][A-Za-z0-9]{0,31}$/.test(value) || value === 'len') {
    refuse(place, 'must be 1 to 32 letters and digits that start with a letter, and not len');
  }
};
const oneOf =
  (...values: readonly string[]): Check =>
  (value, place) => {
    if (typeof value !== 'string' || !values.includes(value))
      refuse(place, `must be one of ${values.join(', ')}`);
  };
const stride: Check = (value, place) => {
  if (!Number.isSafeInteger(value) || value === 0) refuse(place, 'must be a whole number other than 0');
};
const where: Check = (value, place) => {
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
/** What holds `any` is checked where it draws. */
function isRandomised(selection: unknown): boolean {
  return JSON.stringify(selection).includes('"any"');
}
const crossover: Check = (value, place, depth) => {
  if (!isPlainObject(value)) return refuse(place, 'must be a crossover operator');
  oneOf(...crossoverOperators)(value['operator'], `${place}.operator`, depth);
  if (value['where'] !== undefined) where(value['where'], `${place}.where`, depth);
  if (value['operator'] === 'kPoint') integer(1)(value['k'], `${place}.k`, depth);
  if (value['operator'] === 'segmented') numbers(value['cuts'], `${place}.cuts`, depth);
  if (value['operator'] === 'sample' || value['operator'] === 'weightedAverage') {
    numbers(value['weights'], `${place}.weights`, depth);
  }
};
const numbers: Check = (value, place, depth) => {
  if (!Array.isArray(value)) refuse(place, 'must be a list of numbers');
  value.forEach((one: unknown, i: number) => number(one, `${place}[${i}]`, depth));
};
const json: Check = (value, place) => {
  if (!isPlainJson(value)) refuse(place, 'must be plain JSON');
};
const operatorName: Check = (value, place) => {
  if (typeof value !== 'string' || findOperator(value) === undefined) {
    refuse(place, `names no operator: make it known with defineOperator where the module is loaded`);
  }
};
const crossoverOperators = [
  ...['uniform', 'sample', 'average', 'weightedAverage', 'kPoint', 'segmented'],
  ...['pmx', 'order', 'cycle'],
];

interface Fields {
  readonly must?: Readonly<Record<string, Check>>;
  readonly may?: Readonly<Record<string, Check>>;
}

const several: Fields = { must: { of: operations } };
const selection: Fields = { may: { n: quantity, key: rankingKey, cluster: truth } };

const fieldsOf: Readonly<Record<Operation['op'], Fields>> & Readonly<Record<string, Fields>> = {
  identity: {},
  nonDominatedSort: {},
  next: {},
  pipe: several,
  concat: several,
  union: several,
  intersect: several,
  minus: several,
  xor: several,
  invert: { must: { of: operation } },
  forEach: { must: { of: operation } },
  repeat: { must: { of: operation, k: quantity } },
  times: { must: { of: operation, k: quantity } },
  slice: { may: { from: integer(-Infinity), to: integer(-Infinity), step: stride } },
  when: { must: { test: expression, then: operation, otherwise: operation } },
  choose: { must: { of: choices }, may: { limit: integer(1) } },
  flatten: { may: { depth: integer(1) } },
  untilChange: { must: { of: operation, max: integer(1) } },
  get: { must: { key: stateKey } },
  put: { must: { key: stateKey }, may: { value: expression } },
  cycle: { must: { key: stateKey, cursor: stateKey } },
  random: { must: { n: quantity }, may: { replace: truth } },
  weighted: { must: { n: quantity, weights: expression } },
  proportional: { must: { n: quantity, weights: expression } },
  top: selection,
  bottom: selection,
  first: selection,
  last: selection,
  mutate: { may: { operator: oneOf('local', 'resample', 'swap'), where, avoid: truth } },
  recombine: { must: { crossover } },
  sample: { must: { n: quantity } },
  crowdingSort: { may: { ends: oneOf('objectives', 'infinite') } },
  speciate: { must: { threshold: number, disjoint: number, matching: number, key: stateKey } },
  custom: { must: { name: operatorName, arguments: json } },
};

/** The keys of the globals that an operation, and what is inside it, writes lists to. */
export function listKeys(given: Operation): readonly string[] {
  switch (given.op) {
    case 'pipe':
    case 'concat':
    case 'union':
    case 'intersect':
    case 'minus':
    case 'xor':
      return given.of.flatMap(listKeys);
    case 'invert':
    case 'forEach':
    case 'repeat':
    case 'times':
    case 'untilChange':
      return listKeys(given.of);
    case 'when':
      return [...listKeys(given.then), ...listKeys(given.otherwise)];
    case 'choose':
      return given.of.flatMap((choice) => listKeys(choice.operation));
    case 'put':
      return given.value === undefined ? [given.key] : [];
    case 'speciate':
      return [given.key];
    case 'identity':
    case 'nonDominatedSort':
    case 'next':
    case 'slice':
    case 'flatten':
    case 'get':
    case 'cycle':
    case 'random':
    case 'weighted':
    case 'proportional':
    case 'top':
    case 'bottom':
    case 'first':
    case 'last':
    case 'mutate':
    case 'recombine':
    case 'sample':
    case 'crowdingSort':
    case 'custom':
      return [];
    default:
      return given satisfies never;
  }
}
