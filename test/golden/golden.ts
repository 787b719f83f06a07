import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, expect } from 'vitest';
import { canonicalJson, isPlainObject, type Json } from '../../foundation/json/index.js';
import { hashJson } from '../../foundation/numbers/index.js';

const records = new URL('./records/', import.meta.url);
/** Whether this run writes the records instead of comparing with them. */
export const isRecording = process.env['DURAMEN_RECORD_GOLDEN'] === '1';

/**
 * What one test file computed at the commit that recorded it, by entry, in `records/<name>.json`. A refactoring must
 * not change it. `DURAMEN_RECORD_GOLDEN=1 npx vitest run test/golden` records anew; the difference then belongs into
 * the commit that wanted it.
 */
export class GoldenRecord {
  private readonly entries: Map<string, Json>;
  private readonly seen = new Set<string>();

  private constructor(private readonly file: URL) {
    const stored = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Json>) : {};
    this.entries = new Map(isRecording ? [] : Object.entries(stored));
  }

  /** The record of the test file that calls it; a recording is written when all its tests have run. */
  static open(name: string): GoldenRecord {
    const record = new GoldenRecord(new URL(`${name}.json`, records));
    if (isRecording) afterAll(() => record.write());
    return record;
  }

  /** Fails where the value is not the recorded one, or where nothing is recorded for the entry. */
  check(entry: string, value: unknown): void {
    if (this.seen.has(entry)) throw new Error(`The golden entry ${JSON.stringify(entry)} is checked twice.`);
    this.seen.add(entry);
    const found = plain(value);
    if (isRecording) {
      this.entries.set(entry, found);
      return;
    }
    if (!this.entries.has(entry)) {
      throw new Error(
        `${this.file.pathname} has no entry ${JSON.stringify(entry)}: record it (see golden.ts).`,
      );
    }
    expect(found, entry).toEqual(this.entries.get(entry));
  }

  /** Entries that no test has checked so far. */
  get unchecked(): readonly string[] {
    return [...this.entries.keys()].filter((entry) => !this.seen.has(entry));
  }

  private write(): void {
    mkdirSync(records, { recursive: true });
    const entries = [...this.entries].sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = entries.map(([entry, value]) => `${JSON.stringify(entry)}: ${linesOf(value)}`);
    writeFileSync(this.file, `{\n${lines.join(',\n')}\n}\n`);
  }
}

/** An object's members on a line each, by name: a difference shows what changed. */
function linesOf(value: Json): string {
  if (!isPlainObject(value)) return canonicalJson(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = members.map(([name, member]) => ` ${JSON.stringify(name)}: ${canonicalJson(plain(member))}`);
  return `{\n${lines.join(',\n')}\n}`;
}

/** A value as JSON keeps it; big integers are written in decimals. */
export function plain(value: unknown): Json {
  const text = JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? `${member}n` : member,
  );
  return JSON.parse(text) as Json;
}

/** SHA-256 of a value's canonical JSON. */
export function hashOf(value: unknown): string {
  return hashJson(plain(value));
}

/** What a computation gives, or the name and message of the error with which it refuses. */
export function outcomeOf<T>(compute: () => T): T | { readonly refused: string } {
  try {
    return compute();
  } catch (error) {
    return refusal(error);
  }
}

/** An error as records keep it. */
export function refusal(error: unknown): { readonly refused: string } {
  if (!(error instanceof Error)) throw error;
  return { refused: `${error.name}: ${error.message}` };
}
