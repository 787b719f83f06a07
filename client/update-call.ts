import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { isClosing } from './errors/temporal-problem.js';

/** How often an update is sent at most: every sending but the last has met the close of a run. */
const sendings = 5;

/**
 * Sends an update to a search and waits for its answer. A run that closes aborts the updates that wait for it; when the
 * search goes on in another run, as after continue-as-new, the update is sent again. It keeps its id: the search
 * carries the ids of the updates that it has handled, and does not act twice. Errors are those of Temporal's client.
 */
export async function callUpdate<Answer, Arguments extends [] | [unknown]>(
  temporal: Client,
  search: string,
  definition: UpdateDefinition<Answer, Arguments>,
  args: Arguments,
): Promise<Answer> {
  // Without the id of a run, every sending goes to the latest one.
  const workflow = temporal.workflow.getHandle(search);
  const options = { updateId: randomUUID(), args: args as [unknown] };
  for (let sending = 1; ; sending++) {
    try {
      return await workflow.executeUpdate<Answer, [unknown]>(definition.name, options);
    } catch (error) {
      if (sending === sendings || !isClosing(error)) throw error;
      if ((await workflow.describe()).status.name !== 'RUNNING') throw error;
    }
  }
}
