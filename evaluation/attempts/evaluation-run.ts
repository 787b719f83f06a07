import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { TrialEvaluator } from '../../searches/definition/index.js';
import { type Lease, type StoredTrial, SupersededError, trialIdentity } from '../../storage/index.js';
import type { EvaluateInput, EvaluateResult } from '../evaluation.js';
import type { LoadedSetting } from '../loaded-settings.js';
import { keyOfTrial } from '../trial-key.js';
import type { ProcessSlot } from '../processes/process-pool.js';
import type { TrialDraw } from '../../searches/search-files/index.js';
import { TrialDraws } from '../trial/trial-draws.js';
import type { AttemptSession } from '../trial/attempt-session.js';
import { concludeAttempt } from './attempt-conclusion.js';
import type { AttemptRun, AttemptRunEnd, AttemptRunOptions } from './attempt-run.js';
import { beginAttempt, type BegunAttempt } from './begun-attempt.js';
import { CommandAttempt } from './command-attempt.js';
import { drawsForCommand } from './command-slice.js';
import type { EvaluationServices } from './evaluation-services.js';
import { finishedResult, type FinishedResult, storedResult } from './finished-result.js';
import { FunctionAttempt } from './function-attempt.js';

/** Milliseconds between two looks at a content key that another evaluation holds. */
const leasePolling = 250;

/** An evaluator that runs in a process. */
type ProcessEvaluator = Extract<TrialEvaluator, { readonly kind: 'function' | 'command' }>;

/** The evaluation of one trial on this worker: it may outlive the activity attempt that began it. */
export class EvaluationRun {
  readonly result: Promise<EvaluateResult>;
  private readonly parking = new AbortController();
  private run: AttemptRun | null = null;
  private session: AttemptSession | null = null;
  private followers = 0;
  private ended = false;
  private lookedAt = Number.NEGATIVE_INFINITY;
  /** Milliseconds without a sign of life. */
  private silence = 0;
  private lingering: NodeJS.Timeout | undefined;

  constructor(
    private readonly services: EvaluationServices,
    private readonly setting: LoadedSetting,
    private readonly input: EvaluateInput,
  ) {
    this.result = this.evaluate();
    const ended = (): void => {
      this.ended = true;
      clearTimeout(this.lingering);
    };
    // Handle a failure here, too: when no activity attempt follows, Node would end the worker by it.
    this.result.then(ended, ended);
  }

  /** Counts an activity attempt that waits for the result. */
  follow(): void {
    this.followers++;
    clearTimeout(this.lingering);
  }

  /** Takes an activity attempt off; parks unless another one follows within `lingerTime` milliseconds. */
  unfollow(lingerTime: number): void {
    this.followers--;
    if (this.followers > 0 || this.ended) return;
    this.lingering = setTimeout(() => this.park(), lingerTime);
    this.lingering.unref();
  }

  /** Asks the evaluation to stop for now; `result` tells how it ended. */
  park(): void {
    this.parking.abort(new Error('parked'));
    this.run?.park();
  }

  /**
   * Whether there was life since the last look, `interval` milliseconds ago; waiting for a process or for a shared
   * result counts. Looks that show none for `limit` milliseconds end the attempt as lost: it hangs.
   */
  async look(interval: number, limit: number): Promise<boolean> {
    const now = performance.now();
    // Of an attempt that the server has given up and the one after it, both look: a sign of life counts for both.
    if (now - this.lookedAt < interval / 2) return this.silence === 0;
    this.lookedAt = now;
    const { run } = this;
    // Looks are counted, not time: a worker that was frozen has not looked.
    this.silence = run === null || (await run.progressed()) ? 0 : this.silence + interval;
    run?.silent(this.silence, limit);
    return this.silence === 0;
  }

  /** How far it is: for heartbeats. */
  state(): { readonly step: number | null; readonly checkpoint: string | null } {
    const checkpoint = this.session?.checkpoint ?? null;
    return {
      step: this.session?.reports.lastStep ?? checkpoint?.step ?? null,
      checkpoint: checkpoint?.name ?? null,
    };
  }

  private async evaluate(): Promise<EvaluateResult> {
    const { repetition, content } = this.input;
    const stored = await this.services.trials.open(keyOfTrial(this.input));
    const known = await stored.result(repetition);
    if (known !== null) return finishedResult(known);
    if (content === undefined) return this.attempt(stored);
    const lease = await this.leaseOrResult(stored, content);
    if (lease.kind !== 'lease') return lease;
    try {
      // Another evaluation may have ended between the look at the result and the lease.
      return (await this.reuse(stored, content)) ?? (await this.attempt(stored));
    } finally {
      await lease.lease.release();
    }
  }

  private async leaseOrResult(
    stored: StoredTrial,
    content: string,
  ): Promise<EvaluateResult | { readonly kind: 'lease'; readonly lease: Lease }> {
    for (;;) {
      const reused = await this.reuse(stored, content);
      if (reused !== null) return reused;
      const lease = await this.services.shared.acquire(content, trialIdentity(keyOfTrial(this.input)));
      if (lease !== null) return { kind: 'lease', lease };
      await sleep(leasePolling, undefined, { signal: this.parking.signal }).catch(() => undefined);
      if (this.parking.signal.aborted) return { kind: 'parked', step: null };
    }
  }

  // The result of the same content, made this trial's own; null when it is still to be evaluated.
  private async reuse(stored: StoredTrial, content: string): Promise<FinishedResult | null> {
    const { repetition } = this.input;
    const found = await this.services.shared.get(content);
    if (found === null) return null;
    const shared = finishedResult(found);
    if (repetition > 0 && shared.outcome.kind === 'failed') return null;
    const own = storedResult({ ...shared, reused: true });
    return finishedResult(await stored.publishResult(null, own, repetition));
  }

  // Runs one attempt. The search, not this class, asks for another one when the trial ran over its limit.
  private async attempt(stored: StoredTrial): Promise<EvaluateResult> {
    const { services, setting, input } = this;
    const evaluator = processEvaluator(setting.definition.evaluator);
    const slot = await this.acquireSlot(evaluator);
    if (slot === null) {
      const step = (await stored.latestCheckpoint())?.step ?? null;
      return { kind: 'parked', step };
    }
    let begun: BegunAttempt;
    let draws: readonly TrialDraw[] | null;
    try {
      draws = await this.drawsFor(evaluator);
      begun = await beginAttempt(services.trials, stored, setting, input);
    } catch (error) {
      slot.release(true);
      throw error;
    }
    this.session = begun.session;
    const { milliseconds: limit, total } = begun.limit;
    if (limit !== undefined && limit <= 0) {
      slot.release(true);
      const end = { end: { kind: 'timeout' }, milliseconds: 0, limit: total } as const;
      return concludeAttempt(services, stored, input, begun, end);
    }
    const startedAt = performance.now();
    const end = await this.runInSlot(evaluator, slot, begun, draws);
    const milliseconds = Math.round(performance.now() - startedAt);
    try {
      return await concludeAttempt(services, stored, input, begun, { end, milliseconds, limit });
    } catch (error) {
      // The attempt had an end, so it is no loss, even if the disk took no outcome: it may just take these few bytes.
      if (!(error instanceof ApplicationFailure))
        await stored
          .endAttempt(begun.session.trial.attempt, { kind: 'parked', milliseconds })
          .catch(() => undefined);
      throw error;
    }
  }

  // A function makes its draws in its own process; a command finds them in a file.
  private async drawsFor({ kind }: ProcessEvaluator): Promise<readonly TrialDraw[] | null> {
    if (kind === 'function') return null;
    const { setting, input, services } = this;
    const drawing = new TrialDraws(input.slice ?? null, async () => setting, services.artifacts);
    return drawsForCommand(input.slice, drawing);
  }

  // Null when the evaluation was asked to park before a slot was free.
  private async acquireSlot(evaluator: ProcessEvaluator): Promise<ProcessSlot | null> {
    const { signal } = this.parking;
    const bundle = evaluator.kind === 'function' ? evaluator.bundle : null;
    try {
      return await this.services.pool.acquire(bundle, signal, this.input.search);
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    }
  }

  // Runs the attempt in a process until it ends; the run gives the slot back.
  private async runInSlot(
    evaluator: ProcessEvaluator,
    slot: ProcessSlot,
    { session, limit }: BegunAttempt,
    draws: readonly TrialDraw[] | null,
  ): Promise<AttemptRunEnd> {
    const { memoryMegabytes } = this.setting.level.resources;
    const limits = memoryMegabytes === undefined ? {} : { memoryMegabytes };
    const { graceTime } = this.services;
    const options = { session, slot, limits, limit: limit.milliseconds, graceTime };
    try {
      this.run = await this.startRun(evaluator, options, draws);
    } catch (error) {
      slot.release(false);
      throw error;
    }
    if (this.parking.signal.aborted) this.run.park();
    try {
      return await this.run.end;
    } catch (error) {
      if (!(error instanceof SupersededError)) throw error;
      throw ApplicationFailure.create({ type: 'Superseded', message: error.message, cause: error });
    } finally {
      this.run = null;
    }
  }

  private async startRun(
    evaluator: ProcessEvaluator,
    options: AttemptRunOptions,
    draws: readonly TrialDraw[] | null,
  ): Promise<AttemptRun> {
    if (evaluator.kind === 'function') {
      const process = options.slot.evaluatingProcess(evaluator.bundle, options.limits);
      return new FunctionAttempt(options, process, evaluator);
    }
    const { projectRoot, artifacts } = this.services;
    return CommandAttempt.start(options, evaluator, projectRoot, artifacts, draws);
  }
}

function processEvaluator(evaluator: TrialEvaluator): ProcessEvaluator {
  if (evaluator.kind === 'function' || evaluator.kind === 'command') return evaluator;
  throw ApplicationFailure.nonRetryable(
    `The activity \`evaluate\` runs functions and commands; an evaluator of kind "${evaluator.kind}" is called by its own name.`,
    'BadInput',
  );
}
