import { makeContinueAsNewFunc } from '@temporalio/workflow';
import type { OpenedSearch } from '../activities/index.js';
import {
  decodeState,
  encodeState,
  type StateValue,
  type UpdateRequest,
  type UpdateResult,
} from '../algorithms/index.js';
import type { SearchDefinition, SearchResult } from '../searches/index.js';
import type { HandledUpdate } from './handled-updates.js';
import { SEARCH_WORKFLOW, workflowTaskTimeout, type SearchInput } from './messages/messages.js';

/** Where a run stands, beside the state of its loop. */
export interface SearchHead {
  readonly definition: SearchDefinition;
  /** Hash under which activities find the definition, the level and the context. */
  readonly address: string;
  readonly epoch: number;
  readonly position: { readonly records: number; readonly hash: string };
  /** Whether the cluster knows Duramen's search attributes. */
  readonly searchAttributes: boolean;
  readonly activeMilliseconds: number;
  /** Number of openings of the journal. */
  readonly token: number;
  /** The definition is not the one that the input names. */
  readonly adopted: boolean;
  /** Absent from what earlier builds carried. */
  readonly handledUpdates?: readonly HandledUpdate[];
}

/** The definition in force, for inner searches: by the input's hash while this hash stands for it. */
export function innerDefinition(
  input: SearchInput,
  { adopted }: SearchHead,
  definition: SearchDefinition,
): SearchInput['definition'] {
  return input.definition.kind === 'stored' && !adopted ? input.definition : { kind: 'inline', definition };
}

/** What continue-as-new carries beside the input. */
export interface CarriedState {
  readonly loop: Uint8Array;
  readonly head: SearchHead;
}

/** The head of a search whose journal was just opened. */
export function headOfOpened(opened: Extract<OpenedSearch, { readonly kind: 'opened' }>): SearchHead {
  const { definition, address, epoch, position, searchAttributes, replaced } = opened;
  return {
    definition,
    address,
    epoch,
    position,
    searchAttributes,
    activeMilliseconds: 0,
    token: 1,
    adopted: replaced === true,
  };
}

/** Encodes a carried state as one argument of bytes. */
export function encodeCarried({ loop, head }: CarriedState): Uint8Array {
  return encodeState({ loop, head: JSON.stringify(head) });
}

/** Decodes what `encodeCarried` made. */
export function decodeCarried(bytes: Uint8Array): CarriedState {
  const value = decodeState(bytes);
  const loop = member(value, 'loop');
  // Only encodeCarried makes these bytes, and the server hands them on unchanged.
  return { loop: bytesOf(loop), head: JSON.parse(textOf(member(value, 'head'))) as SearchHead };
}

/** Ends this run; the next one goes on from the carried state, without the input's requests that this run has done. */
export function continueWith(
  { extend: _extend, adopt: _adopt, ...input }: SearchInput,
  carried: CarriedState,
): Promise<never> {
  const again = makeContinueAsNewFunc<(input: SearchInput, continued: Uint8Array) => Promise<SearchResult>>({
    workflowType: SEARCH_WORKFLOW,
    workflowTaskTimeout,
  });
  return again(input, encodeCarried(carried));
}

/** Decodes the answer of the activity `openSearch`. */
export function decodeOpened(bytes: Uint8Array): OpenedSearch {
  const value = decodeState(bytes);
  const state = member(value, 'state');
  // Only the activity makes these bytes.
  const opened = JSON.parse(textOf(member(value, 'opened'))) as OpenedSearch;
  if (opened.kind === 'reused') return opened;
  return { ...opened, state: state === null ? null : bytesOf(state) };
}

/** Encodes the argument of the activity `updateAlgorithm`. */
export function encodeUpdateRequest(request: UpdateRequest): Uint8Array {
  return encodeState({ bulk: request.bulk, input: request.input });
}

/** Decodes the answer of the activity `updateAlgorithm`. */
export function decodeUpdateResult(bytes: Uint8Array): UpdateResult {
  const value = decodeState(bytes);
  const bulk = member(value, 'bulk');
  return { bulk: bulk === null ? null : textOf(bulk), output: member(value, 'output') };
}

function member(value: StateValue, key: string): StateValue {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)) {
    return (value as Readonly<Record<string, StateValue>>)[key] ?? null;
  }
  throw new Error(`The carried state has no "${key}".`);
}

function bytesOf(value: StateValue): Uint8Array {
  if (ArrayBuffer.isView(value)) return value;
  throw new Error('The carried state holds no bytes where they belong.');
}

function textOf(value: StateValue): string {
  if (typeof value === 'string') return value;
  throw new Error('The carried state holds no text where it belongs.');
}
