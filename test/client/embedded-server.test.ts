import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Connection } from '@temporalio/client';
import { EmbeddedServer } from '../../src/client/embedded-server.js';
import {
  readDatabaseRecord,
  readServerRecord,
  writeDatabaseRecord,
  writeServerRecord,
} from '../../src/client/server-record.js';

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

    expect(await server.stop()).toBe(true);
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
