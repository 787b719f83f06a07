import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import { unreachable } from '../foundation/errors/index.js';
import { AlgorithmError, type UpdateRequest, type UpdateResult } from '../algorithms/index.js';
import { SpaceError } from '../search-spaces/ground/index.js';
import {
  adopted,
  type EndReason,
  type Intervention,
  type JournalRecord,
  type LoopStep,
  type OpenTrial,
  planSearch,
  type Retraining,
  type SearchDefinition,
  SearchLoop,
  type SearchPhase,
  type SearchProgress,
  type SearchResult,
  stateLimit,
  stateTooLarge,
} from '../searches/index.js';
import { ActiveClock } from './active-clock.js';
import { activityCalls, type ActivityCalls } from './activity-calls.js';
import { AlgorithmUpdate } from './algorithm-update.js';
import {
  continueWith,
  decodeCarried,
  headOfOpened,
  innerDefinition,
  type SearchHead,
} from './carried-state.js';
import { HandledUpdates } from './handled-updates.js';
import { HistoryCount } from './history-count.js';
import { isDraining, shouldContinueAsNew } from './history-limits.js';
import { LagTimer } from './lag-timer.js';
import { storeOf, type SearchInput } from './messages/messages.js';
import { openSearch } from './open-search.js';
import type { RetrainingSubject } from './retraining-run.js';
import { RetrainingStage } from './retraining-stage.js';
import type { RunRules } from './run-rules.js';
import { RunningTrials } from './running-trials.js';
import { SearchDisplay } from './search-display.js';
import { type Closing, type FoundSearch, maximumAge, SearchJournal } from './search-journal.js';
import { Wakeup } from './wakeup.js';

/** Trials that one workflow task starts at most, and bytes of what it hands to them: more would take it too long. */
const startsAtOnce = 100;
const startBytes = 1_000_000;
const nothingStarted = { trials: 0, bytes: 0 };

/** Bytes of the call of an evaluation, its result and what the SDK adds, beside the trial itself. */
const callBytes = 1_000;

const timerEvents = 2;
/** An update is accepted and completed, in a workflow task of its own; a signal is less. */
const messageEvents = 5;

/** One run of the search workflow: drives the loop, starts evaluations, keeps journal and display up to date. */
export class SearchRunner {
  readonly handledUpdates: HandledUpdates;
  private readonly calls: ActivityCalls;
  private readonly count: HistoryCount;
  private readonly wakeup: Wakeup;
  private readonly lag: LagTimer;
  private readonly trials: RunningTrials;
  private readonly journal: SearchJournal;
  private readonly update: AlgorithmUpdate;
  private readonly stage: RetrainingStage;
  private readonly clock: ActiveClock;
  private readonly display: SearchDisplay;
  /** What was started since the loop waited last. */
  private started = nothingStarted;
  private closedAs: 'finished' | 'cancelled' | 'failed' | null = null;

  private constructor(
    private readonly input: SearchInput,
    private loop: SearchLoop,
    /** Journal and time in it are those of this run's beginning; `journal` and `clock` have the current ones. */
    private head: SearchHead,
    private readonly rules: RunRules,
  ) {
    const { search, level } = loop.plan;
    const noticed = (): void => this.wakeup.notice();
    const crashed = (error: unknown): void => this.wakeup.crash(error);
    this.handledUpdates = new HandledUpdates(head.handledUpdates);
    this.calls = activityCalls(level);
    this.count = new HistoryCount(rules);
    this.wakeup = new Wakeup(rules);
    this.lag = new LagTimer({ noticed, crashed });
    this.display = new SearchDisplay(head.searchAttributes, rules, this.count);
    this.trials = new RunningTrials({
      loop: () => this.loop,
      lost: (message) => this.intervene({ kind: 'pause', by: 'losses', message }),
      crashed,
      noticed,
    });
    this.journal = new SearchJournal(head, {
      search,
      store: storeOf(input),
      rules,
      count: this.count,
      loop: () => this.loop,
      append: this.calls.quickJournal.appendJournal,
      open: (counter, supersede) => openSearch(input, search, counter, supersede),
      supersedes: level.order === 'as-completed',
      goOnFrom: (found, unwritten) => this.goOnFrom(found, unwritten),
      crashed,
      noticed,
    });
    this.update = new AlgorithmUpdate({
      store: storeOf(input),
      compute: this.calls.journal.updateAlgorithm,
      count: this.count,
      apply: (result, request) => this.applyUpdate(result, request),
      crashed,
      noticed,
    });
    this.stage = new RetrainingStage({
      rules,
      paused: () => this.loop.paused,
      concurrency: () => this.loop.state.concurrency,
      prepare: () => this.prepareRetraining(),
      moved: () => this.clock.restart(),
      noticed,
    });
    this.clock = new ActiveClock(head.activeMilliseconds, {
      runs: () => !this.loop.paused && !this.stage.isOpen,
      duration: () => (this.loop.state.durationReached ? null : (this.loop.state.budget.duration ?? null)),
      durationReached: () => this.intervene({ kind: 'durationReached' }),
      crashed,
    });
  }

  /** Opens the search, or goes on from what the run before it carried; an equal search's result may be reused. */
  static async open(
    input: SearchInput,
    rules: RunRules,
    continued?: Uint8Array,
  ): Promise<SearchRunner | SearchResult> {
    const search = workflowInfo().workflowId;
    if (continued !== undefined) {
      const { loop, head } = decodeCarried(continued);
      const plan = planSearch(search, head.definition, input.level, input.context);
      return new SearchRunner(input, SearchLoop.decode(plan, loop), head, rules);
    }
    const opened = await openSearch(input, search, 0, false);
    if (opened.kind === 'reused') return opened.result;
    const plan = planSearch(search, opened.definition, input.level, input.context);
    const loop = opened.state === null ? SearchLoop.open(plan) : SearchLoop.decode(plan, opened.state);
    const runner = new SearchRunner(input, loop, headOfOpened(opened), rules);
    // Resume, because a person who starts a search again wants it to go on, whatever paused it before.
    if (loop.pauses.user || loop.pauses.losses !== null) runner.intervene({ kind: 'resume', by: 'user' });
    if (loop.pauses.parent !== input.parentPaused) runner.setParentPaused(input.parentPaused);
    if (input.extend !== undefined) runner.intervene({ kind: 'extend', budget: input.extend });
    const { adopt, concurrency } = opened.wanted;
    if (adopt !== null) {
      await runner.adopt(adopt);
      // The input names this definition, so inner searches are given it in the form of the input.
      runner.head = { ...runner.head, adopted: false };
    }
    if (concurrency !== null) runner.intervene({ kind: 'setConcurrency', concurrency });
    return runner;
  }

  /** Runs the search to its end; ends by continuing as new, by its result or by an error that closes the workflow. */
  async run(): Promise<SearchResult> {
    try {
      return await this.drive();
    } catch (error) {
      if (isRefusal(error)) return await this.refused(error.message);
      if (!isCancellation(error)) throw error;
      await CancellationScope.nonCancellable(() => this.close({ phase: 'cancelled', reason: 'cancelled' }));
      throw error;
    } finally {
      this.clock.stop();
    }
  }

  progress(): SearchProgress {
    const progress = this.loop.report.progress(this.phase(), this.clock.milliseconds);
    const retraining = this.stage.progress();
    return retraining === null ? progress : { ...progress, retraining };
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
    try {
      this.loop.intervene(intervention);
    } catch (error) {
      // An algorithm that cannot go on ends the search, not the message that met it.
      this.wakeup.crash(error);
      return;
    }
    const { paused } = this.loop;
    if (intervention.kind === 'cancelTrial') this.trials.cancel(intervention.trial);
    if (paused !== wasPaused) this.clock.restart();
    if (paused !== wasPaused || intervention.kind === 'setConcurrency') this.stage.settingChanged();
    if (paused !== wasPaused) this.trials.pausesChanged(paused);
    if (intervention.kind === 'extend' && intervention.budget.duration !== undefined) this.clock.watch();
    this.wakeup.notice();
  }

  /** Waits until a message may act, so that what happened before it was acted on. */
  async turn(): Promise<void> {
    this.count.add(messageEvents);
    await this.wakeup.turn();
  }

  /** Waits until the journal holds what a message has changed. */
  async acknowledged(): Promise<void> {
    await this.journal.acknowledged();
  }

  setParentPaused(paused: boolean): void {
    if (this.loop.pauses.parent === paused) return;
    this.intervene({ kind: paused ? 'pause' : 'resume', by: 'parent' });
  }

  /** Goes on with another evaluator from the next started trial on. */
  async adopt(definition: SearchDefinition): Promise<void> {
    const plan = adopted(this.loop.plan, definition);
    const address = await this.calls.journal.storeAddress({
      definition,
      level: plan.levelIndex,
      context: plan.context,
    });
    this.count.addCall(JSON.stringify(definition).length);
    if (this.rules === 'current' && this.closedAs !== null) return;
    this.head = { ...this.head, address, adopted: true };
    this.loop.adopt(plan);
    this.stage.cancel();
    this.wakeup.notice();
  }

  private async drive(): Promise<SearchResult> {
    this.clock.watch();
    CancellationScope.current().cancelRequested.catch((error: unknown) => this.wakeup.crash(error));
    for (;;) {
      this.wakeup.throwCrash();
      // A raised budget, or an enqueued point that can be tried: the search goes on first.
      if (this.stage.isOpen && this.loop.end === null) await this.stage.leave();
      const step = this.isDraining() ? ({ kind: 'idle' } as const) : this.nextStep();
      this.journal.collect();
      switch (step.kind) {
        case 'start':
          this.start(step.open);
          continue;
        case 'update':
          this.update.start(this.loop.plan.search, this.head.address, step.request);
          break;
        case 'breathe':
          this.breathe();
          break;
        case 'idle':
          break;
        case 'end': {
          if (this.loop.plan.definition.retraining === undefined) return await this.finish(step.reason);
          const outcome = await this.stage.outcome();
          if (outcome?.kind === 'failed') return await this.fail(outcome.message);
          if (outcome?.kind === 'finished') return await this.finish(step.reason, outcome.result);
          break;
        }
        case 'failed':
          return await this.fail(step.message);
        default:
          return unreachable(step);
      }
      const rang = this.lag.takeRing();
      const retraining = this.stage.progress();
      this.display.show(this.loop, this.phase(), retraining, rang ? 'timer' : 'event');
      if (this.journal.isBehind && !this.journal.busy) await this.journal.catchUp();
      else if (this.journal.isDue(rang)) this.journal.flush();
      if (this.mayContinueAsNew()) await this.continueAsNew();
      this.windLag();
      if (!this.wakeup.isDue) await this.wakeup.next();
      this.wakeup.reset();
      this.count.addPass();
      this.started = nothingStarted;
    }
  }

  private applyUpdate(result: UpdateResult, request: UpdateRequest): void {
    // The answer of a program belongs to its question alone: a search that caught up with its journal may have another.
    if (this.loop.plan.algorithm.program !== undefined && this.loop.state.update !== request) return;
    this.loop.applyUpdate(result);
  }

  /** The next step of the loop; under the current rules, one workflow task starts only so much. */
  private nextStep(): LoopStep {
    const { trials, bytes } = this.started;
    if (this.rules === 'current' && (trials >= startsAtOnce || bytes >= startBytes))
      return { kind: 'breathe' };
    return this.loop.step();
  }

  private start(open: OpenTrial): void {
    const { plan } = this.loop;
    const definition = innerDefinition(this.input, this.head, plan.definition);
    const bytes =
      callBytes +
      JSON.stringify(open.trial).length +
      (plan.inner === undefined ? 0 : JSON.stringify(definition).length);
    this.count.addCall(bytes);
    this.started = { trials: this.started.trials + 1, bytes: this.started.bytes + bytes };
    this.trials.start(open, {
      plan,
      address: this.head.address,
      calls: this.calls,
      definition,
      store: storeOf(this.input),
      paused: () => this.loop.paused,
    });
  }

  /** Lets the workflow task end, and the loop go on soon: the end of a write wakes it, also of one under way. */
  private breathe(): void {
    if (this.journal.busy) return;
    if (this.rules === 'former' || !this.journal.isEmpty) this.journal.flush();
    else this.windFor(1);
  }

  /** Sees to it that journal and display do not lag behind for long, whatever happens next. */
  private windLag(): void {
    if (this.rules === 'former') return;
    const lags = this.journal.isWaiting || this.display.isBehind(this.loop, this.stage.progress());
    if (lags) this.windFor(maximumAge);
  }

  private windFor(milliseconds: number): void {
    if (this.lag.wind(milliseconds)) this.count.add(timerEvents);
  }

  private async prepareRetraining(): Promise<RetrainingSubject | null> {
    await this.settle();
    // Even a search that is being cancelled writes down what it knows.
    await CancellationScope.nonCancellable(() => this.journal.writeHeld());
    const { plan, state, learned } = this.loop;
    const { search, definition, context } = plan;
    const { retraining } = definition;
    if (retraining === undefined || this.loop.end === null || this.loop.paused) return null;
    return {
      ended: { search, address: this.head.address, trials: state.recorded },
      definition,
      context,
      retraining,
      store: storeOf(this.input),
      learned,
    };
  }

  /** Takes over the state in the journal, which went on without this run, and adds what only this run knows. */
  private goOnFrom({ definition, state }: FoundSearch, unwritten: readonly JournalRecord[]): void {
    const { search } = this.loop.plan;
    const plan = planSearch(search, definition, this.input.level, this.input.context);
    const found = SearchLoop.decode(plan, state);
    found.merge(this.loop, unwritten, this.trials.indices);
    this.loop = found;
    this.trials.cancelUnless((index) => found.find(index)?.status.kind === 'running');
    this.wakeup.notice();
  }

  private async finish(reason: EndReason, retraining?: Retraining): Promise<SearchResult> {
    const added = retraining === undefined ? {} : { retraining };
    await this.close({ phase: 'finished', reason: reason.kind, ...added });
    const result = { ...this.loop.report.result(reason), ...added };
    const { contentKey, levelIndex } = this.loop.plan;
    if (levelIndex > 0 && contentKey !== null && !result.timed) {
      await this.calls.journal.publishResult(contentKey, result);
    }
    return result;
  }

  /** Parks all trials, writes all records and shows the final phase. */
  private async close(closing: Closing): Promise<void> {
    this.closedAs = closing.phase;
    await this.settle();
    await this.journal.close(closing);
    this.display.show(this.loop, closing.phase, this.stage.progress(), 'end');
    this.journal.leave();
    await condition(allHandlersFinished);
  }

  private async fail(message: string): Promise<never> {
    await this.close({ phase: 'failed', reason: message });
    throw ApplicationFailure.nonRetryable(message, 'SearchFailed');
  }

  /** Fails with the sentence of an algorithm or space that cannot go on; what is known is written first. */
  private async refused(message: string): Promise<never> {
    try {
      return await this.fail(message);
    } catch (error) {
      // Thrown as it is, such an error would only fail this workflow task, again and again.
      if (isRefusal(error)) throw ApplicationFailure.nonRetryable(message, 'BadInput');
      throw error;
    }
  }

  /** Parks all trials, and waits until no trial, write, update or retraining is under way. */
  private async settle(): Promise<void> {
    await this.trials.park();
    await condition(() => this.isStill() && !this.stage.isTraining);
  }

  private isStill(): boolean {
    return this.trials.size === 0 && !this.journal.busy && !this.update.isComputing;
  }

  private isDraining(): boolean {
    // While the search retrains, do not drain: draining would wait for the end of the retraining.
    return !this.stage.isOpen && (this.journal.isBehind || isDraining(this.count.length));
  }

  private mayContinueAsNew(): boolean {
    // A continue-as-new would cancel the searches of the stage.
    if (!this.isStill() || this.journal.isBehind || this.closedAs !== null || this.stage.isOpen) return false;
    const { length } = this.count;
    if (!shouldContinueAsNew(length, this.loop.paused)) return false;
    // A state that is too large to be carried on ends the search, which may come to its end before it has to go on.
    return this.rules === 'former' || isDraining(length) || this.loop.encode().length <= stateLimit;
  }

  private async continueAsNew(): Promise<never> {
    if (this.rules === 'former') await condition(allHandlersFinished);
    // Write again while messages arrive during a write, because their records must be in the journal, too; under the
    // current rules a handler waits for that.
    do {
      await this.journal.writeSnapshot();
      await condition(() => allHandlersFinished() || (this.rules === 'current' && this.journal.hasMore));
      this.journal.collect();
    } while (!this.journal.isEmpty || !allHandlersFinished());
    const loop = this.loop.encode();
    if (loop.length > stateLimit) return this.fail(stateTooLarge(this.loop, loop.length));
    const { definition } = this.loop.plan;
    const activeMilliseconds = this.clock.milliseconds;
    const handledUpdates = this.handledUpdates.last;
    const head = { ...this.head, ...this.journal.head, definition, activeMilliseconds, handledUpdates };
    return continueWith(this.input, { loop, head });
  }

  private phase(): SearchPhase {
    if (this.closedAs !== null) return this.closedAs;
    if (this.loop.paused) return 'paused';
    return this.stage.isOpen ? 'retraining' : 'running';
  }
}

function isRefusal(error: unknown): error is AlgorithmError | SpaceError {
  return error instanceof AlgorithmError || error instanceof SpaceError;
}
