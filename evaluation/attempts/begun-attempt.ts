import { ApplicationFailure } from '@temporalio/common';
import type { WeightsEvaluator } from '../../searches/definition/index.js';
import type { AttemptRecord, StoredTrial, TrialStore } from '../../storage/index.js';
import { type EvaluateInput, repeatedlyLost } from '../evaluation.js';
import type { LoadedSetting } from '../loaded-settings.js';
import type { AttemptSession } from '../trial/attempt-session.js';
import { hostKindName } from '../trial/host-kind.js';
import { sessionStart, startSession } from '../trial/session-start.js';
import { type AttemptLimit, countLosses, limitOfAttempt, maximumLosses } from './attempt-rules.js';

/** An attempt that the trial store has on record, and that has to end there. */
export interface BegunAttempt {
  readonly session: AttemptSession;
  readonly limit: AttemptLimit;
  /** The weights of another search under which it evaluates; null: its own search decides what it goes on from. */
  readonly weights: WeightsEvaluator | null;
}

/**
 * Begins an attempt from the trial's latest checkpoint. An attempt whose end is never recorded counts as a loss, so the
 * caller must do nothing that may fail outside the attempt's process before it records the end.
 */
export async function beginAttempt(
  trials: TrialStore,
  stored: StoredTrial,
  setting: LoadedSetting,
  input: EvaluateInput,
): Promise<BegunAttempt> {
  const start = await sessionStart(trials, stored, input, setting.weights);
  const step = start.checkpoint?.step ?? null;
  const before = await stored.attempts();
  await refuseRepeatedLosses(stored, input, before, step);
  const attempt = await stored.beginAttempt(step, hostKindName());
  return {
    session: startSession(setting, input, stored, attempt, start),
    limit: limitOfAttempt(setting.level.timeout, before),
    weights: setting.weights,
  };
}

/** Throws a `RepeatedlyLost` failure when the trial's latest attempts were lost too often at the same step. */
export async function refuseRepeatedLosses(
  stored: StoredTrial,
  { search, index }: EvaluateInput,
  attempts: readonly AttemptRecord[],
  step: number | null,
): Promise<void> {
  const last = attempts.at(-1);
  const losses = countLosses(attempts, step);
  if (losses < maximumLosses || last === undefined) return;
  await stored.endAttempt(last.attempt, { kind: 'givenUp', milliseconds: last.end?.milliseconds ?? 0 });
  const progress = step === null ? 'before its first checkpoint' : `without getting beyond step ${step}`;
  throw ApplicationFailure.create({
    type: repeatedlyLost,
    nonRetryable: true,
    message:
      `Trial ${index} of ${search} lost its process ${losses} times ${progress}. ` +
      'Look for what ends it (a crash of a library, the memory limit), then resume the search.',
  });
}
