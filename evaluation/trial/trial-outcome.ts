import {
  leavesWeights,
  type Metric,
  type Metrics,
  type Outcome,
  type Slice,
} from '../../algorithms/contract/index.js';
import { isPlainObject, type Json } from '../../foundation/json/index.js';
import { failed, failureClass, outcomeOf, readMetrics } from '../../searches/loop/index.js';
import type { ThrownError } from '../processes/process-messages.js';
import { isNotFinite } from './trial-reports.js';
import type { TrialReports } from './trial-reports.js';

/** A failed outcome with a message of one line. */
export function failure(name: Parameters<typeof failed>[0], message: string): Outcome {
  return failed(name, message.replace(/\s+/g, ' ').trim());
}

/** A slice, and what it handed back beside its metrics. */
export interface SliceWork {
  readonly slice: Slice;
  readonly values: Json | undefined;
  /** Whether the trial saved a checkpoint of its own. */
  readonly hasOwnCheckpoint: boolean;
}

/**
 * The outcome of an evaluation that returned a value, from the value and the trial's reports. A slice that should leave
 * weights and saved no checkpoint is a `Bug`: the next slice could not go on.
 */
export function outcomeOfValue(
  value: unknown,
  declared: readonly Metric[],
  reports: TrialReports,
  work: SliceWork | null = null,
): Outcome {
  const outcome = outcomeOf(declared, completed(value, declared, reports), work?.slice, work?.values);
  if (outcome.kind === 'scored' && work !== null && leavesWeights(work.slice) && !work.hasOwnCheckpoint) {
    return failure(
      'Bug',
      `A slice of kind "${work.slice.kind}" ended without a checkpoint: save the weights by trial.checkpoint.save, because later slices go on from them.`,
    );
  }
  if (outcome.kind === 'infeasible') return outcome;
  const atGate = reports.gateValues;
  if (reports.stoppedAt !== null) {
    if (outcome.kind === 'failed' && outcome.class === 'Diverged') return outcome;
    const scored = outcome.kind === 'scored' ? outcome : null;
    const metrics = scored?.metrics ?? onlyDeclared(reports.metricsAt(reports.stoppedAt), declared);
    return {
      kind: 'stopped',
      step: reports.stoppedAt,
      ...(metrics === undefined ? {} : { metrics }),
      ...(scored?.cost === undefined ? {} : { cost: scored.cost }),
      ...atGate,
    };
  }
  return outcome.kind === 'scored' ? { ...outcome, ...atGate } : outcome;
}

/** The outcome of an evaluation that threw: the class that the error names or gives evidence of, else `Bug`. */
export function outcomeOfError(error: ThrownError): Outcome {
  const named = failureClass(error.failureClass ?? '') ?? failureClass(error.name);
  if (named !== null) return failure(named, error.message);
  if (
    error.name === 'RangeError' &&
    /array buffer allocation failed|could not allocate memory/i.test(error.message)
  ) {
    return failure('OutOfMemory', `RangeError: ${error.message}`);
  }
  return failure('Bug', `${error.name}: ${error.message}`);
}

/** The metrics that a measure returned, of those declared on its level; throws `Error` that names the wrong one. */
export function measuredMetrics(value: unknown, declared: readonly Metric[], level: string): Metrics {
  if (!isPlainObject(value))
    throw new Error(`The measure of level "${level}" returned no object of metrics.`);
  const given = withNumbers(isPlainObject(value['metrics']) ? value['metrics'] : value);
  const returned = declared.filter(({ name }) => Object.hasOwn(given, name));
  const read = readMetrics(returned, given);
  if (read.kind === 'failed') throw new Error(`The measure of level "${level}": ${read.message}`);
  return read.metrics;
}

// What a function may leave out: a bare number is its one metric; without a value the last report counts.
function completed(value: unknown, declared: readonly Metric[], reports: TrialReports): unknown {
  const optimised = declared.filter((metric) => metric.goal !== 'observe');
  const only = optimised[0];
  if ((typeof value === 'number' || isNotFinite(value)) && only !== undefined && optimised.length === 1) {
    return withNumbers({ [only.name]: value });
  }
  if (value === undefined || value === null) {
    return reports.lastStep === null ? undefined : reports.metricsAt(reports.lastStep);
  }
  if (!isPlainObject(value)) return value;
  return isPlainObject(value['metrics'])
    ? { ...value, metrics: withNumbers(value['metrics']) }
    : withNumbers(value);
}

// Numbers that are not finite travel as text.
function withNumbers(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!Object.values(values).some((value) => typeof value === 'string')) return values;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, isNotFinite(value) ? Number(value) : value]),
  );
}

function onlyDeclared(metrics: Metrics | undefined, declared: readonly Metric[]): Metrics | undefined {
  if (metrics === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(metrics).filter(([name]) => declared.some((metric) => metric.name === name)),
  );
}
