import { ApplicationFailure } from '@temporalio/common';
import { unreachable } from '../../foundation/errors/index.js';
import type { StoredTrial } from '../../storage/index.js';
import type { EvaluateInput, EvaluateResult } from '../evaluation.js';
import { sessionStart } from '../trial/session-start.js';
import { failure } from '../trial/trial-outcome.js';
import type { AttemptRunEnd } from './attempt-run.js';
import { type BegunAttempt, refuseRepeatedLosses } from './begun-attempt.js';
import type { EvaluationServices } from './evaluation-services.js';
import { type DecidedEnd, publishOutcome } from './finished-result.js';

/** Type of the failure of an attempt that says nothing about its trial. */
export const outage = 'Outage';

/** The end of an attempt's run, how long it took, and the limit that a `timeout` went beyond, all in milliseconds. */
export interface MeasuredEnd {
  readonly end: AttemptRunEnd;
  readonly milliseconds: number;
  readonly limit: number | undefined;
}

/**
 * Records the end of an attempt and answers what the activity returns. Throws the failure by which Temporal starts
 * another attempt of the activity when the process was lost or could not be started.
 */
export async function concludeAttempt(
  services: EvaluationServices,
  stored: StoredTrial,
  input: EvaluateInput,
  { session, weights }: BegunAttempt,
  { end, milliseconds, limit }: MeasuredEnd,
): Promise<EvaluateResult> {
  const { attempt } = session.trial;
  switch (end.kind) {
    case 'outcome': {
      const result = await publishOutcome(services, stored, input, session, end, false);
      const { checkpoint, hasOwnCheckpoint } = session;
      const saved = checkpoint === null || !hasOwnCheckpoint ? {} : { saved: checkpoint.step };
      await stored.endAttempt(attempt, { kind: 'finished', milliseconds, ...saved });
      return result;
    }
    case 'timeout': {
      const result = await publishOutcome(services, stored, input, session, timeoutEnd(limit ?? 0), true);
      await stored.endAttempt(attempt, { kind: 'timeout', milliseconds });
      return result;
    }
    case 'parked':
      await stored.endAttempt(attempt, { kind: 'parked', milliseconds });
      return { kind: 'parked', step: session.checkpoint?.step ?? null };
    case 'lost': {
      await stored.endAttempt(attempt, { kind: 'lost', milliseconds });
      const next = await sessionStart(services.trials, stored, input, weights);
      await refuseRepeatedLosses(stored, input, await stored.attempts(), next.checkpoint?.step ?? null);
      throw ApplicationFailure.create({
        type: 'Preempted',
        message: `The process of trial ${input.index} of ${input.search} was lost: ${end.reason}.`,
      });
    }
    case 'notStarted':
      await stored.endAttempt(attempt, { kind: 'parked', milliseconds });
      throw ApplicationFailure.create({
        type: 'NotStarted',
        message: `The evaluation could not be started: ${end.reason}.`,
      });
    case 'outage':
      await stored.endAttempt(attempt, { kind: 'parked', milliseconds });
      throw ApplicationFailure.create({ type: outage, message: end.reason });
    default:
      return unreachable(end, 'end of an attempt');
  }
}

function timeoutEnd(limit: number): DecidedEnd {
  const outcome = failure(
    'Timeout',
    `The evaluation took longer than its limit of ${limit / 1000} s and was ended.`,
  );
  return { kind: 'outcome', outcome, stack: null };
}
