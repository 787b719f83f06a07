import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { regularizedEvolution } from '../../algorithms/index.js';
import { JournalVerifier, type JournalFault } from '../../client/index.js';
import type { JournalRecord, SearchPlan } from '../../searches/index.js';
import {
  ArtifactStore,
  emptyJournal,
  FileBlobStore,
  JournalStore,
  type JournalPosition,
} from '../../storage/index.js';
import { version } from '../../foundation/version.js';
import { shippedAlgorithms } from '../support/shipped-algorithms.js';
import {
  choices,
  mixedOutcome,
  planOf,
  SimulatedSearch,
  smallSpace,
  wideSpace,
} from '../support/simulated-search.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const search = 'simulated';

/** The journal of a finished search in a home of its own, in segments of ten records and two epochs. */
class Archive {
  readonly home = temporaryFolder();
  readonly blobs = new FileBlobStore(this.home);
  readonly store = new JournalStore<JournalRecord>(this.blobs);
  readonly folder = join(this.home, 'journals', search, '=records');
  records: JournalRecord[] = [];

  static async of(plan: SearchPlan = planOf()): Promise<Archive> {
    const archive = new Archive();
    const finished = new SimulatedSearch({ plan, source: choices(1), evaluate: mixedOutcome });
    const step = await finished.run();
    if (step.kind !== 'end') throw new Error('not ended');
    archive.records = [
      { kind: 'opened', search, definition: plan.definition, level: 0, context: {}, version: version },
      ...finished.journal,
      {
        kind: 'closed',
        phase: 'finished',
        reason: step.reason.kind,
        trajectoryHash: finished.loop.state.trajectoryHash,
      },
    ];
    await archive.write(finished.loop.encode());
    return archive;
  }

  /** Writes all records, as somebody could who knows how the chain is made. */
  async write(snapshot?: Uint8Array): Promise<void> {
    rmSync(join(this.home, 'journals'), { recursive: true, force: true });
    let position: JournalPosition = emptyJournal;
    for (let place = 0; place < this.records.length; place += 10) {
      const epoch = await this.store.openEpoch(search, place < 30 ? 'one' : 'two');
      const result = await this.store.append(search, epoch, position, this.records.slice(place, place + 10));
      if (result.kind === 'behind') throw new Error('behind');
      ({ position } = result);
      if (snapshot !== undefined && position.records === this.records.length)
        await this.store.putSnapshot(search, epoch, position, snapshot);
    }
  }

  segments(): string[] {
    return readdirSync(this.folder).sort();
  }

  edit(segment: string, change: (text: string) => string): void {
    const file = join(this.folder, segment);
    writeFileSync(file, change(readFileSync(file, 'utf8')));
  }

  async fault(): Promise<JournalFault> {
    const { fault } = await new JournalVerifier(this.home).verify(search);
    if (fault === null) throw new Error('everything holds');
    return fault;
  }
}

test.each(shippedAlgorithms)('%s: the journal of a finished search holds', async (name, algorithm) => {
  const plan = planOf({ algorithm, space: name === 'sweep' ? smallSpace : wideSpace });
  const archive = await Archive.of(plan);
  const before = readdirSync(archive.home, { recursive: true }).length;
  const { searches, fault } = await new JournalVerifier(archive.home).verify(search);
  expect(fault).toBe(null);
  expect(searches).toMatchObject([
    { search, trials: 30, closed: 'finished', records: archive.records.length },
  ]);
  expect(readdirSync(archive.home, { recursive: true }).length).toBe(before);
});

describe('what was changed is found, with epoch, record and file', () => {
  test('a flipped byte', async () => {
    const archive = await Archive.of();
    const [, second = ''] = archive.segments();
    archive.edit(second, (text) => text.replace('"number":13', '"number":73'));
    const fault = await archive.fault();
    expect(fault.place).toEqual({
      record: 13,
      epoch: 1,
      segment: `journals/${search}/=records/${second}`,
    });
    expect(fault.file).toBe(join(archive.folder, second));
    expect(fault.message).toMatch(
      /^Journal segment .* was changed at record 13 \(epoch 1, line 4\): [^.]*\.$/,
    );
  });

  test('a removed record', async () => {
    const archive = await Archive.of();
    const [, second = ''] = archive.segments();
    archive.edit(second, (text) =>
      text
        .split('\n')
        .filter((_, line) => line !== 2)
        .join('\n'),
    );
    expect((await archive.fault()).place).toMatchObject({ record: 12, epoch: 1 });
  });

  test('a removed segment: the first, one in the middle and the last', async () => {
    for (const [which, record] of [
      [0, 0],
      [2, 20],
      [-1, null],
    ] as const) {
      const archive = await Archive.of();
      const segment = archive.segments().at(which) ?? '';
      rmSync(join(archive.folder, segment));
      const fault = await archive.fault();
      if (record === null)
        expect(fault.message).toMatch(/the journal had \d+ records in epoch 2, as its snapshot/);
      else expect(fault.place?.record).toBe(record);
    }
  });

  test.each([
    [
      'an outcome',
      (record: JournalRecord): JournalRecord =>
        record.kind === 'told' && record.index === 6
          ? { ...record, outcome: { kind: 'scored', metrics: { score: 1e9, size: 5 } } }
          : record,
    ],
    [
      'a proposal',
      (record: JournalRecord): JournalRecord =>
        record.kind === 'proposed' && record.trial.index === 20
          ? { ...record, trial: { ...record.trial, genome: [0.5, 7, 1] } }
          : record,
    ],
  ])('%s that was edited, with the chain of hashes made anew', async (_what, edit) => {
    const algorithm = regularizedEvolution({ populationSize: 8, tournamentSize: 3 });
    const archive = await Archive.of(planOf({ algorithm }));
    const edited = archive.records.map(edit);
    const place = edited.findIndex((record, number) => record !== archive.records[number]);
    archive.records = edited;
    await archive.write();
    const fault = await archive.fault();
    expect(fault.message).toMatch(
      /^Record \d+ of the journal of "simulated" \(epoch \d, \S+\) does not follow: /,
    );
    expect(fault.place?.record).toBeGreaterThanOrEqual(place);
  });

  test('a journal that was written anew in all parts, but for the snapshot or the trial records', async () => {
    const archive = await Archive.of();
    const other = await Archive.of(planOf({ seed: 9 }));
    const snapshot = readFileSync(join(archive.home, 'journals', search, '=snapshot'));
    archive.records = other.records;
    await archive.write();
    writeFileSync(join(archive.home, 'journals', search, '=snapshot'), snapshot);
    expect((await archive.fault()).message).toMatch(/snapshot/);

    const artifacts = new ArtifactStore(other.blobs);
    const outcome = { kind: 'scored', metrics: { score: 0.5, size: 5 } };
    const hash = await artifacts.put(Buffer.from(JSON.stringify({ format: 'duramen-trial/1', outcome })));
    const place = other.records.findIndex((record) => record.kind === 'told');
    other.records = other.records.map((record, at) =>
      at === place && record.kind === 'told' ? { ...record, record: hash } : record,
    );
    await other.write();
    expect(await other.fault()).toMatchObject({ place: { record: place } });
    expect((await other.fault()).message).toContain(`has another outcome than its trial record ${hash}`);
  });

  test('a snapshot that holds another state', async () => {
    const archive = await Archive.of();
    const other = new SimulatedSearch({
      plan: planOf({ seed: 9 }),
      source: choices(1),
      evaluate: mixedOutcome,
    });
    await other.run();
    await archive.write(other.loop.encode());
    expect((await archive.fault()).message).toContain('holds the state of another search');
  });
});

test('an id without a journal, or that no search can have, is one sentence', async () => {
  const { home } = await Archive.of();
  for (const id of ['nobody', '', '../x', 'a//b', 'simulated/=records'])
    await expect(new JournalVerifier(home).verify(id)).rejects.toThrow(`There is no search "${id}"`);
});
