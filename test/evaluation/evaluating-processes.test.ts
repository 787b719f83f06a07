import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EvaluatingProcesses } from '../../evaluation/processes/evaluating-processes.js';
import type { CommandProcess } from '../../evaluation/processes/process-pool.js';
import {
  contentOf,
  eventually,
  groupMembers,
  groupOf,
  installation,
  repository,
} from '../support/workplace.js';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'duramen-processes-'));
});
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

function pool(slots: number, devices?: readonly string[]): EvaluatingProcesses {
  return new EvaluatingProcesses({
    home,
    projectRoot: repository,
    slots,
    installation,
    ...(devices === undefined ? {} : { devices }),
  });
}

const never = new AbortController().signal;

test('kill -9 of the worker ends the whole group of its processes', async () => {
  const pids = join(home, 'pids');
  const worker = join(home, 'worker.mjs');
  writeFileSync(
    worker,
    `import { EvaluatingProcesses } from ${JSON.stringify(pathToFileURL(join(installation, 'evaluation', 'processes', 'evaluating-processes.js')).href)};
const pool = new EvaluatingProcesses({ home: ${JSON.stringify(home)}, projectRoot: ${JSON.stringify(repository)}, slots: 1 });
const slot = await pool.acquire(null, new AbortController().signal);
slot.command('sleep 1000 & echo $! >> ${pids}; sleep 1001 & echo $! >> ${pids}; wait', ${JSON.stringify(home)}, {});
setInterval(() => {}, 1000);
`,
  );
  const child = spawn(process.execPath, [worker], { stdio: 'inherit' });
  const text = await eventually(() => {
    const seen = contentOf(pids);
    return seen !== undefined && seen.trim().split('\n').length === 2 ? seen : undefined;
  });
  const group = groupOf(Number(text.split('\n')[0]));
  expect(groupMembers(group).length).toBeGreaterThanOrEqual(4);
  child.kill('SIGKILL');
  await eventually(() => groupMembers(group).length === 0);
});

test('kill -9 of the supervisor ends the whole group, too', async () => {
  const processes = pool(1);
  const slot = await processes.acquire(null, never);
  const command = slot.command('sleep 1000 & wait', home, {});
  await eventually(() => groupMembers(command.group).length >= 3);
  process.kill(command.group, 'SIGKILL');
  expect(await command.exited).toMatchObject({ code: null, signal: 'SIGKILL' });
  await eventually(() => groupMembers(command.group).length === 0);
  slot.release(false);
  await processes.close();
});

test('exit codes, signals and output come through', async () => {
  const processes = pool(1);
  const slot = await processes.acquire(null, never);
  const lines: string[] = [];
  const first = slot.command('echo out; echo err >&2; read line; echo "$line"; exit 7', home, { GIVEN: '1' });
  first.onOutput((stream, line) => lines.push(`${stream} ${line}`));
  first.write('hello');
  expect(await first.exited).toEqual({ code: 7, signal: null, outOfMemory: null, startError: null });
  expect(lines.sort()).toEqual(['err err', 'out hello', 'out out']);
  const second = slot.command('kill -SEGV $$', home, {});
  expect(await second.exited).toMatchObject({ code: null, signal: 'SIGSEGV' });
  const third = slot.command('true', join(home, 'nowhere'), {});
  expect((await third.exited).startError).toContain('ENOENT');
  slot.release(false);
  await processes.close();
});

test('what a command leaves behind ends with it', async () => {
  const processes = pool(1);
  const slot = await processes.acquire(null, never);
  const command = slot.command('sleep 1000 > /dev/null 2>&1 & exit 0', home, {});
  expect(await command.exited).toMatchObject({ code: 0 });
  await eventually(() => groupMembers(command.group).length === 0);
  slot.release(false);
  await processes.close();
});

test.each([
  ['when the command ends', 'exit 0', (): void => undefined],
  ['when the worker ends the command', 'wait', (command: CommandProcess): void => command.kill()],
  [
    'when the supervisor is killed',
    'wait',
    (command: CommandProcess): void => void process.kill(command.group, 'SIGKILL'),
  ],
])('a child that left the process group ends %s', async (title, last, end) => {
  const processes = pool(1);
  const slot = await processes.acquire(null, never);
  const file = join(home, `left ${title}`);
  const script = `setsid sh -c 'echo $$ > "${file}"; exec sleep 1000' > /dev/null 2>&1 & while ! [ -s "${file}" ]; do sleep 0.05; done; ${last}`;
  const command = slot.command(script, home, {});
  const left = Number(await eventually(() => contentOf(file)));
  expect(groupOf(left)).not.toBe(command.group);
  end(command);
  await command.exited;
  await eventually(() => !isAlive(left));
  slot.release(false);
  await processes.close();
});

test('processor time of a child that left the process group is a sign of life', async () => {
  const processes = pool(1);
  const slot = await processes.acquire(null, never);
  const command = slot.command(`setsid sh -c 'while :; do :; done' > /dev/null 2>&1 & wait`, home, {});
  await eventually(() => groupMembers(command.group).length >= 2);
  const before = await command.activity();
  await sleep(500);
  const after = await command.activity();
  // Clock ticks of 10 ms: the shell of the group itself waits.
  expect((after?.done ?? 0) - (before?.done ?? 0)).toBeGreaterThan(5);
  command.kill();
  await command.exited;
  slot.release(false);
  await processes.close();
});

test('only a process with a device is told where the CUDA libraries are', async () => {
  const processes = new EvaluatingProcesses({
    home,
    projectRoot: home,
    slots: 2,
    installation,
    devices: ['0'],
    cudaLibraries: '/cuda',
    environment: { PATH: process.env['PATH'] },
  });
  const lines: string[] = [];
  const slots = [await processes.acquire(null, never), await processes.acquire(null, never)];
  for (const slot of slots) {
    const command = slot.command('echo "$CUDA_VISIBLE_DEVICES $LD_LIBRARY_PATH"', home, {});
    command.onOutput((_stream, line) => lines.push(line));
    await command.exited;
    slot.release(false);
  }
  expect(lines).toEqual(['0 /cuda', '-1 ']);
  await processes.close();
});

test('slots are waited for in turn, with their device, and a warm process is used again', async () => {
  const processes = pool(1, ['3']);
  const slot = await processes.acquire('a'.repeat(64), never);
  const warm = slot.evaluatingProcess('a'.repeat(64));
  const abort = new AbortController();
  const aborted = processes.acquire(null, abort.signal);
  const waiting = processes.acquire('a'.repeat(64), never);
  abort.abort(new Error('no longer'));
  await expect(aborted).rejects.toThrow('no longer');
  slot.release(true);
  const next = await waiting;
  expect(next.evaluatingProcess('a'.repeat(64))).toBe(warm);
  expect(next.evaluatingProcess('b'.repeat(64))).not.toBe(warm);
  const command = next.command('echo $CUDA_VISIBLE_DEVICES', home, {});
  const lines: string[] = [];
  command.onOutput((_stream, line) => lines.push(line));
  await command.exited;
  expect(lines).toEqual(['3']);
  expect((await warm.exited).code).toBeNull();
  next.release(false);
  await processes.close();
  const none = pool(1);
  const blind = (await none.acquire(null, never)).command('echo $CUDA_VISIBLE_DEVICES', home, {});
  blind.onOutput((_stream, line) => lines.push(line));
  await blind.exited;
  expect(lines).toEqual(['3', '-1']);
  await none.close();
  await expect(processes.acquire(null, never)).rejects.toThrow('shutting down');
});

/** Whether a process runs; a zombie does not. */
function isAlive(pid: number): boolean {
  const stat = contentOf(`/proc/${pid}/stat`);
  return stat !== undefined && stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0] !== 'Z';
}
