import { ApplicationFailure, executeChild, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import {
  activity,
  command,
  defineSearch,
  factorised,
  hybrid,
  joint,
  level,
  separate,
  surrogate,
  table,
  toDefinition,
  workflow,
  type ExternalEvaluator,
  type Level,
  type SearchResult,
} from '../searches/index.js';
import { SEARCH_QUEUE, SEARCH_WORKFLOW, workflowTaskTimeout, type SearchInput } from './messages/messages.js';

/** Options of a search started from workflow code. */
export interface SearchCallOptions {
  /** Name of the search, and the last part of its id; by default the name of the outermost level. */
  readonly name?: string;
  readonly seed?: number | string;
  readonly tags?: readonly string[];
}

/**
 * Runs a search from workflow code and waits for its result. The search is a child workflow with an id below that of
 * the caller, served by the search worker (`duramen worker`). The evaluator is a name with JSON arguments, made by
 * `activity`, `workflow` or `command`: a function could not travel to the child workflow.
 */
export async function search(
  levels: Level | readonly [Level, ...Level[]],
  evaluate: ExternalEvaluator,
  options: SearchCallOptions = {},
): Promise<SearchResult> {
  if (typeof evaluate === 'function') {
    throw ApplicationFailure.nonRetryable(
      'search(): the evaluator is a function, which cannot travel to a child workflow or through continue-as-new: ' +
        "name an activity instead, activity('name', arguments).",
      'BadInput',
    );
  }
  const all: readonly [Level, ...Level[]] = isLevel(levels) ? [levels] : levels;
  const name = options.name ?? all[0].options.name;
  const definition = toDefinition(
    defineSearch({
      name,
      levels: all,
      evaluate,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      ...(options.tags === undefined ? {} : { tags: options.tags }),
    }),
  );
  const input: SearchInput = {
    definition: { kind: 'inline', definition },
    level: 0,
    context: {},
    parentPaused: false,
  };
  // Only the workflow `search` has this type name, and this is what it returns.
  return (await executeChild(SEARCH_WORKFLOW, {
    args: [input],
    workflowId: `${workflowInfo().workflowId}/${name}`,
    taskQueue: SEARCH_QUEUE,
    workflowTaskTimeout,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary: `search ${name}`,
  })) as SearchResult;
}

// Workflow code gets everything that describes a search from one module, which is safe in the workflow sandbox.
export { activity, command, factorised, hybrid, joint, level, separate, surrogate, table, workflow };

function isLevel(levels: Level | readonly [Level, ...Level[]]): levels is Level {
  return !Array.isArray(levels);
}
