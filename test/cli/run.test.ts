import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cost, network } from '../../examples/program-to-space/network.js';
import { EmbeddedServer } from '../../client/server/embedded-server.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = join(root, 'dist', 'cli', 'main.js');
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'duramen-run-'));
});

afterAll(async () => {
  await new EmbeddedServer(home).stop();
  await rm(home, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const { TEMPORAL_ADDRESS: _address, ...inherited } = process.env;
const settings = (): { cwd: string; env: NodeJS.ProcessEnv } => ({
  cwd: root,
  env: { ...inherited, DURAMEN_HOME: home },
});

function duramen(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], settings(), (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

/** Starts a command and waits until its output holds a text. */
function started(text: string, ...args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [main, ...args], {
    ...settings(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let seen = '';
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`It ended with ${code ?? 'a signal'} before it said "${text}": ${seen}`));
    });
    child.stdout.on('data', (piece: Buffer) => {
      seen += piece.toString();
      if (seen.includes(text)) resolve(child);
    });
  });
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', resolve));
}

test('a search runs, ends, is shown and is extended', async () => {
  const first = await duramen('run', 'examples/branin.search.ts');
  expect(first.stderr).toBe('');
  expect(first.stdout).toContain('Started a Temporal server');
  expect(first.stdout).toContain('/namespaces/default/workflows/branin');
  expect(first.stdout).toMatch(
    /branin: finished after 200 trials .*\nbest trial \d+: value 0\.\d+\n.*\ntrajectory hash [0-9a-f]{64}\n/,
  );
  expect(first.code).toBe(0);

  const again = await duramen('run', 'examples/branin.search.ts', '--json');
  expect(again.stderr).toContain('is finished already');
  const result = JSON.parse(again.stdout) as { trials: number; trajectoryHash: string };
  expect(result.trials).toBe(200);
  expect(first.stdout).toContain(result.trajectoryHash);

  const trials = (await duramen('trials', 'branin', '--json')).stdout.trim().split('\n');
  expect(trials.map((line) => (JSON.parse(line) as { index: number }).index)).toEqual(
    Array.from({ length: 200 }, (_, index) => index),
  );
  expect((await duramen('best', 'branin')).stdout).toContain('best trial');
  expect((await duramen('show', 'branin')).stdout).toMatch(/phase +finished/);
  expect((await duramen('list')).stdout).toMatch(/branin +finished +200/);

  const lowered = await duramen('extend', 'branin', '--trials', '100');
  expect(lowered.stderr).toContain('does not raise it');
  expect(lowered.code).toBe(2);
  expect((await duramen('pause', 'branin')).stderr).toContain('has ended');
  expect((await duramen('show', 'nobody')).stderr).toBe(
    'duramen: There is no search "nobody" (duramen list shows all).\n',
  );
}, 120_000);

test('an ordinary network description is searched with at most 15 lines beside it', async () => {
  const folder = 'examples/program-to-space';
  const lines = async (file: string): Promise<readonly string[]> =>
    (await readFile(join(root, folder, file), 'utf8')).split('\n').filter((line) => line.trim() !== '');
  expect((await lines('program-to-space.search.ts')).length).toBeLessThanOrEqual(15);
  // The description is what it would be without a search.
  expect((await lines('network.ts')).filter((line) => /import|\$|duramen/.test(line))).toEqual([]);

  const run = await duramen('run', `${folder}/program-to-space.search.ts`, '--json');
  expect(run.code).toBe(0);
  const result = JSON.parse(run.stdout) as {
    readonly trials: number;
    readonly best: { readonly metrics: { readonly cost: number }; readonly parameters: typeof network };
  };
  expect(result.trials).toBe(40);
  const { parameters, metrics } = result.best;
  expect(metrics.cost).toBe(cost(parameters));
  expect(metrics.cost).toBeLessThan(cost(network));
  // Only the widths of convolutions were searched.
  const withoutFilters = ({ layers, ...rest }: typeof network): unknown => ({
    ...rest,
    layers: layers.map((layer) => Object.entries(layer).filter(([key]) => key !== 'filters')),
  });
  expect(withoutFilters(parameters)).toEqual(withoutFilters(network));
}, 60_000);

test('Ctrl-C detaches, running it again goes on, cancel ends it with its own exit status', async () => {
  const run = await started('running', 'run', 'examples/resumable.search.ts', '--slots', '2');
  run.kill('SIGINT');
  expect(await ended(run)).toBe(130);
  expect((await duramen('show', 'resumable', '--json')).stdout).toContain('"phase":"running"');

  const second = await started('attached to it', 'run', 'examples/resumable.search.ts', '--slots', '2');
  expect((await duramen('cancel', 'resumable')).code).toBe(0);
  expect(await ended(second)).toBe(4);
  expect((await duramen('show', 'resumable')).stdout).toMatch(/phase +cancelled/);
}, 120_000);
