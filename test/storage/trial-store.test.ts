import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stageCheckpoint } from '../../storage/checkpoint-store.js';
import { findGarbage, removeGarbage } from '../../storage/garbage.js';
import { FileBlobStore } from '../../storage/file-blob-store.js';
import { EvaluationResultStore } from '../../storage/evaluation-result-store.js';
import { trialFolder, trialIdentity } from '../../storage/trial-address.js';
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
    await trial.publishResult(null, { kind: 'one' });
    const other = await store.open({ ...key('aside'), genome: [2] });
    expect(await other.result()).toBeNull();
    expect(readdirSync(join(home, 'trials/aside')).some((name) => name.startsWith('0=superseded-'))).toBe(
      true,
    );
  });
});

test('a checkpoint is published only after each of its files and folders is on the disk', async () => {
  const trial = await store.open(key('synced'));
  const attempt = await trial.beginAttempt(null, 'here');
  const source = join(home, 'source');
  mkdirSync(join(source, 'inner'), { recursive: true });
  writeFileSync(join(source, 'a'), 'a');
  writeFileSync(join(source, 'inner', 'b'), 'b');
  const probe = await open(source, 'r');
  const prototype = Object.getPrototypeOf(probe) as {
    sync: (this: { readonly fd: number }) => Promise<void>;
  };
  await probe.close();
  const done = { sync: prototype.sync };
  const synced: string[] = [];
  prototype.sync = async function (): Promise<void> {
    synced.push(readlinkSync(`/proc/self/fd/${this.fd}`));
    await done.sync.call(this);
  };
  try {
    const staged = await stageCheckpoint(trial.workFolder(attempt), { folder: source }, 1);
    await trial.publishCheckpoint(attempt, staged, null, null);
    const contents = ['content/a', 'content/inner/b', 'content/inner', 'content', 'manifest.json', '.'];
    const before = synced.indexOf(staged.staged);
    for (const name of contents) expect(synced.slice(0, before + 1)).toContain(join(staged.staged, name));
    // The name under which it is published is in this folder.
    expect(synced.slice(before)).toContain(join(home, 'trials/synced/0/checkpoints'));
  } finally {
    prototype.sync = done.sync;
  }
});

test('what nothing reads any more is found, and no more than that', async () => {
  const own = new TrialStore(join(home, 'garbage'));
  const paths = async (): Promise<readonly string[]> =>
    (await findGarbage(own.home)).map(({ path }) => path).sort();
  const big = (trial: StoredTrial, attempt: number): void =>
    writeFileSync(join(trial.workFolder(attempt), 'big'), Buffer.alloc(1_000));
  const running = await own.open(key('running'));
  big(running, await running.beginAttempt(null, 'a'));
  await save(running, 1, 'one', 1);
  expect(await paths()).toEqual([]);
  // Lost with its worker: the next attempt takes its folder away.
  big(running, await running.beginAttempt(1, 'a'));
  expect(readdirSync(join(own.home, 'trials/running/0/work'))).toEqual(['2']);
  // Lost for good: the trial got its result from elsewhere.
  const lost = await own.open(key('lost'));
  big(lost, await lost.beginAttempt(null, 'a'));
  await lost.publishResult(null, { kind: 'finished' });
  await own.open(key('aside'));
  await own.open({ ...key('aside'), seed: '0b' });
  mkdirSync(join(own.home, 'trials/running/0/checkpoints/.removed-x'));
  mkdirSync(join(own.home, 'artifacts/ab'), { recursive: true });
  const half = join(own.home, 'artifacts/ab/.0123456789abcdef');
  writeFileSync(half, 'half');
  utimesSync(half, 1, 1);
  writeFileSync(join(own.home, 'artifacts/ab/.fedcba9876543210'), 'being written');
  const aside = `trials/aside/0=superseded-${trialIdentity(key('aside')).slice(0, 16)}`;
  expect(await paths()).toEqual([
    'artifacts/ab/.0123456789abcdef',
    aside,
    'trials/lost/0/work/1',
    'trials/running/0/checkpoints/.removed-x',
  ]);
  const garbage = await findGarbage(own.home);
  expect(garbage.find(({ what }) => what === 'work folder')?.bytes).toBeGreaterThanOrEqual(1_000);
  await removeGarbage(own.home, garbage);
  expect(await paths()).toEqual([]);
  expect(await latest(running)).toEqual([1, 'one']);
  expect(await lost.result()).toEqual({ kind: 'finished' });
});

describe('what is stored of a trial has hashes', () => {
  const outcome = { kind: 'finished', outcome: { kind: 'scored', metrics: { loss: 0.125 } } };
  const file = (search: string, name: string): string => join(home, 'trials', search, '0', name);

  test('no bit of a result may be changed, and no byte cut off', async () => {
    const trial = await store.open(key('bits'));
    await trial.publishResult(null, outcome);
    const whole = readFileSync(file('bits', 'result.json'));
    // Any tool reads it.
    expect(JSON.parse(whole.toString())).toMatchObject(outcome);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const changed = Buffer.from(whole);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(file('bits', 'result.json'), changed);
      expect([bit, await trial.result()]).toEqual([bit, null]);
    }
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(file('bits', 'result.json'), whole.subarray(0, length));
      expect([length, await trial.result()]).toEqual([length, null]);
    }
    // The trial is evaluated again, and its result mends the file.
    expect(await trial.publishResult(null, outcome)).toEqual(outcome);
    expect(readFileSync(file('bits', 'result.json'))).toEqual(whole);
  });

  test('a result that another trial left under the same name is none', async () => {
    const trial = await store.open(key('mixed'));
    await trial.publishResult(null, outcome);
    rmSync(file('mixed', 'trial.json'));
    expect(await (await store.open({ ...key('mixed'), seed: '0b' })).result()).toBeNull();
  });

  test('a changed end of an attempt counts as none', async () => {
    const trial = await store.open(key('ends'));
    await trial.endAttempt(await trial.beginAttempt(null, 'a'), { kind: 'parked', milliseconds: 5 });
    const path = file('ends', 'attempts/000001-end.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('5}', '6}'));
    expect((await trial.attempts())[0]?.end).toBeNull();
  });

  test('what a former build wrote, without hashes, is read', async () => {
    const search = 'former';
    const identity = trialIdentity(key(search));
    mkdirSync(file(search, 'attempts'), { recursive: true });
    writeFileSync(file(search, 'trial.json'), JSON.stringify({ identity, seed: '0a', genome: [1] }));
    writeFileSync(file(search, 'result.json'), JSON.stringify({ ...outcome, record: 'ab'.repeat(32) }));
    writeFileSync(file(search, 'attempts/000001-start.json'), '{"startedFrom":null,"host":"a"}');
    writeFileSync(file(search, 'attempts/000001-end.json'), '{"kind":"lost","milliseconds":7}');
    const trial = await store.open(key(search));
    expect(await trial.result()).toEqual({ ...outcome, record: 'ab'.repeat(32) });
    expect(await trial.attempts()).toEqual([
      { attempt: 1, startedFrom: null, host: 'a', at: null, end: { kind: 'lost', milliseconds: 7 } },
    ]);
  });

  test('a shared result with a changed digit, or under another key, is none', async () => {
    const blobs = new FileBlobStore(join(home, 'sealed'));
    const shared = new EvaluationResultStore(blobs);
    const [one, other] = ['ab'.repeat(32), 'cd'.repeat(32)];
    await shared.publish(one, outcome);
    const bytes = (await blobs.get(`results/ab/${one}`)) ?? new Uint8Array();
    await blobs.put(`results/cd/${other}`, bytes);
    expect(await shared.get(other)).toBeNull();
    await blobs.put(
      `results/ab/${one}`,
      Buffer.from(Buffer.from(bytes).toString().replace('0.125', '0.225')),
    );
    expect(await shared.get(one)).toBeNull();
    await blobs.put(`results/ab/${one}`, Buffer.from(JSON.stringify(outcome)));
    expect(await shared.get(one)).toEqual(outcome);
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
