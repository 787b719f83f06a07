import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { random } from '../../src/algorithms/index.js';
import { float, int, oneOf, space } from '../../src/search-spaces/index.js';
import { historiesFolder, SearchLaboratory } from './search-laboratory.js';

const recorded = readdirSync(historiesFolder).filter((name) => name.endsWith('.json.gz'));

describe('recorded histories', () => {
  test('there are some of every flow', () => {
    expect(recorded.length).toBeGreaterThanOrEqual(6);
  });

  test.each(recorded)('%s is replayed without a difference', async (name) => {
    const history: unknown = JSON.parse(
      gunzipSync(readFileSync(join(historiesFolder, name))).toString('utf8'),
    );
    const id = name.replace(/\.json\.gz$/, '').replaceAll('+', '/');
    await Worker.runReplayHistory(
      { workflowBundle: { codePath: inject('workflowBundlePath') } },
      history,
      id,
    );
  });
});

describe('the longest history that a run can have', () => {
  let laboratory: SearchLaboratory;
  beforeAll(async () => {
    laboratory = await SearchLaboratory.open('replay');
    await laboratory.startWorker();
  });
  afterAll(() => laboratory.close());

  test('is replayed in one workflow task; the time is printed', async () => {
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
    const options = { workflowBundle: { codePath: inject('workflowBundlePath') } };
    const small = await laboratory.client.workflow.getHandle('longest').fetchHistory();
    await Worker.runReplayHistory(options, small, 'longest');
    const start = performance.now();
    await Worker.runReplayHistory(options, history, 'longest');
    console.log(
      `replay of ${events} events: ${Math.round(performance.now() - start)} ms (to stay under 1,500 ms)`,
    );
  }, 60_000);
});
