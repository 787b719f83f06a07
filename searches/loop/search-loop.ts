import { unreachable } from '../../foundation/errors/index.js';
import {
  encodeState,
  type Outcome,
  type Proposal,
  type StateValue,
  type ToldTrial,
  type Trial,
  type UpdateRequest,
  type UpdateResult,
} from '../../algorithms/index.js';
import { utf8Bytes } from '../../foundation/json/index.js';
import { decode } from '../../search-spaces/index.js';
import { endAt, stillEnded } from './budget-end.js';
import { withCandidate } from './candidates.js';
import type { Budget } from '../definition/definition.js';
import type { Intervention, JournalRecord } from '../loop/journal-record.js';
import { completeOutcome } from './outcome.js';
import { decodeLoopState, encodeLoopState } from './loop-state.js';
import type { Completion, LoopState, OpenTrial, PauseFlags, TrialStatus } from './loop-state.js';
import type { EndReason } from './progress.js';
import { isCounted, SearchReport } from './search-report.js';
import { knownOutcome, trialContentKey, type SearchPlan } from './search-plan.js';
import { emptyTrajectory, extendTrajectory } from './trajectory.js';

/** What the search wants to happen next. */
export type LoopStep =
  | { readonly kind: 'start'; readonly open: OpenTrial }
  | { readonly kind: 'update'; readonly request: UpdateRequest }
  /** Many trials in a row needed no evaluation: their records should be written before the next step. */
  | { readonly kind: 'breathe' }
  /** Nothing until something completes, is told or changes. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'end'; readonly reason: EndReason }
  | { readonly kind: 'failed'; readonly message: string };

/** What became of a completed evaluation. */
export type CompletionEffect = 'recorded' | 'repeat' | 'ignored';

const lastTrials = 20;

/** So many trials may follow each other without an evaluation in one step: about 50 ms of work. */
const unevaluatedTrials = 256;

/**
 * The rules of a search as a state machine without I/O: what to propose, when to tell, when it ends. The search
 * workflow drives it forward, `rebuild` drives it through a journal; both reach the same states. All changes go
 * through its methods; each leaves journal records, which the driver drains.
 */
export class SearchLoop {
  private records: JournalRecord[] = [];

  private constructor(
    private currentPlan: SearchPlan,
    private readonly state: LoopState,
  ) {}

  /** A search before its first trial. */
  static open(plan: SearchPlan, parentPaused = false): SearchLoop {
    return new SearchLoop(plan, {
      version: 1,
      algorithm: plan.algorithm.init(),
      nextIndex: 0,
      toldCount: 0,
      recorded: 0,
      trajectoryHash: emptyTrajectory,
      open: [],
      arrivals: [],
      mustTell: false,
      exhausted: false,
      update: null,
      initialUsed: 0,
      enqueued: [],
      budget: plan.level.budget,
      concurrency: plan.level.concurrency,
      pauses: { user: false, parent: parentPaused, losses: null },
      durationReached: false,
      end: null,
      failure: null,
      counts: { scored: 0, infeasible: 0, stopped: 0, failed: 0, cancelled: 0 },
      cost: 0,
      candidates: [],
      last: [],
      timed: plan.level.order === 'as-completed' && plan.level.concurrency > 1,
    });
  }

  /** Goes on from a state made by `encode`. */
  static decode(plan: SearchPlan, bytes: Uint8Array): SearchLoop {
    return new SearchLoop(plan, decodeLoopState(bytes));
  }

  get plan(): SearchPlan {
    return this.currentPlan;
  }

  /** Goes on under a plan that differs in the evaluator only (intervention `adopt`). */
  adopt(plan: SearchPlan): void {
    this.currentPlan = plan;
    this.intervene({ kind: 'adopt', definition: plan.definition });
  }

  encode(): Uint8Array {
    return encodeLoopState(this.state);
  }

  /** Bytes of the parts of the state that can become large. */
  sizes(): { readonly algorithm: number; readonly candidates: number; readonly open: number } {
    const { algorithm, candidates, open, arrivals, enqueued, last } = this.state;
    return {
      algorithm: encodeState(algorithm).length,
      candidates: utf8Bytes(JSON.stringify(candidates)).length,
      open: utf8Bytes(JSON.stringify([open, arrivals, enqueued, last])).length,
    };
  }

  /** Takes the journal records that arose since the last call. */
  drainRecords(): readonly JournalRecord[] {
    const drained = this.records;
    this.records = [];
    return drained;
  }

  /** The next thing to do. A `start` marks its trial as running, an `update` is handed out until it is applied. */
  step(): LoopStep {
    if (this.state.failure !== null) return { kind: 'failed', message: this.state.failure };
    if (this.state.end !== null) return { kind: 'end', reason: this.state.end };
    if (this.paused) return { kind: 'idle' };
    for (const from = this.state.nextIndex; ;) {
      if (this.state.nextIndex - from >= unevaluatedTrials) return { kind: 'breathe' };
      if (this.runningCount() >= this.state.concurrency) return { kind: 'idle' };
      const queued = this.state.open.find((open) => open.status.kind === 'queued');
      if (queued !== undefined) {
        const leader = this.leaderOf(queued);
        this.setStatus(
          queued.trial.index,
          leader === null ? { kind: 'running' } : { kind: 'following', leader },
        );
        if (leader !== null) continue;
        return { kind: 'start', open: queued };
      }
      const proposed = this.propose();
      switch (proposed.kind) {
        case 'proposed':
          continue;
        case 'update':
          return { kind: 'update', request: proposed.request };
        case 'nothing':
          if (this.state.end !== null) return { kind: 'end', reason: this.state.end };
          return { kind: 'idle' };
        default:
          return unreachable(proposed);
      }
    }
  }

  /**
   * Decides on the next index, if the rules allow it now: tells what must be told first, then takes the next point of
   * `initial`, of the queue or of the algorithm. Independent of concurrency, pauses and time. An enqueued point takes
   * an index only when the algorithm could take it too: what `wait` and `update` demand before an index must not depend
   * on the moment at which somebody enqueued.
   */
  propose():
    | { readonly kind: 'proposed'; readonly trial: Trial }
    | { readonly kind: 'update'; readonly request: UpdateRequest }
    | { readonly kind: 'nothing' } {
    const { state, plan } = this;
    if (state.end !== null) return { kind: 'nothing' };
    for (;;) {
      const index = state.nextIndex;
      if (state.durationReached || index >= (state.budget.trials ?? Infinity)) return this.nothingMore();
      if (state.update !== null) return { kind: 'update', request: state.update };
      const required = plan.level.order === 'in-order' ? index - plan.level.window + 1 : 0;
      if (state.toldCount < required) {
        if (!this.tellNext()) return { kind: 'nothing' };
        continue;
      }
      const initial = plan.level.initial[state.initialUsed];
      if (initial !== undefined) {
        state.initialUsed += 1;
        return { kind: 'proposed', trial: this.add({ genome: initial }, 'initial') };
      }
      if (state.exhausted) {
        const enqueued = this.takeEnqueued();
        return enqueued === null ? this.nothingMore() : { kind: 'proposed', trial: enqueued };
      }
      if (state.mustTell) {
        if (this.tellNext()) continue;
        // An algorithm that waits although everything was told to it has nothing more to propose.
        if (state.open.length > 0) return { kind: 'nothing' };
        state.exhausted = true;
        continue;
      }
      const asked = plan.algorithm.propose(state.algorithm, index);
      const { action } = asked;
      switch (action.kind) {
        case 'trial': {
          const enqueued = this.takeEnqueued();
          if (enqueued !== null) return { kind: 'proposed', trial: enqueued };
          state.algorithm = asked.state;
          return { kind: 'proposed', trial: this.add(action.proposal, 'algorithm') };
        }
        case 'wait':
          // Who waits has decided nothing: how often it is asked must not matter.
          state.mustTell = true;
          break;
        case 'update':
          state.algorithm = asked.state;
          state.update = action.request;
          break;
        case 'done':
          state.algorithm = asked.state;
          state.exhausted = true;
          break;
        default:
          return unreachable(action);
      }
    }
  }

  /** Applies the result of the update that was handed out. */
  applyUpdate(result: UpdateResult): void {
    const apply = this.plan.algorithm.applyUpdate;
    if (apply === undefined) throw new Error(`The algorithm ${this.plan.algorithm.name} has no updates.`);
    this.state.algorithm = apply(this.state.algorithm, result);
    this.state.update = null;
    this.demandUpdate();
    this.advance();
  }

  /**
   * Takes the result of an evaluation. `repeat`: it did not count (a failure within its retries, a first timeout) and
   * the trial is queued again. `ignored`: the trial has an outcome already.
   */
  complete(index: number, received: Completion): CompletionEffect {
    const open = this.find(index);
    if (open === undefined || open.status.kind === 'done') return 'ignored';
    const outcome = completeOutcome(this.plan.level, received.outcome);
    const timedOut = outcome.kind === 'failed' && outcome.class === 'Timeout';
    const completion = { ...received, outcome, ...(timedOut ? { timed: true } : {}) };
    if (outcome.kind === 'failed') {
      if (outcome.class === 'Timeout' && open.timeouts === 0) {
        this.replace({ ...open, timeouts: 1, status: { kind: 'queued' } });
        return 'repeat';
      }
      if (this.plan.level.failurePolicy[outcome.class] === 'stop') {
        if (open.failures < this.plan.level.retries) {
          this.replace({ ...open, failures: open.failures + 1, status: { kind: 'queued' } });
          return 'repeat';
        }
        this.replace({ ...open, failures: 0, status: { kind: 'queued' } });
        this.state.failure ??= `Trial ${index} failed (${outcome.class}): ${outcome.message}`;
        return 'repeat';
      }
    }
    this.record(index, completion);
    return 'recorded';
  }

  /**
   * Takes a final outcome, without asking the failure policies again. `journaled`: it comes from the journal and is not
   * written there once more.
   */
  record(index: number, completion: Completion, journaled = false): void {
    const open = this.find(index);
    if (open === undefined) return;
    if (open.status.kind === 'done') {
      if (journaled) this.setStatus(index, { ...open.status, journaled });
      return;
    }
    this.setStatus(index, { kind: 'done', completion, journaled });
    for (const other of this.state.open) {
      if (other.status.kind === 'following' && other.status.leader === index) {
        this.setStatus(other.trial.index, { kind: 'queued' });
      }
    }
    if (this.plan.level.order === 'as-completed') this.state.arrivals.push(index);
    this.advance();
  }

  /** Puts a running trial back: it starts again, from its checkpoint, when a place is free. */
  park(index: number): void {
    const open = this.find(index);
    if (open?.status.kind === 'running') this.setStatus(index, { kind: 'queued' });
  }

  /** Puts all trials back that were running when the state was taken. */
  parkAll(): void {
    for (const open of this.state.open) {
      if (open.status.kind === 'running' || open.status.kind === 'following') {
        this.setStatus(open.trial.index, { kind: 'queued' });
      }
    }
  }

  /**
   * Takes over what another driver of the same search knew beyond this state, after this state was rebuilt from a
   * journal that had gone on without it: its unwritten interventions, its outcomes, and which trials it is running.
   */
  merge(other: SearchLoop, unwritten: readonly JournalRecord[], running: readonly number[]): void {
    const outcomes = new Map<number, Completion>();
    for (const record of unwritten) {
      if (record.kind === 'intervention' && record.intervention.kind !== 'adopt')
        this.intervene(record.intervention);
      if (record.kind === 'told') {
        const { kind: _kind, index, ...completion } = record;
        outcomes.set(index, completion);
      }
    }
    for (const { trial, status } of other.state.open) {
      if (status.kind === 'done') outcomes.set(trial.index, status.completion);
    }
    for (let progressed = true; progressed;) {
      progressed = false;
      for (const [index, completion] of outcomes) {
        const mine = this.find(index);
        if (mine === undefined || mine.status.kind === 'done') continue;
        this.record(index, completion);
        progressed = true;
      }
      while (this.nextIndex < other.nextIndex && this.propose().kind === 'proposed') progressed = true;
    }
    for (const index of running) {
      if (this.find(index)?.status.kind === 'queued') this.setStatus(index, { kind: 'running' });
    }
  }

  /** Applies an intervention and records it with the index from which it acts. */
  intervene(intervention: Intervention): void {
    const { state } = this;
    this.records.push({ kind: 'intervention', index: state.nextIndex, intervention });
    switch (intervention.kind) {
      case 'enqueue':
        state.enqueued.push(intervention.genome);
        state.timed = true;
        if (state.end?.kind === 'exhausted') state.end = null;
        return;
      case 'cancelTrial':
        state.timed = true;
        this.record(intervention.trial, { outcome: { kind: 'cancelled' } });
        return;
      case 'extend':
        state.budget = { ...state.budget, ...intervention.budget };
        state.timed = true;
        if (intervention.budget.duration !== undefined) state.durationReached = false;
        if (state.end !== null && !stillEnded(this.plan.metrics, state, state.end, intervention.budget)) {
          state.end = null;
        }
        this.advance();
        return;
      case 'setConcurrency':
        state.concurrency = intervention.concurrency;
        // Where the order of arrival decides, so does the number of places.
        if (this.plan.level.order === 'as-completed') state.timed = true;
        return;
      case 'pause':
        this.setPauses(
          intervention.by === 'losses'
            ? { losses: intervention.message ?? 'a trial was lost over and over' }
            : { [intervention.by]: true },
        );
        return;
      case 'resume':
        this.setPauses(intervention.by === 'user' ? { user: false, losses: null } : { parent: false });
        return;
      case 'durationReached':
        state.durationReached = true;
        state.timed = true;
        return;
      case 'adopt':
        state.timed = true;
        return;
      default:
        return unreachable(intervention);
    }
  }

  /** Clears a failure so that the search can be tried again. */
  clearFailure(): void {
    this.state.failure = null;
  }

  /**
   * Leaves records of the outcomes that are known but not yet in their turn: called before a search closes. Those that
   * arrived are left in the order of their arrival, which is the one in which they will be told.
   */
  recordHeld(): void {
    const arrived = this.state.arrivals.flatMap((index) => this.find(index) ?? []);
    for (const open of this.plan.level.order === 'as-completed' ? arrived : this.state.open) {
      if (open.status.kind !== 'done' || open.status.journaled || isCounted(this.plan, this.state, open))
        continue;
      this.records.push(toldRecord(open.trial.index, open.status.completion));
      this.setStatus(open.trial.index, { ...open.status, journaled: true });
    }
  }

  get paused(): boolean {
    const { user, parent, losses } = this.state.pauses;
    return user || parent || losses !== null;
  }

  get pauses(): PauseFlags {
    return this.state.pauses;
  }

  get failure(): string | null {
    return this.state.failure;
  }

  get end(): EndReason | null {
    return this.state.end;
  }

  get timed(): boolean {
    return this.state.timed;
  }

  get budget(): Budget {
    return this.state.budget;
  }

  get concurrency(): number {
    return this.state.concurrency;
  }

  get durationReached(): boolean {
    return this.state.durationReached;
  }

  get trajectoryHash(): string {
    return this.state.trajectoryHash;
  }

  get nextIndex(): number {
    return this.state.nextIndex;
  }

  /** The update that must be applied before anything more is told or proposed. */
  get update(): UpdateRequest | null {
    return this.state.update;
  }

  /** Number of outcomes that count. */
  get recorded(): number {
    return this.state.recorded;
  }

  /** Index that a point enqueued now gets. */
  get nextEnqueuedIndex(): number {
    const initialLeft = Math.max(0, this.plan.level.initial.length - this.state.initialUsed);
    return this.state.nextIndex + initialLeft + this.state.enqueued.length;
  }

  /** Number of points that somebody gave and that were not tried yet. */
  get enqueued(): number {
    return this.state.enqueued.length;
  }

  /** The open trial with this index. */
  find(index: number): OpenTrial | undefined {
    return this.state.open.find((open) => open.trial.index === index);
  }

  /** What the algorithm knows, and the outcomes that count of which it was not told: the search had ended. */
  get learned(): { readonly state: StateValue; readonly untold: readonly ToldTrial[] } {
    const counted = this.state.open.filter((open) => isCounted(this.plan, this.state, open));
    const untold = counted.flatMap(({ trial, status }) =>
      status.kind === 'done' ? [{ trial, outcome: status.completion.outcome }] : [],
    );
    return { state: this.state.algorithm, untold };
  }

  /** What people and outer levels are told about the search. */
  get report(): SearchReport {
    return new SearchReport(this.plan, this.state);
  }

  private takeEnqueued(): Trial | null {
    const genome = this.state.enqueued.shift();
    return genome === undefined ? null : this.add({ genome }, 'enqueued');
  }

  /**
   * In `as-completed` an update is demanded as soon as it is possible, not when a place is free: so the outcomes that
   * come before it and after it are the same when the journal is read again.
   */
  private demandUpdate(): void {
    const { state, plan } = this;
    if (plan.level.order === 'in-order' || plan.algorithm.applyUpdate === undefined || state.exhausted)
      return;
    const { state: algorithm, action } = plan.algorithm.propose(state.algorithm, state.nextIndex);
    if (action.kind !== 'update') return;
    state.algorithm = algorithm;
    state.update = action.request;
  }

  private add(proposal: Proposal, source: 'algorithm' | 'enqueued' | 'initial'): Trial {
    const trial: Trial = { ...proposal, index: this.state.nextIndex };
    const known = knownOutcome(this.plan, trial);
    this.state.nextIndex += 1;
    this.state.open.push({
      trial,
      status: { kind: 'queued' },
      contentKey: known === undefined ? trialContentKey(this.plan, trial) : null,
      failures: 0,
      timeouts: 0,
    });
    this.records.push({ kind: 'proposed', trial, source });
    this.demandUpdate();
    if (known !== undefined) this.record(trial.index, { outcome: known });
    return trial;
  }

  /** Tells the algorithm the next outcome, if it is known: by index in `in-order`; arrivals are told at once. */
  private tellNext(): boolean {
    const { state, plan } = this;
    if (plan.level.order === 'as-completed') return false;
    const open = state.open[0];
    if (open === undefined || open.trial.index !== state.toldCount || open.status.kind !== 'done')
      return false;
    // An outcome is told only after it counts, so that an ended search never tells what came after its end.
    if (open.trial.index >= state.recorded) return false;
    this.tell(open.trial, open.status.completion.outcome);
    state.open.shift();
    return true;
  }

  private tell(trial: Trial, outcome: Outcome): void {
    const { state, plan } = this;
    state.algorithm = plan.algorithm.tell(state.algorithm, [{ trial, outcome }]);
    state.toldCount += 1;
    state.mustTell = false;
  }

  /** Counts outcomes whose turn has come, until one ends the search. */
  private advance(): void {
    if (this.plan.level.order === 'as-completed') {
      this.tellArrivals();
    } else {
      while (this.state.end === null) {
        const open = this.find(this.state.recorded);
        if (open?.status.kind !== 'done') break;
        this.count(open.trial, open.status.completion, open.status.journaled);
      }
    }
    if (this.state.end === null) this.nothingMore();
  }

  private tellArrivals(): void {
    const { state } = this;
    while (this.plan.level.order === 'as-completed' && state.update === null && state.end === null) {
      const index = state.arrivals.shift();
      if (index === undefined) return;
      const open = this.find(index);
      if (open?.status.kind !== 'done') continue;
      state.open = state.open.filter((other) => other !== open);
      this.tell(open.trial, open.status.completion.outcome);
      this.count(open.trial, open.status.completion, open.status.journaled);
      this.demandUpdate();
    }
  }

  /** Makes an outcome part of the trajectory, the counts and the journal, and checks the budgets that it may end. */
  private count(trial: Trial, completion: Completion, journaled: boolean): void {
    const { state, plan } = this;
    const { outcome } = completion;
    state.recorded += 1;
    state.trajectoryHash = extendTrajectory(
      state.trajectoryHash,
      trial.index,
      trial.genome,
      outcome,
      plan.metrics,
    );
    state.counts[outcome.kind] += 1;
    if (outcome.kind !== 'cancelled') state.cost += outcome.cost ?? 0;
    if (completion.timed === true) state.timed = true;
    if (outcome.kind === 'scored') {
      const inner = completion.inner?.parameters ?? {};
      const candidate = { index: trial.index, genome: trial.genome, metrics: outcome.metrics, inner };
      state.candidates = [...withCandidate(state.candidates, plan.metrics, candidate)];
    }
    if (!journaled) this.records.push(toldRecord(trial.index, completion));
    const parameters = decode(plan.level.space, trial.genome, { violated: 'allow' });
    state.last.push({ index: trial.index, parameters, outcome });
    if (state.last.length > lastTrials) state.last.shift();
    state.end = endAt(plan.metrics, state, trial.index, outcome);
  }

  /** Ends the search when nothing more will be proposed and every index has its outcome. */
  private nothingMore(): { readonly kind: 'nothing' } {
    const { state } = this;
    const trialsReached = state.nextIndex >= (state.budget.trials ?? Infinity);
    const over = trialsReached || state.durationReached || (state.exhausted && state.enqueued.length === 0);
    if (over && state.end === null && state.recorded === state.nextIndex) {
      state.end = trialsReached
        ? { kind: 'trials' }
        : state.durationReached
          ? { kind: 'duration' }
          : { kind: 'exhausted' };
    }
    return { kind: 'nothing' };
  }

  private runningCount(): number {
    let running = 0;
    for (const open of this.state.open) if (open.status.kind === 'running') running += 1;
    return running;
  }

  private leaderOf(open: OpenTrial): number | null {
    if (open.contentKey === null) return null;
    const leader = this.state.open.find(
      (other) =>
        other.contentKey === open.contentKey &&
        other.status.kind === 'running' &&
        other.trial.index < open.trial.index,
    );
    return leader?.trial.index ?? null;
  }

  private setPauses(flags: Partial<PauseFlags>): void {
    this.state.pauses = { ...this.state.pauses, ...flags };
  }

  private setStatus(index: number, status: TrialStatus): void {
    const open = this.find(index);
    if (open !== undefined) this.replace({ ...open, status });
  }

  private replace(open: OpenTrial): void {
    const place = this.state.open.findIndex((other) => other.trial.index === open.trial.index);
    this.state.open[place] = open;
  }
}

function toldRecord(index: number, completion: Completion): JournalRecord {
  return { kind: 'told', index, ...completion };
}
