import { ApplicationFailure } from '@temporalio/activity';

/** A failure that a repetition cannot mend. */
export function badInput(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'BadInput');
}

/** Errors that a repetition cannot mend end the search with their sentence. */
export async function refusingBadInput<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const names = ['DefinitionError', 'AlgorithmError', 'SpaceError', 'RebuildError', 'JournalError'];
    if (error instanceof Error && names.includes(error.name)) throw badInput(error.message);
    throw error;
  }
}
