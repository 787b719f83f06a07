import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  makeContinueAsNewFunc,
  sleep,
  workflowInfo,
  type ChildWorkflowHandle,
  type Workflow,
} from '@temporalio/workflow';
import { asError, unreachable } from '../foundation/errors/index.js';
import type { OpenedSearch } from '../activities/index.js';
import { AlgorithmError, type UpdateRequest } from '../algorithms/index.js';
import { encode, SpaceError, validate } from '../search-spaces/index.js';
import {
  adopted,
  type EndReason,
  type Intervention,
  isLight,
  type OpenTrial,
  planSearch,
  problemText,
  type Retraining,
  type RetrainingDefinition,
  type SearchDefinition,
  SearchLoop,
  type SearchPhase,
  type SearchProgress,
  type SearchResult,
  stateLimit,
  stateTooLarge,
} from '../searches/index.js';
import { activityCalls, journalCalls, type ActivityCalls } from './activity-calls.js';
import {
  decodeCarried,
  decodeOpened,
  decodeUpdateResult,
  encodeCarried,
  encodeUpdateRequest,
} from './carried-state.js';
import { JournalWriter } from './journal-writer.js';
import {
  parentPausedSignal,
  SEARCH_WORKFLOW,
  type EnqueuedPoint,
  type SearchInput,
} from './messages/messages.js';
import { RetrainingStage } from './retraining-stage.js';
import { SearchDisplay } from './search-display.js';
import {
  evaluateLight,
  evaluateTrial,
  evaluationOfError,
  evaluationOfResult,
  type Evaluation,
  type EvaluationSetting,
} from './trial-evaluation.js';

/** From here on the search continues as new when nothing is in flight. */
const continueEvents = 1_000;
const continueBytes = 1_000_000;
/**
 * From here on nothing is started until nothing is in flight. A replay of 2,500 events takes about a second, well
 * inside a workflow task's 5 s even on a busy machine; 8,000 would not be.
 */
const drainEvents = 2_500;
const drainBytes = 8_000_000;
/** How long a search that closes waits for evaluations in the worker. */
const lightGrace = 2_000;
/** A paused search with a shorter history than this gains nothing by continuing as new. */
const pausedEvents = 50;

interface RunningTrial {
  /** Null for a light evaluation: it is over in milliseconds, and the five promises of a scope are each traced. */
  readonly scope: CancellationScope | null;
  inner: ChildWorkflowHandle<Workflow> | null;
}

/** One run of the search workflow: drives the loop, starts evaluations, keeps journal and display up to date. */
export class SearchRunner {
  private readonly running = new Map<number, RunningTrial>();
  private changed = false;
  private wake: () => void = () => undefined;
  private crash: unknown = null;
  private updating = false;
  /** The definition is no longer the one that the input names. */
  private adopted: boolean;
  private behind = false;
  private closedAs: 'finished' | 'cancelled' | 'failed' | null = null;
  private activeSince: number | null;
  private durationScope: CancellationScope | null = null;
  /** The full retraining, once the budget is spent. */
  private stage: RetrainingStage | null = null;

  private constructor(
    private readonly input: SearchInput,
    private loop: SearchLoop,
    private readonly calls: ActivityCalls,
    private readonly journal: JournalWriter,
    private readonly display: SearchDisplay,
    private readonly searchAttributes: boolean,
    private address: string,
    private token: number,
    private activeMilliseconds: number,
    adopted: boolean,
  ) {
    this.adopted = adopted;
    this.activeSince = loop.paused ? null : Date.now();
  }

  /** Opens the search, or goes on from what the run before it carried; an equal search's result may be reused. */
  static async open(input: SearchInput, continued?: Uint8Array): Promise<SearchRunner | SearchResult> {
    if (continued !== undefined) return SearchRunner.continue(input, continued);
    const search = workflowInfo().workflowId;
    const opened = await callOpen(input, search, 0, false);
    if (opened.kind === 'reused') return opened.result;
    const plan = planSearch(search, opened.definition, input.level, input.context);
    const loop = opened.state === null ? SearchLoop.open(plan) : SearchLoop.decode(plan, opened.state);
    const calls = activityCalls(plan.level);
    const journal = new JournalWriter(search, calls.quickJournal.appendJournal, opened);
    const display = new SearchDisplay(opened.searchAttributes);
    const runner = new SearchRunner(
      input,
      loop,
      calls,
      journal,
      display,
      opened.searchAttributes,
      opened.address,
      1,
      0,
      false,
    );
    // A search that is started again is meant to go on, whatever held it before.
    if (loop.pauses.user || loop.pauses.losses !== null) runner.intervene({ kind: 'resume', by: 'user' });
    if (loop.pauses.parent !== input.parentPaused) runner.setParentPaused(input.parentPaused);
    if (input.extend !== undefined) runner.intervene({ kind: 'extend', budget: input.extend });
    if (opened.wanted.adopt !== null) await runner.adopt(opened.wanted.adopt);
    if (opened.wanted.concurrency !== null) {
      runner.intervene({ kind: 'setConcurrency', concurrency: opened.wanted.concurrency });
    }
    return runner;
  }

  private static continue(input: SearchInput, continued: Uint8Array): SearchRunner {
    const { loop: bytes, head } = decodeCarried(continued);
    const search = workflowInfo().workflowId;
    const plan = planSearch(search, head.definition, input.level, input.context);
    const calls = activityCalls(plan.level);
    return new SearchRunner(
      input,
      SearchLoop.decode(plan, bytes),
      calls,
      new JournalWriter(search, calls.quickJournal.appendJournal, head),
      new SearchDisplay(head.searchAttributes),
      head.searchAttributes,
      head.address,
      head.token,
      head.activeMilliseconds,
      head.adopted,
    );
  }

  /** Runs the search to its end; ends by continuing as new, by its result or by an error that closes the workflow. */
  async run(): Promise<SearchResult> {
    try {
      return await this.drive();
    } catch (error) {
      // Thrown as it is, such an error would only fail this workflow task, again and again.
      if (error instanceof AlgorithmError || error instanceof SpaceError) {
        throw ApplicationFailure.nonRetryable(error.message, 'BadInput');
      }
      if (!isCancellation(error)) throw error;
      await CancellationScope.nonCancellable(() => this.close('cancelled', 'cancelled'));
      throw error;
    } finally {
      this.durationScope?.cancel();
    }
  }

  progress(): SearchProgress {
    const progress = this.loop.report.progress(this.phase(), this.activeTime());
    return this.stage === null ? progress : { ...progress, retraining: this.stage.progress() };
  }

  /** How the search has closed, or is just closing; null while it is open. */
  get closed(): 'finished' | 'cancelled' | 'failed' | null {
    return this.closedAs;
  }

  get search(): SearchLoop {
    return this.loop;
  }

  /** Applies an intervention of a person, a parent or the clock. */
  intervene(intervention: Intervention): void {
    const wasPaused = this.loop.paused;
    this.loop.intervene(intervention);
    if (intervention.kind === 'cancelTrial') this.running.get(intervention.trial)?.scope?.cancel();
    this.pausesChanged(wasPaused);
    if (intervention.kind === 'setConcurrency') this.stage?.settingChanged();
    if (intervention.kind === 'extend' && intervention.budget.duration !== undefined) this.watchDuration();
    this.notice();
  }

  setParentPaused(paused: boolean): void {
    if (this.loop.pauses.parent === paused) return;
    this.intervene({ kind: paused ? 'pause' : 'resume', by: 'parent' });
  }

  /** The genome of a point that somebody wants to try; throws an error that names what is wrong with it. */
  genomeOf(point: EnqueuedPoint): readonly number[] {
    const { space } = this.loop.plan.level;
    const result = 'genome' in point ? validate(space, point.genome) : encode(space, point.parameters);
    if (result.ok) return 'genome' in point ? point.genome : result.value;
    throw ApplicationFailure.nonRetryable(
      `The point is not in the space of level "${this.loop.plan.level.name}": ${problemText(result.error)}.`,
      'BadInput',
    );
  }

  /** Goes on with another evaluator from the next started trial on. */
  async adopt(definition: SearchDefinition): Promise<void> {
    const plan = adopted(this.loop.plan, definition);
    this.address = await this.calls.journal.storeAddress({
      definition,
      level: plan.levelIndex,
      context: plan.context,
    });
    this.loop.adopt(plan);
    this.stage?.leave();
    this.notice();
  }

  private async drive(): Promise<SearchResult> {
    this.watchDuration();
    CancellationScope.current().cancelRequested.catch((error: unknown) => {
      this.crash = error;
      this.notice();
    });
    for (;;) {
      if (this.crash !== null) throw asError(this.crash);
      if (this.stage !== null && this.loop.end === null) await this.leaveStage(this.stage);
      // What runs in the stage has nothing to wait for before it ends.
      const step = this.stage === null && this.isDraining() ? ({ kind: 'idle' } as const) : this.loop.step();
      this.journal.add(this.loop.drainRecords(), Date.now());
      switch (step.kind) {
        case 'start':
          this.start(step.open);
          continue;
        case 'update':
          if (!this.updating) this.startUpdate(step.request);
          break;
        case 'breathe':
          // When the journal is written, by whomever, the search is told and goes on.
          if (!this.journal.busy) this.flush();
          break;
        case 'idle':
          break;
        case 'end': {
          const { retraining } = this.loop.plan.definition;
          if (retraining === undefined) return await this.finish(step.reason);
          const result = await this.retrained(retraining);
          if (result !== null) return await this.finish(step.reason, result);
          break;
        }
        case 'failed':
          await this.close('failed', step.message);
          throw ApplicationFailure.nonRetryable(step.message, 'SearchFailed');
        default:
          return unreachable(step);
      }
      this.display.show(this.loop, this.phase(), Date.now(), this.stage?.progress() ?? null);
      if (this.behind && !this.journal.busy) await this.catchUp();
      else if (this.journal.isDue(Date.now())) this.flush();
      if (this.mayContinueAsNew()) await this.continueAsNew();
      // Cheaper than a condition, which costs one more call into the sandbox and three more promises each time.
      if (!this.changed) {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
      this.changed = false;
    }
  }

  /** Begins the retraining, when all outcomes that count are in the journal. */
  private async beginStage(retraining: RetrainingDefinition): Promise<void> {
    await this.settle();
    do {
      if (this.behind) await this.catchUp();
      this.loop.recordHeld();
      this.journal.add(this.loop.drainRecords(), Date.now());
      // Even a search that is being cancelled writes down what it knows.
      this.behind = (await CancellationScope.nonCancellable(() => this.journal.write())) === 'behind';
    } while (this.behind);
    if (this.loop.end === null || this.loop.paused) return this.notice();
    const { search, definition } = this.loop.plan;
    this.stage = new RetrainingStage({
      ended: { search, address: this.address, trials: this.loop.state.recorded },
      definition,
      retraining,
      learned: this.loop.learned,
      paused: () => this.loop.paused,
      concurrency: () => this.loop.state.concurrency,
      noticed: () => this.notice(),
    });
    this.restartClock();
  }

  /** The budget was raised, or a point enqueued that can be tried: the search goes on first. */
  private async leaveStage(stage: RetrainingStage): Promise<void> {
    stage.leave();
    await condition(() => stage.end !== null);
    this.stage = null;
    this.restartClock();
  }

  /** The result of the retraining; null while there is none, and then it has been begun where that is possible. */
  private async retrained(retraining: RetrainingDefinition): Promise<Retraining | null> {
    if (this.stage === null) {
      if (!this.loop.paused) await this.beginStage(retraining);
      return null;
    }
    const { end } = this.stage;
    switch (end?.kind) {
      case undefined:
        return null;
      case 'finished':
        return end.result;
      case 'failed':
        await this.close('failed', end.message);
        throw ApplicationFailure.nonRetryable(end.message, 'SearchFailed');
      case 'crashed':
        throw asError(end.error);
      case 'left':
        // Another definition was adopted: it begins anew, and finds what was trained.
        await this.leaveStage(this.stage);
        this.notice();
        return null;
      default:
        return unreachable(end);
    }
  }

  /** Lets the loop go on: something has happened. */
  private notice(): void {
    this.changed = true;
    this.wake();
  }

  private start(open: OpenTrial): void {
    const { index } = open.trial;
    const entry: RunningTrial = { scope: this.isLightLevel() ? null : new CancellationScope(), inner: null };
    this.running.set(index, entry);
    const setting: EvaluationSetting = {
      plan: this.loop.plan,
      address: this.address,
      calls: this.calls,
      definition: this.innerDefinition(),
      paused: () => this.loop.paused,
      onInnerSearch: (handle) => {
        entry.inner = handle;
      },
    };
    const take = (evaluation: () => Evaluation): void =>
      this.ended(index, entry, () => this.evaluated(index, evaluation()));
    const failed = (error: unknown): void => take(() => evaluationOfError(error, open.trial));
    if (entry.scope === null) {
      void evaluateLight(setting, open).then((result) => take(() => evaluationOfResult(result)), failed);
    } else {
      void entry.scope
        .run(() => evaluateTrial(setting, open))
        .then((evaluation) => take(() => evaluation), failed);
    }
  }

  /** Takes the end of an evaluation; one call in place of a chain, because every promise of a workflow is traced. */
  private ended(index: number, entry: RunningTrial, take: () => void): void {
    try {
      take();
    } catch (error) {
      this.crash = error;
    }
    // A cancelled trial may have been started again while its evaluation was ending.
    if (this.running.get(index) === entry) this.running.delete(index);
    this.notice();
  }

  private evaluated(index: number, evaluation: Evaluation): void {
    switch (evaluation.kind) {
      case 'finished':
        this.loop.complete(index, evaluation.completion);
        return;
      case 'parked':
        this.loop.park(index);
        return;
      case 'lost':
        // A trial that was cancelled meanwhile holds nothing up.
        if (this.loop.find(index)?.status.kind !== 'running') return;
        this.loop.park(index);
        this.intervene({ kind: 'pause', by: 'losses', message: evaluation.message });
        return;
      default:
        unreachable(evaluation);
    }
  }

  private startUpdate(request: UpdateRequest): void {
    this.updating = true;
    const { search } = this.loop.plan;
    void this.calls.journal
      .updateAlgorithm({ search, address: this.address }, encodeUpdateRequest(request))
      .then((answer) => this.loop.applyUpdate(decodeUpdateResult(answer)))
      .catch((error: unknown) => {
        // A cancelled search computes the update again when it is resumed.
        if (!isCancellation(error)) this.crash = error;
      })
      .finally(() => {
        this.updating = false;
        this.notice();
      });
  }

  private flush(): void {
    // Even a search that is being cancelled writes down what it knows.
    void CancellationScope.nonCancellable(() => this.journal.write())
      .then((result) => {
        if (result === 'behind') this.behind = true;
      })
      .catch((error: unknown) => {
        this.crash = error;
      })
      .finally(() => {
        this.notice();
      });
  }

  /**
   * The journal went on without this run: its history was restored or reset to an earlier point. In order of index the
   * outcomes in the journal are taken as known and nothing is repeated; in order of arrival this run's order counts,
   * and the tail is superseded.
   */
  private async catchUp(): Promise<void> {
    const supersede = this.loop.plan.level.order === 'as-completed';
    const opened = await callOpen(this.input, this.loop.plan.search, this.token, supersede);
    this.token += 1;
    if (opened.kind === 'reused') throw new Error('A search that runs is never answered by another one.');
    this.behind = false;
    if (supersede || opened.state === null) {
      this.journal.moveTo(opened.epoch, supersede ? this.journal.position : opened.position, true);
      return;
    }
    const pending = this.journal.pending;
    this.journal.moveTo(opened.epoch, opened.position, false);
    const plan = planSearch(this.loop.plan.search, opened.definition, this.input.level, this.input.context);
    const found = SearchLoop.decode(plan, opened.state);
    found.merge(this.loop, pending, [...this.running.keys()]);
    this.loop = found;
    for (const [index, { scope }] of this.running) {
      if (found.find(index)?.status.kind !== 'running') scope?.cancel();
    }
    this.notice();
  }

  private pausesChanged(wasPaused: boolean): void {
    const { paused } = this.loop;
    if (paused === wasPaused) return;
    this.restartClock();
    this.stage?.settingChanged();
    for (const { inner, scope } of this.running.values()) {
      // Inner searches stay open and pause themselves; evaluations park and are started again.
      if (inner !== null) void this.tellInner(inner, paused);
      else if (paused) scope?.cancel();
    }
  }

  /** Counts the time until now; from now on it counts again, unless the search is paused or its budget spent. */
  private restartClock(): void {
    this.activeMilliseconds = this.activeTime();
    this.activeSince = this.loop.paused || this.stage !== null ? null : Date.now();
    this.watchDuration();
  }

  private async tellInner(inner: ChildWorkflowHandle<Workflow>, paused: boolean): Promise<void> {
    try {
      await inner.signal(parentPausedSignal, paused);
    } catch {
      // It has just closed: its result is on the way, or it is started again with the flag in its input.
    }
  }

  private isLightLevel(): boolean {
    const { inner, definition } = this.loop.plan;
    return inner === undefined && isLight(definition.evaluator);
  }

  private async finish(reason: EndReason, retraining?: Retraining): Promise<SearchResult> {
    await this.close('finished', reason.kind, retraining);
    const result = {
      ...this.loop.report.result(reason),
      ...(retraining === undefined ? {} : { retraining }),
    };
    const { contentKey, levelIndex } = this.loop.plan;
    if (levelIndex > 0 && contentKey !== null && !result.timed) {
      await this.calls.journal.publishResult(contentKey, result);
    }
    return result;
  }

  /** Parks what runs, writes what is known and shows the final phase. */
  private async close(
    phase: 'finished' | 'cancelled' | 'failed',
    reason: string,
    retraining?: Retraining,
  ): Promise<void> {
    this.closedAs = phase;
    await this.settle();
    do {
      if (this.behind) await this.catchUp();
      if (!this.journal.pending.some(({ kind }) => kind === 'closed')) {
        this.loop.recordHeld();
        const { trajectoryHash } = this.loop.state;
        const closed = {
          kind: 'closed',
          phase,
          reason,
          trajectoryHash,
          ...(retraining === undefined ? {} : { retraining }),
        } as const;
        this.journal.add([...this.loop.drainRecords(), closed], Date.now());
      }
      this.behind = (await this.journal.write(this.snapshot())) === 'behind';
    } while (this.behind);
    this.display.show(this.loop, phase, Date.now(), this.stage?.progress() ?? null, true);
    await condition(allHandlersFinished);
  }

  /** Parks what runs, and waits until nothing is under way. */
  private async settle(): Promise<void> {
    for (const { scope } of this.running.values()) scope?.cancel();
    // A light evaluation takes milliseconds, or hangs: then it is given up, and made again if the search goes on.
    if (this.isLightLevel() && this.running.size > 0) {
      if (!(await condition(() => this.running.size === 0, lightGrace))) this.running.clear();
    }
    const isStill = (): boolean => this.running.size === 0 && !this.journal.busy && !this.updating;
    const isStageOver = (): boolean => this.stage === null || this.stage.end !== null;
    await condition(() => isStill() && isStageOver());
  }

  /** The state for a snapshot; none when it is too large to be handed to an activity: it is only a shortcut. */
  private snapshot(): Uint8Array | undefined {
    const state = this.loop.encode();
    return state.length > stateLimit ? undefined : state;
  }

  private isDraining(): boolean {
    if (this.behind) return true;
    const { historyLength, historySize, continueAsNewSuggested } = workflowInfo();
    return historyLength >= drainEvents || historySize >= drainBytes || continueAsNewSuggested;
  }

  private mayContinueAsNew(): boolean {
    if (this.running.size > 0 || this.updating || this.journal.busy || this.behind || this.closedAs !== null)
      return false;
    // What runs in the stage would be cancelled.
    if (this.stage !== null) return false;
    const { historyLength, historySize, continueAsNewSuggested } = workflowInfo();
    if (historyLength >= continueEvents || historySize >= continueBytes || continueAsNewSuggested)
      return true;
    return this.loop.paused && historyLength >= pausedEvents;
  }

  private async continueAsNew(): Promise<never> {
    // Messages may arrive while the journal is written; nothing of what they did may stay behind.
    for (let written = false; ;) {
      await condition(allHandlersFinished);
      this.journal.add(this.loop.drainRecords(), Date.now());
      if (written && this.journal.pending.length === 0) break;
      written = (await this.journal.write(this.snapshot())) === 'written';
      if (!written) await this.catchUp();
    }
    const { plan } = this.loop;
    const loop = this.loop.encode();
    if (loop.length > stateLimit) {
      const message = stateTooLarge(this.loop, loop.length);
      await this.close('failed', message);
      throw ApplicationFailure.nonRetryable(message, 'SearchFailed');
    }
    const carried = encodeCarried({
      loop,
      head: {
        definition: plan.definition,
        address: this.address,
        epoch: this.journal.epoch,
        position: this.journal.position,
        searchAttributes: this.searchAttributes,
        activeMilliseconds: this.activeTime(),
        token: this.token,
        adopted: this.adopted,
      },
    });
    const { extend: _extend, adopt: _adopt, ...input } = this.input;
    const again = makeContinueAsNewFunc<(input: SearchInput, continued: Uint8Array) => Promise<SearchResult>>(
      {
        workflowType: SEARCH_WORKFLOW,
        workflowTaskTimeout: 5_000,
      },
    );
    return again(input, carried);
  }

  /** Starts anew the timer for the wall-clock budget; it runs while the search is not paused. */
  private watchDuration(): void {
    this.durationScope?.cancel();
    this.durationScope = null;
    const { duration } = this.loop.state.budget;
    if (duration === undefined || this.loop.paused || this.stage !== null || this.loop.state.durationReached)
      return;
    const left = Math.max(1, duration - this.activeTime());
    const scope = new CancellationScope();
    this.durationScope = scope;
    void scope
      .run(() => sleep(left, { summary: 'duration of the budget' }))
      .then(() => this.intervene({ kind: 'durationReached' }))
      .catch((error: unknown) => {
        if (!isCancellation(error)) this.crash = error;
      });
  }

  private innerDefinition(): SearchInput['definition'] {
    return this.input.definition.kind === 'stored' && !this.adopted
      ? this.input.definition
      : { kind: 'inline', definition: this.loop.plan.definition };
  }

  private activeTime(): number {
    return this.activeMilliseconds + (this.activeSince === null ? 0 : Date.now() - this.activeSince);
  }

  private phase(): SearchPhase {
    if (this.closedAs !== null) return this.closedAs;
    if (this.loop.paused) return 'paused';
    return this.stage === null ? 'running' : 'retraining';
  }
}

async function callOpen(
  input: SearchInput,
  search: string,
  counter: number,
  supersede: boolean,
): Promise<OpenedSearch> {
  const encoded = await journalCalls().openSearch({
    search,
    definition: input.definition,
    level: input.level,
    context: input.context,
    token: `${workflowInfo().runId}:${counter}`,
    // What an inner search is evaluated by is decided by the search around it.
    adopt: input.adopt ?? input.level > 0,
    supersede,
  });
  return decodeOpened(encoded);
}
