import { defaultPayloadConverter } from '@temporalio/common';
import type { Client } from '@temporalio/client';
import { isPlainObject } from '../foundation/json/index.js';
import {
  type Budget,
  checkDefinition,
  DefinitionError,
  type SearchDefinition,
  travelsInline,
} from '../searches/definition/index.js';
import type { ArtifactStore } from '../storage/index.js';
import type { SearchInput } from '../workflows/messages/index.js';
import { ClientError } from './errors/client-error.js';

/** Changes that a new start makes to a search, besides going on with it. */
export type StartChanges = Partial<Pick<SearchInput, 'adopt' | 'extend' | 'store'>>;

/** Input of the workflow of a top-level search. */
export async function searchInput(
  definition: SearchDefinition,
  artifacts: ArtifactStore,
  changes: StartChanges,
): Promise<SearchInput> {
  return {
    definition: travelsInline(definition)
      ? { kind: 'inline', definition }
      : { kind: 'stored', hash: await artifacts.put(new TextEncoder().encode(JSON.stringify(definition))) },
    level: 0,
    context: {},
    parentPaused: false,
    ...changes,
  };
}

/** Input of the workflow of a search, from the first event of its history. */
export interface StartedSearch {
  readonly definition: SearchDefinition;
  /** Budget that its start extended it to. */
  readonly extend: Budget;
}

/** Reads the input of the current run of a search. */
export async function startedSearch(
  temporal: Client,
  artifacts: ArtifactStore,
  id: string,
): Promise<StartedSearch> {
  const { history } = await temporal.workflowService.getWorkflowExecutionHistory({
    namespace: temporal.options.namespace,
    execution: { workflowId: id },
    maximumPageSize: 1,
  });
  const payload = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  const input: unknown =
    payload === undefined || payload === null ? null : defaultPayloadConverter.fromPayload(payload);
  const reference = isPlainObject(input) ? input['definition'] : undefined;
  if (!isPlainObject(input) || !isPlainObject(reference)) {
    throw new ClientError('input', `The workflow "${id}" is not a search: use another name for the search.`);
  }
  try {
    const definition = checkDefinition(
      reference['kind'] === 'inline'
        ? reference['definition']
        : JSON.parse(new TextDecoder().decode(await artifacts.get(String(reference['hash'])))),
    );
    // The workflow has checked it before it acted on it.
    return { definition, extend: isPlainObject(input['extend']) ? input['extend'] : {} };
  } catch (error) {
    if (error instanceof DefinitionError) {
      throw new ClientError(
        'input',
        `The definition of search "${id}" is not of this version: ${error.message}`,
        { cause: error },
      );
    }
    throw error;
  }
}
