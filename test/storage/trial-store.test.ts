import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stageCheckpoint } from '../../storage/checkpoint-store.js';
import { FileBlobStore } from '../../storage/file-blob-store.js';
import { EvaluationResultStore } from '../../storage/evaluation-result-store.js';
import { trialFolder } from '../../storage/trial-address.js';
import { SupersededError, TrialStore } from '../../storage/trial-store.js';
import type { StoredTrial } from '../../storage/trial-store.js';

let home: string;
let store: TrialStore;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'duramen-trials-'));
  store = new TrialStore(home);
});
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

const key = (search: string): Parameters<TrialStore['open']>[0] => ({
  search,
  index: 0,
  seed: '0a',
  genome: [1],
});

async function save(trial: StoredTrial, attempt: number, text: string, step: number): Promise<void> {
  const staged = await stageCheckpoint(trial.workFolder(attempt), Buffer.from(text), step);
  await trial.publishCheckpoint(attempt, staged, { text }, null);
}

async function latest(trial: StoredTrial): Promise<[number, string] | null> {
  const found = await trial.latestCheckpoint();
  return found === null ? null : [found.step, readFileSync(found.path, 'utf8')];
}

describe('checkpoints', () => {
  test('the newest one counts, two are kept, notes come back', async () => {
    const trial = await store.open(key('newest'));
    expect(await latest(trial)).toBeNull();
    const attempt = await trial.beginAttempt(null, 'here');
    for (const step of [1, 2, 3]) await save(trial, attempt, `at ${step}`, step);
    expect(await latest(trial)).toEqual([3, 'at 3']);
    expect((await store.latestCheckpoint('newest', 0))?.notes).toEqual({ text: 'at 3' });
    expect(readdirSync(join(home, 'trials/newest/0/checkpoints'))).toEqual([
      '000001-00000002',
      '000001-00000003',
    ]);
  });

  test.each([
    ['content is cut off', (folder: string) => truncateSync(join(folder, 'content'), 2)],
    ['content is changed', (folder: string) => writeFileSync(join(folder, 'content'), 'at 9')],
    ['content is missing', (folder: string) => rmSync(join(folder, 'content'))],
    ['the manifest is missing', (folder: string) => rmSync(join(folder, 'manifest.json'))],
    [
      'the manifest is changed',
      (folder: string) => {
        const path = join(folder, 'manifest.json');
        writeFileSync(path, readFileSync(path, 'utf8').replace('"step":2', '"step":5'));
      },
    ],
  ])('when %s, the one before counts', async (name, damage) => {
    const trial = await store.open(key(name));
    const attempt = await trial.beginAttempt(null, 'here');
    for (const step of [1, 2]) await save(trial, attempt, `at ${step}`, step);
    const folder = join(home, trialFolder(name, 0), 'checkpoints');
    damage(join(folder, readdirSync(folder).sort().at(-1) ?? ''));
    expect(await latest(trial)).toEqual([1, 'at 1']);
    const damaged: string[] = [];
    await trial.latestCheckpoint((each) => damaged.push(each));
    expect(damaged).toEqual(['000001-00000002']);
  });

  test('a folder is copied with all that is in it', async () => {
    const trial = await store.open(key('folder'));
    const attempt = await trial.beginAttempt(null, 'here');
    const source = join(home, 'source');
    mkdirSync(join(source, 'deeper'), { recursive: true });
    writeFileSync(join(source, 'deeper', 'file'), 'inside');
    const staged = await stageCheckpoint(trial.workFolder(attempt), { folder: source }, 4);
    await trial.publishCheckpoint(attempt, staged, null, null);
    const found = await trial.latestCheckpoint();
    expect(found).toMatchObject({ kind: 'folder', step: 4 });
    expect(readFileSync(join(found?.path ?? '', 'deeper', 'file'), 'utf8')).toBe('inside');
    await expect(stageCheckpoint(home, Buffer.from(''), 1.5)).rejects.toThrow('1.5');
  });

  test('a superseded attempt publishes nothing', async () => {
    const trial = await store.open(key('fenced'));
    const first = await trial.beginAttempt(null, 'here');
    const late = await stageCheckpoint(trial.workFolder(first), Buffer.from('late'), 9);
    const second = await trial.beginAttempt(null, 'there');
    expect([first, second]).toEqual([1, 2]);
    await expect(trial.publishCheckpoint(first, late, null, null)).rejects.toBeInstanceOf(SupersededError);
    await expect(trial.publishResult(first, { kind: 'late' })).rejects.toBeInstanceOf(SupersededError);
    await save(trial, second, 'second', 1);
    expect(await latest(trial)).toEqual([1, 'second']);
    expect(await trial.result()).toBeNull();
    expect(await trial.publishResult(second, { kind: 'right' })).toEqual({ kind: 'right' });
    expect(await trial.publishResult(second, { kind: 'again' })).toEqual({ kind: 'right' });
    // A repetition that the search asks for has a result of its own.
    expect(await trial.result(1)).toBeNull();
  });
});

describe('attempts', () => {
  test('are listed with where they started and how they ended', async () => {
    const trial = await store.open(key('attempts'));
    await trial.endAttempt(await trial.beginAttempt(null, 'a'), { kind: 'parked', milliseconds: 5 });
    await trial.beginAttempt(3, 'b');
    const numbers = await Promise.all([trial.beginAttempt(4, 'c'), trial.beginAttempt(4, 'd')]);
    expect([...numbers].sort()).toEqual([3, 4]);
    expect((await trial.attempts()).slice(0, 2)).toEqual([
      { attempt: 1, startedFrom: null, host: 'a', at: expect.any(Number), end: { kind: 'parked', milliseconds: 5 } },
      { attempt: 2, startedFrom: 3, host: 'b', at: expect.any(Number), end: null },
    ]);
  });

  test('of another trial under the same index are set aside', async () => {
    const trial = await store.open(key('aside'));
    await trial.publishResult(null, 1);
    const other = await store.open({ ...key('aside'), genome: [2] });
    expect(await other.result()).toBeNull();
    expect(readdirSync(join(home, 'trials/aside')).some((name) => name.startsWith('0=superseded-'))).toBe(
      true,
    );
  });
});

test('folders are readable and lead nowhere else', () => {
  expect(trialFolder('co-design/3/arch_1.5', 12)).toBe('trials/co-design/3/arch_1.5/12');
  expect(trialFolder('../é //x', 0)).toBe('trials/=2E./=C3=A9=20/=/x/0');
  expect(() => trialFolder('a', -1)).toThrow('-1');
});

describe('results of evaluations', () => {
  const content = 'ab'.repeat(32);

  test('the first result wins', async () => {
    const shared = new EvaluationResultStore(new FileBlobStore(join(home, 'first')));
    expect(await shared.get(content)).toBeNull();
    expect(await shared.publish(content, { a: 1 })).toEqual({ a: 1 });
    expect(await shared.publish(content, { a: 2 })).toEqual({ a: 1 });
    const blobs = new FileBlobStore(join(home, 'first'));
    const file = blobs.path((await blobs.list('results'))[0] ?? '');
    truncateSync(file, 3);
    expect(await shared.get(content)).toBeNull();
    expect(await shared.publish(content, { a: 3 })).toEqual({ a: 3 });
    expect(await shared.get(content)).toEqual({ a: 3 });
    await expect(shared.get('../secret')).rejects.toThrow('content key');
  });

  test('one holds the lease until it is released or expires', async () => {
    let now = 1_000;
    const shared = new EvaluationResultStore(new FileBlobStore(join(home, 'leases')), 30_000, () => now);
    const leases = await Promise.all(['a', 'b', 'c'].map(async (name) => shared.acquire(content, name)));
    const held = leases.filter((lease) => lease !== null);
    expect(held).toHaveLength(1);
    await held[0]?.release();
    const next = await shared.acquire(content, 'd');
    expect(next).not.toBeNull();
    next?.abandon();
    now += 29_000;
    expect(await shared.acquire(content, 'e')).toBeNull();
    now += 2_000;
    const takers = await Promise.all(['a', 'b', 'c'].map(async (name) => shared.acquire(content, name)));
    expect(takers.filter((lease) => lease !== null)).toHaveLength(1);
    for (const lease of takers) lease?.abandon();
    // A lost attempt leaves a lease behind: the next attempt of the same trial need not wait for its end.
    const folder = join(home, 'leases', 'leases', content);
    const { holder } = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'utf8')) as {
      holder: string;
    };
    const again = await shared.acquire(content, holder);
    expect(again).not.toBeNull();
    await again?.release();
  });
});
