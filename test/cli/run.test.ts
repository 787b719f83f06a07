import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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

test('a larger budget in a file with a function extends the detached search, and a pause is told', async () => {
  const file = join(home, 'raise.search.ts');
  const write = (trials: number): Promise<void> =>
    writeFile(
      file,
      `import { defineSearch } from 'duramen';
import { random } from 'duramen/algorithms';
import { float, space } from 'duramen/search-spaces';
export default defineSearch({
  name: 'raise',
  space: space({ x: float(0, 1) }),
  metrics: { y: 'minimize' },
  algorithm: random(),
  budget: { trials: ${trials} },
  seed: 1,
  evaluate: ({ x }) => ({ y: x }),
});
`,
    );
  await write(4);
  expect((await duramen('run', file, '--detach')).code).toBe(0);
  await write(6);
  // No worker has served the search yet: the run's own has to be there before it sends the budget.
  const raised = await duramen('run', file, '--json');
  expect(raised.stderr).toContain('goes on with its larger budget');
  expect(raised.code).toBe(0);
  expect(JSON.parse(raised.stdout)).toMatchObject({ trials: 6 });

  const run = await started('running', 'run', 'examples/resumable.search.ts', '--new', '--slots', '2');
  const told = new Promise((resolve) => {
    run.stdout?.on('data', (piece: Buffer) => {
      if (/is paused.*"duramen resume resumable-2" goes on/.test(piece.toString())) resolve(true);
    });
  });
  expect((await duramen('pause', 'resumable-2')).code).toBe(0);
  expect(await told).toBe(true);
  run.kill('SIGINT');
  expect(await ended(run)).toBe(130);
}, 120_000);

test('an open inner search is paused, extended and resumed by its own id', async () => {
  const file = join(home, 'inside.search.ts');
  await writeFile(
    file,
    `import { defineSearch, level } from 'duramen';
import { random, sweep } from 'duramen/algorithms';
import { float, oneOf, space } from 'duramen/search-spaces';
const shared = { metrics: { y: 'minimize' } } as const;
export default defineSearch({
  name: 'inside',
  levels: [
    level({ ...shared, name: 'shape', space: space({ shape: oneOf(['cup']) }), algorithm: sweep(), budget: {} }),
    level({ ...shared, name: 'size', space: space({ x: float(0, 1) }), algorithm: random(), budget: { trials: 12, concurrency: 1 } }),
  ],
  seed: 1,
  async evaluate({ x }) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return { y: x };
  },
});
`,
  );
  const run = await started('running', 'run', file);
  const inner = 'inside/0/size';
  const paused = async (): Promise<boolean> => (await duramen('pause', inner)).code === 0;
  while (!(await paused()));
  expect((await duramen('show', inner, '--json')).stdout).toContain('"phase":"paused"');
  expect(await duramen('extend', inner, '--trials', '14')).toMatchObject({ code: 0 });
  expect(await duramen('resume', inner)).toMatchObject({ code: 0 });
  expect(await ended(run)).toBe(0);
  expect((await duramen('show', inner, '--json')).stdout).toContain('"trials":14');
  expect(await duramen('resume', inner)).toMatchObject({
    code: 2,
    stderr:
      'duramen: Inner search "inside/0/size" has ended (finished): only its outer search "inside" starts it again.\n',
  });
}, 120_000);

test('an ordinary model of TensorFlow.js is trained, and its checkpoints are kept', async () => {
  const run = await duramen('run', 'examples/tfjs.search.ts', '--json');
  expect(run.code).toBe(0);
  const result = JSON.parse(run.stdout) as {
    readonly trials: number;
    readonly best: { readonly metrics: { readonly accuracy: number } };
  };
  expect(result.trials).toBe(4);
  expect(result.best.metrics.accuracy).toBeGreaterThan(0.7);
  const trials = (await duramen('trials', 'tfjs', '--json')).stdout.trim().split('\n');
  for (const line of trials) expect(JSON.parse(line)).toMatchObject({ outcome: { kind: 'scored' } });
}, 120_000);

/** The process and the address of the embedded server. */
async function server(): Promise<{ readonly pid: number; readonly address: string }> {
  return JSON.parse(await readFile(join(home, 'server.json'), 'utf8')) as {
    readonly pid: number;
    readonly address: string;
  };
}

test('a worker that cannot start ends with a sentence', async () => {
  const { address } = await server();
  const worker = spawn(process.execPath, [
    join(root, 'dist', 'workers', 'main.js'),
    ...['--address', address, '--namespace', 'missing', '--home', join(home, 'elsewhere')],
  ]);
  let said = '';
  worker.stderr.on('data', (piece: Buffer) => {
    said += piece.toString();
  });
  expect(await ended(worker)).toBe(1);
  expect(said).toMatch(/The worker ended: .*missing/);
}, 60_000);

test('Ctrl-C detaches while the server stands still', async () => {
  const run = await started('running', 'run', 'examples/resumable.search.ts', '--new', '--slots', '1');
  const { pid } = await server();
  process.kill(pid, 'SIGSTOP');
  try {
    run.kill('SIGINT');
    expect(await ended(run)).toBe(130);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}, 100_000);

test('finished searches are read from their journals when no server runs', async () => {
  const names = ['list', 'best', 'trials', 'show'] as const;
  const read = async (...words: readonly string[]) =>
    JSON.parse((await duramen(...words)).stdout.split('\n')[0] ?? '') as unknown;
  const before = {
    best: await read('best', 'branin', '--json'),
    trials: await read('trials', 'branin', '--json'),
  };
  await new EmbeddedServer(home).stop();
  expect(await read('best', 'branin', '--json')).toEqual(before.best);
  expect(await read('trials', 'branin', '--json')).toEqual(before.trials);
  expect((await duramen('show', 'branin')).stdout).toMatch(/phase +finished/);
  expect((await duramen('list')).stdout).toMatch(/branin +finished +200/);
  for (const name of names) {
    const { code, stderr } = await duramen(
      name,
      ...(name === 'list' ? ['--home', join(home, 'other')] : ['nobody']),
    );
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringMatching(/^duramen: No server: none runs for /),
    });
  }
}, 120_000);
