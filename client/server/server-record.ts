import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../../storage/index.js';
import { ClientError } from '../errors/client-error.js';

const serverRecord = z.object({
  pid: z.int().positive(),
  /** Start of the process, so that another one with the same id is not taken for it. */
  start: z.string(),
  /** host:port of the gRPC frontend. */
  address: z.string(),
  uiAddress: z.string(),
  /** Versions of the CLI and of the server in it. */
  version: z.object({ cli: z.string(), server: z.string() }),
  started: z.iso.datetime(),
});

const databaseRecord = z.object({
  format: z.literal(1),
  /** The newest server that has opened the database. */
  server: z.string(),
  /** The ports are kept, so that workers and pages find a restarted server. */
  port: z.int().positive(),
  uiPort: z.int().positive(),
});

/** `server.json`: the embedded server that was last started in a home. */
export type ServerRecord = z.infer<typeof serverRecord>;

/** `server/database.json`: what belongs to the database whether a server runs or not. */
export type DatabaseRecord = z.infer<typeof databaseRecord>;

/** The record of the server of a home; null when there is none. */
export async function readServerRecord(home: string): Promise<ServerRecord | null> {
  return readRecord(serverRecordPath(home), serverRecord);
}

export async function writeServerRecord(home: string, record: ServerRecord): Promise<void> {
  await writeRecord(serverRecordPath(home), record);
}

export async function removeServerRecord(home: string): Promise<void> {
  await rm(serverRecordPath(home), { force: true });
}

/** The record of the database of a home; null when there is none. */
export async function readDatabaseRecord(home: string): Promise<DatabaseRecord | null> {
  return readRecord(databaseRecordPath(home), databaseRecord);
}

export async function writeDatabaseRecord(home: string, record: DatabaseRecord): Promise<void> {
  await writeRecord(databaseRecordPath(home), record);
}

function serverRecordPath(home: string): string {
  return join(home, 'server.json');
}

function databaseRecordPath(home: string): string {
  return join(home, 'server', 'database.json');
}

async function readRecord<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new ClientError(
      'input',
      `${path} is not readable as a record of the server: move it away and try again.`,
      {
        cause: error,
      },
    );
  }
}

async function writeRecord(path: string, record: object): Promise<void> {
  // Durable: an empty record would have to be moved away by hand.
  await writeFileAtomically(path, `${JSON.stringify(record, null, 2)}\n`, { durable: true, ownerOnly: true });
}
