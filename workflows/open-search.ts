import { workflowInfo } from '@temporalio/workflow';
import type { OpenedSearch } from '../activities/index.js';
import { journalCalls } from './activity-calls.js';
import { decodeOpened } from './carried-state.js';
import type { SearchInput } from './messages/messages.js';

/**
 * Opens the journal of a search for writing, by the activity `openSearch`. `counter` numbers the openings of one run: a
 * repeated attempt of the activity is given the same epoch. With `supersede` the search keeps its state, and what it
 * writes replaces what the journal holds beyond.
 */
export async function openSearch(
  input: SearchInput,
  search: string,
  counter: number,
  supersede: boolean,
): Promise<OpenedSearch> {
  const encoded = await journalCalls().openSearch({
    search,
    definition: input.definition,
    level: input.level,
    context: input.context,
    token: `${workflowInfo().runId}:${counter}`,
    // The search around an inner one decides by what it is evaluated.
    adopt: input.adopt ?? input.level > 0,
    supersede,
  });
  return decodeOpened(encoded);
}
