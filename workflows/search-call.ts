import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import {
  activity,
  command,
  type DefinedSearch,
  type DefinitionReference,
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
  type SearchContext,
  type SearchResult,
} from '../searches/index.js';
import { runChildSearch } from './child-search.js';
import type { SearchInput } from './messages/messages.js';

/** Options of a search of levels started from workflow code. */
export interface SearchCallOptions {
  /** Name of the search, and the last part of its id; by default the name of the outermost level. */
  readonly name?: string;
  readonly seed?: number | string;
  readonly tags?: readonly string[];
}

/** Options of a search of a search file started from workflow code. */
export interface DefinedSearchOptions {
  /** The last part of the search's id; by default the name in the search file. */
  readonly name?: string;
  /** What the search reads as parameters of outer levels: its outermost level names them in `dependsOn`. */
  readonly context?: SearchContext;
  /** One line for the timeline of the Temporal UI. */
  readonly summary?: string;
}

/**
 * Runs a search from workflow code and waits for its result. The search is a child workflow with an id below that of
 * the caller, served by the search worker (`duramen worker`). It is given by levels and an evaluator, a name with JSON
 * arguments made by `activity`, `workflow` or `command`, because a function could not travel to the child workflow; or
 * by the reference that an activity got for a search file from `client.define`.
 */
export async function search(defined: DefinedSearch, options?: DefinedSearchOptions): Promise<SearchResult>;
export async function search(
  levels: Level | readonly [Level, ...Level[]],
  evaluate: ExternalEvaluator,
  options?: SearchCallOptions,
): Promise<SearchResult>;
export async function search(
  subject: DefinedSearch | Level | readonly [Level, ...Level[]],
  second: DefinedSearchOptions | ExternalEvaluator = {},
  options: SearchCallOptions = {},
): Promise<SearchResult> {
  if (isDefined(subject)) {
    // The overloads give a reference its own options.
    const { name = subject.name, context = {}, summary } = second as DefinedSearchOptions;
    return run(name, { kind: 'stored', hash: subject.hash }, context, summary);
  }
  // The overloads give levels an evaluator.
  return searchLevels(subject, second as ExternalEvaluator, options);
}

async function searchLevels(
  levels: Level | readonly [Level, ...Level[]],
  evaluate: ExternalEvaluator,
  options: SearchCallOptions,
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
  return run(name, { kind: 'inline', definition });
}

/** Runs a search as a child workflow; one of the same id that an earlier run of the caller left is awaited first. */
function run(
  name: string,
  definition: DefinitionReference,
  context: SearchContext = {},
  summary = `search ${name}`,
): Promise<SearchResult> {
  const input: SearchInput = { definition, level: 0, context, parentPaused: false };
  return runChildSearch({
    id: `${workflowInfo().workflowId}/${name}`,
    input,
    summary,
    // Workflow code has no pause of its own to hand on.
    paused: () => false,
    onStarted: () => undefined,
  });
}

// Workflow code gets everything that describes a search from one module, which is safe in the workflow sandbox.
export { activity, command, factorised, hybrid, joint, level, separate, surrogate, table, workflow };

function isDefined(subject: DefinedSearch | Level | readonly [Level, ...Level[]]): subject is DefinedSearch {
  return 'kind' in subject && subject.kind === 'stored';
}

function isLevel(levels: Level | readonly [Level, ...Level[]]): levels is Level {
  return !Array.isArray(levels);
}
