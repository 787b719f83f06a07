import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { random, type Outcome } from '../../algorithms/index.js';
import { resultReport } from '../../cli/best-report.js';
import { runCommandLine } from '../../cli/command-line.js';
import { reportPage } from '../../cli/reports/report-page.js';
import { JournalReader, JournalVerifier } from '../../client/index.js';
import { int, space } from '../../search-spaces/index.js';
import {
  concludeRetraining,
  countedTrials,
  defineSearch,
  planSearch,
  retrainingCandidates,
  retrainingSearch,
  retrainingSearchId,
  SearchLoop,
  toDefinition,
  type JournalRecord,
  type Retraining,
  type SearchDefinition,
} from '../../searches/index.js';
import { ArtifactStore, emptyJournal, FileBlobStore, JournalStore } from '../../storage/index.js';

const definition = toDefinition(
  defineSearch({
    name: 'tuned',
    space: space({ units: int(0, 9) }),
    metrics: { accuracy: 'maximize' },
    algorithm: random(),
    budget: { trials: 6 },
    seed: 2,
    evaluate: () => ({ accuracy: 1 }),
    retraining: {
      evaluate: () => ({ accuracy: 1 }),
      metrics: { accuracy: 'maximize', testAccuracy: 'observe' },
      repetitions: 2,
      candidates: { best: 2 },
    },
  }),
  { hash: 'a'.repeat(64), packages: '' },
);

let home: string;
let retraining: Retraining;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'duramen-retraining-'));
  retraining = await writeJournals(home);
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** The records of a whole search. */
async function recordsOf(
  search: string,
  own: SearchDefinition,
  evaluate: (units: number) => Outcome,
  recordOf: (outcome: Outcome) => Promise<string | undefined> = () => Promise.resolve(undefined),
): Promise<JournalRecord[]> {
  const loop = SearchLoop.open(planSearch(search, own, 0, {}));
  const records: JournalRecord[] = [
    { kind: 'opened', search, definition: own, level: 0, context: {}, version: '0' },
  ];
  for (let step = loop.step(); step.kind === 'start'; step = loop.step()) {
    const { index, genome } = step.open.trial;
    const outcome = evaluate(genome[0] ?? 0);
    const record = await recordOf(outcome);
    loop.complete(index, { outcome, ...(record === undefined ? {} : { record }) });
    records.push(...loop.drainRecords());
  }
  return records;
}

function closed(search: string, records: readonly JournalRecord[], more: object = {}): JournalRecord {
  const [opened] = records;
  if (opened?.kind !== 'opened') throw new Error('A journal begins with its definition.');
  const loop = SearchLoop.open(planSearch(search, opened.definition, 0, {}));
  for (const record of records) {
    if (record.kind === 'proposed') loop.propose();
    if (record.kind === 'told') loop.record(record.index, record);
  }
  return {
    kind: 'closed',
    phase: 'finished',
    reason: 'trials',
    trajectoryHash: loop.state.trajectoryHash,
    ...more,
  };
}

/** A search of six trials and the two searches that retrained its candidates; answers the retraining. */
async function writeJournals(
  folder: string,
  change: (found: Retraining) => Retraining = (found) => found,
): Promise<Retraining> {
  const blobs = new FileBlobStore(folder);
  const artifacts = new ArtifactStore(blobs);
  const journals = new JournalStore<JournalRecord>(blobs);
  const stored = (value: unknown): Promise<string> =>
    artifacts.put(new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)));
  const write = async (search: string, records: readonly JournalRecord[]): Promise<void> => {
    await journals.append(search, await journals.openEpoch(search, 'token'), emptyJournal, records);
  };
  const own = await recordsOf('tuned', definition, (units) => ({
    kind: 'scored',
    metrics: { accuracy: units / 10 },
  }));
  const plan = planSearch('tuned', definition, 0, {});
  const options = definition.retraining;
  if (options === undefined) throw new Error('The search is followed by a retraining.');
  const candidates = retrainingCandidates(plan, options.candidates, countedTrials(plan, own, 6), null);
  const searches = [1, 2].map((repetition) => retrainingSearchId('tuned', 6, repetition));
  const outcomes: Outcome[][] = [];
  for (const [place, search] of searches.entries()) {
    const inner = retrainingSearch(definition, options, candidates, place + 1, 1);
    const evaluate = (units: number): Outcome => ({
      kind: 'scored',
      metrics: { accuracy: 1 - units / 100 - place / 10, testAccuracy: units / 7 },
    });
    const model = await stored(`weights ${place + 1}`);
    const records = await recordsOf(search, inner, evaluate, (outcome) =>
      stored({
        format: 'duramen-trial/1',
        attempt: 1,
        outcome,
        attributes: {},
        artifacts: { 'model.bin': model },
        host: { processor: 'Some processor', platform: 'linux-x64', node: 'v22.0.0' },
        stack: null,
      }),
    );
    await write(search, [...records, closed(search, records)]);
    outcomes.push(records.flatMap((told) => (told.kind === 'told' ? [told.outcome] : [])));
  }
  const found = concludeRetraining(definition, options, 6, searches, candidates, outcomes);
  await write('tuned', [...own, closed('tuned', own, { retraining: change(found) })]);
  return found;
}

test('the report and the end of a run tell of candidates, the chosen one and its test metric', async () => {
  const [first, second] = retraining.candidates;
  if (first === undefined || second === undefined) throw new Error('There are two candidates.');
  // The search liked the larger network, full training the smaller one.
  expect(retraining.chosen).toBe(1);
  const page = await reportPage(new JournalReader(home), 'tuned');
  expect(page).toMatch(/Chosen: candidate 1, accuracy 0\.\d+ ± 0\.0707107, testAccuracy/);
  expect(page).toContain('rank correlation of the metric in the search and accuracy retrained: -1.000');
  const text = resultReport({
    search: 'tuned',
    level: 'tuned',
    reason: { kind: 'trials' },
    trials: 6,
    scored: 6,
    cost: 0,
    trajectoryHash: 'b'.repeat(64),
    best: null,
    front: [],
    timed: false,
    reused: false,
    retraining,
  });
  expect(text).toContain('accuracy, mean and deviation of 2 repetitions');
  expect(text).toMatch(/ {2}1 \* +best 0\.\d/);
  expect(text).toContain(JSON.stringify(second.parameters));
  expect(text.match(/testAccuracy/g)).toHaveLength(1);
});

test('the model of the best repetition of the chosen candidate is exported, or of a trial that is asked for', async () => {
  const folder = join(home, 'model');
  await runCommandLine(['export', 'tuned', '--home', home, '--output', folder]);
  expect(await readFile(join(folder, 'model.bin'), 'utf8')).toBe('weights 1');
  const result = JSON.parse(await readFile(join(folder, 'result.json'), 'utf8')) as object;
  expect(result).toMatchObject({
    search: 'tuned',
    retraining: { search: 'tuned/retraining/6/1', candidate: 1, repetition: 1, metric: 'accuracy' },
    parameters: { tuned: retraining.candidates[1]?.parameters },
    trials: [{ search: 'tuned/retraining/6/1', index: 1 }],
  });
  const other = join(home, 'trial');
  await runCommandLine(['export', 'tuned', '--home', home, '--trial', '0', '--output', other]);
  expect(JSON.parse(await readFile(join(other, 'result.json'), 'utf8'))).toMatchObject({ trial: 0 });
});

test('verify makes the choice again and compares the values with the searches that retrained', async () => {
  const verify = async (change: (found: Retraining) => Retraining): Promise<string | null> => {
    const folder = await mkdtemp(join(home, 'changed-'));
    await writeJournals(folder, change);
    const { fault } = await new JournalVerifier(folder).verify('tuned', { inner: true });
    return fault?.message ?? null;
  };
  expect(await verify((found) => found)).toBe(null);
  expect(await verify((found) => ({ ...found, chosen: 0 }))).toContain(
    'the retraining chose another candidate than its own values do',
  );
  expect(await verify((found) => ({ ...found, trials: 5 }))).toContain('followed 5 trials, and there are 6');
  const better = (found: Retraining): Retraining => ({
    ...found,
    chosen: 0,
    rankCorrelation: { ...found.rankCorrelation, search: { candidates: 2, value: 1 } },
    candidates: found.candidates.map((candidate, place) =>
      place === 0 ? { ...candidate, retrained: { values: [1, 1], mean: 1, deviation: 0 } } : candidate,
    ),
  });
  expect(await verify(better)).toMatch(/candidate 0 of the retraining of "tuned" has another value/);
  expect(
    await verify((found) => ({ ...found, searches: ['tuned/retraining/6/1', 'tuned/other'] })),
  ).toContain('the journal of the search "tuned/other" inside it is missing');
});
