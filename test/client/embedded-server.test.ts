import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Connection } from '@temporalio/client';
import { EmbeddedServer } from '../../client/server/embedded-server.js';
import { checkDatabase } from '../../client/server/server-database.js';
import {
  readDatabaseRecord,
  readServerRecord,
  writeDatabaseRecord,
  writeServerRecord,
} from '../../client/server/server-record.js';

let home: string;
let server: EmbeddedServer;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'duramen-server-'));
  server = new EmbeddedServer(home);
});

afterEach(async () => {
  await server.stop();
  await rm(home, { recursive: true, force: true });
});

describe('a server', () => {
  test('starts, is found by others, keeps its ports and stops', async () => {
    expect(await server.status()).toEqual({ kind: 'stopped' });
    const first = await server.start();
    expect(await new EmbeddedServer(home).start()).toEqual(first);
    expect(await new EmbeddedServer(home).status()).toEqual({ kind: 'running', server: first });

    const connection = await Connection.connect({ address: first.address });
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 24 * 3600);
    await connection.close();

    // A kill leaves a record of a process that is gone.
    process.kill(first.pid, 'SIGKILL');
    while ((await server.status()).kind === 'running')
      await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await server.start();
    expect(second.pid).not.toBe(first.pid);
    expect(second.address).toBe(first.address);
    expect(second.uiAddress).toBe(first.uiAddress);

    await checkDatabase(join(home, 'server', 'search.db'));
    expect(await server.stop()).toBe(true);
    await checkDatabase(join(home, 'server', 'search.db'));
    expect(await server.stop()).toBe(false);
    expect(await readServerRecord(home)).toBeNull();
  });

  test('is started once by two at the same time', async () => {
    const [one, other] = await Promise.all([server.start(), new EmbeddedServer(home).start()]);
    expect(other).toEqual(one);
  });
});

describe('what stands in the way', () => {
  test('a port in use', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    await expect(server.start({ port })).rejects.toThrow(`Port ${port} is in use`);
    await expect(server.start({ uiPort: port })).rejects.toThrow('--ui-port');
    await new Promise((resolve) => blocker.close(resolve));
  });

  test('a record of another process with the same id', async () => {
    const other = spawn('sleep', ['30']);
    const record = {
      pid: other.pid ?? 0,
      start: 'another',
      address: '127.0.0.1:1',
      uiAddress: 'http://127.0.0.1:2',
      version: { cli: '1.9.1', server: '1.32.0' },
      started: new Date(0).toISOString(),
    };
    await server.stop();
    await writeServerRecord(home, record);
    expect(await server.status()).toEqual({ kind: 'stopped' });
    await server.stop();
    expect(other.exitCode).toBeNull();
    other.kill();
  });

  test('a database of a newer server is refused and left alone', async () => {
    const cli = await fakeCli('1.32.0');
    const older = new EmbeddedServer(home, cli);
    await expect(older.start()).rejects.toThrow('did not start: no such flag');
    const record = { format: 1 as const, server: '1.40.0', port: 1, uiPort: 2 };
    await writeDatabaseRecord(home, record);
    await expect(older.start()).rejects.toThrow('was written by Temporal server 1.40.0');
    expect(await readDatabaseRecord(home)).toEqual(record);
  });

  test.each<[string, () => Buffer, string]>([
    ['no database at all', () => Buffer.from('my thesis\n'.repeat(100)), 'is not a SQLite database'],
    ['the database of another program', () => sqliteFile('table', 'mails'), 'it has the table "mails"'],
    [
      'one that was cut off',
      () => sqliteFile('table', 'executions').subarray(0, 4096),
      'is a damaged SQLite',
    ],
    [
      'one with a damaged list',
      () => sqliteFile('table', 'executions').fill(0xff, 100, 110),
      'is a damaged SQLite',
    ],
  ])('%s in the place of its database is refused and left alone', async (_what, make, message) => {
    const bytes = make();
    const file = join(home, 'server', 'search.db');
    await mkdir(join(home, 'server'), { recursive: true });
    await writeFile(file, bytes);
    await expect(server.start()).rejects.toThrow(message);
    await expect(server.start()).rejects.toThrow('searches then go on from their journals');
    expect(await readFile(file)).toEqual(bytes);
    expect(await readdir(join(home, 'server'))).toEqual(['search.db']);
  });

  test('an empty file, and a database of this or an older Temporal server, are not in the way', async () => {
    const file = join(home, 'database');
    await expect(checkDatabase(file)).resolves.toBeUndefined();
    await writeFile(file, '');
    await expect(checkDatabase(file)).resolves.toBeUndefined();
    await writeFile(file, sqliteFile('table', 'executions'));
    await expect(checkDatabase(file)).resolves.toBeUndefined();
    // What is in the log may make the file whole.
    await writeFile(file, sqliteFile('table', 'executions').subarray(0, 4096));
    await writeFile(`${file}-wal`, 'pages');
    await expect(checkDatabase(file)).resolves.toBeUndefined();
  });

  test('a CLI that is not there or tells nothing', async () => {
    await expect(new EmbeddedServer(home, join(home, 'none')).start()).rejects.toThrow('cannot be run');
    await expect(new EmbeddedServer(home, '/bin/true').start()).rejects.toThrow('does not tell its version');
  });

  test('an unreadable record', async () => {
    await writeFile(join(home, 'server.json'), '{"pid":');
    await expect(server.status()).rejects.toThrow('is not readable');
    await rm(join(home, 'server.json'));
  });
});

test('its log is where it says', async () => {
  const broken = new EmbeddedServer(home, await fakeCli('1.32.0'));
  await expect(broken.start()).rejects.toThrow(broken.logPath);
  expect(await readFile(broken.logPath, 'utf8')).toContain('no such flag');
});

async function fakeCli(version: string): Promise<string> {
  const path = join(home, 'temporal');
  await writeFile(
    path,
    `#!/bin/sh\n[ "$1" = --version ] && echo "temporal version 1.9.1 (Server ${version}, UI 2.54.1)" && exit 0\nsleep 0.3; echo "no such flag" >&2; exit 1\n`,
  );
  await chmod(path, 0o755);
  return path;
}

/** A SQLite file of two pages whose list of tables has one entry, as https://www.sqlite.org/fileformat2.html has it. */
function sqliteFile(type: string, name: string): Buffer {
  const file = Buffer.alloc(8192);
  file.write('SQLite format 3\0', 'latin1');
  file.writeUInt16BE(4096, 16);
  file.writeUInt32BE(1, 24);
  file.writeUInt32BE(2, 28);
  file.writeUInt32BE(1, 92);
  // A leaf of a table with one cell: the sizes of the payload, the row and the header, two texts and three nulls.
  file.writeUInt8(0x0d, 100);
  file.writeUInt16BE(1, 103);
  file.writeUInt16BE(4000, 108);
  const columns = [13 + 2 * type.length, 13 + 2 * name.length, 0, 0, 0];
  Buffer.from([6 + type.length + name.length, 1, 6, ...columns, ...Buffer.from(type + name)]).copy(
    file,
    4000,
  );
  return file;
}
