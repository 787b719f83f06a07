import { ApplicationFailure } from '@temporalio/common';
import { isGrpcServiceError, WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ClientError } from './client-error.js';

// Codes of gRPC, fixed for ever.
const cancelled = 1;
const deadlineExceeded = 4;
const failedPrecondition = 9;
const unavailable = 14;

/** How long a call waits for the answer of a worker. */
export const answerMilliseconds = { update: 20_000, query: 8_000 } as const;

/** Turns what the Temporal client throws into one sentence about the search; other errors stay as they are. */
export function explain(error: unknown, search: string): unknown {
  if (error instanceof ClientError) return error;
  if (isClosing(error)) {
    return new ClientError('input', `Search "${search}" has ended: resume or extend it first.`, {
      cause: error,
    });
  }
  if (error instanceof WorkflowUpdateFailedError || error instanceof WorkflowFailedError) {
    return new ClientError('input', `Search "${search}": ${innermostMessage(error)}`, { cause: error });
  }
  const text = fullText(error);
  if (/workflow is paused|status: Paused/i.test(text)) {
    return new ClientError(
      'input',
      `Search "${search}" is paused by the server: unpause it first (temporal workflow unpause -w ${search}).`,
      { cause: error },
    );
  }
  if (/not found/i.test(text)) return noSuchSearch(search, error);
  const service = causes(error).find(isGrpcServiceError);
  if (service === undefined) return error;
  const code: number = service.code;
  if (code === unavailable)
    return new ClientError('unreachable', `The Temporal server does not answer: ${service.details}`, {
      cause: error,
    });
  if (code === deadlineExceeded || code === cancelled || code === failedPrecondition)
    return noWorker(search, error);
  return new ClientError('input', `The Temporal server refuses: ${service.details}`, { cause: error });
}

/** Whether an update, or another message, met a run that was closing or closed. */
export function isClosing(error: unknown): boolean {
  if (error instanceof WorkflowUpdateFailedError) {
    // The run took the update, and was ended before it could answer.
    return (
      error.cause instanceof ApplicationFailure && error.cause.type === 'AcceptedUpdateCompletedWorkflow'
    );
  }
  return (
    !(error instanceof WorkflowFailedError) &&
    /already completed|aborted by closing workflow/i.test(fullText(error))
  );
}

/** The error for an id under which nothing is known. */
export function noSuchSearch(search: string, cause?: unknown): ClientError {
  return new ClientError('input', `There is no search "${search}" (duramen list shows all).`, { cause });
}

/** Whether the error means that no worker answered. */
export function isNoWorker(error: unknown): boolean {
  return error instanceof ClientError && error.kind === 'unreachable' && error.message.includes('worker');
}

function noWorker(search: string, cause: unknown): ClientError {
  return new ClientError(
    'unreachable',
    `No worker answers for search "${search}": start one with "duramen worker" (or "duramen run" with its search file). It may then still carry out what was asked: look with "duramen show ${search}" before you ask again.`,
    { cause },
  );
}

/** The message of the failure that a workflow raised, without the layers around it. */
export function innermostMessage(error: unknown): string {
  const all = causes(error);
  const failure = all.find((cause) => cause instanceof ApplicationFailure) ?? all.at(-1);
  return failure instanceof Error ? failure.message : String(failure);
}

function causes(error: unknown): readonly unknown[] {
  const found: unknown[] = [];
  for (let cause = error; cause !== undefined && cause !== null && !found.includes(cause);) {
    found.push(cause);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return found;
}

function fullText(error: unknown): string {
  return causes(error)
    .map((cause) =>
      cause instanceof Error
        ? cause.message + (isGrpcServiceError(cause) ? cause.details : '')
        : String(cause),
    )
    .join('\n');
}
