import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { takeLock } from '../../setup/process-lock.mjs';
import { temporaryFolder } from '../support/temporary-folder.js';

const lockModule = fileURLToPath(new URL('../../setup/process-lock.mjs', import.meta.url));

/** A process that holds the lock until it is ended. */
async function holder(file: string) {
  const script = `import { takeLock } from ${JSON.stringify(lockModule)};
await takeLock(${JSON.stringify(file)}); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  await once(child.stdout, 'data');
  return child;
}

describe('a lock by the identity of a process', () => {
  const file = (): string => path.join(temporaryFolder(), 'below', 'lock');

  test('is held, given back, and taken again', async () => {
    const lock = file();
    const giveBack = await takeLock(lock);
    await expect(takeLock(lock, { patience: 300 })).rejects.toMatchObject({
      code: 'ELOCKED',
      message: expect.stringContaining(`process ${process.pid}.`),
    });
    await giveBack();
    expect(existsSync(lock)).toBe(false);
    await (
      await takeLock(lock, { patience: 0 })
    )();
  });

  test.each([
    ['an empty one', ''],
    ['the number of any living process', String(process.ppid)],
    ['a process whose id is used again', JSON.stringify({ pid: process.ppid, start: '1' })],
    ['a process that is gone', JSON.stringify({ pid: 2 ** 30, start: '1' })],
  ])('%s is void', async (_what, content) => {
    const lock = file();
    await (
      await takeLock(lock)
    )();
    writeFileSync(lock, content);
    const giveBack = await takeLock(lock, { patience: 2000 });
    expect(readFileSync(lock, 'utf8')).toContain(`"pid":${process.pid}`);
    await giveBack();
  });

  test('one of a process that stands still, however old, is not', async () => {
    const lock = file();
    const child = await holder(lock);
    child.kill('SIGSTOP');
    utimesSync(lock, 0, 0);
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    await expect(takeLock(lock, { patience: 3500, say })).rejects.toMatchObject({ code: 'ELOCKED' });
    expect(said).toEqual([`waiting for process ${child.pid}, which holds ${lock}`]);
    const taken = takeLock(lock);
    child.kill('SIGKILL');
    await (
      await taken
    )();
  });

  test('only one of many holds it at a time', async () => {
    const lock = file();
    let holding = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const giveBack = await takeLock(lock);
        holding += 1;
        most = Math.max(most, holding);
        await new Promise((resolve) => setTimeout(resolve, 5));
        holding -= 1;
        await giveBack();
      }),
    );
    expect(most).toBe(1);
  });
});
