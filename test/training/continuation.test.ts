import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect, promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeCheckpoint } from '../../training/training-checkpoint.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
// Inside the repository, where the script finds its packages.
const script = path.join(root, 'node_modules', '.cache', `duramen-training-script-${process.pid}.mjs`);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'duramen-continuation-'));
  await build({
    entryPoints: [path.join(root, 'test', 'training', 'training-script.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(script, { force: true });
});

/** Runs the training in a new process; the hash of the state it ended with. */
async function run(place: string, stopAfter = 0, ...computation: readonly string[]): Promise<string> {
  await mkdir(path.join(folder, place), { recursive: true });
  const { stdout } = await promisify(execFile)(process.execPath, [
    script,
    path.join(folder, place),
    String(stopAfter),
    ...computation,
  ]).catch((error: unknown) => {
    throw new Error(`The training in ${place} failed: ${inspect(error)}`, { cause: error });
  });
  return stdout.trim();
}

test('a training that is stopped and goes on in new processes ends with the same bits', async () => {
  const whole = await run('whole');
  expect(whole).toMatch(/^[0-9a-f]{64}$/);
  // In the middle of the first epoch, then again in the third: an epoch has five steps.
  expect(await run('parts', 3)).not.toBe(whole);
  expect(decodeCheckpoint(await readFile(path.join(folder, 'parts', 'checkpoint'))).step).toBe(3);
  expect(await run('parts', 9)).not.toBe(whole);
  expect(decodeCheckpoint(await readFile(path.join(folder, 'parts', 'checkpoint'))).step).toBe(12);
  expect(await run('parts')).toBe(whole);
});

test.each(['data', 'operations'])('two threads that share %s end with the same bits', async (parallelism) => {
  const whole = await run(`${parallelism}-whole`, 0, '2', parallelism);
  expect(whole).toMatch(/^[0-9a-f]{64}$/);
  expect(await run(`${parallelism}-parts`, 7, '2', parallelism)).not.toBe(whole);
  expect(await run(`${parallelism}-parts`, 0, '2', parallelism)).toBe(whole);
});
