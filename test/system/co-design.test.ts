import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, inject, test } from 'vitest';
import type { CoDesign } from '../../examples/co-design/co-design.workflow.js';
import { scales } from '../../examples/co-design/scale.js';
import { random } from '../../algorithms/index.js';
import { connect, EmbeddedServer } from '../../client/index.js';
import { float, space } from '../../search-spaces/index.js';
import { activity, defineSearch, toDefinition } from '../../searches/index.js';
import { descendants } from '../support/process-tree.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const jobs: ChildProcess[] = [];
const homes: string[] = [];

afterAll(async () => {
  for (const child of jobs) killAll(child);
  for (const home of homes) {
    await serverOf(home).stop();
    rmSync(home, { recursive: true, force: true });
  }
});

function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'duramen-co-design-'));
  homes.push(home);
  return home;
}

function serverOf(home: string): EmbeddedServer {
  return new EmbeddedServer(home, inject('temporalCliPath'));
}

interface Job {
  readonly child: ChildProcess;
  /** What it says to people, and its result. */
  readonly lines: string[];
  readonly output: string[];
}

/** Starts the main job in its short form, as `npm start -- --json` does; its lines are those that people read. */
function start(home: string, words: readonly string[] = [], scale = 'short'): Job {
  const child = spawn(
    process.execPath,
    [join('examples', 'co-design', 'main.mjs'), '--home', home, '--json', ...words],
    {
      cwd: repository,
      env: { ...process.env, CO_DESIGN_SCALE: scale },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const [lines, output]: [string[], string[]] = [[], []];
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  createInterface({ input: child.stdout }).on('line', (line) => output.push(line));
  jobs.push(child);
  return { child, lines, output };
}

/** Ends a process and all below it at once. */
function killAll(child: ChildProcess): void {
  for (const pid of [child.pid, ...descendants(child.pid ?? 0)]) {
    try {
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

async function said({ lines, child }: Job, text: string): Promise<void> {
  while (!lines.some((line) => line.includes(text))) {
    if (child.exitCode !== null) throw new Error(`The job ended early:\n${lines.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('the main job kills a process of its own, survives the end of all of them, and ends exactly', async () => {
  const home = newHome();
  const first = start(home, ['--slots', '2']);
  await said(first, 'front: accelerators');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  killAll(first.child);
  await once(first.child, 'exit');
  // The server is killed, too; the next start has to bring it up again.
  const status = await serverOf(home).status();
  if (status.kind === 'running') process.kill(status.server.pid, 'SIGKILL');

  const second = start(home, ['--slots', '2']);
  const [code] = (await once(second.child, 'close')) as [number];
  expect([code, second.lines.filter((line) => line.startsWith('duramen:'))]).toEqual([0, []]);
  expect(second.lines).toContain('"co-design" is open: going on with it.');
  const [line = ''] = second.output;
  const result = JSON.parse(line) as CoDesign & { readonly report: string; readonly model: string };
  const { accelerators, architectures, epochs, pipelines, points, seeds } = scales.short;
  expect(result.audit.fault).toBeNull();
  const trials = Object.fromEntries(result.audit.levels.map(({ level, trials: count }) => [level, count]));
  expect(trials).toMatchObject({
    'epochs of the supernetwork': epochs,
    accelerators: 2 * accelerators,
    'full trainings': seeds,
  });
  // As many searches of architectures as accelerators that are not equal to an earlier one.
  expect((trials['architectures'] ?? 0) % architectures).toBe(0);
  expect(trials['short trainings']).toBe(points * pipelines + 1);
  expect(result.kill?.process).toBeGreaterThan(0);
  expect(result.testAccuracies).toHaveLength(seeds);
  for (const accuracy of result.testAccuracies) expect(accuracy).toBeGreaterThan(0.15);
  expect(result.knee.latency).toBeGreaterThan(0);
  expect(result.hypervolume.front).toBeGreaterThan(0);
  for (const path of [result.report, join(result.model, 'saved_model.pb')])
    expect(existsSync(path)).toBe(true);

  // Finished, the job only tells its end again.
  const third = start(home);
  await once(third.child, 'close');
  expect(JSON.parse(third.output[0] ?? '')).toEqual(JSON.parse(line));
}, 280_000);

test('a search of the same name keeps it, and a wrong size is refused in one sentence', async () => {
  const home = newHome();
  await serverOf(home).start();
  const client = await connect({ home });
  await client.start(
    toDefinition(
      defineSearch({
        name: 'co-design',
        space: space({ x: float(0, 1) }),
        metrics: { loss: 'minimize' },
        algorithm: random(),
        budget: { trials: 1 },
        evaluate: activity('nobody'),
      }),
    ),
  );
  await client.close();
  const wrong = start(home, [], 'huge');
  const [refused] = (await once(wrong.child, 'close')) as [number];
  expect([refused, wrong.lines.at(-1)]).toEqual([
    1,
    'duramen: CO_DESIGN_SCALE must be full, small or short, not "huge".',
  ]);
  const odd = start(home, ['--slots', '0']);
  const [code] = (await once(odd.child, 'close')) as [number];
  expect([code, odd.lines]).toEqual([1, ['duramen: --slots must be a whole number of at least 1, not "0".']]);
  const job = start(home);
  await said(job, '"co-design-2" started.');
  expect(job.lines).toContain(
    `"co-design" in ${home} is a search of its own, so the job takes another name.`,
  );
}, 120_000);
