import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { ClientError } from '../errors/client-error.js';

/** Tables that every database of a Temporal server has, whatever its version. */
const temporalTables = ['namespaces', 'executions', 'history_node'];

/**
 * Checks that a file is a SQLite database of a Temporal server, or not there, before a server opens it: a server would
 * add its tables to a foreign one. Reads only. SQLite itself finds damage deeper than the list of tables.
 */
export async function checkDatabase(file: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw refusal(file, 'cannot be read', error);
  }
  try {
    const { size } = await handle.stat();
    // SQLite makes an empty file a new database.
    if (size === 0) return;
    const database = await SqliteFile.open(handle, size);
    if (database === null) throw refusal(file, 'is not a SQLite database');
    // Pages of the log replace those of the file, so the file alone need not be whole.
    const logged = await isFilled(`${file}-wal`);
    const tables = await database.tables();
    if (!logged && (tables === null || !database.isWhole))
      throw refusal(file, 'is a damaged SQLite database');
    if (tables === null || tables.length === 0) return;
    if (!temporalTables.some((name) => tables.includes(name)))
      throw refusal(file, `is the database of another program (it has the table "${tables[0] ?? ''}")`);
  } finally {
    await handle.close();
  }
}

function refusal(file: string, what: string, cause?: unknown): ClientError {
  return new ClientError(
    'input',
    `${file} ${what}: put a copy of the server's database there, or move the file away (searches then go on from their journals).`,
    { cause },
  );
}

async function isFilled(file: string): Promise<boolean> {
  try {
    return (await stat(file)).size > 0;
  } catch {
    return false;
  }
}

/** Reads the list of tables of a SQLite file (https://www.sqlite.org/fileformat2.html). */
class SqliteFile {
  private constructor(
    private readonly handle: FileHandle,
    private readonly size: number,
    private readonly pageSize: number,
    /** Pages that the file says to have; 0 when it does not say so. */
    private readonly pages: number,
  ) {}

  /** Null when the file does not begin as a SQLite database. */
  static async open(handle: FileHandle, size: number): Promise<SqliteFile | null> {
    const header = await bytesAt(handle, 0, 100);
    if (header === null || header.toString('latin1', 0, 16) !== 'SQLite format 3\0') return null;
    const stated = header.readUInt16BE(16);
    const pageSize = stated === 1 ? 65_536 : stated;
    if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) return null;
    // The number of pages counts only when the same program wrote it that changed the file last.
    const pages = header.readUInt32BE(24) === header.readUInt32BE(92) ? header.readUInt32BE(28) : 0;
    return new SqliteFile(handle, size, pageSize, pages);
  }

  /** Whether the file has all the pages that it says to have. */
  get isWhole(): boolean {
    return this.size >= this.pages * this.pageSize;
  }

  /** Names of the tables; null when the list of tables is damaged. */
  async tables(): Promise<readonly string[] | null> {
    const names: string[] = [];
    const waiting = [1];
    for (const page of waiting) {
      if (waiting.length > 10_000) return null;
      const bytes = await bytesAt(this.handle, (page - 1) * this.pageSize, this.pageSize);
      if (bytes === null) return null;
      try {
        const { children, rows } = readPage(bytes, page === 1 ? 100 : 0);
        waiting.push(...children);
        for (const [type, name] of rows) if (type === 'table') names.push(name);
      } catch (error) {
        if (error instanceof RangeError) return null;
        throw error;
      }
    }
    return names;
  }
}

/** A page of the tree of tables: other pages, or rows of which the first two columns are wanted. */
function readPage(
  page: Buffer,
  start: number,
): { readonly children: readonly number[]; readonly rows: readonly (readonly [string, string])[] } {
  const kind = page.readUInt8(start);
  if (kind !== 0x05 && kind !== 0x0d) throw new RangeError('no page of a table');
  const isLeaf = kind === 0x0d;
  const cells = page.readUInt16BE(start + 3);
  const children = isLeaf ? [] : [page.readUInt32BE(start + 8)];
  const rows: (readonly [string, string])[] = [];
  for (let cell = 0; cell < cells; cell++) {
    const position = page.readUInt16BE(start + (isLeaf ? 8 : 12) + 2 * cell);
    if (isLeaf) rows.push(readRow(page, position));
    else children.push(page.readUInt32BE(position));
  }
  return { children, rows };
}

/** The first two columns of a row, both texts. */
function readRow(page: Buffer, position: number): readonly [string, string] {
  const [, afterSize] = varint(page, position);
  const [, record] = varint(page, afterSize);
  const [headerSize, first] = varint(page, record);
  const [type, second] = varint(page, first);
  const [name] = varint(page, second);
  const typeEnd = record + headerSize + textLength(type);
  const nameEnd = typeEnd + textLength(name);
  if (nameEnd > page.length) throw new RangeError('a row leaves its page');
  return [page.toString('utf8', record + headerSize, typeEnd), page.toString('utf8', typeEnd, nameEnd)];
}

function textLength(serialType: number): number {
  if (serialType < 13 || serialType % 2 === 0) throw new RangeError('no text');
  return (serialType - 13) / 2;
}

/** A number of SQLite's variable length, and the position after it. */
function varint(bytes: Buffer, start: number): readonly [value: number, next: number] {
  let value = 0;
  for (let position = start; position < start + 8; position++) {
    const byte = bytes.readUInt8(position);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return [value, position + 1];
  }
  throw new RangeError('too large');
}

async function bytesAt(handle: FileHandle, position: number, length: number): Promise<Buffer | null> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return bytesRead === length ? buffer : null;
}
