import {
  GateObserver,
  type Gate,
  type Metric,
  type Metrics,
  type Outcome,
  type Slice,
  type Trial,
} from '../algorithms/index.js';
import { EvaluationError, failed, outcomeOf, type TrialDraw } from '../searches/index.js';

/** What an objective returns: what an evaluate function of a search file may return, or a whole outcome. */
export type Evaluated =
  | number
  | Metrics
  | { readonly metrics: Metrics; readonly cost?: number; readonly values?: readonly number[] }
  | { readonly infeasible: string; readonly metrics?: Metrics }
  | Outcome
  | undefined
  | void;

/** What an objective knows of its trial and can do with it: a part of what an evaluate function gets. */
export interface ObjectiveTrial {
  readonly index: number;
  /** Seed of the trial, 16 hexadecimal digits. */
  readonly seed: string;
  /** The step after which the trial is complete; absent: run to the end. */
  readonly until?: number;
  /** Index of the trial that this one goes on from. */
  readonly continues?: number;
  /** The part of a shared training that it is; null for a trial of its own. */
  readonly slice: Slice | null;
  /** Hands back what a slice measured beside its metrics. */
  values(numbers: readonly number[]): void;
  /** The architectures that a slice draws, from a place on (0). */
  draws(count: number, from?: number): Promise<readonly TrialDraw[]>;
  /** Reports metrics at a step (an integer ≥ 0). */
  report(step: number, metrics: Metrics): void;
  /** True once the early-stopping gate has decided against the trial or a report has reached `until`. */
  shouldStop(): boolean;
}

/** What a slice draws at a place; throws where it draws nothing. */
export type DrawAt = (place: number) => TrialDraw;

/** A function to optimise; equal parameters should give equal results, or a simulation cannot be repeated. */
export type Objective<Parameters> = (
  parameters: Parameters,
  trial: ObjectiveTrial,
) => Evaluated | Promise<Evaluated>;

/** The reports of one trial, and what its gate makes of them. */
class ReportedTrial implements ObjectiveTrial {
  declare readonly until?: number;
  declare readonly continues?: number;
  readonly index: number;
  readonly slice: Slice | null;
  stoppedAt: number | null = null;
  last: Metrics | undefined;
  private measured: readonly number[] | undefined;
  private reached = false;
  private readonly steps = new Set<number>();
  private readonly observer: GateObserver | null;

  constructor(
    { index, until, continues, gate, slice }: Trial,
    readonly seed: string,
    private readonly drawAt: DrawAt,
  ) {
    this.index = index;
    this.slice = slice ?? null;
    if (until !== undefined) this.until = until;
    if (continues !== undefined) this.continues = continues;
    this.observer = observerOf(gate);
  }

  report(step: number, metrics: Metrics): void {
    if (!Number.isSafeInteger(step) || step < 0)
      throw new EvaluationError('Bug', `A report's step must be an integer ≥ 0, not ${String(step)}.`);
    const odd = Object.entries(metrics).find(([, value]) => !Number.isFinite(value));
    if (odd !== undefined)
      throw new EvaluationError('Diverged', `Metric "${odd[0]}" is ${odd[1]} at step ${step}.`);
    if (this.steps.has(step)) return;
    this.steps.add(step);
    if (this.stoppedAt === null) this.last = metrics;
    if (this.until !== undefined && step >= this.until) this.reached = true;
    this.observer?.observe({ step, metrics });
    if (this.observer?.stop === true) this.stoppedAt ??= step;
  }

  values(numbers: readonly number[]): void {
    this.measured = [...numbers];
  }

  async draws(count: number, from = 0): Promise<readonly TrialDraw[]> {
    return Array.from({ length: count }, (_, place) => this.drawAt(from + place));
  }

  shouldStop(): boolean {
    return this.reached || this.stoppedAt !== null;
  }

  /** The outcome of the trial with what its gate saw. */
  outcome(metrics: readonly Metric[], value: Evaluated): Outcome {
    const values = this.gateValues();
    if (this.stoppedAt !== null && value === undefined) {
      return { kind: 'stopped', step: this.stoppedAt, ...(this.last && { metrics: this.last }), ...values };
    }
    const outcome = isOutcome(value)
      ? value
      : outcomeOf(metrics, this.completed(metrics, value), this.slice ?? undefined, this.measured);
    if (outcome.kind !== 'scored') return outcome;
    if (this.stoppedAt === null) return { ...outcome, ...values };
    const { cost } = outcome;
    return {
      kind: 'stopped',
      step: this.stoppedAt,
      metrics: outcome.metrics,
      ...(cost === undefined ? {} : { cost }),
      ...values,
    };
  }

  /** A bare number is the one optimised metric; without a value the last report counts. */
  private completed(metrics: readonly Metric[], value: Exclude<Evaluated, Outcome>): unknown {
    if (value === undefined) return this.last;
    if (typeof value !== 'number') return value;
    const [only, ...others] = metrics.filter(({ goal }) => goal !== 'observe');
    return only === undefined || others.length > 0 ? value : { [only.name]: value };
  }

  private gateValues(): Pick<Extract<Outcome, { kind: 'scored' }>, 'atGate' | 'atLeaves'> {
    if (this.observer === null) return {};
    const { stop: _stop, ...values } = this.observer.decision;
    return values;
  }
}

/** Evaluates a trial as an evaluating process does; what the objective throws beside `EvaluationError` goes on. */
export async function evaluateTrial<Parameters>(
  objective: Objective<Parameters>,
  metrics: readonly Metric[],
  parameters: Parameters,
  trial: Trial,
  seed: string,
  drawAt: DrawAt,
): Promise<Outcome> {
  const reported = new ReportedTrial(trial, seed, drawAt);
  try {
    return reported.outcome(metrics, await objective(parameters, reported));
  } catch (error) {
    if (error instanceof EvaluationError) return failed(error.failureClass, error.message);
    throw error;
  }
}

function observerOf(gate: Gate | undefined): GateObserver | null {
  return gate === undefined ? null : new GateObserver(gate);
}

function isOutcome(value: Evaluated): value is Outcome {
  return typeof value === 'object' && 'kind' in value && typeof value.kind === 'string';
}
