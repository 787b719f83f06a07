import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { Json } from '../../foundation/json/index.js';
import type { Evaluator } from '../../searches/definition/index.js';
import {
  type ArtifactStore,
  type AttemptRecord,
  type Lease,
  type EvaluationResultStore,
  type StoredTrial,
  SupersededError,
  trialIdentity,
  type TrialStore,
} from '../../storage/index.js';
import type { AttemptRun, AttemptRunEnd } from './attempt-run.js';
import type { AttemptLimit } from './attempt-rules.js';
import { countLosses, limitOfAttempt, maximumLosses } from './attempt-rules.js';
import { CommandAttempt } from './command-attempt.js';
import { repeatedlyLost } from '../evaluation.js';
import type { EvaluateInput, EvaluateResult } from '../evaluation.js';
import { FunctionAttempt } from './function-attempt.js';
import { hostKindName } from '../trial/host-kind.js';
import type { ProcessPool } from '../processes/process-pool.js';
import type { SearchPlace } from '../search-places.js';
import { failure } from '../trial/trial-outcome.js';
import { storeTrialRecord } from '../trial/trial-record.js';
import { sessionStart, startSession } from '../trial/session-start.js';
import type { TrialSession } from '../trial/trial-session.js';

/** Milliseconds between two looks at a content key that another evaluation holds. */
const leasePolling = 250;

type Finished = Extract<EvaluateResult, { readonly kind: 'finished' }>;

/** What evaluations need. */
export interface EvaluationServices {
  readonly artifacts: ArtifactStore;
  readonly trials: TrialStore;
  readonly shared: EvaluationResultStore;
  readonly pool: ProcessPool;
  readonly projectRoot: string;
  /** Milliseconds that an evaluation gets to save a checkpoint when it is asked to park. */
  readonly graceTime: number;
}

/** The evaluation of one trial on this worker: it may outlive the activity attempt that began it. */
export class EvaluationRun {
  readonly result: Promise<EvaluateResult>;
  private readonly parking = new AbortController();
  private run: AttemptRun | null = null;
  private session: TrialSession | null = null;
  private followers = 0;
  private ended = false;
  private lingering: NodeJS.Timeout | undefined;

  constructor(
    private readonly services: EvaluationServices,
    private readonly place: SearchPlace,
    private readonly input: EvaluateInput,
  ) {
    this.result = this.evaluate();
    const ended = (): void => {
      this.ended = true;
      clearTimeout(this.lingering);
    };
    // With no follower left nobody else would take note of a failure.
    this.result.then(ended, ended);
  }

  /** Counts an activity attempt that waits for the result. */
  follow(): void {
    this.followers++;
    clearTimeout(this.lingering);
  }

  /** The attempt is gone; another one may follow within the time, else the evaluation parks. */
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

  /** Whether there was life since the last call; waiting for a process or for a shared result counts. */
  async progressed(): Promise<boolean> {
    return this.run === null ? true : this.run.progressed();
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
    const { search, index, seed, genome, repetition, content } = this.input;
    const stored = await this.services.trials.open({ search, index, seed, genome });
    const known = await stored.result(repetition);
    if (known !== null) return known as unknown as Finished;
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
      const lease = await this.services.shared.acquire(content, trialIdentity(this.input));
      if (lease !== null) return { kind: 'lease', lease };
      await sleep(leasePolling, undefined, { signal: this.parking.signal }).catch(() => undefined);
      if (this.parking.signal.aborted) return { kind: 'parked', step: null };
    }
  }

  // The result of the same content, made this trial's own; null when it is still to be evaluated.
  private async reuse(stored: StoredTrial, content: string): Promise<Finished | null> {
    const { repetition } = this.input;
    const shared = (await this.services.shared.get(content)) as unknown as Finished | null;
    if (shared === null || (repetition > 0 && shared.outcome.kind === 'failed')) return null;
    return (await stored.publishResult(
      null,
      json({ ...shared, reused: true }),
      repetition,
    )) as unknown as Finished;
  }

  // One attempt; the search repeats a trial that ran over its limit once.
  private async attempt(stored: StoredTrial): Promise<EvaluateResult> {
    const evaluator = processEvaluator(this.place.address.definition.evaluator);
    const bundle = evaluator.kind === 'function' ? evaluator.bundle : null;
    const slot = await this.services.pool.acquire(bundle, this.parking.signal).catch((error: unknown) => {
      if (this.parking.signal.aborted) return null;
      throw error;
    });
    if (slot === null) {
      const step = (await stored.latestCheckpoint())?.step ?? null;
      return { kind: 'parked', step };
    }
    let prepared;
    try {
      prepared = await this.prepare(stored);
    } catch (error) {
      slot.release(true);
      throw error;
    }
    const { session, limit } = prepared;
    const { attempt } = session.trial;
    this.session = session;
    if (limit.milliseconds !== undefined && limit.milliseconds <= 0) {
      slot.release(true);
      const result = await this.finish(stored, attempt, timeoutEnd(limit.total ?? 0), true);
      await stored.endAttempt(attempt, { kind: 'timeout', milliseconds: 0 });
      return result;
    }
    const began = performance.now();
    const { memoryMegabytes } = this.place.level.resources;
    const limits = memoryMegabytes === undefined ? {} : { memoryMegabytes };
    const options = { session, slot, limits, limit: limit.milliseconds, graceTime: this.services.graceTime };
    let run: AttemptRun;
    try {
      run =
        evaluator.kind === 'function'
          ? new FunctionAttempt(options, slot.evaluator(evaluator.bundle, limits), evaluator)
          : await CommandAttempt.start(
              options,
              evaluator.command,
              this.services.projectRoot,
              this.services.artifacts,
            );
    } catch (error) {
      slot.release(false);
      throw error;
    }
    this.run = run;
    if (this.parking.signal.aborted) run.park();
    let end: AttemptRunEnd;
    try {
      end = await run.end;
    } catch (error) {
      if (error instanceof SupersededError) {
        throw ApplicationFailure.create({ type: 'Superseded', message: error.message, cause: error });
      }
      throw error;
    } finally {
      this.run = null;
    }
    const milliseconds = Math.round(performance.now() - began);
    switch (end.kind) {
      case 'outcome': {
        const result = await this.finish(stored, attempt, end, false);
        await stored.endAttempt(attempt, { kind: 'finished', milliseconds });
        return result;
      }
      case 'parked':
        await stored.endAttempt(attempt, { kind: 'parked', milliseconds });
        return { kind: 'parked', step: session.checkpoint?.step ?? null };
      case 'timeout': {
        const result = await this.finish(stored, attempt, timeoutEnd(limit.milliseconds ?? 0), true);
        await stored.endAttempt(attempt, { kind: 'timeout', milliseconds });
        return result;
      }
      case 'lost':
        await stored.endAttempt(attempt, { kind: 'lost', milliseconds });
        await this.refuseRepeatedLosses(stored, await stored.attempts(), await this.startingStep(stored));
        throw ApplicationFailure.create({
          type: 'Preempted',
          message: `The process of trial ${this.input.index} of ${this.input.search} was lost: ${end.reason}.`,
        });
      case 'notStarted':
        await stored.endAttempt(attempt, { kind: 'parked', milliseconds });
        throw ApplicationFailure.create({
          type: 'NotStarted',
          message: `The evaluation could not be started: ${end.reason}.`,
        });
      default: {
        const never: never = end;
        throw new Error(`Unknown end ${JSON.stringify(never)}.`);
      }
    }
  }

  // Begins an attempt; nothing after it may fail before the attempt's end is recorded, or it would count as a loss.
  private async prepare(
    stored: StoredTrial,
  ): Promise<{ readonly session: TrialSession; readonly limit: AttemptLimit }> {
    const start = await sessionStart(this.services.trials, stored, this.input);
    const step = start.checkpoint?.step ?? null;
    const before = await stored.attempts();
    await this.refuseRepeatedLosses(stored, before, step);
    const attempt = await stored.beginAttempt(step, hostKindName());
    return {
      session: startSession(this.place, this.input, stored, attempt, start),
      limit: limitOfAttempt(this.place.level.timeout, before),
    };
  }

  private async startingStep(stored: StoredTrial): Promise<number | null> {
    return (await sessionStart(this.services.trials, stored, this.input)).checkpoint?.step ?? null;
  }

  private async refuseRepeatedLosses(
    stored: StoredTrial,
    attempts: readonly AttemptRecord[],
    step: number | null,
  ): Promise<void> {
    const last = attempts.at(-1);
    const losses = countLosses(attempts, step);
    if (losses < maximumLosses || last === undefined) return;
    await stored.endAttempt(last.attempt, { kind: 'givenUp', milliseconds: last.end?.milliseconds ?? 0 });
    const place = step === null ? 'before its first checkpoint' : `without getting beyond step ${step}`;
    throw ApplicationFailure.create({
      type: repeatedlyLost,
      nonRetryable: true,
      message:
        `Trial ${this.input.index} of ${this.input.search} lost its process ${losses} times ${place}. ` +
        'Look for what ends it (a crash of a library, the memory limit), then resume the search.',
    });
  }

  private async finish(
    stored: StoredTrial,
    attempt: number,
    end: Extract<AttemptRunEnd, { readonly kind: 'outcome' }>,
    timed: boolean,
  ): Promise<EvaluateResult> {
    const { session } = this;
    if (session === null) throw new Error('A trial ended that never began.');
    const { search, index, seed, repetition, content } = this.input;
    const { outcome, stack } = end;
    const record = await storeTrialRecord(this.services.artifacts, {
      search,
      index,
      seed,
      attempt,
      parameters: session.trial.parameters,
      outcome,
      reports: session.reports.list(),
      attributes: session.attributes.all(),
      artifacts: session.artifacts,
      log: session.log.tail(),
      stack,
    });
    const result: Finished = {
      kind: 'finished',
      outcome,
      record,
      ...(timed ? { timed } : {}),
      ...(session.hosts.length > 1 ? { mixed: true } : {}),
    };
    // A mistake of the search file may be mended and the trial repeated: its failure is no lasting result.
    if (outcome.kind === 'failed' && (outcome.class === 'Bug' || outcome.class === 'BadInput')) return result;
    const sharable = !timed && (outcome.kind !== 'failed' || outcome.class !== 'OutOfMemory');
    if (content !== undefined && sharable) await this.services.shared.publish(content, json(result));
    return (await stored.publishResult(attempt, json(result), repetition)) as unknown as Finished;
  }
}

function timeoutEnd(limit: number): Extract<AttemptRunEnd, { readonly kind: 'outcome' }> {
  const outcome = failure(
    'Timeout',
    `The evaluation took longer than its limit of ${limit / 1000} s and was ended.`,
  );
  return { kind: 'outcome', outcome, stack: null };
}

function processEvaluator(
  evaluator: Evaluator,
): Extract<Evaluator, { readonly kind: 'function' | 'command' }> {
  if (evaluator.kind === 'function' || evaluator.kind === 'command') return evaluator;
  throw ApplicationFailure.nonRetryable(
    `The activity \`evaluate\` runs functions and commands; an evaluator of kind "${evaluator.kind}" is called by its own name.`,
    'BadInput',
  );
}

// Results are plain JSON; undefined members are never set.
function json(result: Finished): Json {
  return JSON.parse(JSON.stringify(result)) as Json;
}
