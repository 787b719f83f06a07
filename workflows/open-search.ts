import { workflowInfo } from '@temporalio/workflow';
import type { OpenedSearch } from '../activities/index.js';
import { journalCalls } from './activity-calls.js';
import { decodeOpened } from './carried-state.js';
import { storeOf, type SearchInput } from './messages/messages.js';

/**
 * Opens the journal of a search for writing, by the activity `openSearch`. `counter` numbers the openings of one run,
 * so that another attempt of the activity gets the same epoch. With `supersede` the search keeps its state, and its
 * records replace those that the journal holds beyond it.
 */
export async function openSearch(
  input: SearchInput,
  search: string,
  counter: number,
  supersede: boolean,
): Promise<OpenedSearch> {
  const { parent, runId } = workflowInfo();
  const encoded = await journalCalls().openSearch({
    search,
    definition: input.definition,
    level: input.level,
    context: input.context,
    token: `${runId}:${counter}`,
    // An inner search adopts the evaluator of its input, because the search around it decides on the evaluator.
    adopt: input.adopt ?? input.level > 0,
    supersede,
    ...(parent === undefined ? {} : { parent: parent.workflowId }),
    ...storeOf(input),
  });
  return decodeOpened(encoded);
}
