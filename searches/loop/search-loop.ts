import type {
  FailureClass,
  StateValue,
  ToldTrial,
  UpdateRequest,
  UpdateResult,
} from '../../algorithms/index.js';
import { completeOutcome } from './outcome.js';
import { initialState } from './initial-state.js';
import { intervene } from './intervening.js';
import type { Intervention } from './intervention.js';
import type { JournalRecord } from './journal-record.js';
import { decodeLoopState, encodeLoopState } from './loop-state.js';
import type { Completion, LoopState, OpenTrial, PauseFlags } from './loop-state.js';
import { mergeInto } from './merge.js';
import type { EndReason } from './progress.js';
import { propose, type Proposed } from './proposing.js';
import { advance, recordHeld, recordOutcome } from './recording.js';
import { courseOf, type SearchCourse } from './search-course.js';
import type { SearchPlan } from './search-plan.js';
import { SearchReport } from './search-report.js';
import { tellingIn } from './telling.js';
import { applyUpdate } from './told-algorithm.js';

/** What the search wants to happen next. */
export type LoopStep =
  | { readonly kind: 'start'; readonly open: OpenTrial }
  | { readonly kind: 'update'; readonly request: UpdateRequest }
  /** Many trials in a row needed no evaluation: their records should be written before the next step. */
  | { readonly kind: 'breathe' }
  /** Nothing to do until a trial completes or an intervention changes the search. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'end'; readonly reason: EndReason }
  | { readonly kind: 'failed'; readonly message: string };

/** What became of a completed evaluation. */
export type CompletionEffect = 'recorded' | 'repeat' | 'ignored';

/** So many trials may follow each other without an evaluation in one step: about 50 ms of work. */
const unevaluatedTrials = 256;

/**
 * The rules of a search as a state machine without I/O: what to propose, when to tell, when it ends. The search
 * workflow drives it forward, `rebuild` drives it through a journal; both reach the same states. All changes go
 * through its methods; each leaves journal records, which the driver drains.
 */
export class SearchLoop {
  private constructor(private readonly course: SearchCourse) {}

  /** A search before its first trial. */
  static open(plan: SearchPlan, parentPaused = false): SearchLoop {
    return new SearchLoop(courseOf(plan, initialState(plan, parentPaused)));
  }

  /** Goes on from a state made by `encode`. */
  static decode(plan: SearchPlan, bytes: Uint8Array): SearchLoop {
    return new SearchLoop(courseOf(plan, decodeLoopState(bytes)));
  }

  encode(): Uint8Array {
    return encodeLoopState(this.course.state);
  }

  get plan(): SearchPlan {
    return this.course.plan;
  }

  /** The complete state, to be read only. */
  get state(): Readonly<LoopState> {
    return this.course.state;
  }

  get pauses(): PauseFlags {
    return this.state.pauses;
  }

  get paused(): boolean {
    const { user, parent, losses } = this.state.pauses;
    return user || parent || losses !== null;
  }

  get end(): EndReason | null {
    return this.state.end;
  }

  /** What people and outer levels learn about the search. */
  get report(): SearchReport {
    return new SearchReport(this.plan, this.state);
  }

  /** What the algorithm knows, and the outcomes that count but that the search had not told it when it ended. */
  get learned(): { readonly state: StateValue; readonly untold: readonly ToldTrial[] } {
    const { plan, state } = this.course;
    const counted = state.open.filter((open) => tellingIn(plan.level).isCounted(state, open));
    const untold = counted.flatMap(({ trial, status }) =>
      status.kind === 'done' ? [{ trial, outcome: status.completion.outcome }] : [],
    );
    return { state: state.algorithm, untold };
  }

  /** The open trial with this index. */
  find(index: number): OpenTrial | undefined {
    return this.course.trials.find(index);
  }

  /** Whether records arose since they were taken last. */
  get hasRecords(): boolean {
    return this.course.records.length > 0;
  }

  /** Takes the journal records that arose since the last call. */
  drainRecords(): readonly JournalRecord[] {
    return this.course.records.splice(0);
  }

  /** Takes the trials whose checkpoints no later trial needs since the last call. */
  drainObsolete(): readonly number[] {
    return this.course.obsolete.splice(0);
  }

  /** The next thing to do. A `start` marks its trial as running; an `update` comes again until it is applied. */
  step(): LoopStep {
    const { state, trials } = this.course;
    if (state.failure !== null) return { kind: 'failed', message: state.failure };
    if (state.end !== null) return { kind: 'end', reason: state.end };
    if (this.paused) return { kind: 'idle' };
    const from = state.nextIndex;
    while (state.nextIndex - from < unevaluatedTrials) {
      if (trials.running >= state.concurrency) return { kind: 'idle' };
      const open = trials.startNext();
      if (open !== undefined) return { kind: 'start', open };
      const proposed = this.propose();
      if (proposed.kind === 'update') return proposed;
      if (proposed.kind === 'nothing') {
        return this.end === null ? { kind: 'idle' } : { kind: 'end', reason: this.end };
      }
    }
    return { kind: 'breathe' };
  }

  /** Decides on the next index, if the rules allow it now; independent of concurrency, pauses and time. */
  propose(): Proposed {
    return propose(this.course);
  }

  /** Applies the result of the update that was handed out. */
  applyUpdate(result: UpdateResult): void {
    applyUpdate(this.course, result);
    tellingIn(this.plan.level).lookAhead(this.course);
    advance(this.course);
  }

  /**
   * Takes the result of an evaluation. `repeat`: it did not count (a failure within its retries, a first timeout) and
   * the trial is queued again. `ignored`: the trial has an outcome already.
   */
  complete(index: number, received: Completion): CompletionEffect {
    const { plan, state, trials } = this.course;
    const { level } = plan;
    const open = trials.find(index);
    if (open === undefined || open.status.kind === 'done') return 'ignored';
    const { slice } = open.trial;
    const outcome = completeOutcome(level, received.outcome, slice);
    const timedOut = outcome.kind === 'failed' && outcome.class === 'Timeout';
    if (timedOut && open.timeouts === 0) {
      trials.repeat(open, { timeouts: 1 });
      return 'repeat';
    }
    // No slice can be left out: the ones after it go on from its weights, or wait for its values.
    const stops = (failure: FailureClass): boolean =>
      slice !== undefined || level.failurePolicy[failure] === 'stop';
    if (outcome.kind === 'failed' && stops(outcome.class)) {
      const retried = open.failures < level.retries;
      trials.repeat(open, { failures: retried ? open.failures + 1 : 0 });
      if (!retried) state.failure ??= `Trial ${index} failed (${outcome.class}): ${outcome.message}`;
      return 'repeat';
    }
    this.record(index, { ...received, outcome, ...(timedOut ? { timed: true } : {}) });
    return 'recorded';
  }

  /**
   * Takes a final outcome, without asking the failure policies again. `journaled`: it comes from the journal and is not
   * written there once more.
   */
  record(index: number, completion: Completion, journaled = false): void {
    recordOutcome(this.course, index, completion, journaled);
  }

  /**
   * Leaves records of the outcomes that are known but not yet in their turn: the driver calls it before it closes the
   * search. In `as-completed` they are in the order of arrival, because the search will tell them in it.
   */
  recordHeld(): void {
    recordHeld(this.course);
  }

  /** Puts a running trial back into the queue, from where it starts again at its checkpoint. */
  park(index: number): void {
    this.course.trials.park(index);
  }

  /** Puts all trials back that were running when the state was taken. */
  parkAll(): void {
    this.course.trials.parkAll();
  }

  /** Applies an intervention and records it with the index from which it acts. */
  intervene(intervention: Intervention): void {
    intervene(this.course, intervention);
  }

  /** Goes on under a plan that differs in the evaluator only (intervention `adopt`). */
  adopt(plan: SearchPlan): void {
    this.course.plan = plan;
    this.intervene({ kind: 'adopt', definition: plan.definition });
  }

  /**
   * Takes over what another driver of the same search knew beyond this state, after this state was rebuilt from a
   * journal that had gone on without it: its unwritten interventions, its outcomes, and which trials it is running.
   */
  merge(other: SearchLoop, unwritten: readonly JournalRecord[], running: readonly number[]): void {
    mergeInto(this.course, other.state, unwritten, running);
  }

  /** Clears a failure so that the driver can go on with the search. */
  clearFailure(): void {
    this.course.state.failure = null;
  }
}
