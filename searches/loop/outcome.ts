import { unreachable } from '../../foundation/errors/index.js';
import {
  failureClasses,
  type FailureClass,
  type Metric,
  type Metrics,
  type Outcome,
  type Slice,
} from '../../algorithms/contract/index.js';
import type { Json } from '../../foundation/json/index.js';
import { evaluateExpression, SpaceError } from '../../search-spaces/index.js';
import type { FailurePolicy, LevelDefinition } from '../definition/definition.js';
import { outcomeWithValues, sliceOutcome } from './slice-outcome.js';

/** What each failure class does unless the definition says otherwise. */
export const defaultFailurePolicy: Readonly<Record<FailureClass, FailurePolicy>> = {
  OutOfMemory: 'infeasible',
  Diverged: 'infeasible',
  InvalidArchitecture: 'infeasible',
  Timeout: 'infeasible',
  BadInput: 'stop',
  Bug: 'stop',
};

/** Failure type of an evaluation that was lost over and over without a further checkpoint step. */
export const repeatedlyLost = 'RepeatedlyLost';

const messageLimit = 1000;

/** The failure class with this name. */
export function failureClass(name: string): FailureClass | null {
  return failureClasses.find((known) => known === name) ?? null;
}

/** A failure as an outcome; long messages are cut, the trial record keeps them whole. */
export function failed(failure: FailureClass, message: string): Extract<Outcome, { kind: 'failed' }> {
  return { kind: 'failed', class: failure, message: cut(message) };
}

/**
 * Reads what an evaluator returned: metrics by name, `{ metrics, cost }` or `{ infeasible: reason, metrics }`; for a
 * slice `{ metrics, values }`. A metric that is not finite is `Diverged`; one that is missing is a `Bug`, named in the
 * message. `values`: those of the slice where they are not part of what was returned.
 */
export function outcomeOf(
  metrics: readonly Metric[],
  returned: unknown,
  slice?: Slice,
  values?: unknown,
): Outcome {
  const outcome = outcomeOfReturned(metrics, returned);
  if (slice === undefined) return outcome;
  return outcomeWithValues(slice, outcome, values ?? (isRecord(returned) ? returned['values'] : undefined));
}

function outcomeOfReturned(metrics: readonly Metric[], returned: unknown): Outcome {
  if (!isRecord(returned)) {
    return failed(
      'Bug',
      `evaluate returned ${describe(returned)} instead of an object with the declared metrics.`,
    );
  }
  if (typeof returned['infeasible'] === 'string') {
    const known = knownMetrics(metrics, returned['metrics']);
    return { kind: 'infeasible', reason: cut(returned['infeasible']), ...known };
  }
  const values = isRecord(returned['metrics']) ? returned['metrics'] : returned;
  const found = readMetrics(metrics, values);
  if (found.kind === 'failed') return found;
  const cost = values === returned ? undefined : returned['cost'];
  if (cost === undefined) return { kind: 'scored', metrics: found.metrics };
  if (typeof cost !== 'number' || !Number.isFinite(cost) || cost < 0) {
    return failed('Bug', `evaluate returned the cost ${describe(cost)}, which is not a number ≥ 0.`);
  }
  return { kind: 'scored', metrics: found.metrics, cost };
}

/** Those of the declared metrics that an infeasible point is known to have. */
function knownMetrics(metrics: readonly Metric[], values: unknown): { readonly metrics?: Metrics } {
  if (!isRecord(values)) return {};
  const known: Record<string, number> = {};
  for (const { name } of metrics) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (typeof value === 'number' && Number.isFinite(value)) known[name] = value === 0 ? 0 : value;
  }
  return Object.keys(known).length === 0 ? {} : { metrics: known };
}

/** The declared metrics among values; the outcome says which is missing or not finite. */
export function readMetrics(
  metrics: readonly Metric[],
  values: Readonly<Record<string, unknown>>,
): { readonly kind: 'metrics'; readonly metrics: Metrics } | Extract<Outcome, { kind: 'failed' }> {
  const read: Record<string, number> = {};
  for (const { name, goal } of metrics) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined || value === null) {
      if (goal === 'observe') continue;
      const names = Object.keys(values).join(', ');
      return bug(`the metric "${name}" is missing: the result has ${names === '' ? 'none' : names}.`);
    }
    if (typeof value !== 'number') return bug(`the metric "${name}" is ${describe(value)}, not a number.`);
    if (!Number.isFinite(value)) {
      return { kind: 'failed', class: 'Diverged', message: `the metric "${name}" is ${String(value)}.` };
    }
    // −0 is no JSON number of its own: it would not survive the journal.
    read[name] = value === 0 ? 0 : value;
  }
  return { kind: 'metrics', metrics: read };
}

/**
 * Adds the objective to an outcome with metrics, keeps what is not a finite number away from the search, and keeps
 * every text within what a workflow carries. Of a slice it also checks the values and sets the cost.
 */
export function completeOutcome(level: LevelDefinition, outcome: Outcome, slice?: Slice): Outcome {
  const completed = withObjective(level, outcome);
  return slice === undefined ? completed : sliceOutcome(slice, completed);
}

function withObjective(level: LevelDefinition, outcome: Outcome): Outcome {
  switch (outcome.kind) {
    case 'scored': {
      const odd = Object.entries(outcome.metrics).find(([, value]) => !Number.isFinite(value));
      if (odd !== undefined) return failed('Diverged', `the metric "${odd[0]}" is ${describe(odd[1])}.`);
      const objective = objectiveOf(level, outcome.metrics);
      if (typeof objective !== 'object') return { ...outcome, metrics: { ...outcome.metrics, objective } };
      return objective ?? outcome;
    }
    case 'infeasible':
      return { ...outcome, reason: cut(outcome.reason) };
    case 'failed':
      return { ...outcome, message: cut(outcome.message) };
    case 'stopped': {
      const { metrics, ...rest } = outcome;
      if (metrics === undefined) return outcome;
      if (!Object.values(metrics).every(Number.isFinite)) return rest;
      const objective = objectiveOf(level, metrics);
      if (typeof objective !== 'object') return { ...outcome, metrics: { ...metrics, objective } };
      // A trial that was stopped needs no score: what it reported of the objective's metrics may be incomplete.
      return objective === null ? outcome : rest;
    }
    case 'cancelled':
      return outcome;
    default:
      return unreachable(outcome, 'outcome');
  }
}

/** The value of the level's objective, null when it has none, or the failure that it is. */
function objectiveOf(
  { objective }: LevelDefinition,
  metrics: Metrics,
): number | Extract<Outcome, { kind: 'failed' }> | null {
  if (objective === undefined) return null;
  let value: Json;
  try {
    value = evaluateExpression(objective.expression, { ...metrics });
  } catch (error) {
    if (!(error instanceof SpaceError)) throw error;
    // Every metric of the objective is there, so the numbers are to blame, such as a division by zero.
    if (error.code !== 'unresolved_reference')
      return failed('Diverged', `the objective cannot be computed: ${error.message}`);
    return failed('Bug', `the objective cannot be computed: ${error.message}`);
  }
  if (typeof value === 'number' && Number.isFinite(value)) return value + 0;
  return failed('Diverged', `the objective is ${describe(value)}.`);
}

function bug(message: string): Extract<Outcome, { kind: 'failed' }> {
  return failed('Bug', message);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return cut(text ?? typeof value, 80);
}

function cut(text: string, limit: number = messageLimit): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}
