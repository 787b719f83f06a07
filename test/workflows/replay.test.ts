import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { random } from '../../algorithms/index.js';
import { float, int, oneOf, space } from '../../search-spaces/index.js';
import { historiesFolder, SearchLaboratory } from '../support/search-laboratory.js';

const recorded = readdirSync(historiesFolder).filter((name) => name.endsWith('.json.gz'));

describe('recorded histories', () => {
  const problems = new Map<string, Error | undefined>();
  beforeAll(async () => {
    const histories = recorded.map((name) => ({
      workflowId: name.replace(/(@.*)?\.json\.gz$/, '').replaceAll('+', '/'),
      history: JSON.parse(gunzipSync(readFileSync(join(historiesFolder, name))).toString('utf8')) as unknown,
    }));
    const options = { workflowBundle: { codePath: inject('workflowBundlePath') } };
    let index = 0;
    // The results come in the order of the histories.
    for await (const { error } of Worker.runReplayHistories(options, histories)) {
      problems.set(recorded[index] ?? '', error);
      index += 1;
    }
  }, 60_000);

  test.each([
    ['random search, in order', 'light-random'],
    ['a population, in order', 'light-regularizedEvolution'],
    ['as completed, with promotions', 'halving'],
    ['updates by an activity', 'light-reinforce'],
    ['declared constraints', 'constrained'],
    ['a stopping policy', 'stopped-early'],
    ['started by continue-as-new', 'long'],
    ['ended by continue-as-new', 'continued@continued'],
    ['trainings parked by a pause', 'paused'],
    ['paused by signals', 'signals'],
    ['cancelled', 'cancelled@cancelled'],
    ['resumed', 'cancelled'],
    ['extended while open', 'extended@extended-open'],
    ['extended once finished', 'extended'],
    ['enqueued points', 'enqueued'],
    ['cancelled trials and another concurrency', 'changed'],
    ['a duration', 'timed'],
    ['failure classes', 'outcomes'],
    ['stopped by a bug', 'mended@failed'],
    ['resumed with a mended file', 'mended'],
    ['two levels', 'two-levels'],
    ['three levels, the outermost', 'three-levels'],
    ['three levels, the middle', 'three-levels+0+b'],
    ['three levels, the innermost', 'three-levels+0+b+0+c'],
    ['reused inner searches', 'reused'],
    ['a paused and cancelled tree', 'tree@cancelled'],
    ['a resumed tree', 'tree'],
    ['a full retraining', 'retrained'],
    ['the search of a repetition', 'retrained+retraining+8+1'],
    ['cancelled while it retrains', 'stopped@cancelled'],
    ['resumed while it retrained', 'stopped'],
    ['extended while it retrains', 'longer@extended-open'],
    ['an activity of somebody else', 'by-activity'],
    ['a workflow of somebody else', 'by-workflow'],
  ])('there is one of every flow: %s', (_flow, name) => {
    expect(recorded).toContain(`${name}.json.gz`);
  });

  test.each(recorded)('%s is replayed without a difference', (name) => {
    expect(problems.has(name)).toBe(true);
    expect(problems.get(name)).toBe(undefined);
  });
});

describe('the longest history that a run can have', () => {
  let laboratory: SearchLaboratory;
  beforeAll(async () => {
    laboratory = await SearchLaboratory.open('replay');
    await laboratory.startWorker();
  });
  afterAll(() => laboratory.close());

  test('is replayed in one workflow task', async () => {
    const definition = await laboratory.define(
      {
        name: 'longest',
        space: space({ x: float(-5, 10), y: int(0, 15), k: oneOf(['a', 'b']) }),
        metrics: { loss: 'minimize' },
        algorithm: random(),
        budget: { trials: 2_000, concurrency: 16 },
        light: true,
      },
      { evaluate: '(p) => ({ loss: p.x * p.x })' },
    );
    const handle = await laboratory.start(definition);
    const { runId } = await handle.describe();
    await laboratory.result(handle);
    const history = await laboratory.client.workflow.getHandle('longest', runId).fetchHistory();
    const events = history.events?.length ?? 0;
    expect(events).toBeGreaterThan(1_000);
    // As a worker does that has lost its cache.
    const options = { workflowBundle: { codePath: inject('workflowBundlePath') } };
    await Worker.runReplayHistory(options, history, 'longest');
  }, 60_000);
});
