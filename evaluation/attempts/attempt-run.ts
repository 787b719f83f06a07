import { setImmediate as nextTurn } from 'node:timers/promises';
import { unreachable } from '../../foundation/errors/index.js';
import type { Outcome } from '../../algorithms/contract/index.js';
import type { ThrownError } from '../processes/process-messages.js';
import type {
  CommandProcess,
  EvaluatingProcess,
  ProcessExit,
  ProcessLimits,
  ProcessSlot,
} from '../processes/process-pool.js';
import { failure, outcomeOfError, outcomeOfValue } from '../trial/trial-outcome.js';
import type { AttemptSession } from '../trial/attempt-session.js';

/** How an attempt ended. */
export type AttemptRunEnd =
  | { readonly kind: 'outcome'; readonly outcome: Outcome; readonly stack: string | null }
  | { readonly kind: 'parked' }
  | { readonly kind: 'timeout' }
  /** A signal from outside the worker ended the process, without evidence of a failure, or it hung. */
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'notStarted'; readonly reason: string }
  /** It could not be done here, for a reason that says nothing about the trial. */
  | { readonly kind: 'outage'; readonly reason: string };

/** What first brought the attempt to its end. */
type Event =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: ThrownError }
  | { readonly kind: 'exited'; readonly exit: ProcessExit }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'verdict' }
  | { readonly kind: 'silent'; readonly milliseconds: number }
  | { readonly kind: 'outage'; readonly reason: string }
  | { readonly kind: 'parkOverdue' };

/** What an attempt runs with. */
export interface AttemptRunOptions {
  readonly session: AttemptSession;
  readonly slot: ProcessSlot;
  readonly limits: ProcessLimits;
  /** Wall-clock milliseconds that the attempt may take. */
  readonly limit: number | undefined;
  /** Milliseconds between the request to park, or a verdict, and the end of the process. */
  readonly graceTime: number;
}

/** One attempt of a trial in a process. */
export abstract class AttemptRun {
  readonly end: Promise<AttemptRunEnd>;
  protected readonly session: AttemptSession;
  private readonly settle: (event: Event) => void;
  private readonly timers: NodeJS.Timeout[] = [];
  private parking = false;
  private seenSigns = 0;
  private seenActivity = 0;

  protected constructor(
    private readonly options: AttemptRunOptions,
    protected readonly process: EvaluatingProcess | CommandProcess,
  ) {
    this.session = options.session;
    let settle: (event: Event) => void = () => undefined;
    const first = new Promise<Event>((resolve) => {
      settle = resolve;
    });
    this.settle = settle;
    void process.exited.then((exit) => {
      void this.session.settled().then(() => settle({ kind: 'exited', exit }));
    });
    if (options.limit !== undefined) this.after(options.limit, { kind: 'timeout' });
    this.end = this.conclude(first);
    this.end.catch(() => undefined);
  }

  /** Asks the evaluation to save a checkpoint and return; after the grace time its processes are ended. */
  park(): void {
    if (this.parking) return;
    this.parking = true;
    this.askToPark();
    this.after(this.options.graceTime, { kind: 'parkOverdue' });
  }

  /** Ends the attempt as lost when its process has given no sign of life for too long; `limit` is the least of that. */
  silent(milliseconds: number, limit: number): void {
    if (milliseconds >= Math.max(limit, this.patience)) this.settle({ kind: 'silent', milliseconds });
  }

  /** Whether the process has shown life since the last call: said something, or computed, as far as the system tells. */
  async progressed(): Promise<boolean> {
    const { signs } = this.session;
    const spoke = signs !== this.seenSigns;
    this.seenSigns = signs;
    this.ping();
    if (spoke) return true;
    const activity = await this.process.activity();
    if (activity === null) return true;
    // Less than before is life, too: a process that had computed has ended.
    const computed = activity.done !== this.seenActivity;
    this.seenActivity = activity.done;
    return computed || activity.isHeldUp;
  }

  /** Milliseconds that the process may be silent, at the least. */
  protected abstract readonly patience: number;

  protected abstract askToPark(): void;
  protected abstract ping(): void;
  protected abstract outcomeOfExit(
    exit: ProcessExit,
  ): { readonly outcome: Outcome; readonly stack: string | null } | null;

  protected failureToStart(_exit: ProcessExit): string | null {
    return null;
  }

  protected returned(value: unknown): void {
    this.settle({ kind: 'returned', value });
  }

  protected outage(reason: string): void {
    this.settle({ kind: 'outage', reason });
  }

  protected threw(error: ThrownError): void {
    this.settle({ kind: 'threw', error });
  }

  /** Subclasses call it after every message that may have left a verdict. */
  protected checkVerdict(): void {
    if (this.session.superseded !== null) this.settle({ kind: 'verdict' });
    else if (this.session.verdict !== null) this.after(this.options.graceTime, { kind: 'verdict' });
  }

  /** The outcome of an evaluation that returned this value. */
  protected outcomeOf(value: unknown): Outcome {
    const { session } = this;
    const { slice } = session.trial;
    const { values, hasOwnCheckpoint } = session;
    const work = slice === null ? null : { slice, values, hasOwnCheckpoint };
    return outcomeOfValue(value, session.declared, session.reports, work);
  }

  private after(milliseconds: number, event: Event): void {
    // Longer timers would fire at once.
    if (milliseconds < 2 ** 31) this.timers.push(setTimeout(() => this.settle(event), milliseconds));
  }

  private async conclude(first: Promise<Event>): Promise<AttemptRunEnd> {
    const event = await first;
    for (const timer of this.timers) clearTimeout(timer);
    // What the evaluation printed before it ended may still be in its pipes.
    await nextTurn();
    await nextTurn();
    const healthy = !this.parking && this.session.superseded === null && leavesProcessSound(event);
    this.process.onOutput(() => undefined);
    this.options.slot.release(healthy);
    if (!healthy) await this.process.exited;
    if (this.session.superseded !== null) throw this.session.superseded;
    if (this.parking) return { kind: 'parked' };
    if (this.session.verdict !== null) {
      const stack = event.kind === 'threw' ? event.error.stack : null;
      return { kind: 'outcome', outcome: this.session.verdict, stack };
    }
    return this.endOf(event);
  }

  private endOf(event: Event): AttemptRunEnd {
    switch (event.kind) {
      case 'returned': {
        return { kind: 'outcome', outcome: this.outcomeOf(event.value), stack: null };
      }
      case 'threw':
        return { kind: 'outcome', outcome: outcomeOfError(event.error), stack: event.error.stack };
      case 'exited':
        return this.endOfExit(event.exit);
      case 'timeout':
        return { kind: 'timeout' };
      case 'outage':
        return event;
      case 'silent':
        return { kind: 'lost', reason: `it gave no sign of life for ${event.milliseconds / 1000} s` };
      case 'parkOverdue':
      case 'verdict':
        throw new Error('An attempt ended by a request that was never made.');
      default:
        return unreachable(event, 'end');
    }
  }

  private endOfExit(exit: ProcessExit): AttemptRunEnd {
    const notStarted = exit.startError ?? this.failureToStart(exit);
    if (notStarted !== null) return { kind: 'notStarted', reason: notStarted };
    const decided = this.outcomeOfExit(exit);
    if (decided !== null) return { kind: 'outcome', ...decided };
    if (exit.outOfMemory !== null) {
      return { kind: 'outcome', outcome: failure('OutOfMemory', exit.outOfMemory), stack: null };
    }
    return { kind: 'lost', reason: `it ended by ${exit.signal ?? `exit code ${exit.code}`}` };
  }
}

// Whether the process may evaluate another trial: a parked trial has to free its device, and a bug or a lack of memory
// may leave the process in any state.
function leavesProcessSound(event: Event): boolean {
  if (event.kind === 'returned') return true;
  if (event.kind !== 'threw') return false;
  const outcome = outcomeOfError(event.error);
  return (
    outcome.kind === 'failed' && (outcome.class === 'Diverged' || outcome.class === 'InvalidArchitecture')
  );
}
