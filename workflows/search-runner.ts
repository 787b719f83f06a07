import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import { unreachable } from '../foundation/errors/index.js';
import { AlgorithmError } from '../algorithms/index.js';
import { SpaceError } from '../search-spaces/ground/index.js';
import {
  adopted,
  type EndReason,
  type Intervention,
  type JournalRecord,
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
import { isDraining, shouldContinueAsNew } from './history-limits.js';
import type { SearchInput } from './messages/messages.js';
import { openSearch } from './open-search.js';
import type { RetrainingSubject } from './retraining-run.js';
import { RetrainingStage } from './retraining-stage.js';
import { RunningTrials } from './running-trials.js';
import { SearchDisplay } from './search-display.js';
import { type Closing, type FoundSearch, SearchJournal } from './search-journal.js';
import { Wakeup } from './wakeup.js';

/** One run of the search workflow: drives the loop, starts evaluations, keeps journal and display up to date. */
export class SearchRunner {
  readonly handledUpdates: HandledUpdates;
  private readonly calls: ActivityCalls;
  private readonly wakeup = new Wakeup();
  private readonly trials: RunningTrials;
  private readonly journal: SearchJournal;
  private readonly update: AlgorithmUpdate;
  private readonly stage: RetrainingStage;
  private readonly clock: ActiveClock;
  private readonly display: SearchDisplay;
  private closedAs: 'finished' | 'cancelled' | 'failed' | null = null;

  private constructor(
    private readonly input: SearchInput,
    private loop: SearchLoop,
    /** Journal and time in it are those of this run's beginning; `journal` and `clock` have the current ones. */
    private head: SearchHead,
  ) {
    const { search, level } = loop.plan;
    const noticed = (): void => this.wakeup.notice();
    const crashed = (error: unknown): void => this.wakeup.crash(error);
    this.handledUpdates = new HandledUpdates(head.handledUpdates);
    this.calls = activityCalls(level);
    this.display = new SearchDisplay(head.searchAttributes);
    this.trials = new RunningTrials({
      loop: () => this.loop,
      lost: (message) => this.intervene({ kind: 'pause', by: 'losses', message }),
      crashed,
      noticed,
    });
    this.journal = new SearchJournal(head, {
      search,
      loop: () => this.loop,
      append: this.calls.quickJournal.appendJournal,
      open: (counter, supersede) => openSearch(input, search, counter, supersede),
      supersedes: level.order === 'as-completed',
      goOnFrom: (found, unwritten) => this.goOnFrom(found, unwritten),
      crashed,
      noticed,
    });
    this.update = new AlgorithmUpdate({
      compute: this.calls.journal.updateAlgorithm,
      apply: (result) => this.loop.applyUpdate(result),
      crashed,
      noticed,
    });
    this.stage = new RetrainingStage({
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
  static async open(input: SearchInput, continued?: Uint8Array): Promise<SearchRunner | SearchResult> {
    const search = workflowInfo().workflowId;
    if (continued !== undefined) {
      const { loop, head } = decodeCarried(continued);
      const plan = planSearch(search, head.definition, input.level, input.context);
      return new SearchRunner(input, SearchLoop.decode(plan, loop), head);
    }
    const opened = await openSearch(input, search, 0, false);
    if (opened.kind === 'reused') return opened.result;
    const plan = planSearch(search, opened.definition, input.level, input.context);
    const loop = opened.state === null ? SearchLoop.open(plan) : SearchLoop.decode(plan, opened.state);
    const runner = new SearchRunner(input, loop, headOfOpened(opened));
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
    this.loop.intervene(intervention);
    const { paused } = this.loop;
    if (intervention.kind === 'cancelTrial') this.trials.cancel(intervention.trial);
    if (paused !== wasPaused) this.clock.restart();
    if (paused !== wasPaused || intervention.kind === 'setConcurrency') this.stage.settingChanged();
    if (paused !== wasPaused) this.trials.pausesChanged(paused);
    if (intervention.kind === 'extend' && intervention.budget.duration !== undefined) this.clock.watch();
    this.wakeup.notice();
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
      const step = this.isDraining() ? ({ kind: 'idle' } as const) : this.loop.step();
      this.journal.collect();
      switch (step.kind) {
        case 'start':
          this.trials.start(step.open, {
            plan: this.loop.plan,
            address: this.head.address,
            calls: this.calls,
            definition: innerDefinition(this.input, this.head, this.loop.plan.definition),
            paused: () => this.loop.paused,
          });
          continue;
        case 'update':
          this.update.start(this.loop.plan.search, this.head.address, step.request);
          break;
        case 'breathe':
          // The end of a write, also of one that is under way, wakes this loop.
          if (!this.journal.busy) this.journal.flush();
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
      this.display.show(this.loop, this.phase(), Date.now(), this.stage.progress());
      if (this.journal.isBehind && !this.journal.busy) await this.journal.catchUp();
      else if (this.journal.isDue) this.journal.flush();
      if (this.mayContinueAsNew()) await this.continueAsNew();
      if (!this.wakeup.isDue) await this.wakeup.next();
      this.wakeup.reset();
    }
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
    this.display.show(this.loop, closing.phase, Date.now(), this.stage.progress(), true);
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
    return !this.stage.isOpen && (this.journal.isBehind || isDraining(workflowInfo()));
  }

  private mayContinueAsNew(): boolean {
    // A continue-as-new would cancel the searches of the stage.
    if (!this.isStill() || this.journal.isBehind || this.closedAs !== null || this.stage.isOpen) return false;
    return shouldContinueAsNew(workflowInfo(), this.loop.paused);
  }

  private async continueAsNew(): Promise<never> {
    await condition(allHandlersFinished);
    // Write again while messages arrive during a write, because their records must be in the journal, too.
    do {
      await this.journal.writeSnapshot();
      await condition(allHandlersFinished);
      this.journal.collect();
    } while (!this.journal.isEmpty);
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
