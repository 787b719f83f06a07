import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { JournalVerifier } from '../../client/index.js';
import type * as Client from '../../client/index.js';
import type { TrialRecord } from '../../evaluation/trial/trial-record.js';
import { decode } from '../../search-spaces/index.js';
import type { JournalRecord, Retraining, SearchDefinition, SearchResult } from '../../searches/index.js';
import { rankCorrelation } from '../../searches/retraining/rank-correlation.js';
import type { TrainingTrial } from '../../training/index.js';
import { installation } from '../support/workplace.js';
import { SearchLaboratory } from '../support/search-laboratory.js';
import { trainInFull } from './fixtures/shared-retraining.search.js';

const file = fileURLToPath(new URL('./fixtures/shared-retraining.search.ts', import.meta.url));

let laboratory: SearchLaboratory;
let definition: SearchDefinition;
beforeAll(async () => {
  laboratory = await SearchLaboratory.open('shared-retraining');
  // The built client, because Node itself imports what a search file imports.
  const client = pathToFileURL(`${installation}/client/index.js`).href;
  const { loadSearchFile } = (await import(client)) as typeof Client;
  ({ definition } = await loadSearchFile(file, laboratory.home));
  await laboratory.startWorker(2);
});
afterAll(() => laboratory.close());

function retrainingOf({ retraining }: SearchResult): Retraining {
  if (retraining === undefined) throw new Error('There was no retraining.');
  return retraining;
}

type Proposed = Extract<JournalRecord, { readonly kind: 'proposed' }>['trial'];

/** Trials with their accuracy, in the order of their indices. */
async function scoredTrials(
  search: string,
): Promise<readonly { readonly trial: Proposed; readonly accuracy: number; readonly record: string }[]> {
  const records = await laboratory.records(search);
  return records.flatMap((told) => {
    if (told.kind !== 'told' || told.outcome.kind !== 'scored') return [];
    const proposed = records.find((one) => one.kind === 'proposed' && one.trial.index === told.index);
    if (proposed?.kind !== 'proposed') throw new Error('A trial was told before it was proposed.');
    const accuracy = told.outcome.metrics['accuracy'] ?? NaN;
    return [{ trial: proposed.trial, accuracy, record: told.record ?? '' }];
  });
}

/** A trial of a training alone, which nothing interrupts. */
function alone(seed: string): TrainingTrial {
  return {
    seed,
    context: {},
    signal: new AbortController().signal,
    checkpoint: { save: () => Promise.resolve(), latest: () => Promise.resolve(null) },
    report: () => undefined,
    shouldStop: () => false,
    setAttribute: () => undefined,
    saveArtifact: () => Promise.reject(new Error('It keeps no artifact.')),
  };
}

/** Demands that the candidates are the best evaluations under the last weights, and tells the rank correlation. */
async function expectCandidates(
  search: string,
  { trials: counted, candidates, rankCorrelation: told }: Retraining,
): Promise<void> {
  // The search may have begun an evaluation that no longer counts when its budget was spent.
  const trials = (await scoredTrials(search)).filter(({ trial }) => trial.index < counted);
  const weights = trials.filter(({ trial }) => trial.slice?.kind === 'train').at(-1)?.trial.index;
  const results = trials.filter(
    ({ trial }) => trial.slice?.kind === 'evaluate' && trial.continues === weights,
  );
  const best = [...results].sort((a, b) => b.accuracy - a.accuracy || a.trial.index - b.trial.index);
  expect(candidates.map(({ search: measured }) => measured)).toEqual(
    best.slice(0, 5).map(({ trial, accuracy }) => ({ trials: [trial.index], value: accuracy })),
  );
  const pairs = candidates.map(
    ({ search: measured, retrained: { mean } }) => [measured?.value ?? NaN, mean ?? NaN] as const,
  );
  expect(new Set(pairs.map(([, full]) => full)).size).toBeGreaterThan(1);
  expect(told.search).toEqual({
    candidates: candidates.length,
    value: rankCorrelation(pairs),
  });
}

test('candidates of a search with shared weights are those under the last weights, each retrained from scratch', async () => {
  const handle = await laboratory.start(definition);
  const result = await laboratory.result(handle);
  const retraining = retrainingOf(result);
  // Two epochs of a training, a control and three evaluations; those under the first weights are no candidates.
  expect(result.trials).toBe(10);
  expect(retraining.candidates).toHaveLength(3);
  await expectCandidates('shared-retraining', retraining);
  expect(retraining.searches).toHaveLength(2);
  for (const [repetition, search] of retraining.searches.entries()) {
    const trained = await scoredTrials(search);
    expect(trained).toHaveLength(3);
    for (const [place, { trial, accuracy, record }] of trained.entries()) {
      expect(trial).not.toHaveProperty('slice');
      expect(trial).not.toHaveProperty('continues');
      const candidate = retraining.candidates[place];
      expect(trial.genome).toEqual(candidate?.genome);
      expect(candidate?.retrained.values[repetition]).toBe(accuracy);
      const { seed } = JSON.parse(
        Buffer.from(await laboratory.artifacts.get(record)).toString(),
      ) as TrialRecord;
      const [level] = definition.levels;
      if (level === undefined) throw new Error('The search has a level.');
      const scratch = await trainInFull(decode(level.space, trial.genome), alone(seed));
      expect(scratch.accuracy).toBe(accuracy);
    }
  }
  const { fault, searches } = await new JournalVerifier(laboratory.home).verify('shared-retraining', {
    inner: true,
  });
  expect(fault).toBeNull();
  expect(searches).toHaveLength(3);
}, 120_000);

test('an extended search goes on under its last weights, and retrains its new candidates', async () => {
  const name = 'shared-extended';
  const handle = await laboratory.start({ ...definition, name });
  await laboratory.result(handle);
  const larger = await laboratory.start({ ...definition, name }, { extend: { cost: 3 } });
  const result = await laboratory.result(larger);
  expect(result.trials).toBe(13);
  const retraining = retrainingOf(result);
  expect(retraining.searches).toEqual([`${name}/retraining/13/1`, `${name}/retraining/13/2`]);
  expect(retraining.candidates).toHaveLength(5);
  await expectCandidates(name, retraining);
  await laboratory.replay(name);
}, 120_000);
