import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { controller } from '../../algorithms/index.js';
import { JournalVerifier } from '../../client/index.js';
import type * as Client from '../../client/index.js';
import { int, oneOf, space } from '../../search-spaces/index.js';
import { level, type SearchDefinition, type SearchResult } from '../../searches/index.js';
import { progressQuery } from '../../workflows/messages/messages.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';
import { installation } from '../support/workplace.js';

/** A network whose weights are the sum of the widths that were trained, kept in a file; `scale` scales its rewards. */
const evaluateWith = (scale: number): string => `async (parameters, trial) => {
  const read = (checkpoint) => checkpoint === null ? 0 : Number(new TextDecoder().decode(checkpoint.bytes));
  const before = read(await trial.checkpoint.continued());
  const score = (point, weights) => ${scale} * (point.width / 20 + (point.kind === 'b' ? 0.4 : 0) + (weights % 64) / 1024);
  await new Promise((resolve) => setTimeout(resolve, 20));
  if (trial.slice.kind === 'train') {
    const paths = await trial.draws(8);
    const weights = paths.reduce((sum, path) => sum + path.parameters.width, before);
    await trial.checkpoint.save(new TextEncoder().encode(String(weights)), trial.slice.epoch);
    return { score: score(parameters, weights) };
  }
  if (trial.slice.kind === 'score') {
    const drawn = await trial.draws(trial.slice.count);
    trial.values(drawn.map((one) => score(one.parameters, before)));
  }
  return { score: score(parameters, before) };
}`;

let laboratory: SearchLaboratory;
let worker: Awaited<ReturnType<SearchLaboratory['startWorker']>>;
beforeAll(async () => {
  laboratory = await SearchLaboratory.open('learned-paths');
  worker = await laboratory.startWorker(2);
});
afterAll(() => laboratory.close());

/** A search whose level has one name, so that searches of several names draw the same. */
function define(name: string, cost: number, changes: object = {}, scale = 1): Promise<SearchDefinition> {
  const only = level({
    name: 'architecture',
    space: space({ width: int(0, 9), kind: oneOf(['a', 'b']) }),
    metrics: { score: 'maximize' },
    algorithm: controller({ batchSize: 4, hiddenUnits: 8, learningRate: 0.05 }),
    weightSharing: { paths: 'policy', epochs: 3, scores: { perEpoch: 3 }, evaluations: 3 },
    budget: { cost, concurrency: 2 },
    ...changes,
  });
  return laboratory.define({ name, levels: [only], seed: 3 }, { evaluate: evaluateWith(scale) });
}

async function judged(name: string): Promise<void> {
  const { fault } = await new JournalVerifier(laboratory.home).verify(name);
  expect(fault).toBeNull();
  const told = (await laboratory.records(name)).flatMap((record) =>
    record.kind === 'told' ? [record.index] : [],
  );
  expect(told.toSorted((a, b) => a - b)).toEqual(told.map((_, index) => index));
}

const essence = ({ trajectoryHash, best, trials, cost }: SearchResult): object => ({
  ...{ trajectoryHash, best, trials, cost },
});

test('cancelled in the training, resumed, and extended after its end, it is the search that nothing disturbs', async () => {
  const calm = laboratory.result(await laboratory.start(await define('learned-paths', 5)));
  const definition = await define('disturbed', 3);
  const handle = await laboratory.start(definition);
  await until(async () => (await handle.query(progressQuery)).trials >= 8);
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow();
  const again = await laboratory.start(definition);
  // Two epochs of 5 trials, and one with 4 evaluations.
  expect(await laboratory.result(again)).toMatchObject({ trials: 19, cost: 3, reason: { kind: 'cost' } });
  const extended = await laboratory.start(definition, { extend: { cost: 5 } });
  const result = await laboratory.result(extended);
  expect(essence(result)).toEqual(essence(await calm));
  expect(result).toMatchObject({ trials: 37, cost: 5 });
  await judged('learned-paths');
  await judged('disturbed');
  const learned = await laboratory.search(extended).learned();
  expect(learned?.history?.rows.map(([epoch]) => epoch)).toEqual([1, 2, 3, 4, 5]);
  const figures = new Map(learned?.figures.map(({ name, value }) => [name, value] as const));
  expect(figures.get('entropy')).toBeLessThan(figures.get('largest entropy') ?? 0);
  expect(figures.get('best evaluation')).toBe(result.best?.metrics['score']);
  await laboratory.replay('learned-paths');
}, 120_000);

const refusal =
  /^controller refuses what trial 1 measured \(it numbers architectures by itself\): trial 0 reports score [\d.]+, outside of the range 0 to 1 that controller assumes: /;

test('in order: a reward that the algorithm refuses closes the search with its sentence, and nothing is lost', async () => {
  const definition = await define('percent', 3, {}, 100);
  const first = await laboratory.start(definition);
  await expect(first.result()).rejects.toMatchObject({
    cause: { type: 'SearchFailed', message: expect.stringMatching(refusal) as string },
  });
  const records = await laboratory.records('percent');
  expect(records.at(-1)).toMatchObject({
    ...{ kind: 'closed', phase: 'failed', reason: expect.stringMatching(refusal) as string },
  });
  const told = records.flatMap((record) => (record.kind === 'told' ? [record.index] : []));
  expect(told).toEqual([0, 1]);
  await judged('percent');
  // Resumed, it says the same again: the outcome counts, and nothing is evaluated a second time.
  const again = await laboratory.start(definition);
  await expect(again.result()).rejects.toMatchObject({
    cause: { message: expect.stringMatching(refusal) as string },
  });
  await judged('percent');
}, 60_000);

test('as completed: a refused reward does not count, and with a mended evaluation the search goes on', async () => {
  const order = { order: 'as-completed', budget: { cost: 3, concurrency: 1 } };
  const wrong = await define('mended', 3, order, 100);
  await expect((await laboratory.start(wrong)).result()).rejects.toMatchObject({
    cause: { type: 'SearchFailed', message: expect.stringMatching(refusal) as string },
  });
  const records = await laboratory.records('mended');
  expect(records.flatMap((record) => (record.kind === 'told' ? [record.index] : []))).toEqual([0]);
  await judged('mended');
  const right = await laboratory.start(await define('mended', 3, order), { adopt: true });
  expect(await laboratory.result(right)).toMatchObject({ cost: 3, reason: { kind: 'cost' } });
  await judged('mended');
}, 60_000);

test('trained for real, with its worker replaced in the middle, it is the search that nothing disturbs', async () => {
  const file = fileURLToPath(new URL('./fixtures/learned-paths.search.ts', import.meta.url));
  // The built client, because Node itself imports what a search file imports.
  const client = pathToFileURL(`${installation}/client/index.js`).href;
  const { loadSearchFile } = (await import(client)) as typeof Client;
  const { definition } = await loadSearchFile(file, laboratory.home);
  const calm = await laboratory.result(await laboratory.start(definition, {}, 'calm-digits'));
  // Two epochs of 4 trials, and one with 3 evaluations.
  expect(calm).toMatchObject({ trials: 15, cost: 3, reason: { kind: 'cost' } });
  const handle = await laboratory.start(definition, {}, 'replaced-digits');
  await until(async () => (await handle.query(progressQuery)).trials >= 6);
  await laboratory.stop(worker);
  worker = await laboratory.startWorker(2);
  const replaced = await laboratory.result(handle);
  expect(essence(replaced)).toEqual(essence(calm));
  const { candidates = [] } = calm.retraining ?? {};
  expect(replaced.retraining?.candidates).toEqual(candidates);
  expect(candidates.flatMap(({ sources }) => sources.map(({ source }) => source)).toSorted()).toEqual([
    ...['best', 'best', 'greedy'],
  ]);
  for (const name of ['calm-digits', 'replaced-digits']) await judged(name);
  const rewards = (await laboratory.records('calm-digits')).flatMap((record) =>
    record.kind === 'told' && record.outcome.kind === 'scored' ? (record.outcome.values ?? []) : [],
  );
  // Each is a share of 40 examples.
  expect(rewards).toHaveLength(3 * 3 * 3);
  expect(rewards.map((reward) => Math.round(reward * 40) / 40).map(Math.fround)).toEqual(rewards);
}, 180_000);
