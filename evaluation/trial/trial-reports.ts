import type { Gate, Metrics } from '../../algorithms/contract/index.js';
import { GateObserver, type GateValues, type Report } from '../../algorithms/early-stopping/index.js';
import type { Json } from '../../foundation/json/index.js';
import { EvaluationError } from '../../searches/search-files/index.js';
import type { SentReport } from '../processes/process-messages.js';

const notFinite = new Set<unknown>(['NaN', 'Infinity', '-Infinity']);
const maximumReports = 100_000;

/** Whether a value is a number that is not finite, as itself or as it travels. */
export function isNotFinite(value: unknown): boolean {
  return (typeof value === 'number' && !Number.isFinite(value)) || notFinite.has(value);
}

/**
 * The reports of one trial, one per step, and what follows from them alone: whether the trial should stop. The worker
 * and the evaluating process each hold one and come to the same decision.
 */
export class TrialReports {
  private readonly reports: Report[] = [];
  private readonly sent: SentReport[] = [];
  private readonly steps = new Set<number>();
  private stopStep: number | null = null;
  private readonly observer: GateObserver | undefined;
  private reached = false;

  constructor(
    private readonly declared: readonly string[],
    gate: Gate | undefined,
    private readonly until: number | undefined,
  ) {
    if (gate !== undefined) this.observer = new GateObserver(gate);
  }

  /**
   * Adds a report; false when its step was reported before. Throws `EvaluationError` for a step that is no integer ≥ 0
   * or a declared metric that is no number (Bug), or a declared metric that is not finite (Diverged).
   */
  add(step: number, metrics: Readonly<Record<string, unknown>>): boolean {
    if (!Number.isSafeInteger(step) || step < 0) {
      throw new EvaluationError('Bug', `A report's step must be an integer ≥ 0, not ${String(step)}.`);
    }
    if (typeof metrics !== 'object' || metrics === null || Array.isArray(metrics)) {
      throw new EvaluationError('Bug', `The report at step ${step} has no object of metrics.`);
    }
    if (this.steps.has(step)) return false;
    if (this.steps.size >= maximumReports) {
      throw new EvaluationError(
        'Bug',
        `More than ${maximumReports} reports in one trial: report less often.`,
      );
    }
    const finite: Record<string, number> = {};
    const kept: Record<string, Json> = {};
    for (const [name, value] of Object.entries(metrics)) {
      if (isNotFinite(value)) {
        if (this.declared.includes(name)) {
          throw new EvaluationError('Diverged', `Metric "${name}" is ${String(value)} at step ${step}.`);
        }
        kept[name] = String(value);
      } else if (typeof value === 'number') {
        // −0 would not survive the journal.
        finite[name] = value === 0 ? 0 : value;
        kept[name] = value;
      } else if (this.declared.includes(name)) {
        throw new EvaluationError('Bug', `Metric "${name}" reported at step ${step} is no number.`);
      }
    }
    this.steps.add(step);
    const report = { step, metrics: finite };
    this.reports.push(report);
    this.sent.push({ step, metrics: kept });
    if (this.until !== undefined && step >= this.until) this.reached = true;
    this.observer?.observe(report);
    if (this.observer?.stop === true) this.stopStep ??= step;
    return true;
  }

  /** What `trial.shouldStop()` answers. */
  shouldStop(): boolean {
    return this.reached || this.stopStep !== null;
  }

  /** Step at which the gate decided against the trial; null while it has not. */
  get stoppedAt(): number | null {
    return this.stopStep;
  }

  /** What the trial had at its gate; nothing without a gate. */
  get gateValues(): GateValues | Record<never, never> {
    if (this.observer === undefined) return {};
    const { stop: _stop, ...values } = this.observer.decision;
    return values;
  }

  /** Metrics of the report at a step. */
  metricsAt(step: number): Metrics | undefined {
    return this.reports.find((report) => report.step === step)?.metrics;
  }

  /** Highest step that was reported; null before the first report. */
  get lastStep(): number | null {
    let last: number | null = null;
    for (const step of this.steps) if (last === null || step > last) last = step;
    return last;
  }

  /** All reports in the order they were made. */
  list(): readonly SentReport[] {
    return this.sent;
  }
}
