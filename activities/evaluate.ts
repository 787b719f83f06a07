import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { errorText } from '../foundation/errors/index.js';
import { trialIdentity } from '../storage/index.js';
import {
  type EvaluateInput,
  type EvaluateResult,
  keyOfTrial,
  type LoadedSetting,
  type LoadedSettings,
} from '../evaluation/index.js';
import { EvaluationRun, type EvaluationServices } from '../evaluation/attempts/index.js';
import { failure } from '../evaluation/trial/index.js';
import { Outages } from './outages.js';

/** Milliseconds between two heartbeats. */
const heartbeatInterval = 1_000;
/** Milliseconds without a sign of life after which an attempt is lost, where the server names no heartbeat timeout. */
const silenceLimit = 4_000;
/** Milliseconds that an evaluation goes on without an activity attempt that follows it. */
const lingerTime = 60_000;

/** The activity `evaluate`: a trial in a process of its own (design §4, §5). */
export class EvaluateActivity {
  private readonly running = new Map<string, EvaluationRun>();
  private readonly outages = new Outages();

  constructor(
    private readonly services: EvaluationServices,
    private readonly settings: LoadedSettings,
  ) {}

  /**
   * Evaluates a trial, or attaches to its evaluation when it is already running on this worker. Throws a failure of
   * type `RepeatedlyLost`, which pauses the search, when too many attempts in a row failed outside the trial.
   */
  async evaluate(given: EvaluateInput): Promise<EvaluateResult> {
    return this.outages.during(keyOf(given), given, () => this.attempt(given));
  }

  private async attempt(given: EvaluateInput): Promise<EvaluateResult> {
    const setting = await this.settings.load(given.address);
    const input = setting.weights === null ? given : asSliceUnderWeights(setting, given);
    try {
      if (input.slice === undefined) setting.decode(input.genome);
      else setting.decodeAny(input.genome);
    } catch (error) {
      const message = errorText(error);
      return {
        kind: 'finished',
        outcome: failure('BadInput', `The genome does not belong to the space: ${message}`),
      };
    }
    const key = keyOf(input);
    let run = this.running.get(key);
    if (run === undefined) {
      run = new EvaluationRun(this.services, setting, input);
      this.running.set(key, run);
      const forget = (): void => {
        this.running.delete(key);
      };
      run.result.then(forget, forget);
    }
    return this.follow(run);
  }

  /** Parks everything that still runs; for the end of the worker. */
  async close(): Promise<void> {
    const running = [...this.running.values()];
    for (const run of running) run.park();
    await Promise.allSettled(running.map(async (run) => run.result));
  }

  private async follow(run: EvaluationRun): Promise<EvaluateResult> {
    const context = Context.current();
    run.follow();
    const { heartbeatTimeoutMs: limit = silenceLimit } = context.info;
    let looking = false;
    const heartbeat = setInterval(() => {
      if (looking) return;
      looking = true;
      run
        .look(heartbeatInterval, limit)
        .then((alive) => {
          if (alive) context.heartbeat(run.state());
        })
        .catch(() => undefined)
        .finally(() => {
          looking = false;
        });
    }, heartbeatInterval);
    try {
      return await Promise.race([run.result, context.cancelled]);
    } catch (error) {
      if (!(error instanceof CancelledFailure)) throw error;
      const details = context.cancellationDetails;
      // The server has given up on this attempt alone: the next one attaches to the evaluation.
      if (details?.notFound === true || details?.timedOut === true) throw error;
      run.park();
      const result = await run.result;
      const elsewhere =
        details?.workerShutdown === true || details?.paused === true || details?.reset === true;
      if (result.kind === 'parked' && elsewhere) throw error;
      return result;
    } finally {
      clearInterval(heartbeat);
      run.unfollow(lingerTime);
    }
  }
}

/** Names an evaluation of a trial. */
function keyOf(input: EvaluateInput): string {
  return `${trialIdentity(keyOfTrial(input))}/${input.repetition}`;
}

/** The evaluation of the same genome as a slice of the search that trained the weights. */
function asSliceUnderWeights({ seed }: LoadedSetting, input: EvaluateInput): EvaluateInput {
  const slice = { kind: 'evaluate' } as const;
  return { ...input, slice, seed: seed({ index: input.index, genome: input.genome, slice }) };
}
