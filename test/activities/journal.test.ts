import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  createJournalActivities,
  type JournalActivities,
  type OpenSearchInput,
} from '../../activities/journal.js';
import {
  decodeState,
  encodeState,
  reinforce,
  type StateValue,
  type UpdateRequest,
} from '../../algorithms/index.js';
import { float, space } from '../../search-spaces/index.js';
import {
  planSearch,
  SearchLoop,
  type JournalRecord,
  type SearchDefinition,
  type SearchResult,
} from '../../searches/index.js';
import {
  ArtifactStore,
  artifactKey,
  FileBlobStore,
  JournalStore,
  SearchResultStore,
  TrialStore,
  VouchedDefinitions,
  type JournalPosition,
} from '../../storage/index.js';
import {
  choices,
  computeUpdate,
  levelDefinition,
  mixedOutcome,
  scoreMetric,
  searchDefinition,
  SimulatedSearch,
  smallSpace,
  wideSpace,
} from '../support/simulated-search.js';

const flat = searchDefinition([levelDefinition('simulated')]);

interface Opened {
  readonly kind: 'opened' | 'reused';
  readonly epoch: number;
  readonly position: JournalPosition;
  readonly address: string;
  readonly definition: SearchDefinition;
  readonly result: SearchResult;
  readonly searchAttributes: boolean;
  readonly state: Uint8Array | null;
}

class Workplace {
  readonly home = mkdtempSync(join(tmpdir(), 'duramen-journal-'));
  readonly artifacts = new ArtifactStore(new FileBlobStore(this.home));
  readonly journals = new JournalStore<JournalRecord>(new FileBlobStore(this.home));
  readonly results = new SearchResultStore<SearchResult>(new FileBlobStore(this.home));
  readonly vouched = new VouchedDefinitions(new FileBlobStore(this.home));
  readonly activities: JournalActivities;

  constructor() {
    onTestFinished(() => rmSync(this.home, { recursive: true, force: true }));
    const { artifacts, journals, results, vouched } = this;
    const made = createJournalActivities({
      artifacts,
      journals,
      results,
      trials: new TrialStore(this.home),
      programs: { update: () => Promise.reject(new Error('no algorithm here has a program')) },
      vouched,
      ensureSearchAttributes: () => Promise.resolve(true),
    });
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    this.activities = {
      ...made,
      openSearch: (input) => environment.run(() => made.openSearch(input)),
      updateAlgorithm: (input, request) => environment.run(() => made.updateAlgorithm(input, request)),
    };
  }

  async open(changes: Partial<OpenSearchInput> = {}, definition: SearchDefinition = flat): Promise<Opened> {
    await this.vouched.vouch(definition);
    const bytes = await this.activities.openSearch({
      search: 'simulated',
      definition: { kind: 'inline', definition },
      level: 0,
      context: {},
      token: 'run-1:0',
      adopt: false,
      supersede: false,
      ...changes,
    });
    const value = decodeState(bytes) as { readonly opened: string; readonly state: Uint8Array | null };
    return { ...(JSON.parse(value.opened) as Omit<Opened, 'state'>), state: value.state };
  }

  /** Runs the search to a number of records and writes them, with a snapshot after `snapshotAt` of them. */
  async fill(opened: Opened, stopAt: number, snapshotAt?: number): Promise<SimulatedSearch> {
    const plan = planSearch('simulated', opened.definition, 0, {});
    const half = new SimulatedSearch({
      plan,
      source: choices(1),
      evaluate: mixedOutcome,
      stopAt: snapshotAt ?? stopAt,
    });
    await half.run();
    let appended = await this.activities.appendJournal(
      { search: 'simulated', epoch: opened.epoch, position: opened.position, records: half.journal },
      ...(snapshotAt === undefined ? [] : [half.loop.encode()]),
    );
    if (snapshotAt === undefined) return half;
    const whole = new SimulatedSearch({
      plan,
      source: choices(2),
      evaluate: mixedOutcome,
      journal: half.journal,
      stopAt,
    });
    await whole.run();
    if (appended.kind !== 'written') throw new Error('behind');
    appended = await this.activities.appendJournal({
      search: 'simulated',
      epoch: opened.epoch,
      position: appended.position,
      records: whole.journal.slice(half.journal.length),
    });
    if (appended.kind !== 'written') throw new Error('behind');
    return whole;
  }
}

async function refusal(opening: Promise<unknown>): Promise<string> {
  const error = await opening.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApplicationFailure)) throw new Error(`not refused: ${String(error)}`);
  expect(error.type).toBe('BadInput');
  expect(error.nonRetryable).toBe(true);
  return error.message;
}

describe('openSearch', () => {
  test('opens a journal with the definition; the same token finds it again', async () => {
    const place = new Workplace();
    const first = await place.open();
    expect(first).toMatchObject({
      kind: 'opened',
      epoch: 1,
      definition: flat,
      state: null,
      searchAttributes: true,
    });
    expect(first.position.records).toBe(1);
    expect(await place.open()).toEqual(first);
    const [opened, ...others] = await place.journals.read('simulated');
    expect(opened?.record).toMatchObject({ kind: 'opened', search: 'simulated', definition: flat, level: 0 });
    expect(others).toEqual([]);
    const address: unknown = JSON.parse(Buffer.from(await place.artifacts.get(first.address)).toString());
    expect(address).toEqual({ definition: flat, level: 0, context: {} });
  });

  test('keeps the order of the decisions of a space', async () => {
    const place = new Workplace();
    const parts = space({ b: float(0, 1), a: float(0, 1) });
    const definition = searchDefinition([levelDefinition('simulated', { space: parts })]);
    await place.open({}, definition);
    const again = await place.open({ token: 'run-2:0' }, definition);
    expect(JSON.stringify(again.definition.levels[0]?.space)).toBe(
      JSON.stringify(definition.levels[0]?.space),
    );
    const turned = searchDefinition([
      levelDefinition('simulated', { space: space({ a: float(0, 1), b: float(0, 1) }) }),
    ]);
    expect(await refusal(place.open({ token: 'run-3:0' }, turned))).toContain('levels[0].space');
  });

  test('a definition that is stored is found by its hash', async () => {
    const place = new Workplace();
    const hash = await place.artifacts.put(Buffer.from(JSON.stringify(flat)));
    expect((await place.open({ definition: { kind: 'stored', hash } })).definition).toEqual(flat);
  });

  test.each([undefined, 15, 20])(
    'after lost history the state is restored (snapshot at %s)',
    async (snapshotAt) => {
      const place = new Workplace();
      const search = await place.fill(await place.open(), 40, snapshotAt);
      const again = await place.open({ token: 'run-2:0' });
      expect(again.epoch).toBe(2);
      expect(again.position.records).toBe(1 + search.journal.length);
      if (again.state === null) throw new Error('no state');
      const loop = SearchLoop.decode(planSearch('simulated', again.definition, 0, {}), again.state);
      expect(loop.state.trajectoryHash).toBe(search.loop.state.trajectoryHash);
      expect(loop.state.nextIndex).toBe(search.loop.state.nextIndex);
      expect(loop.report.trials().running).toEqual([]);
      // The first writer is behind from now on.
      const late = { search: 'simulated', epoch: 1, position: again.position, records: [] };
      expect(await place.activities.appendJournal(late)).toEqual({ kind: 'behind' });
    },
  );

  test('a snapshot that is damaged or of a superseded record is passed over', async () => {
    const place = new Workplace();
    const opened = await place.open();
    const search = await place.fill(opened, 30, 15);
    writeFileSync(join(place.home, 'journals/simulated/=snapshot'), 'x');
    const again = await place.open({ token: 'run-2:0' });
    if (again.state === null) throw new Error('no state');
    const plan = planSearch('simulated', flat, 0, {});
    expect(SearchLoop.decode(plan, again.state).state.trajectoryHash).toBe(search.loop.state.trajectoryHash);
    await place.journals.putSnapshot(
      'simulated',
      2,
      { records: 9, hash: 'other' },
      SearchLoop.open(plan).encode(),
    );
    const third = await place.open({ token: 'run-3:0' });
    if (third.state === null) throw new Error('no state');
    expect(SearchLoop.decode(plan, third.state).state.trajectoryHash).toBe(search.loop.state.trajectoryHash);
    // A state of another version is only a lost shortcut, too.
    const other = encodeState({ loop: JSON.stringify({ version: 99 }), algorithm: null, update: null });
    await place.journals.putSnapshot('simulated', 2, again.position, other);
    const fourth = await place.open({ token: 'run-4:0' });
    expect(fourth.state).toEqual(third.state);
  });

  test('a search that keeps its state supersedes the tail', async () => {
    const place = new Workplace();
    const opened = await place.open();
    await place.fill(opened, 10);
    const kept = await place.open({ token: 'run-1:1', supersede: true });
    expect(kept).toMatchObject({ epoch: 2, state: null });
    const records: JournalRecord[] = [
      { kind: 'intervention', index: 0, intervention: { kind: 'pause', by: 'user' } },
    ];
    await place.activities.appendJournal({
      search: 'simulated',
      epoch: kept.epoch,
      position: opened.position,
      records,
    });
    expect((await place.journals.read('simulated')).length).toBe(2);
  });

  test('another definition is refused with the fields that differ', async () => {
    const place = new Workplace();
    await place.fill(await place.open(), 10);
    const other = searchDefinition([levelDefinition('simulated', { level: { window: 8, retries: 4 } })], {
      seed: 3,
    });
    const message = await refusal(place.open({ token: 'run-2:0' }, other));
    for (const part of ['seed: 7, now 3', 'levels[0].window: 16, now 8', 'retries', '--new']) {
      expect(message).toContain(part);
    }
    expect(message.split('\n').length).toBe(1);
    const metric = searchDefinition([
      levelDefinition('simulated', { metrics: [...scoreMetric, { name: 'time', goal: 'observe' }] }),
    ]);
    expect(await refusal(place.open({ token: 'run-2:0' }, metric))).toContain('metrics');
    // Budget, concurrency and tags are no part of it.
    const equal = searchDefinition([
      levelDefinition('simulated', { level: { budget: { trials: 90 }, concurrency: 2 } }),
    ]);
    expect((await place.open({ token: 'run-2:0' }, equal)).definition).toEqual(flat);
  });

  test('a changed evaluator is for adopt only, a measuring one too', async () => {
    const place = new Workplace();
    const command = (name: string): SearchDefinition =>
      searchDefinition([
        levelDefinition('simulated', { level: { measure: { kind: 'command', command: name, pure: false } } }),
        levelDefinition('inner'),
      ]);
    await place.open({}, command('one'));
    const changed = {
      ...command('two'),
      evaluator: { kind: 'command', command: 'two', pure: false } as const,
    };
    expect(await refusal(place.open({ token: 'run-2:0' }, changed))).toContain('evaluator');
    const adopted = await place.open({ token: 'run-2:0', adopt: true }, changed);
    expect(adopted.definition).toEqual(command('one'));
    const seeded = { ...changed, seed: 99 };
    expect(await refusal(place.open({ token: 'run-3:0', adopt: true }, seeded))).not.toContain('evaluator');
  });

  test('a run that begins anew with a definition that another one has replaced goes on under that one', async () => {
    const place = new Workplace();
    const by = (name: string): SearchDefinition => ({
      ...flat,
      evaluator: { kind: 'command', command: name, pure: false },
    });
    const first = await place.open({}, by('one'));
    await place.vouched.vouch(by('two'));
    await place.activities.appendJournal({
      search: 'simulated',
      epoch: first.epoch,
      position: first.position,
      records: [{ kind: 'intervention', index: 0, intervention: { kind: 'adopt', definition: by('two') } }],
    });
    const reset = await place.open({ token: 'run-2:0' }, by('one'));
    expect(reset.definition).toEqual(by('two'));
    expect(reset).toMatchObject({ replaced: true, wanted: { adopt: null } });
    expect(await place.open({ token: 'run-3:0' }, by('two'))).not.toHaveProperty('replaced');
    expect(await refusal(place.open({ token: 'run-4:0' }, by('three')))).toContain('evaluator');
    // Whoever asks for the earlier code by name gets it.
    const back = await place.open({ token: 'run-5:0', adopt: true }, by('one'));
    expect(back).toMatchObject({ wanted: { adopt: by('one') } });
  });

  test('a journal of another space or damaged is refused, and nothing is lost', async () => {
    const place = new Workplace();
    await place.fill(await place.open(), 20);
    const before = await place.journals.read('simulated');
    const other = searchDefinition([levelDefinition('simulated', { space: smallSpace })]);
    expect(await refusal(place.open({ token: 'run-2:0' }, other))).toContain('levels[0].space');
    expect(await place.journals.read('simulated')).toEqual(before);
    const folder = join(place.home, 'journals/simulated/=records');
    const [, segment = ''] = readdirSync(folder).sort();
    rmSync(join(place.home, 'journals/simulated/=snapshot'), { force: true });
    writeFileSync(join(folder, segment), '{"hash":"x"}\n');
    expect(await refusal(place.open({ token: 'run-3:0' }))).toContain(segment);
  });

  test('a journal whose proposals do not follow is refused', async () => {
    const place = new Workplace();
    const opened = await place.open();
    const records: JournalRecord[] = [
      { kind: 'proposed', trial: { index: 0, genome: [0.1, 3, 1] }, source: 'algorithm' },
    ];
    await place.activities.appendJournal({
      search: 'simulated',
      epoch: 1,
      position: opened.position,
      records,
    });
    expect(await refusal(place.open({ token: 'run-2:0' }))).toContain('does not follow from its definition');
  });

  test('an invalid definition is refused', async () => {
    const place = new Workplace();
    const [level] = flat.levels;
    if (level === undefined) throw new Error('no level');
    const invalid = { ...flat, levels: [{ ...level, window: 0 }] };
    expect(await refusal(place.open({}, invalid))).toContain('window');
    expect(await place.journals.exists('simulated')).toBe(false);
  });
});

describe('inner searches', () => {
  const outer = levelDefinition('outer', { space: smallSpace });
  const nested = (pure: boolean): SearchDefinition =>
    searchDefinition(
      [outer, levelDefinition('inner', { space: wideSpace, level: { dependsOn: ['outer'] } })],
      { pure },
    );
  const context = (width: number): OpenSearchInput['context'] => ({
    outer: { width, activation: 'relu', deep: true },
  });
  const inner = (width: number, search = `simulated/${width}/inner`): Partial<OpenSearchInput> => ({
    search,
    level: 1,
    context: context(width),
  });
  const result = (search: string): SearchResult => ({
    search,
    level: 'inner',
    reason: { kind: 'trials' },
    trials: 30,
    scored: 30,
    cost: 12,
    trajectoryHash: 'h',
    best: null,
    front: [],
    timed: false,
    reused: false,
  });

  test('an equal one that is finished answers, under the id of the one that asks', async () => {
    const place = new Workplace();
    const key = planSearch('simulated/3/inner', nested(true), 1, context(3)).contentKey ?? '';
    await place.activities.publishResult(key, result('simulated/3/inner'));
    const reused = await place.open(inner(3, 'simulated/8/inner'), nested(true));
    expect(reused).toMatchObject({
      kind: 'reused',
      result: { search: 'simulated/8/inner', reused: true, cost: 12 },
    });
    expect(await place.journals.exists('simulated/8/inner')).toBe(false);
    expect((await place.open(inner(4), nested(true))).kind).toBe('opened');
    expect((await place.open(inner(3, 'simulated/9/inner'), nested(false))).kind).toBe('opened');
  });

  test('one that has begun goes on with its own journal', async () => {
    const place = new Workplace();
    expect((await place.open(inner(3), nested(true))).kind).toBe('opened');
    const key = planSearch('simulated/3/inner', nested(true), 1, context(3)).contentKey ?? '';
    await place.activities.publishResult(key, result('simulated/5/inner'));
    // Asked again by a retry, or by the running search that reads the tail of its journal.
    expect(await place.open(inner(3), nested(true))).toMatchObject({ kind: 'opened', epoch: 1 });
    expect((await place.open({ ...inner(3), token: 'run-1:1' }, nested(true))).epoch).toBe(2);
  });

  test('a journal of other outer parameters is refused', async () => {
    const place = new Workplace();
    await place.open(inner(3), nested(true));
    const message = await refusal(
      place.open({ ...inner(4, 'simulated/3/inner'), token: 'run-2:0' }, nested(true)),
    );
    expect(message).toContain('other outer parameters');
  });
});

describe('updateAlgorithm', () => {
  test('computes with the stored bulk; a missing one is an error and never a fresh start', async () => {
    const place = new Workplace();
    const definition = searchDefinition([
      levelDefinition('simulated', { algorithm: reinforce({ batchSize: 4 }) }),
    ]);
    const { address } = await place.open({}, definition);
    const search = new SimulatedSearch({
      plan: planSearch('simulated', definition, 0, {}),
      source: choices(1),
      evaluate: mixedOutcome,
      stopAt: 8,
    });
    await search.run();
    const step = search.loop.propose();
    if (step.kind !== 'update') throw new Error('no update after a batch');
    const { input } = step.request;
    const update = async (bulk: string | null): Promise<StateValue> =>
      decodeState(
        await place.activities.updateAlgorithm(
          { search: 'simulated', address },
          encodeState({ bulk, input }),
        ),
      );
    const first = (await update(null)) as { readonly bulk: string; readonly output: StateValue };
    expect(await place.artifacts.has(first.bulk)).toBe(true);
    expect(await update(null)).toEqual(first);
    const second = (await update(first.bulk)) as { readonly bulk: string; readonly output: StateValue };
    expect(second.bulk).not.toBe(first.bulk);
    await expect(update('0'.repeat(64))).rejects.toThrow(
      `(artifact ${'0'.repeat(64)}) cannot be read, and its journal of 1 records does not lead to it`,
    );
    expect(
      await refusal(place.activities.updateAlgorithm({ search: 'simulated', address }, encodeState(null))),
    ).toContain('has no request');
  });

  test('a bulk that is missing or damaged is made anew from the journal, update by update', async () => {
    const definition = searchDefinition([
      levelDefinition('simulated', { algorithm: reinforce({ batchSize: 4 }) }),
    ]);
    const plan = planSearch('simulated', definition, 0, {});
    const source = (): ReturnType<typeof choices> => choices(1);
    let search: SimulatedSearch;
    let request: UpdateRequest | null;
    let stopAt = 24;
    do {
      search = new SimulatedSearch({ plan, source: source(), evaluate: mixedOutcome, stopAt: stopAt++ });
      await search.run();
      request = search.loop.state.update;
    } while ((request?.bulk ?? null) === null && stopAt < 60);
    const bulk = request?.bulk ?? '';
    if (request === null) throw new Error('The search never waits for a second update.');
    const place = new Workplace();
    const { address, epoch, position } = await place.open({}, definition);
    await place.activities.appendJournal({ search: 'simulated', epoch, position, records: search.journal });
    const argument = encodeState({ bulk, input: request.input });
    const update = async (): Promise<StateValue> =>
      decodeState(await place.activities.updateAlgorithm({ search: 'simulated', address }, argument));
    expect(await place.artifacts.has(bulk)).toBe(false);
    const expected = await computeUpdate(plan, request);
    expect(await update()).toEqual(expected);
    writeFileSync(join(place.home, artifactKey(bulk)), 'x');
    expect(await update()).toEqual(expected);
    expect((await place.artifacts.get(bulk)).length).toBeGreaterThan(1);
  });
});
