import { afterAll, beforeAll, expect, test } from 'vitest';
import { regularizedEvolution } from '../../algorithms/index.js';
import { JournalVerifier } from '../../client/index.js';
import { callUpdate } from '../../client/update-call.js';
import { int, oneOf, space } from '../../search-spaces/index.js';
import { level, type SearchDefinition, type SearchResult } from '../../searches/index.js';
import { enqueueUpdate, extendUpdate, progressQuery } from '../../workflows/messages/messages.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';

/** A network whose weights are the sum of the widths that were trained, kept in a file. */
const evaluate = `async (parameters, trial) => {
  const read = (checkpoint) => checkpoint === null ? 0 : Number(new TextDecoder().decode(checkpoint.bytes));
  const before = read(await trial.checkpoint.continued());
  const score = (point, weights) => point.width / 16 + (point.kind === 'b' ? 1 : 0) + (weights % 64) / 1024;
  await new Promise((resolve) => setTimeout(resolve, 40));
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
beforeAll(async () => {
  laboratory = await SearchLaboratory.open('shared-weights');
  await laboratory.startWorker(2);
});
afterAll(() => laboratory.close());

/** A search whose level has one name, so that searches of several names draw the same. */
function define(name: string, trials: number, changes: object = {}): Promise<SearchDefinition> {
  const only = level({
    name: 'architecture',
    space: space({ width: int(0, 9), kind: oneOf(['a', 'b']) }),
    metrics: { score: 'maximize' },
    algorithm: regularizedEvolution({ populationSize: 5, tournamentSize: 3 }),
    weightSharing: { paths: 'uniform', epochs: 4, control: { count: 5, examples: 10 } },
    budget: { trials, concurrency: 2 },
    ...changes,
  });
  return laboratory.define({ name, levels: [only], seed: 3 }, { evaluate });
}

async function judged(name: string, result: SearchResult): Promise<void> {
  const { fault } = await new JournalVerifier(laboratory.home).verify(name);
  expect(fault).toBeNull();
  const told = (await laboratory.records(name)).flatMap((record) =>
    record.kind === 'told' ? [record.index] : [],
  );
  expect(told.toSorted((a, b) => a - b)).toEqual(told.map((_, index) => index));
  // What came in beyond the end of a budget is kept, too.
  expect(told.length).toBeGreaterThanOrEqual(result.trials);
}

test('cancelled in the training, resumed, and extended after its end, it is the search that nothing disturbs', async () => {
  const calm = laboratory.result(await laboratory.start(await define('calm', 26)));
  const definition = await define('disturbed', 20);
  const handle = await laboratory.start(definition);
  await until(async () => (await handle.query(progressQuery)).trials >= 2);
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow();
  const again = await laboratory.start(definition);
  await expect(
    callUpdate(laboratory.client, 'disturbed', enqueueUpdate, [{ genome: [1, 0] }]),
  ).rejects.toMatchObject({ cause: { message: expect.stringContaining('shares weights') as string } });
  expect((await laboratory.result(again)).trials).toBe(20);
  const extended = await laboratory.start(definition, { extend: { trials: 26 } });
  const result = await laboratory.result(extended);

  const { trajectoryHash, best, trials } = await calm;
  expect({ hash: result.trajectoryHash, best: result.best, trials: result.trials }).toEqual({
    hash: trajectoryHash,
    best,
    trials,
  });
  await judged('calm', await calm);
  await judged('disturbed', result);
  const learned = await laboratory.search(extended).learned();
  expect(learned?.figures.map(({ name, value }) => [name, value === null]).slice(0, 6)).toEqual([
    ['epoch', false],
    ['epochs', false],
    ['mean of the search', false],
    ['best of the search', false],
    ['mean of random architectures', false],
    ['best of random architectures', false],
  ]);
}, 120_000);

test('during the training, its cost is the number of its epochs, also when it is extended while it is open', async () => {
  const during = { paths: 'uniform', epochs: 5, search: 'during', evaluations: 3, control: { count: 5 } };
  const changes = (cost: number) => ({
    weightSharing: during,
    budget: { cost, concurrency: 2 },
  });
  const calm = laboratory.result(await laboratory.start(await define('whole', 1, changes(5))));
  const handle = await laboratory.start(await define('parts', 1, changes(2)));
  await callUpdate(laboratory.client, 'parts', extendUpdate, [{ cost: 5 }]);
  const [whole, parts] = [await calm, await laboratory.result(handle)];
  expect(parts).toMatchObject({ cost: 5, trials: 25, reason: { kind: 'cost' } });
  expect(parts.trajectoryHash).toBe(whole.trajectoryHash);
  await judged('parts', parts);
}, 120_000);
