import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { random, regularizedEvolution, reinforce } from '../../algorithms/index.js';
import { float, oneOf, space } from '../../search-spaces/index.js';
import { level, type SearchDefinition } from '../../searches/index.js';
import { progressQuery, SEARCH_QUEUE } from '../../workflows/messages/messages.js';
import { simulate } from '../support/plain-search.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';

// Every workflow task begins with a replay of all before it: a decision that depended on anything but the history
// would fail that task, again and again.
describe('without a cache of workflows', () => {
  let laboratory: SearchLaboratory;
  beforeAll(async () => {
    laboratory = await SearchLaboratory.open('uncached');
    await laboratory.startWorker(2, ['search'], { cachedWorkflows: 0 });
  });
  afterAll(() => laboratory.close());

  const line = space({ x: float(-5, 10) });
  const light = `async (p) => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    return { loss: (p.x - 1) * (p.x - 1) };
  }`;
  const define = (name: string, options: object = {}): Promise<SearchDefinition> =>
    laboratory.define(
      {
        name,
        space: line,
        metrics: { loss: 'minimize' },
        algorithm: regularizedEvolution({ populationSize: 6, tournamentSize: 3 }),
        budget: { trials: 40, concurrency: 4 },
        light: true,
        ...options,
      },
      { evaluate: light },
    );
  const expected = (definition: SearchDefinition): string =>
    simulate(definition, (point) => {
      const { x } = point as { readonly x: number };
      return { kind: 'scored', metrics: { loss: (x - 1) * (x - 1) } };
    }).trajectoryHash;
  const reached = (handle: WorkflowHandle, trials: number): Promise<void> =>
    until(async () => (await handle.query(progressQuery)).trials >= trials);

  test.concurrent('a flat search', async () => {
    const definition = await define('flat');
    const handle = await laboratory.start(definition);
    expect((await laboratory.result(handle)).trajectoryHash).toBe(expected(definition));
    // A worker with a cache asks for the tasks of what it holds on a queue of its own.
    const { events } = await handle.fetchHistory();
    const queues = new Set(
      events?.map((event) => event.workflowTaskScheduledEventAttributes?.taskQueue?.name),
    );
    expect(queues).toEqual(new Set([undefined, SEARCH_QUEUE]));
  });

  test.concurrent('a search that is cancelled and resumed', async () => {
    const definition = await define('resumed');
    const handle = await laboratory.start(definition);
    await reached(handle, 8);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect((await laboratory.result(await laboratory.start(definition))).trajectoryHash).toBe(
      expected(definition),
    );
  });

  test.concurrent('a search that continues as new', async () => {
    const definition = await define('continued');
    const handle = await laboratory.start(definition);
    const { runId } = await handle.describe();
    await reached(handle, 20);
    // A paused search continues as new at once.
    await laboratory.search(handle).pause();
    const latest = laboratory.client.workflow.getHandle('continued');
    await until(async () => (await latest.describe()).runId !== runId);
    await laboratory.replay('continued', { runId, label: 'continued' });
    await laboratory.search(latest).unpause();
    expect((await laboratory.result(latest)).trajectoryHash).toBe(expected(definition));
  });

  test.concurrent('a search whose algorithm is updated by an activity', async () => {
    const definition = await laboratory.define(
      {
        name: 'updated',
        space: space({ a: oneOf([0, 1, 2, 3]), b: oneOf([0, 1, 2, 3]) }),
        metrics: { score: 'maximize' },
        algorithm: reinforce({ batchSize: 8 }),
        budget: { trials: 32, concurrency: 4 },
        light: true,
      },
      { evaluate: '(p) => ({ score: p.a + p.b })' },
    );
    const plain = simulate(definition, (point) => {
      const { a, b } = point as { readonly a: number; readonly b: number };
      return { kind: 'scored', metrics: { score: a + b } };
    });
    expect((await laboratory.result(await laboratory.start(definition))).trajectoryHash).toBe(
      plain.trajectoryHash,
    );
  });

  test.concurrent('a nested search', async () => {
    const definition = await laboratory.define(
      {
        name: 'nested',
        levels: [
          level({
            name: 'outer',
            space: space({ shift: oneOf([1, 2, 3]) }),
            metrics: { loss: 'minimize' },
            algorithm: random(),
            budget: { trials: 5, concurrency: 2 },
          }),
          level({
            name: 'inner',
            space: line,
            metrics: { loss: 'minimize' },
            algorithm: regularizedEvolution({ populationSize: 3, tournamentSize: 2 }),
            budget: { trials: 6, concurrency: 2 },
          }),
        ],
        light: true,
        pure: true,
      },
      { evaluate: '(p, trial) => ({ loss: Math.abs(p.x - trial.context.outer.shift) })' },
    );
    const plain = simulate(definition, (point) => {
      const outer = point as { readonly shift: number };
      const inner = simulate(
        definition,
        (innermost) => {
          const { x } = innermost as { readonly x: number };
          return { kind: 'scored', metrics: { loss: Math.abs(x - outer.shift) } };
        },
        { level: 1, context: { outer } },
      );
      return { kind: 'scored', metrics: { loss: inner.best?.metrics['loss'] ?? NaN }, cost: 0 };
    });
    expect((await laboratory.result(await laboratory.start(definition))).trajectoryHash).toBe(
      plain.trajectoryHash,
    );
  });
});
