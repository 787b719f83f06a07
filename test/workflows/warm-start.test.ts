import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { JournalReader, JournalVerifier, Library } from '../../client/index.js';
import { reportPage } from '../../cli/reports/report-page.js';
import type * as Client from '../../client/index.js';
import { readMixtureStage } from '../../algorithms/contract/index.js';
import type { Slice } from '../../algorithms/index.js';
import type { SearchDefinition, SearchResult } from '../../searches/index.js';
import { progressQuery } from '../../workflows/messages/messages.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';
import { installation } from '../support/workplace.js';

let laboratory: SearchLaboratory;
let library: Library;
beforeAll(async () => {
  laboratory = await SearchLaboratory.open('warm-start');
  library = new Library(laboratory.home);
  await laboratory.startWorker(1);
});
afterAll(() => laboratory.close());

async function load(name: string): Promise<SearchDefinition> {
  // The built client, because Node itself imports what a search file imports.
  const client = pathToFileURL(`${installation}/client/index.js`).href;
  const { loadSearchFile } = (await import(client)) as typeof Client;
  const file = fileURLToPath(new URL(`./fixtures/${name}.search.ts`, import.meta.url));
  return (await loadSearchFile(file, laboratory.home)).definition;
}

interface Scored {
  readonly slice: Slice | undefined;
  readonly metrics: Readonly<Record<string, number>>;
  readonly values: readonly number[] | undefined;
}

async function scored(search: string): Promise<readonly Scored[]> {
  const records = await laboratory.records(search);
  const slices = new Map(
    records.flatMap((one) => (one.kind === 'proposed' ? [[one.trial.index, one.trial.slice]] : [])),
  );
  return records.flatMap((told) => {
    if (told.kind !== 'told' || told.outcome.kind !== 'scored') return [];
    const { metrics, values } = told.outcome;
    return [{ slice: slices.get(told.index), metrics, values }];
  });
}

const kindsOf = (trials: readonly Scored[]) => trials.map(({ slice }) => slice?.kind);

async function judged(search: string): Promise<void> {
  const { fault } = await new JournalVerifier(laboratory.home).verify(search);
  expect(fault).toBeNull();
}

test('a search becomes a record, and another starts from it, cancelled and resumed or not', async () => {
  await laboratory.result(await laboratory.start(await load('warm-source')));
  const cold = await scored('warm-source');
  expect(kindsOf(cold)).toEqual(['embed', 'mix', 'mix', 'mix', 'mix', 'mix', 'evaluate']);
  // The probe's features tell digits apart better than chance, which is a fifth.
  expect(cold[0]?.metrics['accuracy']).toBeGreaterThan(0.4);
  const { hash, record } = await library.add('warm-source', 'digits 0-4');
  expect((await library.add('warm-source', 'digits 0-4')).hash).toBe(hash);
  expect(record.logits).toEqual(cold.at(-2)?.values);
  expect(record.weights).not.toBeNull();
  // Two choices of three operations, ten batches of each half, a step of each kind, five epochs.
  expect(record.cost).toEqual({ epochs: 5, operationEvaluations: 2 * 3 * 10 * 2 * 5 });
  await judged('warm-source');

  const definition = await load('warm-target');
  const calm: SearchResult = await laboratory.result(await laboratory.start(definition));
  const warm = await scored('warm-target');
  expect(kindsOf(warm)).toEqual(['embed', 'mix', 'mix', 'evaluate']);
  expect(calm).toMatchObject({ trials: 4, cost: 2, best: { index: 3 } });
  const first = warm[1]?.slice;
  if (first?.kind !== 'mix') throw new Error('There is no epoch.');
  expect(readMixtureStage(first.stage)).toMatchObject({
    epochs: 2,
    alphaFrom: 1,
    start: { weights: record.weights },
  });
  expect(first.label).toContain(`alpha+weights of record ${hash.slice(0, 12)}`);
  const handle = await laboratory.start({ ...definition, name: 'disturbed' }, {}, 'disturbed');
  await until(async () => (await handle.query(progressQuery)).trials >= 1);
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow();
  const disturbed = await laboratory.result(
    await laboratory.start({ ...definition, name: 'disturbed' }, {}, 'disturbed'),
  );
  expect(await scored('disturbed')).toEqual(warm);
  expect(disturbed.trajectoryHash).toBe(calm.trajectoryHash);
  const learned = await laboratory.search(handle).learned();
  expect(learned?.notes).toEqual([
    expect.stringMatching(
      /^The search starts from record .* \(digits 0-4\), .* takes over alpha\+weights\.$/,
    ),
  ]);
  await judged('warm-target');
  await judged('disturbed');

  const page = await reportPage(new JournalReader(laboratory.home), 'warm-target');
  expect(page).toContain('<table class="heat">');
  expect(page).toContain(`digits 0-4 (${hash.slice(0, 12)})`);

  // The library grows by the target, which is no source for itself.
  await library.add('warm-target');
  const again = await load('warm-target');
  const own = await laboratory.start({ ...again, name: 'own' }, {}, 'own');
  await laboratory.result(own);
  expect((await laboratory.search(own).learned())?.notes?.[0]).toContain('digits 0-4');
  expect(kindsOf(await scored('own'))).toEqual(kindsOf(warm));
}, 180_000);

test('a search over two tasks is resumed to the same bits, and serves a search to which no source is near', async () => {
  const definition = await load('warm-meta');
  const calm = await laboratory.result(await laboratory.start(definition));
  expect(kindsOf(await scored('warm-meta'))).toEqual([
    ...['embed', 'embed', 'mix', 'mix', 'mix', 'mix', 'evaluate'],
  ]);
  const handle = await laboratory.start({ ...definition, name: 'disturbed-meta' }, {}, 'disturbed-meta');
  await until(async () => (await handle.query(progressQuery)).trials >= 4);
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow();
  const disturbed = await laboratory.result(
    await laboratory.start({ ...definition, name: 'disturbed-meta' }, {}, 'disturbed-meta'),
  );
  expect(disturbed.trajectoryHash).toBe(calm.trajectoryHash);
  await judged('disturbed-meta');

  const { hash, record } = await library.add('warm-meta', 'even and odd');
  expect(record.tasks).toHaveLength(2);
  const target = await load('warm-target');
  const [level] = target.levels;
  if (level === undefined) throw new Error('The search has no level.');
  const algorithm = {
    ...level.algorithm,
    config: { ...level.algorithm.config, warmStart: { ...warmStartOf(level), threshold: 0 } },
  };
  const far = { ...target, name: 'far', levels: [{ ...level, algorithm }] } as SearchDefinition;
  const served = await laboratory.start(far, {}, 'far');
  await laboratory.result(served);
  const [note] = (await laboratory.search(served).learned())?.notes ?? [];
  expect(note).toContain(
    `starts from record ${hash.slice(0, 12)}, which is of several tasks in turn, because`,
  );
  expect(kindsOf(await scored('far'))).toEqual(['embed', 'mix', 'mix', 'evaluate']);
  await judged('far');
}, 180_000);

function warmStartOf({ algorithm: { config } }: SearchDefinition['levels'][number]): object {
  const { warmStart } = config;
  if (typeof warmStart !== 'object' || warmStart === null) throw new Error('The search starts from nothing.');
  return warmStart;
}
