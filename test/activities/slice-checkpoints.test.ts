import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { expect, onTestFinished, test } from 'vitest';
import { createJournalActivities } from '../../activities/index.js';
import { decodeState } from '../../algorithms/index.js';
import type { JournalRecord, SearchResult } from '../../searches/index.js';
import {
  ArtifactStore,
  FileBlobStore,
  type JournalPosition,
  JournalStore,
  SearchResultStore,
  TrialStore,
  VouchedDefinitions,
} from '../../storage/index.js';
import { toyDefinition, ToyRun } from '../support/slices/toy-search.js';

test('checkpoints go once the journal is written, and the opening makes up for a removal that never came', async () => {
  const home = mkdtempSync(join(tmpdir(), 'duramen-slices-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const blobs = new FileBlobStore(home);
  const journals = new JournalStore<JournalRecord>(blobs);
  const vouched = new VouchedDefinitions(blobs);
  const activities = createJournalActivities({
    artifacts: new ArtifactStore(blobs),
    journals,
    results: new SearchResultStore<SearchResult>(blobs),
    trials: new TrialStore(home),
    programs: { update: () => Promise.reject(new Error('no algorithm here has a program')) },
    vouched,
    ensureSearchAttributes: () => Promise.resolve(true),
  });
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const inActivity = <Answer>(call: () => Promise<Answer>): Promise<Answer> =>
    environment.run<[], Answer, () => Promise<Answer>>(call);
  const definition = toyDefinition('toy');
  await vouched.vouch(definition);
  const run = new ToyRun(definition);
  const records: JournalRecord[] = [];
  const drain = run.loop.drainRecords.bind(run.loop);
  run.loop.drainRecords = () => {
    const drained = drain();
    records.push(...drained);
    return drained;
  };
  await run.runOut();

  const folder = (index: number): string => join(home, 'trials', 'toy', String(index), 'checkpoints');
  const all = run.trials.map(({ index }) => index);
  const fill = (): void => {
    for (const index of all) {
      mkdirSync(folder(index), { recursive: true });
      writeFileSync(join(folder(index), 'weights'), String(index));
    }
  };
  const left = (): readonly number[] => all.filter((index) => existsSync(folder(index)));
  fill();

  const open = async (
    token: string,
  ): Promise<{ readonly epoch: number; readonly position: JournalPosition }> => {
    const input = { search: 'toy', level: 0, context: {}, token, adopt: false, supersede: false } as const;
    const bytes = await inActivity(() =>
      activities.openSearch({ ...input, definition: { kind: 'inline', definition } }),
    );
    const value = decodeState(bytes);
    if (
      typeof value !== 'object' ||
      value === null ||
      !('opened' in value) ||
      typeof value.opened !== 'string'
    )
      throw new Error('The answer is no opened search.');
    return JSON.parse(value.opened) as { readonly epoch: number; readonly position: JournalPosition };
  };
  const { epoch, position } = await open('first');
  expect(left()).toEqual(all);
  const append = { search: 'toy', epoch, position, records };
  const late = { ...append, epoch: epoch - 1, obsolete: [1] };
  expect(await inActivity(() => activities.appendJournal(late))).toEqual({ kind: 'behind' });
  expect(left()).toEqual(all);
  const written = await inActivity(() => activities.appendJournal({ ...append, obsolete: [1, 2, 99] }));
  expect(written.kind).toBe('written');
  expect(left()).toEqual(all.filter((index) => index !== 1 && index !== 2));
  await open('second');
  expect(left()).toEqual([...run.checkpoints.keys()].sort((a, b) => a - b));
});
