import type { JsonObject, StoredTrial } from '../../storage/index.js';
import type { EvaluateInput, EvaluateResult } from '../evaluation.js';
import type { AttemptSession } from '../trial/attempt-session.js';
import { storeTrialRecord } from '../trial/trial-record.js';
import type { AttemptRunEnd } from './attempt-run.js';
import { isLasting, isSharable } from './attempt-rules.js';
import type { EvaluationServices } from './evaluation-services.js';

/** The result of a trial that has an outcome. */
export type FinishedResult = Extract<EvaluateResult, { readonly kind: 'finished' }>;

/** An attempt's end with an outcome. */
export type DecidedEnd = Extract<AttemptRunEnd, { readonly kind: 'outcome' }>;

/** A result as the stores keep it: plain JSON, in which no member is undefined. */
export function storedResult(result: FinishedResult): JsonObject {
  return JSON.parse(JSON.stringify(result)) as JsonObject;
}

/** A result that a store gave back. Only this room writes results, and the store has checked its hash. */
export function finishedResult(stored: JsonObject): FinishedResult {
  return stored as unknown as FinishedResult;
}

/**
 * Stores the record of a trial and publishes its result where the outcome lasts: to the trial, and under its content key.
 * Answers the result that stands; when another attempt published first it is that attempt's.
 */
export async function publishOutcome(
  { artifacts, shared }: Pick<EvaluationServices, 'artifacts' | 'shared'>,
  stored: StoredTrial,
  { search, index, seed, repetition, content }: EvaluateInput,
  session: AttemptSession,
  { outcome, stack }: DecidedEnd,
  timed: boolean,
): Promise<FinishedResult> {
  const { attempt, parameters } = session.trial;
  const record = await storeTrialRecord(artifacts, {
    search,
    index,
    seed,
    attempt,
    parameters,
    outcome,
    reports: session.reports.list(),
    attributes: session.attributes.all(),
    artifacts: session.artifacts,
    log: session.log.tail(),
    stack,
  });
  const result: FinishedResult = {
    kind: 'finished',
    outcome,
    record,
    ...(timed ? { timed } : {}),
    ...(session.hosts.length > 1 ? { mixed: true } : {}),
  };
  if (!isLasting(outcome)) return result;
  if (content !== undefined && isSharable(outcome, timed)) {
    await shared.publish(content, storedResult(result));
  }
  return finishedResult(await stored.publishResult(attempt, storedResult(result), repetition));
}
