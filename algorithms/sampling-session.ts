import { fork, rngFromSeed } from '../foundation/numbers/index.js';
import type { View } from '../search-spaces/index.js';
import { AlgorithmError } from './contract/algorithm-error.js';
import type { AlgorithmReference } from './contract/algorithm-reference.js';
import type { StateValue } from './contract/state-value.js';
import type { Metric, Metrics, Outcome, Trial } from './contract/trial.js';
import type { BoundAlgorithm } from './contract/bound-algorithm.js';
import { gateDecision, GateObserver } from './early-stopping/gate.js';
import { bindAlgorithm } from './registry.js';
import { dominates, optimisedMetrics, scoresOf } from './contract/score.js';

/** Why a call on a trial was refused. */
export type SessionCode = 'unknown_trial' | 'trial_closed' | 'no_measurement';

/** A call that the protocol of trials does not allow. */
export class SessionError extends Error {
  override readonly name = 'SessionError';

  constructor(
    readonly code: SessionCode,
    sentence: string,
  ) {
    super(sentence);
  }
}

/** What a session samples: the algorithm, its view of the space, and the metrics. */
export interface SessionOptions {
  readonly algorithm: AlgorithmReference;
  readonly view: View;
  readonly metrics: readonly Metric[];
  readonly seed?: number | string;
  /** Most trials that the session gives out; absent: no limit. */
  readonly trials?: number;
}

interface Measurement {
  readonly step: number;
  readonly metrics: Metrics;
}

/** A trial as the session keeps it; plain JSON. */
export interface SessionTrial {
  readonly trial: Trial;
  readonly group: string | null;
  readonly measurements: readonly Measurement[];
  readonly outcome: Outcome | null;
}

/** All that a session is; plain JSON but for the algorithm's state, which may hold bytes. */
export interface SessionState {
  readonly algorithm: StateValue;
  readonly trials: readonly SessionTrial[];
  readonly ended: boolean;
}

/** What `ask` answers. */
export type Asked =
  | { readonly kind: 'trial'; readonly trial: Trial }
  /** The algorithm needs the outcome of an open trial before it proposes another one. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'end' };

/**
 * A search whose caller asks for trials and tells what became of them, step by step and without a loop of its own.
 * The session tells outcomes to the algorithm as they arrive. The caller may store `state`; `open` goes on from it.
 */
export class TrialSession {
  private readonly options: SessionOptions;
  private readonly algorithm: BoundAlgorithm;
  private current: SessionState;

  private constructor(options: SessionOptions, state: SessionState | null) {
    const { algorithm, view, metrics, seed = 0 } = options;
    this.options = options;
    this.algorithm = bindAlgorithm(
      algorithm,
      view,
      metrics,
      fork(rngFromSeed(seed), 'session'),
      'as-completed',
    );
    if (this.algorithm.slices) {
      throw new AlgorithmError(
        `${algorithm.name} shares weights between its trials, which a session does not keep: run it as a search`,
      );
    }
    this.current = state ?? { algorithm: this.algorithm.init(), trials: [], ended: false };
  }

  /** A new session, or one that goes on from a state. Throws `AlgorithmError` as the algorithm does. */
  static open(options: SessionOptions, state: SessionState | null = null): TrialSession {
    return new TrialSession(options, state);
  }

  get state(): SessionState {
    return this.current;
  }

  /**
   * A trial to evaluate. Without a group always a new one; with a group that group's unfinished trial, where it has
   * one, so that asking again is safe.
   */
  ask(options: { readonly group?: string } = {}): Asked {
    const { group = null } = options;
    const { trials, ended, algorithm } = this.current;
    const open =
      group === null ? undefined : trials.find((one) => one.group === group && one.outcome === null);
    if (open !== undefined) return { kind: 'trial', trial: open.trial };
    const index = trials.length;
    if (ended || index >= (this.options.trials ?? Infinity)) return { kind: 'end' };
    const { state, action } = this.algorithm.propose(algorithm, index);
    switch (action.kind) {
      case 'trial': {
        const trial = { ...action.proposal, index };
        this.current = {
          ...this.current,
          algorithm: state,
          trials: [...trials, { trial, group, measurements: [], outcome: null }],
        };
        if (trial.known === undefined) return { kind: 'trial', trial };
        this.close(index, trial.known);
        return this.ask(options);
      }
      case 'wait':
        return { kind: 'wait' };
      case 'update': {
        const { computeUpdate, applyUpdate } = this.algorithm;
        if (computeUpdate === undefined || applyUpdate === undefined || action.request.bulk !== null) {
          throw new AlgorithmError(`${this.algorithm.name} keeps data in a store, which a session has not`);
        }
        const { output, bulk } = computeUpdate(null, action.request.input);
        if (bulk !== null) {
          throw new AlgorithmError(`${this.algorithm.name} keeps data in a store, which a session has not`);
        }
        this.current = { ...this.current, algorithm: applyUpdate(state, { bulk: null, output }) };
        return this.ask(options);
      }
      case 'done':
        this.current = { ...this.current, algorithm: state };
        return { kind: 'end' };
      default:
        return action satisfies never;
    }
  }

  /** Adds a measurement; its step is one more than the latest one's unless given. */
  report(index: number, metrics: Metrics, step?: number): void {
    const open = this.openTrial(index);
    const own = step ?? (open.measurements.at(-1)?.step ?? 0) + 1;
    this.replace({ ...open, measurements: [...open.measurements, { step: own, metrics }] });
  }

  /** Whether the trial's early-stopping gate has decided against it. */
  shouldStop(index: number): boolean {
    return stoppedAt(this.openTrial(index)) !== null;
  }

  /**
   * Ends a trial with the measurement of the largest step, of several the one added last. A metric that is not finite
   * makes it a failure of class `Diverged`; one that should stop is `stopped`.
   */
  finish(index: number): Outcome {
    const open = this.openTrial(index);
    const { measurements } = open;
    const [final, ...others] = measurements;
    if (final === undefined) {
      throw new SessionError(
        'no_measurement',
        `Trial ${index} has no measurement: report one, or skip the trial.`,
      );
    }
    const { metrics } = others.reduce((latest, one) => (one.step >= latest.step ? one : latest), final);
    const broken = Object.entries(metrics).find(([, value]) => !Number.isFinite(value));
    return this.close(
      index,
      broken === undefined
        ? measuredOutcome(open, metrics)
        : { kind: 'failed', class: 'Diverged', message: `${broken[0]} is ${broken[1]}` },
    );
  }

  /** Reports metrics and ends the trial with them. */
  score(index: number, metrics: Metrics): Outcome {
    const { measurements } = this.openTrial(index);
    const latest = measurements.reduce((most, { step }) => Math.max(most, step), 0);
    this.report(index, metrics, latest + 1);
    return this.finish(index);
  }

  /** Ends a trial without a score. */
  skip(index: number, reason: string): Outcome {
    this.openTrial(index);
    return this.close(index, { kind: 'infeasible', reason });
  }

  /** Gives out no more trials; those that run may end. */
  endSearch(): void {
    this.current = { ...this.current, ended: true };
  }

  /** The best trials: one, the lowest index of equals; with several metrics those that no other dominates. */
  best(): readonly SessionTrial[] {
    const { metrics } = this.options;
    const scored = this.current.trials.filter(
      ({ outcome }) => outcome !== null && scoresOf(metrics, outcome) !== null,
    );
    const front = scored.filter(
      ({ outcome }) =>
        !scored.some(
          (other) => other.outcome !== null && outcome !== null && dominates(metrics, other.outcome, outcome),
        ),
    );
    return optimisedMetrics(metrics).length === 1 ? front.slice(0, 1) : front;
  }

  private openTrial(index: number): SessionTrial {
    const found = this.current.trials[index];
    if (found === undefined) throw new SessionError('unknown_trial', `There is no trial ${index}.`);
    if (found.outcome !== null) {
      throw new SessionError(
        'trial_closed',
        `Trial ${index} has ended (${found.outcome.kind}) and takes no more.`,
      );
    }
    return found;
  }

  private replace(one: SessionTrial): void {
    this.current = { ...this.current, trials: this.current.trials.with(one.trial.index, one) };
  }

  private close(index: number, outcome: Outcome): Outcome {
    const open = this.openTrial(index);
    this.replace({ ...open, outcome });
    const algorithm = this.algorithm.tell(this.current.algorithm, [{ trial: open.trial, outcome }]);
    this.current = { ...this.current, algorithm };
    return outcome;
  }
}

/** The step of the measurement after which the trial's gate decided against it; null while it has not. */
function stoppedAt({ trial, measurements }: SessionTrial): number | null {
  if (trial.gate === undefined) return null;
  const observer = new GateObserver(trial.gate);
  for (const measurement of measurements) {
    observer.observe(measurement);
    if (observer.stop) return measurement.step;
  }
  return null;
}

function measuredOutcome(one: SessionTrial, metrics: Metrics): Outcome {
  const { gate } = one.trial;
  if (gate === undefined) return { kind: 'scored', metrics };
  const { stop: _stop, ...values } = gateDecision(gate, one.measurements);
  const step = stoppedAt(one);
  return step === null
    ? { kind: 'scored', metrics, ...values }
    : { kind: 'stopped', step, metrics, ...values };
}
