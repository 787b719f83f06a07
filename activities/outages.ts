import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { errorText } from '../foundation/errors/index.js';
import { repeatedlyLost } from '../evaluation/index.js';
import { outage } from '../evaluation/attempts/index.js';

/**
 * Attempts in a row that may fail for the same evaluation, because a file is missing or cannot be read, the disk is full
 * or no process starts, before the search pauses: the cause may pass, and what lasts needs a person.
 */
const maximumOutages = 5;

/** Counts the outages in a row of each evaluation on this worker. */
export class Outages {
  private readonly counts = new Map<string, number>();

  /**
   * Does work for a trial; `key` names the evaluation. After too many outages in a row it throws a failure of type
   * `RepeatedlyLost` instead of the last one, which pauses the search with a sentence. It counts for itself because the
   * server's attempts count lost workers, too.
   */
  async during<T>(
    key: string,
    { search, index }: { readonly search: string; readonly index: number },
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      const result = await work();
      if (this.counts.size > 0) this.counts.delete(key);
      return result;
    } catch (error) {
      if (!isOutage(error)) throw error;
      const count = (this.counts.get(key) ?? 0) + 1;
      if (count < maximumOutages) {
        this.counts.set(key, count);
        throw error;
      }
      this.counts.delete(key);
      const reason = errorText(error).replace(/\s+/g, ' ').trim().replace(/\.$/, '');
      throw ApplicationFailure.create({
        type: repeatedlyLost,
        nonRetryable: true,
        message: `Trial ${index} of ${search} could not be evaluated in ${count} attempts: ${reason}. Mend this, then resume the search.`,
        ...(error instanceof Error ? { cause: error } : {}),
      });
    }
  }
}

/** Whether an error says that the evaluation could not be done here, and nothing about the trial. */
function isOutage(error: unknown): boolean {
  if (error instanceof CancelledFailure) return false;
  if (error instanceof ApplicationFailure) return error.type === 'NotStarted' || error.type === outage;
  return error instanceof Error;
}
