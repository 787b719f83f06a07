import { sha256Hex } from '../foundation/numbers/index.js';
import type { BlobStore } from './blob-store.js';
import { journalFolder } from './trial-address.js';

/** A record with its number from 0 and the hash that chains it to all before it. */
export interface ChainedRecord<Record> {
  readonly number: number;
  readonly hash: string;
  readonly record: Record;
}

/** Where a journal ends: how many records it has and the hash of the last. */
export interface JournalPosition {
  readonly records: number;
  readonly hash: string;
}

/** Position of a journal without records. */
export const emptyJournal: JournalPosition = { records: 0, hash: sha256Hex('duramen-journal/1') };

/** The result of an append. */
export type AppendResult =
  | { readonly kind: 'written'; readonly position: JournalPosition }
  /** Another writer has written further or opened a later epoch: this writer must read the tail. */
  | { readonly kind: 'behind' };

/** Where a record is kept. */
export interface JournalPlace {
  /** Number of the record from 0. */
  readonly record: number;
  readonly epoch: number;
  /** Storage key of its segment, a path below the home. */
  readonly segment: string;
}

/** A snapshot: a state, and the position and epoch in which it was reached. */
export interface JournalSnapshot {
  readonly position: JournalPosition;
  /** Null when the snapshot names none, so that a reader cannot tell whether a later epoch superseded it. */
  readonly epoch: number | null;
  readonly state: Uint8Array;
}

/** What a writer has written: the claim of an epoch, or a segment. */
export type JournalWrite<Value extends object> =
  | { readonly kind: 'claim'; readonly epoch: number; readonly token: string }
  | {
      readonly kind: 'segment';
      readonly epoch: number;
      readonly position: JournalPosition;
      readonly records: readonly Value[];
    };

/** A journal that cannot be read; the message says what is wrong and where. */
export class JournalError extends Error {
  override readonly name = 'JournalError';

  constructor(
    message: string,
    /** The first record that cannot be relied on; null when no record is to blame. */
    readonly place: JournalPlace | null = null,
  ) {
    super(message);
  }
}

/**
 * Journals of searches: immutable segments of chained records, named (epoch, first record). A segment of a later epoch
 * replaces all earlier records from its first one on. `Value` is the record type that the searches room defines.
 */
export class JournalStore<Value extends object> {
  /** Keys of the segments that this store has written last, by search. */
  private readonly ends = new Map<string, string>();

  constructor(private readonly blobs: BlobStore) {}

  /**
   * Opens a new epoch for a writer known by `token`: from then on, appends of earlier epochs return `behind`. A second
   * call with the same token returns the same epoch, so that a writer may repeat a call whose answer it lost.
   */
  async openEpoch(search: string, token: string): Promise<number> {
    for (;;) {
      const claims = await this.claims(search);
      for (const { key, epoch } of claims.toReversed()) {
        const claim = await this.blobs.get(key);
        if (claim !== null && new TextDecoder().decode(claim) === token) return epoch;
      }
      const epoch = (claims.at(-1)?.epoch ?? 0) + 1;
      if (await this.blobs.putIfAbsent(claimKey(search, epoch), new TextEncoder().encode(token)))
        return epoch;
    }
  }

  /** Appends records at a position. A writer may repeat an append whose answer it lost: it gets the same one. */
  async append(
    search: string,
    epoch: number,
    position: JournalPosition,
    records: readonly Value[],
  ): Promise<AppendResult> {
    const claims = await this.claims(search);
    if ((claims.at(-1)?.epoch ?? epoch) > epoch) return { kind: 'behind' };
    if (records.length === 0) return { kind: 'written', position };
    const segment = segmentOf(position, records);
    const key = segmentKey(search, epoch, position.records);
    if (!(await this.blobs.putIfAbsent(key, segment.bytes))) {
      const existing = await this.blobs.get(key);
      if (existing === null || !equalBytes(existing, segment.bytes)) return { kind: 'behind' };
    }
    this.ends.set(search, key);
    return { kind: 'written', position: segment.end };
  }

  /** Whether the journal still holds the record before a position, which a writer of the search has reached. */
  async holds(search: string, position: JournalPosition): Promise<boolean> {
    if (position.records === 0) return true;
    const line = `{"hash":"${position.hash}","number":${position.records - 1},`;
    const isIn = async (key: string | undefined): Promise<boolean> => {
      const bytes = key === undefined ? null : await this.blobs.get(key);
      // A segment that was cut off does not end with its last line.
      return bytes?.at(-1) === 10 && new TextDecoder().decode(bytes).includes(line);
    };
    if (await isIn(this.ends.get(search))) return true;
    const place = await this.placeOf(search, position.records - 1);
    return isIn(place?.segment);
  }

  /** Writes claims and segments again that were written before and are missing or damaged now. */
  async restore(search: string, writes: readonly JournalWrite<Value>[]): Promise<void> {
    for (const write of writes) {
      const [key, bytes] =
        write.kind === 'claim'
          ? [claimKey(search, write.epoch), new TextEncoder().encode(write.token)]
          : [
              segmentKey(search, write.epoch, write.position.records),
              segmentOf(write.position, write.records).bytes,
            ];
      const existing = await this.blobs.get(key);
      if (existing === null) await this.blobs.putIfAbsent(key, bytes);
      else if (!equalBytes(existing, bytes)) await this.blobs.put(key, bytes);
    }
  }

  /** All records in force, with the chain of hashes checked; `from` skips the records before that number. */
  async read(search: string, from = 0): Promise<readonly ChainedRecord<Value>[]> {
    const records: ChainedRecord<Value>[] = [];
    for (const { key, epoch, first } of await this.segments(search)) {
      const bytes = await this.blobs.get(key);
      const place = { record: first, epoch, segment: key };
      if (bytes === null) throw new JournalError(`Journal segment ${key} vanished while it was read.`, place);
      if (first > records.length) {
        throw new JournalError(
          `The journal of "${search}" has a gap: segment ${key} starts at record ${first}, ` +
            `but only ${records.length} records come before it. Restore the missing segment from a backup.`,
          { ...place, record: records.length },
        );
      }
      records.length = first;
      for (const record of readSegment<Value>(bytes, place, records.at(-1)?.hash ?? emptyJournal.hash))
        records.push(record);
    }
    return from === 0 ? records : records.slice(from);
  }

  /** Where the record in force of this number is kept; null when there is none so far. */
  async placeOf(search: string, record: number): Promise<JournalPlace | null> {
    const segment = (await this.segments(search)).filter(({ first }) => first <= record).at(-1);
    return segment === undefined ? null : { record, epoch: segment.epoch, segment: segment.key };
  }

  /** How many records are in force. Reads the last segment alone, and checks no chain. */
  async length(search: string): Promise<number> {
    const last = (await this.segments(search)).at(-1);
    if (last === undefined) return 0;
    const bytes = await this.blobs.get(last.key);
    return last.first + (bytes === null ? 0 : bytes.reduce((lines, byte) => lines + Number(byte === 10), 0));
  }

  /** Whether anything was ever written for this search. */
  async exists(search: string): Promise<boolean> {
    return (await this.segments(search)).length > 0;
  }

  /** Stores a state that was reached after `position` in an epoch, as a shortcut for rebuilding it. */
  async putSnapshot(
    search: string,
    epoch: number,
    position: JournalPosition,
    state: Uint8Array,
  ): Promise<void> {
    const head = new TextEncoder().encode(
      `${JSON.stringify({ ...position, epoch, state: sha256Hex(state) })}\n`,
    );
    const bytes = new Uint8Array(head.length + state.length);
    bytes.set(head);
    bytes.set(state, head.length);
    await this.blobs.put(snapshotKey(search), bytes);
  }

  /** The last snapshot, or null when there is none that is whole. */
  async snapshot(search: string): Promise<JournalSnapshot | null> {
    const bytes = await this.blobs.get(snapshotKey(search));
    if (bytes === null) return null;
    const end = bytes.indexOf(10);
    if (end < 0) return null;
    const state = bytes.subarray(end + 1);
    try {
      const head: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
      if (typeof head !== 'object' || head === null) return null;
      if (!('hash' in head) || !('records' in head) || !('state' in head)) return null;
      if (typeof head.hash !== 'string' || typeof head.records !== 'number') return null;
      if (head.state !== sha256Hex(state)) return null;
      const epoch = 'epoch' in head && typeof head.epoch === 'number' ? head.epoch : null;
      return { position: { records: head.records, hash: head.hash }, epoch, state };
    } catch {
      // Return no snapshot for a damaged one: the caller can rebuild the state from the records.
      return null;
    }
  }

  private async segments(search: string): Promise<readonly { key: string; epoch: number; first: number }[]> {
    const found: { key: string; epoch: number; first: number }[] = [];
    for (const key of await this.blobs.list(`${journalFolder(search)}/=records`)) {
      const match = /\/(\d+)-(\d+)$/.exec(key);
      if (match !== null) found.push({ key, epoch: Number(match[1]), first: Number(match[2]) });
    }
    return found.sort((a, b) => a.epoch - b.epoch || a.first - b.first);
  }

  private async claims(search: string): Promise<readonly { key: string; epoch: number }[]> {
    const found: { key: string; epoch: number }[] = [];
    for (const key of await this.blobs.list(`${journalFolder(search)}/=epochs`)) {
      const match = /\/(\d+)$/.exec(key);
      if (match !== null) found.push({ key, epoch: Number(match[1]) });
    }
    return found.sort((a, b) => a.epoch - b.epoch);
  }
}

// Folders of the journal itself start with "=" and small letters, which no folder of a search does.
function claimKey(search: string, epoch: number): string {
  return `${journalFolder(search)}/=epochs/${String(epoch).padStart(6, '0')}`;
}

function segmentKey(search: string, epoch: number, first: number): string {
  return `${journalFolder(search)}/=records/${String(epoch).padStart(6, '0')}-${String(first).padStart(10, '0')}`;
}

function snapshotKey(search: string): string {
  return `${journalFolder(search)}/=snapshot`;
}

/** The bytes of a segment that begins at a position, and the position after it. */
function segmentOf(
  position: JournalPosition,
  records: readonly object[],
): { readonly bytes: Uint8Array; readonly end: JournalPosition } {
  let hash = position.hash;
  const lines: string[] = [];
  for (const [offset, record] of records.entries()) {
    hash = chained(hash, JSON.stringify(record));
    const number = position.records + offset;
    lines.push(`${lineOf({ number, hash, record }, records.length - offset - 1)}\n`);
  }
  return {
    bytes: new TextEncoder().encode(lines.join('')),
    end: { records: position.records + records.length, hash },
  };
}

/** The records of a segment, each checked to follow from the one before it, byte for byte. */
function* readSegment<Value extends object>(
  bytes: Uint8Array,
  start: JournalPlace,
  before: string,
): Generator<ChainedRecord<Value>> {
  const refuse = (offset: number, what: string): never => {
    const place = { ...start, record: start.record + offset };
    const where = `record ${place.record} (epoch ${place.epoch}, line ${offset + 1})`;
    throw new JournalError(
      `Journal segment ${start.segment} ${what} at ${where}: restore the segment from a backup.`,
      place,
    );
  };
  const lines = textOf(bytes) ?? refuse(0, 'is damaged (it is not UTF-8 text)');
  const ended = lines.length > 0 && lines.at(-1) === '';
  if (ended) lines.pop();
  let hash = before;
  let left: number | null = null;
  for (const [offset, text] of lines.entries()) {
    const entry = parseLine<Value>(text);
    const isLast = offset === lines.length - 1;
    if (entry === null) return refuse(offset, isLast && !ended ? 'was cut off' : 'is damaged');
    // The text is kept as it was written: the order of keys in a space is the order of its decisions.
    hash = chained(hash, JSON.stringify(entry.record));
    const { record } = entry;
    const number = start.record + offset;
    if (lineOf({ number, hash, record }, left ?? entry.left) !== text) return refuse(offset, 'was changed');
    left = entry.left - 1;
    yield { number, hash, record };
  }
  if (!ended || left !== -1) refuse(lines.length, 'was cut off');
}

function textOf(bytes: Uint8Array): string[] | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).split('\n');
  } catch {
    return null;
  }
}

function chained(before: string, body: string): string {
  return sha256Hex(`${before}\n${body}`);
}

/** A line of a segment; `left` says how many more the segment has. */
function lineOf({ hash, number, record }: ChainedRecord<object>, left: number): string {
  return `{"hash":"${hash}","number":${number},"left":${left},"record":${JSON.stringify(record)}}`;
}

function parseLine<Value>(text: string): { readonly left: number; readonly record: Value } | null {
  let entry: unknown;
  try {
    entry = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof entry !== 'object' || entry === null) return null;
  if (!('left' in entry && typeof entry.left === 'number') || !('record' in entry)) return null;
  if (typeof entry.record !== 'object' || entry.record === null) return null;
  // The chain of hashes, checked by the caller, vouches for the shape: only this class writes records.
  return { left: entry.left, record: entry.record as Value };
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, position) => byte === b[position]);
}
