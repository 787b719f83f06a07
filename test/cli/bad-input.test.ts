import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { random, regularizedEvolution } from '../../algorithms/index.js';
import { runCommandLine } from '../../cli/command-line.js';
import { float, int, space } from '../../search-spaces/index.js';
import type { SearchDefinition } from '../../searches/index.js';
import { FileBlobStore, JournalStore } from '../../storage/index.js';
import { TestInstallation } from '../support/test-installation.js';
import { until } from '../support/search-laboratory.js';

const installation = new TestInstallation(inject('temporalCliPath'));
const { home } = installation;
beforeAll(() => installation.start());
afterAll(() => installation.close());

interface Ended {
  readonly code: number;
  readonly stderr: string;
}

/** Runs a command in this process, which spares its start. */
async function duramen(...args: readonly string[]): Promise<Ended> {
  vi.stubEnv('TEMPORAL_ADDRESS', undefined);
  const pieces: string[] = [];
  const spies = [
    vi.spyOn(process.stderr, 'write').mockImplementation((piece) => pieces.push(String(piece)) > 0),
    vi.spyOn(console, 'log').mockImplementation(() => undefined),
  ];
  process.exitCode = 0;
  try {
    await runCommandLine([...args, '--home', home]);
    return { code: Number(process.exitCode), stderr: pieces.join('') };
  } finally {
    process.exitCode = 0;
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
}

/** One sentence with the exit status of bad input. */
async function refusal(...args: readonly string[]): Promise<string> {
  const { code, stderr } = await duramen(...args);
  expect(stderr).toMatch(/^duramen: [^\n]+\n$/);
  expect(code).toBe(2);
  return stderr;
}

const slow =
  'async (p) => { await new Promise((r) => setTimeout(r, 25)); return { loss: (p.x - 1) * (p.x - 1) }; }';
const loss = ({ x }: { readonly x: number }): number => (x - 1) * (x - 1);

function define(name: string, trials: number, options: object = {}): Promise<SearchDefinition> {
  return installation.define(
    {
      name,
      space: space({ x: float(-5, 10) }),
      metrics: { loss: 'minimize' },
      algorithm: regularizedEvolution({ populationSize: 6, tournamentSize: 3 }),
      budget: { trials, concurrency: 2 },
      light: true,
      ...options,
    },
    slow,
  );
}

test.each([
  ['show'],
  ['best'],
  ['trials'],
  ['pause'],
  ['resume'],
  ['cancel'],
  ['extend', '--trials', '5'],
  ['enqueue', '{"x":1}'],
  ['cancel-trial', '0'],
  ['set-concurrency', '2'],
  ['report'],
  ['export'],
  ['verify'],
])('%s of an id that nobody knows', async (command, ...rest) => {
  expect(await refusal(command, 'nobody', ...rest)).toContain('"nobody"');
  expect(await installation.client.list({ inner: true })).toEqual([]);
});

describe('a search that runs', () => {
  let definition: SearchDefinition;
  beforeAll(async () => {
    definition = await define('busy', 300);
    await installation.search(definition);
    await until(async () => (await installation.client.handle('busy').progress()).trials > 10);
  });

  test('is not resumed, not shortened, and takes nothing that is no part of it', async () => {
    expect(await refusal('resume', 'busy')).toContain(
      'It runs and is not paused: there is nothing to resume.',
    );
    expect(await refusal('extend', 'busy', '--trials', '5')).toContain('does not raise it');
    expect(await refusal('extend', 'busy', '--cost', '5')).toContain('does not raise it');
    expect(await refusal('set-concurrency', 'busy', '17')).toContain('above the window of 16');
    expect(await refusal('enqueue', 'busy', '{"y":1}')).toContain('not in the space of level "busy"');
    expect(await refusal('cancel-trial', 'busy', '299')).toContain('Trial 299 is not open');
    expect(await refusal('pause', 'busy/0/inner')).toContain('There is no search "busy/0/inner"');
    expect(await refusal('resume', 'busy/0/inner')).toContain('its outer search "busy" directs it');
  });

  test('is cancelled once, and resumed by one of two', async () => {
    expect((await duramen('cancel', 'busy')).code).toBe(0);
    expect(await refusal('cancel', 'busy')).toMatch(/is being cancelled already|has ended already/);
    await until(async () => (await installation.client.handle('busy').state())?.kind === 'closed');
    expect(await refusal('cancel', 'busy')).toContain('has ended already (cancelled)');
    expect(await refusal('pause', 'busy')).toContain('has ended (cancelled): resume or extend it first');
    expect(await refusal('extend', 'busy', '--trials', '20')).toContain('does not raise it');
    expect((await duramen('verify', 'busy')).code).toBe(0);

    const two = await Promise.allSettled([
      installation.client.resume('busy'),
      installation.client.resume('busy'),
    ]);
    const refused = two.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatch(/was started by somebody else at this moment|is not paused/);
    const result = await installation.run(definition);
    expect(result.trajectoryHash).toBe(installation.expected(definition, loss));
    expect(await refusal('resume', 'busy')).toContain('is finished: "duramen extend busy" raises its budget');
    expect(await installation.told('busy')).toEqual(Array.from({ length: 300 }, (_, index) => index));
  });

  test('is another one with another space, algorithm or seed', async () => {
    for (const [options, what] of [
      [{ space: space({ x: int(-5, 10) }) }, 'space'],
      [{ algorithm: random() }, 'algorithm'],
      [{ seed: 99 }, 'seed'],
    ] as const) {
      const other = await define('busy', 300, options);
      await expect(installation.client.start(other)).rejects.toThrow(what);
    }
    expect((await duramen('verify', 'busy')).code).toBe(0);
  });
});

test('snapshots of another version, of another search and damaged ones change nothing', async () => {
  const definition = await define('snapshots', 60);
  const expected = installation.expected(definition, loss);
  const file = join(home, 'journals/snapshots/=snapshot');
  const { handle } = await installation.search(definition);
  const cancelAt = async (trials: number): Promise<void> => {
    await until(async () => (await handle.progress()).trials >= trials);
    await handle.cancel();
    await until(async () => (await handle.state())?.kind === 'closed');
  };
  await cancelAt(8);
  const head = JSON.parse(readFileSync(file, 'utf8').split('\n')[0] ?? '') as {
    records: number;
    hash: string;
  };
  const store = new JournalStore(new FileBlobStore(home));
  // Written by another version: its place is right, its state is not one of this build.
  await store.putSnapshot('snapshots', 1, head, new TextEncoder().encode('a state of version 2'));
  await duramen('resume', 'snapshots');
  await cancelAt(20);
  cpSync(join(home, 'journals/busy/=snapshot'), file);
  await duramen('resume', 'snapshots');
  await cancelAt(32);
  writeFileSync(file, 'x');
  await duramen('resume', 'snapshots');
  const result = await handle.result();
  expect(result.trajectoryHash).toBe(expected);
  expect(await installation.told('snapshots')).toEqual(Array.from({ length: 60 }, (_, index) => index));
});

test('a journal under another name or with a fault is refused, and nothing is started', async () => {
  cpSync(join(home, 'journals/busy'), join(home, 'journals/moved'), { recursive: true });
  expect(await refusal('resume', 'moved')).toContain('is that of search "busy"');
  rmSync(join(home, 'journals/moved'), { recursive: true });

  const folder = join(home, 'journals/snapshots/=records');
  const before = (await installation.client.list()).length;
  const first = join(folder, '000001-0000000000');
  const text = readFileSync(first, 'utf8');
  writeFileSync(first, text.replace('"trials":60', '"trials":61'));
  const { code, stderr } = await duramen('verify', 'snapshots');
  expect(stderr).toMatch(
    /^duramen: Journal segment \S+ was changed at record \d+ \(epoch 1, line \d+\): [^.\n]+\.\n$/,
  );
  expect(code).toBe(1);
  expect((await duramen('extend', 'snapshots', '--trials', '90')).stderr).toContain('was changed at record');
  writeFileSync(first, text);
  expect((await duramen('verify', 'snapshots')).code).toBe(0);
  expect((await installation.client.list()).length).toBe(before);
});
