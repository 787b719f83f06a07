import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ma2ml, random } from '../../algorithms/index.js';
import { retrainingReport } from '../../cli/retraining-report.js';
import { JournalVerifier } from '../../client/index.js';
import { float, oneOf, space } from '../../search-spaces/index.js';
import { level, type Retraining, type SearchDefinition, type SearchResult } from '../../searches/index.js';
import { progressQuery } from '../../workflows/messages/messages.js';
import type { SearchWorker } from '../../workers/search-worker.js';
import { commandLine, descendants } from '../support/process-tree.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';

const repetitions = 2;
const candidates = 3;
const steps = 3;
const processesBefore = descendants(process.pid);

let laboratory: SearchLaboratory;
let worker: SearchWorker;
beforeAll(async () => {
  laboratory = await SearchLaboratory.open('retraining');
  worker = await laboratory.startWorker(2);
});
afterAll(() => laboratory.close());

/** Where the trainings of a search note what they do: a line for each step, with the seed of the training. */
const notes = (name: string): string => join(laboratory.home, `${name}.notes`);

function notedSteps(name: string): readonly string[] {
  return existsSync(notes(name)) ? readFileSync(notes(name), 'utf8').trim().split('\n') : [];
}

/** Steps with a checkpoint each; the seed moves the loss a little, so that repetitions and their order show. */
const fullTraining = (name: string, milliseconds: number): string => `async (p, trial) => {
  const { appendFileSync } = await import('node:fs');
  const saved = await trial.checkpoint.latest();
  for (let step = saved === null ? 1 : saved.step + 1; step <= ${steps}; step++) {
    await new Promise((resolve) => setTimeout(resolve, ${milliseconds}));
    appendFileSync(${JSON.stringify(notes(name))}, trial.seed + ' ' + step + '\\n');
    await trial.checkpoint.save(new Uint8Array([step]), step);
    if (trial.signal.aborted) return;
  }
  const noise = parseInt(trial.seed.slice(0, 6), 16) / 0x1000000;
  return { loss: (p.x - 2) * (p.x - 2) + noise, test: -noise, ignored: 1 };
}`;

function define(name: string, milliseconds: number, retraining?: string): Promise<SearchDefinition> {
  // The level's name is part of the seed, the search's is not.
  const only = level({
    name: 'only',
    space: space({ x: float(-5, 10) }),
    metrics: { loss: 'minimize' },
    algorithm: random(),
    budget: { trials: 8, concurrency: 2 },
  });
  return laboratory.define(
    {
      name,
      levels: [only],
      light: true,
      seed: 3,
      retraining: {
        evaluate: () => ({}),
        metrics: { loss: 'minimize', test: 'observe' },
        repetitions,
        candidates: { best: candidates },
      },
    },
    {
      evaluate: '(p) => ({ loss: (p.x - 1) * (p.x - 1) })',
      retraining: retraining ?? fullTraining(name, milliseconds),
    },
  );
}

const inStage = (handle: WorkflowHandle, name: string, least: number): Promise<void> =>
  until(async () => {
    const { phase } = await handle.query(progressQuery);
    return phase === 'retraining' && notedSteps(name).length >= least;
  });

/** A retraining without the ids of its searches, which hold the name of the search. */
function essence({ searches, ...rest }: Retraining): Omit<Retraining, 'searches'> {
  expect(searches).toHaveLength(repetitions);
  return rest;
}

let calm: Promise<Omit<Retraining, 'searches'>>;

async function expectCalm(name: string, result: SearchResult): Promise<void> {
  expect(result.trials).toBe(8);
  expect(result.retraining === undefined ? null : essence(result.retraining)).toEqual(await calm);
  // Every step of every training was made once.
  expect([...notedSteps(name)].sort()).toEqual([...new Set(notedSteps(name))].sort());
  expect(notedSteps(name)).toHaveLength(repetitions * candidates * steps);
  const { searches, fault } = await new JournalVerifier(laboratory.home).verify(name, { inner: true });
  expect(fault).toBe(null);
  expect(searches).toHaveLength(1 + repetitions);
}

beforeAll(async () => {
  const handle = await laboratory.start(await define('calm', 1));
  calm = laboratory.result(handle).then(({ retraining }) => {
    if (retraining === undefined) throw new Error('There was no retraining.');
    return essence(retraining);
  });
  await calm;
}, 60_000);

describe('a full retraining at the end of a search', () => {
  test('trains the best results once in each repetition and chooses by the mean alone', async () => {
    const handle = await laboratory.start(await define('retrained', 1));
    const result = await laboratory.result(handle);
    await expectCalm('retrained', result);
    const { retraining } = result;
    if (retraining === undefined) throw new Error('There was no retraining.');
    expect(retraining.searches).toEqual(['retrained/retraining/8/1', 'retrained/retraining/8/2']);
    const told = (await laboratory.records('retrained')).flatMap((record) =>
      record.kind === 'told' && record.outcome.kind === 'scored'
        ? [{ index: record.index, loss: record.outcome.metrics['loss'] ?? NaN }]
        : [],
    );
    const best = told.sort((a, b) => a.loss - b.loss).slice(0, candidates);
    expect(retraining.candidates.map(({ search }) => search)).toEqual(
      best.map(({ index, loss }) => ({ trials: [index], value: loss })),
    );
    const means = retraining.candidates.map(({ retrained: { values, mean } }) => {
      expect(new Set(values).size).toBe(repetitions);
      return mean ?? NaN;
    });
    expect(retraining.chosen).toBe(means.indexOf(Math.min(...means)));
    expect(Object.keys(retraining.observed)).toEqual(['test']);
    expect(retraining.rankCorrelation.search.candidates).toBe(candidates);
    expect((await laboratory.records('retrained')).at(-1)).toMatchObject({ kind: 'closed', retraining });
    await laboratory.replay('retrained');
    await laboratory.replay('retrained/retraining/8/1');
  }, 30_000);

  test('pauses with all that it trains, and takes another number of trainings', async () => {
    const handle = await laboratory.start(await define('held', 150));
    await inStage(handle, 'held', 2);
    expect((await laboratory.search(handle).pause()).phase).toBe('paused');
    const [inner, other] = [1, 2].map((repetition) =>
      laboratory.client.workflow.getHandle(`held/retraining/8/${repetition}`),
    );
    if (inner === undefined || other === undefined) throw new Error('There are two repetitions.');
    await until(async () => {
      const both = await Promise.all([inner.query(progressQuery), other.query(progressQuery)]);
      return both.every(({ phase, running }) => phase === 'paused' && running.length === 0);
    });
    const before = notedSteps('held').length;
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(notedSteps('held')).toHaveLength(before);
    expect((await handle.query(progressQuery)).retraining?.repetitions.map(({ state }) => state)).toEqual([
      'running',
      'running',
    ]);
    await laboratory.search(handle).setConcurrency(6);
    await until(async () => (await inner.query(progressQuery)).concurrency === 3);
    await laboratory.search(handle).unpause();
    await expectCalm('held', await laboratory.result(handle));
  }, 60_000);

  test('cancelled and resumed, it repeats no training that has ended', async () => {
    const definition = await define('stopped', 150);
    const handle = await laboratory.start(definition);
    await inStage(handle, 'stopped', 2);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    const inner = laboratory.client.workflow.getHandle('stopped/retraining/8/1');
    expect((await inner.describe()).status.name).toBe('CANCELLED');
    await expectCalm('stopped', await laboratory.result(await laboratory.start(definition)));
    await laboratory.replay('stopped', { runId: handle.firstExecutionRunId, label: 'cancelled' });
    await laboratory.replay('stopped');
    // Finished, it is answered from its journals: nothing is trained.
    await expectCalm('stopped', await laboratory.result(await laboratory.start(definition)));
  }, 60_000);

  test('a search of a repetition that somebody cancels goes on', async () => {
    const handle = await laboratory.start(await define('prodded', 100));
    await inStage(handle, 'prodded', 1);
    await laboratory.client.workflow.getHandle('prodded/retraining/8/2').cancel();
    await expectCalm('prodded', await laboratory.result(handle));
  }, 60_000);

  test('extended during it and after it, the search goes on first and retrains anew', async () => {
    const definition = await define('longer', 50);
    const handle = await laboratory.start(definition);
    await inStage(handle, 'longer', 1);
    const progress = await laboratory.search(handle).extend({ trials: 12 });
    expect(progress.trialsBudget).toBe(12);
    const result = await laboratory.result(handle);
    expect(result.trials).toBe(12);
    expect(result.retraining?.searches).toEqual(['longer/retraining/12/1', 'longer/retraining/12/2']);
    const further = await laboratory.result(await laboratory.start(definition, { extend: { trials: 14 } }));
    expect(further.retraining?.trials).toBe(14);
    await laboratory.replay('longer', { runId: handle.firstExecutionRunId, label: 'extended-open' });
  }, 60_000);

  test('a mistake in the training stops the search with its sentence; mended, it goes on', async () => {
    const broken = await define('mistaken', 1, `() => { throw new Error('no such data set'); }`);
    const handle = await laboratory.start(broken);
    await expect(handle.result()).rejects.toMatchObject({
      cause: {
        message: expect.stringMatching(
          /retraining stopped in "mistaken\/retraining\/8\/\d".*no such data set/,
        ) as string,
      },
    });
    const mended = await define('mistaken', 1);
    await expectCalm('mistaken', await laboratory.result(await laboratory.start(mended, { adopt: true })));
  }, 60_000);

  test('other code that is adopted meanwhile trains what is left', async () => {
    const handle = await laboratory.start(await define('slow', 60_000));
    await until(async () => {
      const inner = laboratory.client.workflow.getHandle('slow/retraining/8/1');
      return (await inner.query(progressQuery).catch(() => null))?.running.length === 1;
    });
    await laboratory.search(handle).adopt(await define('slow', 1));
    await expectCalm('slow', await laboratory.result(handle));
  }, 60_000);

  test('processes that are killed and a worker that is exchanged change nothing', async () => {
    const definition = await define('killed', 150);
    const handle = await laboratory.start(definition);
    await inStage(handle, 'killed', 2);
    for (const pid of descendants(process.pid)) {
      if (!processesBefore.includes(pid)) process.kill(pid, 'SIGKILL');
    }
    await laboratory.stop(worker);
    worker = await laboratory.startWorker(2);
    const result = await laboratory.result(handle);
    expect(result.retraining === undefined ? null : essence(result.retraining)).toEqual(await calm);
  }, 60_000);

  test('a nested search: each candidate is a point of all levels, in the context of the outer ones', async () => {
    const [outer, inner] = [
      level({
        name: 'outer',
        space: space({ at: float(0, 4), kind: oneOf(['a', 'b']) }),
        metrics: { loss: 'minimize', far: 'minimize' },
        algorithm: random(),
        budget: { trials: 6, concurrency: 2 },
        measure: () => ({}),
      }),
      level({
        name: 'inner',
        space: space({ x: float(-5, 10) }),
        metrics: { loss: 'minimize' },
        algorithm: random(),
        budget: { trials: 4, concurrency: 2 },
      }),
    ];
    const away = '(p, trial) => ({ loss: (p.x - trial.context.outer.at) * (p.x - trial.context.outer.at) })';
    const definition = await laboratory.define(
      {
        name: 'nested',
        levels: [outer, inner],
        light: true,
        pure: true,
        seed: 3,
        retraining: {
          evaluate: () => ({}),
          pure: true,
          metrics: { loss: 'minimize', at: 'observe' },
          repetitions: 2,
          candidates: { best: 3 },
        },
      },
      {
        evaluate: away,
        measures: 'outer: (context, p) => ({ far: p.at })',
        retraining: `async (p, trial) => {
          await new Promise((resolve) => setTimeout(resolve, 200));
          return { ...(${away})(p, trial), at: trial.context.outer.at };
        }`,
      },
    );
    const handle = await laboratory.start(definition);
    await until(async () => (await handle.query(progressQuery)).phase === 'retraining', 40);
    await until(async () => (await laboratory.records('nested/retraining/6/1').catch(() => [])).length > 0);
    for (const pid of descendants(process.pid)) {
      if (!processesBefore.includes(pid) && commandLine(pid).includes('evaluating-process'))
        process.kill(pid, 'SIGKILL');
    }
    const { retraining } = await laboratory.result(handle);
    expect(retraining?.candidates).toHaveLength(3);
    for (const { parameters, levels, search: before, retrained } of retraining?.candidates ?? []) {
      expect(levels?.['outer']).toEqual(parameters);
      // The retraining repeats what the inner search measured for its best point under this outer one.
      expect(retrained.values).toEqual([before?.value, before?.value]);
    }
    const chosen = retraining?.candidates[retraining.chosen ?? -1];
    expect(retraining?.observed['at']?.mean).toBe((chosen?.parameters as { readonly at?: number }).at);
    const { searches, fault } = await new JournalVerifier(laboratory.home).verify('nested', { inner: true });
    expect(fault).toBeNull();
    expect(searches.map(({ search: id }) => id)).toContain('nested/retraining/6/2');
    await laboratory.replay('nested');
    const printed = retraining === undefined ? '' : retrainingReport(retraining);
    expect(printed).toContain('"inner":{"x":');
  }, 60_000);

  test('what follows MA2ML: the greedy pipeline, the best one and drawn ones, none above a cost target', async () => {
    const tagged = { tags: ['all'] };
    const definition = await laboratory.define(
      {
        name: 'agents',
        space: space({ a: oneOf([0, 1, 2, 3], tagged), b: oneOf([0, 1, 2, 3], tagged) }),
        metrics: { accuracy: 'maximize', size: 'observe' },
        algorithm: ma2ml({
          agents: [{ name: 'all' }],
          pipelinesPerRound: 4,
          stepsPerRound: 4,
          hiddenUnits: 8,
          costs: [{ metric: 'size', target: 4, mode: 'hard' }],
        }),
        budget: { trials: 30, concurrency: 4 },
        light: true,
        retraining: {
          evaluate: () => ({}),
          light: true,
          repetitions: 1,
          candidates: { drawn: 6, draws: 50 },
        },
      },
      {
        evaluate: '(p) => ({ accuracy: (p.a + p.b) / 6, size: p.a + p.b })',
        retraining: '(p) => ({ accuracy: (p.a + p.b) / 6, size: p.a + p.b })',
      },
    );
    const handle = await laboratory.start(definition);
    const { retraining } = await laboratory.result(handle);
    if (retraining === undefined) throw new Error('There was no retraining.');
    const sources = retraining.candidates.flatMap((candidate) =>
      candidate.sources.map(({ source }) => source),
    );
    expect(new Set(sources)).toContain('best');
    expect(sources.filter((source) => source === 'drawn').length).toBeGreaterThan(1);
    const chosen = retraining.candidates[retraining.chosen ?? -1];
    expect(chosen?.retrained.mean).toBeCloseTo(4 / 6);
    expect(retraining.observed['size']?.mean).toBe(4);
    expect(retraining.rankCorrelation.expected.candidates).toBeGreaterThan(1);
    await laboratory.replay('agents');
  }, 60_000);
});
