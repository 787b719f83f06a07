import { execFile, spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JournalRecord, SearchProgress, SearchResult } from '../../searches/index.js';
import { FileBlobStore, JournalStore } from '../../storage/index.js';
import { algorithmBits, type AlgorithmBits } from '../support/algorithm-state.js';

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

interface Whole {
  readonly searches: readonly {
    readonly search: string;
    readonly trials: number;
    readonly trajectoryHash: string;
  }[];
  readonly best: readonly object[];
}

/** What the former build said: fixtures/README.md. */
interface Expected {
  readonly list: readonly { readonly id: string; readonly phase: string; readonly trials: number | null }[];
  /** As the searches were left. */
  readonly left: Readonly<
    Record<
      string,
      { readonly progress: object; readonly searches: readonly object[]; readonly best: readonly object[] }
    >
  >;
  /** The same searches, run undisturbed to their end. */
  readonly undisturbed: Readonly<Record<string, Whole>>;
  /** The choice of the undisturbed search `retrained`. */
  readonly retrained: object;
  /** What algorithms had learned at the end of undisturbed searches. */
  readonly learned: Readonly<Record<string, AlgorithmBits>>;
  /** Undisturbed searches after their budget was raised. */
  readonly extended: Readonly<Record<string, Whole>>;
}

// The command finds the home as a user's would: `.duramen` in the working directory.
const folder = mkdtempSync(join(tmpdir(), 'duramen-former-'));
const home = join(folder, '.duramen');
let expected: Expected;
let worker: ChildProcessByStdio<null, Readable, null> | undefined;

const { TEMPORAL_ADDRESS: _address, DURAMEN_HOME: _home, ...env } = process.env;

/** Runs the built command to its end; what it wrote on standard output. */
async function duramen(...args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, [main, ...args], { cwd: folder, env })).stdout;
}

function linesOf(output: string): readonly unknown[] {
  return output.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as unknown]));
}

async function show(search: string): Promise<SearchProgress> {
  return JSON.parse(await duramen('show', search, '--json')) as SearchProgress;
}

async function best(search: string): Promise<readonly unknown[]> {
  return linesOf(await duramen('best', search, '--json'));
}

/** Runs the search file until the search has ended. */
async function run(search: string): Promise<SearchResult> {
  return JSON.parse(await duramen('run', `${search}.search.ts`, '--json')) as SearchResult;
}

/** Takes the decisions of a search again, also those of inner searches; fails at a fault. */
async function verify(search: string): Promise<readonly object[]> {
  const output = await duramen('verify', search, '--inner', '--json');
  const { searches, fault } = JSON.parse(output) as { searches: readonly object[]; fault: unknown };
  expect(fault).toBeNull();
  return searches;
}

/** The whole tree of searches is that of the undisturbed one: as many trials, the same hashes, the same best. */
async function expectWhole(search: string, whole: Whole | undefined): Promise<void> {
  expect(whole).toBeDefined();
  const searches = await verify(search);
  expect(searches).toHaveLength(whole?.searches.length ?? 0);
  for (const inner of whole?.searches ?? []) {
    expect(searches).toContainEqual(expect.objectContaining({ ...inner, closed: 'finished' }));
  }
  expect(await best(search)).toMatchObject([...(whole?.best ?? [])]);
}

async function learned(search: string): Promise<AlgorithmBits | null> {
  const snapshot = await new JournalStore<JournalRecord>(new FileBlobStore(home)).snapshot(search);
  return snapshot === null ? null : algorithmBits(snapshot.state);
}

beforeAll(async () => {
  await promisify(execFile)('tar', ['-xzf', join(fixtures, 'former-home.tar.gz'), '-C', folder]);
  expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;
});
afterAll(async () => {
  if (worker !== undefined && worker.exitCode === null) {
    const ended = once(worker, 'exit');
    worker.kill();
    await ended;
  }
  await duramen('server', 'stop');
  rmSync(folder, { recursive: true, force: true });
}, 300_000);

const searches = [
  'finished',
  'finished-nested',
  'paused',
  'paused-nested',
  'cancelled',
  'cancelled-nested',
  'retrained',
];

test('every journal is verified as the former build verified it', async () => {
  expect(Object.keys(expected.left)).toEqual(searches);
  for (const search of searches) {
    expect(await verify(search)).toMatchObject([...(expected.left[search]?.searches ?? [])]);
  }
}, 300_000);

describe('with its server', () => {
  beforeAll(async () => {
    await duramen('server', 'start');
    worker = spawn(process.execPath, [main, 'worker', '--slots', '2'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    for await (const line of createInterface({ input: worker.stdout })) if (line === 'ready') break;
  }, 300_000);

  test('list, show and best say what they said to the former build', async () => {
    const listed = linesOf(await duramen('list', '--all', '--json'));
    expect(listed).toHaveLength(expected.list.length);
    for (const listing of expected.list) expect(listed).toContainEqual(expect.objectContaining(listing));
    for (const search of searches) {
      const [progress, trials] = await Promise.all([show(search), best(search)]);
      expect(progress).toMatchObject(expected.left[search]?.progress ?? {});
      expect(trials).toMatchObject([...(expected.left[search]?.best ?? [])]);
    }
  }, 300_000);

  test('the file of a finished search is that search, and the search can be extended', async () => {
    const { trials, trajectoryHash } = await run('finished');
    expect(expected.undisturbed['finished']?.searches[0]).toMatchObject({ trials, trajectoryHash });
    await duramen('extend', 'finished', '--trials', '20');
    await duramen('show', 'finished', '--watch');
    await expectWhole('finished', expected.extended['finished']);
  }, 300_000);

  test('a finished nested search is extended', async () => {
    await duramen('extend', 'finished-nested', '--trials', '3');
    await duramen('show', 'finished-nested', '--watch');
    await expectWhole('finished-nested', expected.extended['finished-nested']);
  }, 300_000);

  test.each(['paused', 'paused-nested'])(
    '%s: the open workflows are replayed and go on',
    async (search) => {
      await duramen('resume', search);
      const { trajectoryHash } = await run(search);
      expect(expected.undisturbed[search]?.searches[0]).toMatchObject({ trajectoryHash });
      await expectWhole(search, expected.undisturbed[search]);
    },
    300_000,
  );

  test.each(['cancelled', 'cancelled-nested'])(
    '%s: its file resumes it',
    async (search) => {
      const { trajectoryHash } = await run(search);
      expect(expected.undisturbed[search]?.searches[0]).toMatchObject({ trajectoryHash });
      await expectWhole(search, expected.undisturbed[search]);
    },
    300_000,
  );

  test('a search that was cancelled while it retrained chooses what it would have chosen', async () => {
    await duramen('resume', 'retrained');
    await duramen('show', 'retrained', '--watch');
    await expectWhole('retrained', expected.undisturbed['retrained']);
    expect(await show('retrained')).toMatchObject({ retrained: expected.retrained });
  }, 300_000);

  test('algorithms have learned the bits that undisturbed ones learned', async () => {
    expect(Object.keys(expected.learned)).toEqual(['cancelled', 'paused-nested/2/rate']);
    for (const [search, bits] of Object.entries(expected.learned))
      expect(await learned(search)).toEqual(bits);
  });
});
