import { isIntegerFrom, isPlainObject, unknownField } from '../../foundation/json/index.js';
import { show } from '../../networks/network-graph/index.js';
import { TrainingError } from '../training-error.js';
import { augmentationOperationNames, operationFacts } from './augmentation-operations.js';
import type { AugmentationOperationName, MagnitudeRange } from './augmentation-operations.js';
import { groupSteps } from './group-policy.js';
import type { GroupPolicyInput } from './group-policy.js';
import type { MagnitudeInput, OperationsInput } from './operation-input.js';
import { readyPolicies, readyPolicyNames } from './ready-policies.js';
import type { ReadyPolicyName } from './ready-policies.js';

/** A step of a policy: operations, or the steps of a ready policy. */
export type StepInput = OperationsInput | { readonly policy: ReadyPolicyName };

/** A policy as users and algorithms write it: plain JSON. Null is no augmentation. */
export type AugmentationPolicyInput =
  ReadyPolicyName | StepInput | readonly StepInput[] | GroupPolicyInput | null;

/** An operation with everything filled in. */
export interface AugmentationOperation {
  readonly op: AugmentationOperationName;
  readonly probability: number;
  /** Both ends between which magnitudes are drawn; null: it has none. */
  readonly magnitude: readonly [number, number] | null;
  /** Equally spaced magnitudes between both; null: all. */
  readonly steps: number | null;
  readonly randomSign: boolean;
  readonly unit: 'side' | 'pixels';
  readonly fill: number | 'mean' | null;
  readonly alpha: number | null;
}

/** Each image goes through one of the sequences. */
export interface AugmentationStep {
  readonly oneOf: readonly (readonly AugmentationOperation[])[];
  readonly weights: readonly number[];
}

/** A checked policy: steps in the order in which they act. An empty one leaves images alone. */
export type AugmentationPolicy = readonly AugmentationStep[];

/** Larger policies would make graphs that TensorFlow loads for minutes. */
const limits = { steps: 100, alternatives: 1000, sequence: 20, pixels: 10_000 } as const;

/**
 * Checks a policy and fills in its defaults. Throws `TrainingError` of class `BadInput` that names the place under
 * `path`.
 */
export function parseAugmentationPolicy(policy: unknown, path = 'augmentation'): AugmentationPolicy {
  if (policy === null) return [];
  if (typeof policy === 'string') return ready(policy, path);
  if (isPlainObject(policy) && 'groups' in policy) {
    const steps = groupSteps(policy, (field, why) => refuse(`${path}${field}`, why));
    return steps.flatMap((step) => readStep(step, path));
  }
  if (!Array.isArray(policy)) return readStep(policy, path);
  const steps = policy.flatMap((step, i) => readStep(step, `${path}[${i}]`));
  if (steps.length > limits.steps) refuse(path, `has ${steps.length} steps; at most ${limits.steps} fit`);
  return steps;
}

function ready(name: unknown, path: string): AugmentationPolicy {
  const known = readyPolicyNames.find((each) => each === name);
  if (known === undefined)
    return refuse(path, `is no ready policy but ${show(name)}; known are ${readyPolicyNames.join(', ')}`);
  return readyPolicies[known].flatMap((step, i) => readStep(step, `${known}[${i}]`));
}

function readStep(step: unknown, path: string): AugmentationPolicy {
  if (!isPlainObject(step)) {
    return refuse(
      path,
      `must be an object with "op", "oneOf" or "policy" or the name of a ready policy, not ${show(step)}`,
    );
  }
  if ('policy' in step) {
    only(step, ['policy'], path);
    return ready(step['policy'], `${path}.policy`);
  }
  if (!('oneOf' in step)) return [{ oneOf: [[readOperation(step, path)]], weights: [1] }];
  only(step, ['oneOf', 'weights'], path);
  const { oneOf: alternatives, weights } = step;
  if (
    !Array.isArray(alternatives) ||
    alternatives.length === 0 ||
    alternatives.length > limits.alternatives
  ) {
    return refuse(
      `${path}.oneOf`,
      `must be a list of 1 to ${limits.alternatives} operations or sequences of operations, not ${show(alternatives)}`,
    );
  }
  const sequences = alternatives.map((alternative, i) => {
    const place = `${path}.oneOf[${i}]`;
    if (!Array.isArray(alternative)) return [readOperation(alternative, place)];
    if (alternative.length > limits.sequence)
      refuse(place, `has ${alternative.length} operations; at most ${limits.sequence} fit`);
    return alternative.map((operation, j) => readOperation(operation, `${place}[${j}]`));
  });
  return [{ oneOf: sequences, weights: readWeights(weights, sequences.length, `${path}.weights`) }];
}

function readWeights(weights: unknown, count: number, path: string): readonly number[] {
  if (weights === undefined) return Array.from({ length: count }, () => 1);
  const fits = (each: unknown): each is number =>
    typeof each === 'number' && Number.isFinite(each) && each >= 0;
  if (!Array.isArray(weights) || weights.length !== count || !weights.every(fits)) {
    return refuse(
      path,
      `must be ${count} numbers of at least 0, one for each alternative, not ${show(weights)}`,
    );
  }
  if (!weights.some((weight) => weight > 0)) refuse(path, 'must not all be 0');
  return [...weights];
}

const operationFields = [
  ...['op', 'probability', 'magnitude', 'level', 'steps', 'randomSign', 'unit', 'fill', 'alpha'],
];

function readOperation(operation: unknown, path: string): AugmentationOperation {
  if (!isPlainObject(operation))
    return refuse(path, `must be an operation such as {"op": "rotate"}, not ${show(operation)}`);
  only(operation, operationFields, path);
  const op = augmentationOperationNames.find((name) => name === operation['op']);
  if (op === undefined) {
    return refuse(
      `${path}.op`,
      `is no operation but ${show(operation['op'])}; known are ${augmentationOperationNames.join(', ')}`,
    );
  }
  const facts = operationFacts(op);
  const has = (field: string): boolean => operation[field] !== undefined;
  const without = (field: string, doesExist: boolean): void => {
    if (has(field) && !doesExist) refuse(`${path}.${field}`, `does not exist for ${op}`);
  };
  const range = facts.magnitude;
  without('magnitude', range !== null);
  without('steps', range !== null);
  without('randomSign', range !== null && range.neutral !== null);
  without('unit', range?.isLength === true);
  without('fill', facts.fill !== null);
  without('alpha', facts.alpha !== null);
  // Accept a level that has nothing to set, because a search may give one shape to all operations.
  const level = operation['level'];
  if (level !== undefined) interval(level, [0, 1], `${path}.level`);
  const unit = choice(operation['unit'] ?? 'side', ['side', 'pixels'], `${path}.unit`);
  const randomSign = flag(operation['randomSign'] ?? range?.randomSign ?? false, `${path}.randomSign`);
  return {
    op,
    probability: number(operation['probability'] ?? 1, [0, 1], `${path}.probability`),
    magnitude: range === null ? null : readMagnitude(operation, range, { unit, randomSign }, path),
    steps: readSteps(operation['steps'], `${path}.steps`),
    randomSign,
    unit,
    fill: facts.fill === null ? null : readFill(operation['fill'] ?? facts.fill, `${path}.fill`),
    alpha:
      facts.alpha === null ? null : number(operation['alpha'] ?? facts.alpha, [0.01, 100], `${path}.alpha`),
  };
}

function readMagnitude(
  operation: Readonly<Record<string, unknown>>,
  range: MagnitudeRange,
  { unit, randomSign }: Pick<AugmentationOperation, 'unit' | 'randomSign'>,
  path: string,
): readonly [number, number] {
  const { magnitude, level } = operation;
  if (magnitude !== undefined) {
    if (level !== undefined) refuse(path, 'has both "magnitude" and "level"; give one of them');
    const largest = unit === 'pixels' ? limits.pixels : range.limits[1];
    const smallest = range.limits[0] < 0 ? -largest : range.limits[0];
    return interval(magnitude, [smallest, largest], `${path}.magnitude`);
  }
  if (unit === 'pixels') refuse(`${path}.magnitude`, 'is missing: a length in pixels has no default');
  const [low, high] = interval(level ?? defaultLevel(range), [0, 1], `${path}.level`);
  const [weakest, strongest] = range.reference;
  const start = randomSign && range.neutral !== null ? range.neutral : weakest;
  return [start + (strongest - start) * low, start + (strongest - start) * high];
}

// A crop and a cutout have one usual size; other magnitudes are drawn from the whole range.
function defaultLevel({ isLength, neutral }: MagnitudeRange): MagnitudeInput {
  return isLength && neutral === null ? 1 : [0, 1];
}

function interval(
  value: unknown,
  [smallest, largest]: readonly [number, number],
  path: string,
): readonly [number, number] {
  const fits = (each: unknown): each is number =>
    typeof each === 'number' && each >= smallest && each <= largest;
  if (fits(value)) return [value, value];
  if (Array.isArray(value) && value.length === 2) {
    const [low, high] = value as readonly unknown[];
    if (fits(low) && fits(high)) return [low, high];
  }
  return refuse(path, `must be a number from ${smallest} to ${largest} or two of them, not ${show(value)}`);
}

function readSteps(value: unknown, path: string): number | null {
  if (value === undefined) return null;
  if (isIntegerFrom(value, 2, 1000)) return value;
  return refuse(path, `must be an integer from 2 to 1000, not ${show(value)}`);
}

function readFill(value: unknown, path: string): number | 'mean' {
  if (value === 'mean') return value;
  if (isIntegerFrom(value, 0, 255)) return value;
  return refuse(path, `must be an integer from 0 to 255 or "mean", not ${show(value)}`);
}

function number(value: unknown, [smallest, largest]: readonly [number, number], path: string): number {
  if (typeof value === 'number' && value >= smallest && value <= largest) return value;
  return refuse(path, `must be a number from ${smallest} to ${largest}, not ${show(value)}`);
}

function flag(value: unknown, path: string): boolean {
  return typeof value === 'boolean' ? value : refuse(path, `must be true or false, not ${show(value)}`);
}

function choice<const C extends string>(value: unknown, choices: readonly C[], path: string): C {
  const found = choices.find((each) => each === value);
  return found ?? refuse(path, `must be one of ${choices.join(', ')}, not ${show(value)}`);
}

function only(value: Readonly<Record<string, unknown>>, known: readonly string[], path: string): void {
  const unknown = unknownField(value, known);
  if (unknown !== undefined)
    refuse(path, `has an unknown field ${show(unknown)}; known are ${known.join(', ')}`);
}

function refuse(path: string, why: string): never {
  throw new TrainingError('BadInput', `The augmentation policy does not fit: ${path} ${why}.`);
}
