import { ApplicationFailure } from '@temporalio/activity';

/** A failure that another attempt cannot mend. */
export function badInput(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'BadInput');
}

/** Does work; turns errors that another attempt cannot mend into failures that end the search with their sentence. */
export async function refusingBadInput<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const names = ['DefinitionError', 'AlgorithmError', 'SpaceError', 'RebuildError', 'JournalError'];
    if (error instanceof Error && names.includes(error.name)) throw badInput(error.message);
    throw error;
  }
}
