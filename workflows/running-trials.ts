import { CancellationScope, condition, type ChildWorkflowHandle, type Workflow } from '@temporalio/workflow';
import { unreachable } from '../foundation/errors/index.js';
import { isLight, type OpenTrial, type SearchLoop, type SearchPlan } from '../searches/index.js';
import { parentPausedSignal } from './messages/messages.js';
import {
  evaluateLight,
  evaluateTrial,
  evaluationOfError,
  evaluationOfResult,
  type EvaluationEnd,
  type EvaluationSetting,
} from './trial-evaluation.js';

/** How long a search that closes waits for evaluations in the worker, in milliseconds. */
const lightGrace = 2_000;

interface RunningTrial {
  /** Null for a light evaluation: it takes milliseconds, and the SDK would trace each of a scope's five promises. */
  readonly scope: CancellationScope | null;
  inner: ChildWorkflowHandle<Workflow> | null;
}

/** What the trials need of their search, and report to it. */
export interface RunningTrialsSetting {
  readonly loop: () => SearchLoop;
  /** A trial was lost over and over, so that the search should pause; the sentence says which. */
  readonly lost: (message: string) => void;
  readonly crashed: (error: unknown) => void;
  readonly noticed: () => void;
}

/** The trials that a search evaluates now. */
export class RunningTrials {
  private readonly running = new Map<number, RunningTrial>();

  constructor(private readonly setting: RunningTrialsSetting) {}

  get size(): number {
    return this.running.size;
  }

  get indices(): readonly number[] {
    return [...this.running.keys()];
  }

  /** Starts the evaluation of a trial. */
  start(open: OpenTrial, given: Omit<EvaluationSetting, 'onInnerSearch'>): void {
    const { index } = open.trial;
    const entry: RunningTrial = {
      scope: isLightLevel(given.plan) ? null : new CancellationScope(),
      inner: null,
    };
    this.running.set(index, entry);
    const setting: EvaluationSetting = {
      ...given,
      onInnerSearch: (handle) => {
        entry.inner = handle;
      },
    };
    const take = (evaluation: () => EvaluationEnd): void => this.ended(index, entry, evaluation);
    const failed = (error: unknown): void => take(() => evaluationOfError(error, open.trial));
    if (entry.scope === null) {
      void evaluateLight(setting, open).then((result) => take(() => evaluationOfResult(result)), failed);
    } else {
      void entry.scope
        .run(() => evaluateTrial(setting, open))
        .then((evaluation) => take(() => evaluation), failed);
    }
  }

  /** Cancels the evaluation of a trial; a light one runs to its end, which then no longer matters. */
  cancel(index: number): void {
    this.running.get(index)?.scope?.cancel();
  }

  /** Cancels all but those that `isWanted` picks. */
  cancelUnless(isWanted: (index: number) => boolean): void {
    for (const [index, { scope }] of this.running) if (!isWanted(index)) scope?.cancel();
  }

  /** Hands a pause or its end on: inner searches stay open and pause themselves; evaluations park. */
  pausesChanged(paused: boolean): void {
    for (const { inner, scope } of this.running.values()) {
      if (inner !== null) void tellInner(inner, paused);
      else if (paused) scope?.cancel();
    }
  }

  /**
   * Parks all evaluations, and gives up light ones that do not end: a light evaluation takes milliseconds or hangs, and
   * the search evaluates the trial again if it goes on. Parked evaluations may still be ending afterwards.
   */
  async park(): Promise<void> {
    this.cancelUnless(() => false);
    if (this.lightIndices().length === 0) return;
    if (await condition(() => this.lightIndices().length === 0, lightGrace)) return;
    for (const index of this.lightIndices()) this.running.delete(index);
  }

  /** Takes the end of an evaluation in one call, not a chain, because the SDK traces every promise of a workflow. */
  private ended(index: number, entry: RunningTrial, evaluation: () => EvaluationEnd): void {
    try {
      this.tell(index, evaluation());
    } catch (error) {
      this.setting.crashed(error);
    }
    // A cancelled trial may have been started again while its evaluation was ending.
    if (this.running.get(index) === entry) this.running.delete(index);
    this.setting.noticed();
  }

  private tell(index: number, evaluation: EvaluationEnd): void {
    const loop = this.setting.loop();
    switch (evaluation.kind) {
      case 'finished':
        loop.complete(index, evaluation.completion);
        return;
      case 'parked':
        loop.park(index);
        return;
      case 'lost':
        // A trial that was cancelled meanwhile holds nothing up.
        if (loop.find(index)?.status.kind !== 'running') return;
        loop.park(index);
        this.setting.lost(evaluation.message);
        return;
      default:
        unreachable(evaluation, 'evaluation');
    }
  }

  private lightIndices(): readonly number[] {
    return this.indices.filter((index) => this.running.get(index)?.scope === null);
  }
}

async function tellInner(inner: ChildWorkflowHandle<Workflow>, paused: boolean): Promise<void> {
  try {
    await inner.signal(parentPausedSignal, paused);
  } catch {
    // The inner search has just closed: its result is on the way, or this search starts it again with the flag.
  }
}

function isLightLevel({ inner, definition }: SearchPlan): boolean {
  return inner === undefined && isLight(definition.evaluator);
}
