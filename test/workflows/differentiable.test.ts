import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { JournalVerifier } from '../../client/index.js';
import type * as Client from '../../client/index.js';
import { keptWeights } from '../../client/kept-weights.js';
import type { Slice } from '../../algorithms/index.js';
import { decode } from '../../search-spaces/index.js';
import type { SearchDefinition, SearchResult } from '../../searches/index.js';
import { progressQuery } from '../../workflows/messages/messages.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';
import { installation } from '../support/workplace.js';

const file = fileURLToPath(new URL('./fixtures/differentiable.search.ts', import.meta.url));

let laboratory: SearchLaboratory;
let definition: SearchDefinition;
beforeAll(async () => {
  laboratory = await SearchLaboratory.open('differentiable');
  // The built client, because Node itself imports what a search file imports.
  const client = pathToFileURL(`${installation}/client/index.js`).href;
  const { loadSearchFile } = (await import(client)) as typeof Client;
  ({ definition } = await loadSearchFile(file, laboratory.home));
  await laboratory.startWorker(1);
});
afterAll(() => laboratory.close());

interface Told {
  readonly index: number;
  readonly slice: Slice | undefined;
  readonly genome: readonly number[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly cost: number | undefined;
}

async function toldTrials(search: string): Promise<readonly Told[]> {
  const records = await laboratory.records(search);
  return records.flatMap((told) => {
    if (told.kind !== 'told' || told.outcome.kind !== 'scored') return [];
    const proposed = records.find((one) => one.kind === 'proposed' && one.trial.index === told.index);
    if (proposed?.kind !== 'proposed') throw new Error('A trial was told before it was proposed.');
    const { metrics, cost } = told.outcome;
    return [{ index: told.index, slice: proposed.trial.slice, genome: proposed.trial.genome, metrics, cost }];
  });
}

async function judged(search: string): Promise<void> {
  const { fault } = await new JournalVerifier(laboratory.home).verify(search);
  expect(fault).toBeNull();
}

test('a differentiable search ends with the evaluation of what it derived, cancelled and resumed or not', async () => {
  const calm: SearchResult = await laboratory.result(await laboratory.start(definition));
  const trials = await toldTrials('differentiable');
  expect(trials.map(({ slice }) => slice?.kind)).toEqual([
    ...Array.from({ length: 6 }, () => 'mix'),
    'evaluate',
  ]);
  expect(calm).toMatchObject({ trials: 7, cost: 6, reason: { kind: 'exhausted' } });
  const last = trials.at(-1);
  // The evaluation takes the place of the last epoch as the result, whatever their accuracies are.
  expect(calm.best).toMatchObject({ index: 6, metrics: last?.metrics });
  const [level] = definition.levels;
  const derived = decode(level?.space ?? null, last?.genome ?? []) as Record<
    string,
    readonly { operation: string }[]
  >;
  const skips = Object.values(derived).flatMap((picks) =>
    picks.filter(({ operation }) => operation === 'skip'),
  );
  expect(skips.length).toBeLessThanOrEqual(1);
  // Fifteen batches of each half; five edges, with the logits frozen in each first epoch of a stage.
  const evaluations = trials.slice(0, 6).map(({ metrics }) => metrics['operationEvaluations']);
  expect(evaluations.slice(0, 3)).toEqual([5 * 3 * 15, 5 * 3 * 30, 5 * 3 * 30]);
  expect(evaluations[4]).toBeLessThan(evaluations[1] ?? 0);
  await judged('differentiable');

  const named = { ...definition, name: 'disturbed' };
  const handle = await laboratory.start(named, {}, 'disturbed');
  await until(async () => (await handle.query(progressQuery)).trials >= 2);
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow();
  const disturbed = await laboratory.result(await laboratory.start(named, {}, 'disturbed'));
  expect(await toldTrials('disturbed')).toEqual(trials);
  expect(disturbed.trajectoryHash).toBe(calm.trajectoryHash);
  await judged('disturbed');
  expect(await keptWeights('disturbed', laboratory.home)).toMatchObject({
    problem: expect.stringContaining('are those of a mixture') as string,
  });
  const learned = await laboratory.search(handle).learned();
  expect(learned?.figures.map(({ name }) => name)).toEqual([
    ...['epoch', 'epochs', 'stage', 'stages', 'options left'],
    ...['mean entropy of the choices', 'mean weight of zero', 'skips'],
  ]);
}, 180_000);
