import type { OpenedSearch } from '../activities/index.js';
import {
  decodeState,
  encodeState,
  type StateValue,
  type UpdateRequest,
  type UpdateResult,
} from '../algorithms/index.js';
import type { SearchDefinition } from '../searches/index.js';
import type { HandledUpdate } from './handled-updates.js';

/** What continue-as-new carries beside the input: the state of the loop, and where the run stands. */
export interface CarriedState {
  readonly loop: Uint8Array;
  readonly head: {
    readonly definition: SearchDefinition;
    readonly address: string;
    readonly epoch: number;
    readonly position: { readonly records: number; readonly hash: string };
    readonly searchAttributes: boolean;
    readonly activeMilliseconds: number;
    readonly token: number;
    /** The definition is not the one that the input names. */
    readonly adopted: boolean;
    /** Absent from what earlier builds carried. */
    readonly handledUpdates?: readonly HandledUpdate[];
  };
}

/** Encodes what is carried as one argument of bytes. */
export function encodeCarried({ loop, head }: CarriedState): Uint8Array {
  return encodeState({ loop, head: JSON.stringify(head) });
}

export function decodeCarried(bytes: Uint8Array): CarriedState {
  const value = decodeState(bytes);
  const loop = member(value, 'loop');
  // Only encodeCarried makes these bytes, and the server hands them on unchanged.
  return { loop: bytesOf(loop), head: JSON.parse(textOf(member(value, 'head'))) as CarriedState['head'] };
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

export function encodeUpdateRequest(request: UpdateRequest): Uint8Array {
  return encodeState({ bulk: request.bulk, input: request.input });
}

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
