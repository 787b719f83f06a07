import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { random, regularizedEvolution, sweep } from '../../algorithms/index.js';
import { JournalVerifier, loadSearchFile } from '../../client/index.js';
import { keptWeights } from '../../client/kept-weights.js';
import { decode, int, oneOf, space } from '../../search-spaces/index.js';
import {
  type FoundWeights,
  type JournalRecord,
  level,
  type SearchDefinition,
  type SearchResult,
  sharedWeights,
} from '../../searches/index.js';
import { artifactKey } from '../../storage/index.js';
import { SearchLaboratory } from '../support/search-laboratory.js';

const cell = space({ width: int(0, 9), kind: oneOf(['a', 'b']) });
const metrics = { score: 'maximize', seed: 'observe' } as const;

let laboratory: SearchLaboratory;
beforeAll(async () => {
  laboratory = await SearchLaboratory.open('kept-weights');
  await laboratory.startWorker(2);
});
afterAll(() => laboratory.close());

/** Weights that are the sum of the widths that were trained; each evaluation leaves a line with what it was given. */
function toyTraining(checkpoint = 'new TextEncoder().encode(String(weights))'): string {
  return `async (parameters, trial) => {
    const fs = await import('node:fs');
    const before = await trial.checkpoint.continued();
    let weights = before === null ? 0 : Number(new TextDecoder().decode(before.bytes));
    const seed = parseInt(trial.seed.slice(0, 6), 16);
    const score = (point) => point.width / 16 + (point.kind === 'b' ? 1 : 0) + (weights % 64) / 1024;
    if (trial.slice.kind === 'train') {
      for (const path of await trial.draws(8)) weights += path.parameters.width;
      await trial.checkpoint.save(${checkpoint}, trial.slice.epoch);
    }
    if (trial.slice.kind === 'score')
      trial.values((await trial.draws(trial.slice.count)).map((one) => score(one.parameters)));
    if (trial.slice.kind === 'evaluate') {
      const { space } = await trial.architecture();
      const line = { parameters, context: trial.context, trained: before.trial, step: before.step, space };
      fs.appendFileSync(${JSON.stringify(join(laboratory.home, 'evaluated'))}, JSON.stringify(line) + '\\n');
    }
    return { score: score(parameters), seed };
  }`;
}

function trained(name: string, evaluate: unknown, changes: object = {}): Promise<SearchDefinition> {
  const options = {
    name,
    space: cell,
    metrics,
    algorithm: regularizedEvolution({ populationSize: 5, tournamentSize: 3 }),
    weightSharing: { paths: 'uniform', epochs: 4, control: { count: 5, examples: 10 } },
    budget: { trials: 15, concurrency: 2 },
    seed: 3,
    ...changes,
  };
  return laboratory.define(options, { evaluate });
}

/** A search under the weights that another one has now. */
async function underWeights(of: string, options: object): Promise<SearchDefinition> {
  const weights = await keptWeights(of, laboratory.home);
  const whole = { space: cell, metrics, algorithm: sweep(), budget: { trials: 20 }, window: 4 };
  return laboratory.define({ ...whole, ...options }, { evaluate: sharedWeights(of), weights });
}

/** The definition of a search file; plain data stands for what the builders of the package make. */
async function loaded(options: object): Promise<SearchDefinition> {
  const file = join(laboratory.home, 'children.search.mjs');
  const search = { kind: 'duramen-search', options, functions: { measures: {} } };
  writeFileSync(file, `export default ${JSON.stringify(search)};\n`);
  return (await loadSearchFile(file, laboratory.home)).definition;
}

async function run(definition: SearchDefinition): Promise<SearchResult> {
  return laboratory.result(await laboratory.start(definition));
}

function evaluated(): readonly { readonly trained: number; readonly context: object }[] {
  const file = join(laboratory.home, 'evaluated');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly trained: number; readonly context: object });
}

type Told = Extract<JournalRecord, { readonly kind: 'told' }>;

async function told(search: string): Promise<readonly Told[]> {
  return (await laboratory.records(search)).flatMap((record) => (record.kind === 'told' ? [record] : []));
}

/** Metrics of the evaluations of a search by the architecture that was evaluated. */
async function scores(search: string): Promise<ReadonlyMap<string, object>> {
  const found = new Map<string, object>();
  const outcomes = new Map((await told(search)).map(({ index, outcome }) => [index, outcome]));
  for (const record of await laboratory.records(search)) {
    if (record.kind !== 'proposed') continue;
    const { index, genome, slice } = record.trial;
    const outcome = outcomes.get(index);
    if ((slice !== undefined && slice.kind !== 'evaluate') || outcome?.kind !== 'scored') continue;
    found.set(JSON.stringify(decode(cell, genome)), outcome.metrics);
  }
  return found;
}

async function problem(search: string): Promise<string> {
  const found = await keptWeights(search, laboratory.home);
  return 'problem' in found ? found.problem : 'it was found';
}

test('equal points have the metrics that the search of the weights gave them, and are evaluated once', async () => {
  expect(await problem('one-shot')).toContain('there is no search "one-shot" in ');
  await run(await trained('one-shot', toyTraining()));
  const before = evaluated().length;
  expect(before).toBeGreaterThanOrEqual(10);

  const children = await underWeights('one-shot', { name: 'children' });
  const result = await run(children);
  expect(result).toMatchObject({ trials: 20, scored: 20, cost: 0 });
  const [own, of] = [await scores('children'), await scores('one-shot')];
  expect(own.size).toBe(20);
  expect(of.size).toBeGreaterThanOrEqual(5);
  for (const [point, expected] of of) expect([point, own.get(point)]).toEqual([point, expected]);
  const lines = evaluated().slice(before);
  expect(lines).toHaveLength(20);
  expect(lines.every((line) => line.trained === 3)).toBe(true);
  expect(lines[0]).toMatchObject({ step: 4, space: JSON.parse(JSON.stringify(cell)) as object });

  // Another search, another seed, from a search file: nothing is left to evaluate.
  const again = { name: 'again', space: cell, metrics, algorithm: random(), seed: 8, budget: { trials: 15 } };
  await run(await loaded({ ...again, evaluate: sharedWeights('one-shot') }));
  expect((await told('again')).map(({ reused }) => reused)).toEqual(Array.from({ length: 15 }, () => true));
  expect(evaluated()).toHaveLength(before + 20);
  for (const name of ['one-shot', 'children', 'again']) {
    expect((await new JournalVerifier(laboratory.home).verify(name)).fault).toBeNull();
  }
}, 120_000);

test('an accelerator search reuses children across accelerators', async () => {
  const before = evaluated().length;
  const outer = level({
    name: 'accelerator',
    space: space({ area: int(1, 3) }),
    metrics: { score: 'maximize' },
    algorithm: sweep(),
    budget: { trials: 3 },
  });
  const inner = level({
    name: 'architecture',
    space: cell,
    // Other metrics are other evaluations: none is left over from the test before.
    metrics: { score: 'maximize' },
    algorithm: sweep(),
    budget: { trials: 20 },
    dependsOn: ['accelerator'],
  });
  const found = await keptWeights('one-shot', laboratory.home);
  const definition = await laboratory.define(
    { name: 'co-design', levels: [outer, inner], seed: 2 },
    { evaluate: sharedWeights('one-shot'), weights: found },
  );
  const result = await run(definition);
  expect(result.trials).toBe(3);
  const lines = evaluated().slice(before);
  expect(lines).toHaveLength(20);
  // The context is that of the search of the weights, which has no accelerator.
  expect(lines.every(({ context }) => Object.keys(context).length === 0)).toBe(true);
  for (const index of [0, 1, 2])
    expect((await told(`co-design/${index}/architecture`)).length).toBeGreaterThanOrEqual(20);
  expect((await new JournalVerifier(laboratory.home).verify('co-design', { inner: true })).fault).toBeNull();
  expect(await problem('co-design')).toContain('name one, such as "co-design/0/architecture"');
  expect(await problem('co-design/0/architecture')).toContain('has no shared weights');
}, 120_000);

test('each architecture is measured on its accelerator, and evaluated once for all of them', async () => {
  const before = evaluated().length;
  const outer = level({
    name: 'accelerator',
    space: space({ area: int(1, 3) }),
    metrics: { score: 'maximize', time: 'minimize' },
    algorithm: sweep(),
    budget: { trials: 3 },
  });
  const inner = level({
    name: 'architecture',
    space: cell,
    metrics: { score: 'maximize', time: 'minimize', merit: 'observe' },
    objective: { maximize: ['-', ['path', 'score'], ['path', 'time']] },
    algorithm: sweep(),
    budget: { trials: 20, concurrency: 4 },
    measure: () => ({}),
  });
  const found = await keptWeights('one-shot', laboratory.home);
  const definition = await laboratory.define(
    { name: 'measured', levels: [outer, inner], seed: 2 },
    {
      evaluate: sharedWeights('one-shot'),
      measures: `architecture: (context, p, { metrics }) => {
        const time = p.width / (16 * context.accelerator.area);
        return { time, merit: metrics.score - time };
      }`,
      weights: found,
    },
  );
  const result = await run(definition);
  expect(evaluated().length - before).toBe(20);
  for (const index of [0, 1, 2]) {
    const search = `measured/${index}/architecture`;
    const area = index + 1;
    const points = await scores(search);
    expect(points.size).toBe(20);
    for (const [point, metrics] of points) {
      const { width } = JSON.parse(point) as { readonly width: number };
      const { score, time, merit, objective } = metrics as Readonly<Record<string, number>>;
      expect(time).toBe(width / (16 * area));
      expect([merit, objective]).toEqual([(score ?? NaN) - (time ?? NaN), merit]);
    }
  }
  // The largest accelerator can afford the widest network.
  expect(result.front.map(({ parameters }) => parameters)).toContainEqual({ area: 3 });
  await laboratory.replay('measured/0/architecture');
  expect((await new JournalVerifier(laboratory.home).verify('measured', { inner: true })).fault).toBeNull();
}, 120_000);

test('a measure that fails stops the search with its sentence, and other evaluators have none', async () => {
  const weights = await keptWeights('one-shot', laboratory.home);
  const options = { space: cell, metrics, algorithm: sweep(), budget: { trials: 2 }, retries: 0 };
  const measure = { measure: () => ({}) };
  const definition = await laboratory.define(
    { ...options, ...measure, name: 'unmeasured' },
    {
      evaluate: sharedWeights('one-shot'),
      measures: 'unmeasured: () => { throw new Error("no model"); }',
      weights,
    },
  );
  await expect(run(definition)).rejects.toMatchObject({
    cause: { message: expect.stringContaining('The measure of level "unmeasured" failed') as string },
  });
  await expect(
    laboratory.define({ ...options, ...measure, name: 'double' }, { evaluate: '() => ({ score: 1 })' }),
  ).rejects.toThrow(
    'measure: the innermost level has no inner search to measure: return its metrics from evaluate.',
  );
}, 120_000);

test('what has no weights is refused in one sentence', async () => {
  expect(await problem('../one-shot')).toContain('there is no search');
  const alone = await trained('alone', '() => ({ score: 1, seed: 1 })', { weightSharing: undefined });
  await run(alone);
  expect(await problem('alone')).toBe(
    'the search "alone" has no shared weights: give its level weightSharing.',
  );
  const fails = await trained('fails', '() => { throw new Error("no"); }', { retries: 0 });
  await expect(run(fails)).rejects.toThrow();
  expect(await problem('fails')).toBe('the search "fails" has no weights yet: let it finish an epoch first.');
  const folder = `{ folder: (fs.mkdirSync(${JSON.stringify(join(laboratory.home, 'kept'))}, { recursive: true }), ${JSON.stringify(join(laboratory.home, 'kept'))}) }`;
  await run(await trained('folder', toyTraining(folder)));
  expect(await problem('folder')).toContain('is a folder: save them as bytes, or as one file.');
}, 120_000);

test('weights that are gone are named: those of the search, and those of a search under them', async () => {
  const found = (await keptWeights('one-shot', laboratory.home)) as FoundWeights;
  const definition = await underWeights('one-shot', {
    name: 'lost',
    metrics: { seed: 'maximize' },
    retries: 0,
  });
  const artifact = join(laboratory.home, artifactKey(found.evaluator.weights));
  rmSync(artifact);
  await expect(run(definition)).rejects.toMatchObject({
    cause: {
      message: expect.stringContaining(
        `the artifact ${found.evaluator.weights} that holds them is missing`,
      ) as string,
    },
  });

  const checkpoints = join(laboratory.home, 'trials', 'one-shot', '3', 'checkpoints');
  const [name] = readdirSync(checkpoints);
  writeFileSync(join(checkpoints, name ?? '', 'content'), 'other');
  expect(await problem('one-shot')).toContain('of trial 3 of "one-shot", which has its weights, is damaged');
  rmSync(checkpoints, { recursive: true });
  expect(await problem('one-shot')).toContain('is missing: restore it from a backup of DURAMEN_HOME');
}, 120_000);
