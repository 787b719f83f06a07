import {
  ApplicationFailure,
  CancelledFailure,
  CancellationScope,
  ChildWorkflowFailure,
  isCancellation,
  type ChildWorkflowHandle,
  type Workflow,
} from '@temporalio/workflow';
import { asError } from '../foundation/errors/index.js';
import type { EndedSearch } from '../activities/index.js';
import { encodeState } from '../algorithms/index.js';
import {
  type Retraining,
  type RetrainingCandidate,
  type RetrainingDefinition,
  type RetrainingProgress,
  retrainingSearch,
  retrainingSearchId,
  type SearchContext,
  type SearchDefinition,
  type SearchLoop,
  travelsInline,
} from '../searches/index.js';
import { retrainingCalls } from './activity-calls.js';
import { runChildSearch } from './child-search.js';
import { parentPausedSignal, setConcurrencySignal, type SearchInput } from './messages/messages.js';
import { Wakeup } from './wakeup.js';

/** The search that a retraining follows. */
export interface RetrainingSubject {
  readonly ended: EndedSearch;
  readonly definition: SearchDefinition;
  /** Parameters of the outer levels that the search and its retraining read. */
  readonly context: SearchContext;
  readonly retraining: RetrainingDefinition;
  readonly learned: SearchLoop['learned'];
}

/** What a retraining asks of its search, and reports to it. */
export interface RetrainingSetting {
  /** Whether the search is paused now, and how many trainings may run at the same time now. */
  readonly paused: () => boolean;
  readonly concurrency: () => number;
  /** The retraining has got further. */
  readonly noticed: () => void;
}

/** How a retraining ended. */
export type RetrainingEnd =
  | { readonly kind: 'finished'; readonly result: Retraining }
  /** A search inside failed; the sentence says why. */
  | { readonly kind: 'failed'; readonly message: string }
  /** The search went on or was cancelled; the next retraining finds again what this one has trained. */
  | { readonly kind: 'left' }
  | { readonly kind: 'crashed'; readonly error: unknown };

interface OpenRepetition {
  readonly handle: ChildWorkflowHandle<Workflow> | null;
  /** Trainings that its search may run at the same time. */
  readonly share: number;
}

/**
 * One full retraining: derives candidates, trains each from scratch in one search a repetition, and chooses. The
 * searches have ids and seeds of their own, so that a retraining that begins again finds the finished trainings.
 */
export class RetrainingRun {
  end: RetrainingEnd | null = null;
  private readonly calls = retrainingCalls();
  private readonly scope = new CancellationScope();
  private candidates: readonly RetrainingCandidate[] | null = null;
  private readonly waiting: number[] = [];
  private readonly open = new Map<number, OpenRepetition>();
  private readonly finished = new Set<number>();
  private failure: Error | null = null;
  private readonly wakeup = new Wakeup();

  constructor(
    private readonly subject: RetrainingSubject,
    private readonly setting: RetrainingSetting,
  ) {
    for (let repetition = 1; repetition <= subject.retraining.repetitions; repetition += 1) {
      this.waiting.push(repetition);
    }
    this.scope.cancelRequested.catch(() => this.wakeup.notice());
    void this.scope
      .run(() => this.retrain())
      .then(
        (result): RetrainingEnd => ({ kind: 'finished', result }),
        (error: unknown) => endOfError(error),
      )
      .then((end) => {
        this.end = end;
        setting.noticed();
      });
  }

  /** Cancels the retraining; `end` is set once it has ended. */
  cancel(): void {
    this.scope.cancel();
  }

  /** Looks again at the pause and at the number of trainings at the same time. */
  settingChanged(): void {
    const paused = this.setting.paused();
    for (const { handle } of this.open.values()) {
      // Ignore a failure: a search that has just closed has its result on the way, or starts again with the flag.
      if (handle !== null) handle.signal(parentPausedSignal, paused).catch(() => undefined);
    }
    this.wakeup.notice();
  }

  progress(): RetrainingProgress {
    const { ended, retraining } = this.subject;
    return {
      candidates: this.candidates?.length ?? null,
      repetitions: Array.from({ length: retraining.repetitions }, (_, place) => ({
        search: retrainingSearchId(ended.search, ended.trials, place + 1),
        state: this.open.has(place + 1) ? 'running' : this.finished.has(place + 1) ? 'finished' : 'waiting',
      })),
    };
  }

  private async retrain(): Promise<Retraining> {
    const { ended, learned } = this.subject;
    const { state, untold } = learned;
    const candidates = await this.calls.deriveCandidates(
      ended,
      encodeState({ state, untold: JSON.stringify(untold) }),
    );
    this.candidates = candidates;
    this.setting.noticed();
    if (candidates.length > 0) await this.trainAll(candidates);
    return this.calls.concludeRetraining(ended, candidates);
  }

  /** Runs the searches of all repetitions, as many at a time as there are trainings allowed. */
  private async trainAll(candidates: readonly RetrainingCandidate[]): Promise<void> {
    for (;;) {
      const over = this.failure !== null || this.scope.consideredCancelled;
      while (!over && !this.setting.paused() && this.open.size < this.setting.concurrency()) {
        const repetition = this.waiting.shift();
        if (repetition === undefined) break;
        this.open.set(repetition, { handle: null, share: 0 });
      }
      if (!over) this.shareOut(candidates);
      if (this.open.size === 0) {
        if (this.failure !== null) throw this.failure;
        if (over) throw new CancelledFailure('The retraining was left.');
        if (this.waiting.length === 0) return;
      }
      if (!this.wakeup.isDue) await this.wakeup.next();
      this.wakeup.reset();
    }
  }

  /** Gives each open repetition its share of the trainings; those that have not begun begin. */
  private shareOut(candidates: readonly RetrainingCandidate[]): void {
    const concurrency = this.setting.concurrency();
    const all = [...this.open].sort(([a], [b]) => a - b);
    for (const [place, [repetition, { handle, share: before }]] of all.entries()) {
      const more = place < concurrency % all.length ? 1 : 0;
      const share = Math.min(Math.max(1, Math.floor(concurrency / all.length) + more), candidates.length);
      if (share === before) continue;
      this.open.set(repetition, { handle, share });
      if (before === 0) this.begin(repetition, candidates, share);
      else handle?.signal(setConcurrencySignal, share).catch(() => undefined);
    }
  }

  private begin(repetition: number, candidates: readonly RetrainingCandidate[], share: number): void {
    void this.train(repetition, candidates, share)
      .then(
        () => void this.finished.add(repetition),
        (error: unknown) => this.notFinished(repetition, error),
      )
      .finally(() => {
        this.open.delete(repetition);
        this.wakeup.notice();
        this.setting.noticed();
      });
  }

  private async train(
    repetition: number,
    candidates: readonly RetrainingCandidate[],
    share: number,
  ): Promise<void> {
    const { ended, definition, context, retraining } = this.subject;
    const { paused } = this.setting;
    const inner = retrainingSearch(definition, retraining, candidates, repetition, share);
    const input: SearchInput = {
      definition: travelsInline(inner)
        ? { kind: 'inline', definition: inner }
        : { kind: 'stored', hash: await this.calls.storeDefinition(inner) },
      level: 0,
      context,
      parentPaused: paused(),
      // Adopt the input's evaluator, because the search around a repetition decides on the evaluator.
      adopt: true,
    };
    await runChildSearch({
      id: retrainingSearchId(ended.search, ended.trials, repetition),
      input,
      summary: `repetition ${repetition} of ${retraining.repetitions}: ${candidates.length} candidates in full`,
      paused,
      onStarted: (handle) => {
        const { share: now } = this.open.get(repetition) ?? { share };
        this.open.set(repetition, { handle, share: now });
        if (now !== share) handle.signal(setConcurrencySignal, now).catch(() => undefined);
        this.setting.noticed();
      },
    });
  }

  private notFinished(repetition: number, error: unknown): void {
    if (!isCancellation(error)) {
      this.failure ??= asError(error);
      this.scope.cancel();
    } else if (!this.scope.consideredCancelled) {
      // A person cancelled this search alone: start it again, as for any search inside another.
      this.waiting.unshift(repetition);
    }
  }
}

function endOfError(error: unknown): RetrainingEnd {
  if (isCancellation(error)) return { kind: 'left' };
  let cause = error;
  while (cause instanceof Error && !(cause instanceof ApplicationFailure) && cause.cause !== undefined) {
    cause = cause.cause;
  }
  if (error instanceof ChildWorkflowFailure && cause instanceof Error) {
    const search = error.execution.workflowId ?? 'a search inside it';
    return { kind: 'failed', message: `The retraining stopped in "${search}": ${cause.message}` };
  }
  if (cause instanceof ApplicationFailure) return { kind: 'failed', message: cause.message };
  return { kind: 'crashed', error };
}
