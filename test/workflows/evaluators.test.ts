import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { random, regularizedEvolution, successiveHalving } from '../../algorithms/index.js';
import { float, space } from '../../search-spaces/index.js';
import {
  activity,
  command,
  workflow,
  type SearchDefinition,
  type SearchResult,
} from '../../searches/index.js';
import { simulate } from '../support/plain-search.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';

const line = space({ x: float(-5, 10) });
const square = (x: number): number => (x - 1) * (x - 1);

describe('evaluators', () => {
  let laboratory: SearchLaboratory;
  let release: () => void = () => undefined;
  const released = new Promise<object>((resolve) => {
    release = () => resolve({ loss: 0 });
  });
  let silent = 0;
  let foreign: { readonly worker: Worker; readonly running: Promise<void> } | undefined;

  beforeAll(async () => {
    laboratory = await SearchLaboratory.open('evaluators');
    await laboratory.startWorker(2);
    const file = fileURLToPath(new URL('./foreign-flows.ts', import.meta.url));
    const bundle = await bundleWorkflowCode({ workflowsPath: file, logger: new DefaultLogger('ERROR') });
    const worker = await Worker.create({
      connection: laboratory.connection,
      namespace: laboratory.namespace,
      taskQueue: 'foreign',
      workflowBundle: bundle,
      activities: {
        square: (argument: { parameters: { x: number }; arguments: { factor: number } | null }) => ({
          loss: square(argument.parameters.x) * (argument.arguments?.factor ?? 1),
        }),
        refuses: () => {
          throw new Error('the data set is missing');
        },
        returnsNothing: () => undefined,
        // As if its worker were killed: the first call of each trial is never heard of again.
        vanishesOnce: () => (silent++ % 2 === 0 ? released : { loss: 1 }),
        // It neither heartbeats nor looks at its cancellation.
        deaf: () => released,
        identifies: () => ({ loss: Context.current().info.attempt }),
      },
    });
    foreign = { worker, running: worker.run() };
  });
  afterAll(async () => {
    release();
    foreign?.worker.shutdown();
    await foreign?.running;
    await laboratory.close();
  });

  const define = (name: string, evaluate: unknown, options: object = {}): Promise<SearchDefinition> =>
    laboratory.define(
      {
        name,
        space: line,
        metrics: { loss: 'minimize' },
        algorithm: random(),
        budget: { trials: 10, concurrency: 2 },
        ...options,
      },
      { evaluate },
    );
  const expected = (definition: SearchDefinition): string =>
    simulate(definition, (point) => ({
      kind: 'scored',
      metrics: { loss: square((point as { x: number }).x) },
    })).trajectoryHash;

  test('an activity of somebody else’s worker', async () => {
    const definition = await define('by-activity', activity('square', null, { taskQueue: 'foreign' }));
    const result = await laboratory.result(await laboratory.start(definition));
    expect(result.trajectoryHash).toBe(expected(definition));
    await laboratory.replay('by-activity');
  });

  test('a workflow of somebody else’s worker', async () => {
    const definition = await define('by-workflow', workflow('squaring', null, { taskQueue: 'foreign' }));
    const result = await laboratory.result(await laboratory.start(definition));
    expect(result.trajectoryHash).toBe(expected(definition));
    await laboratory.replay('by-workflow');
  });

  test('a cancel reaches a workflow of somebody else that has continued as new', async () => {
    const definition = await define('lasts', workflow('lasting', null, { taskQueue: 'foreign' }), {
      budget: { trials: 1, concurrency: 1 },
    });
    const handle = await laboratory.start(definition);
    const child = laboratory.client.workflow.getHandle('lasts/0/lasting');
    await until(async () => {
      const started = (await child.describe().catch(() => null))?.raw.workflowExecutionInfo;
      return Boolean(started) && started?.firstRunId !== started?.execution?.runId;
    });
    await handle.cancel();
    await until(async () => (await handle.describe()).status.name === 'CANCELLED');
    expect((await child.describe()).status.name).toBe('CANCELLED');
    await laboratory.replay('lasts');
  }, 60_000);

  test('a command line in a process of its own', async () => {
    const script = `node -e 'process.stdin.once("data", (d) => { const p = JSON.parse(String(d).split("\\n")[0]); const x = (p.parameters ?? p).x; console.log(JSON.stringify({ metrics: { loss: (x - 1) * (x - 1) } })); process.exit(0); })'`;
    const definition = await define('by-command', command(script), { budget: { trials: 4, concurrency: 2 } });
    const result = await laboratory.result(await laboratory.start(definition));
    expect(result.trajectoryHash).toBe(expected(definition));
  });

  test.each([
    ['an activity that throws', 'refuses', /Trial \d failed \(Bug\): the data set is missing/],
    ['an activity that returns nothing', 'returnsNothing', /Trial \d failed \(Bug\): .*nothing/],
    ['an activity that nobody serves', 'misspelt', /Trial \d failed \(.*misspelt.* is not registered/],
  ])('%s stops the search with one sentence', async (_title, name, message) => {
    const definition = await define(`stops-${name}`, activity(name, null, { taskQueue: 'foreign' }), {
      retries: 1,
    });
    const error: unknown = await laboratory
      .result(await laboratory.start(definition))
      .catch((e: unknown) => e);
    expect(String(error instanceof Error ? error.cause : error)).toMatch(message);
  });

  test('an activity whose worker died is called again after its heartbeat timeout', async () => {
    const evaluator = activity('vanishesOnce', null, { taskQueue: 'foreign', heartbeatTimeout: '1s' });
    const definition = await define('vanishes', evaluator, { budget: { trials: 2, concurrency: 1 } });
    const result = await laboratory.result(await laboratory.start(definition));
    expect([result.trials, result.scored]).toEqual([2, 2]);
    expect(silent).toBe(4);
    await laboratory.replay('vanishes');
  });

  test('an activity beyond the limit of an attempt is Timeout, not a loss', async () => {
    const definition = await define('slow-activity', activity('deaf', null, { taskQueue: 'foreign' }), {
      budget: { trials: 1 },
      timeout: { attempt: 500 },
    });
    const result = await laboratory.result(await laboratory.start(definition));
    expect([result.trials, result.scored, result.timed]).toEqual([1, 0, true]);
    const told = (await laboratory.records('slow-activity')).find(({ kind }) => kind === 'told');
    expect(told).toMatchObject({
      timed: true,
      outcome: { class: 'Timeout', message: 'The activity "deaf" took longer than its limit of 0.5 s.' },
    });
    await laboratory.replay('slow-activity');
  });

  test('a cancel ends although an activity never hears of it', async () => {
    const definition = await define('deaf-activity', activity('deaf', null, { taskQueue: 'foreign' }), {
      budget: { trials: 1 },
    });
    const handle = await laboratory.start(definition);
    await until(async () => ((await handle.describe()).raw.pendingActivities ?? []).length > 0);
    await handle.cancel();
    await until(async () => (await handle.describe()).status.name === 'CANCELLED', 25);
    expect((await laboratory.records('deaf-activity')).at(-1)).toMatchObject({ phase: 'cancelled' });
    await laboratory.replay('deaf-activity');
  }, 60_000);

  test('workflow code composes searches with other Temporal code', async () => {
    const handle = await laboratory.client.workflow.start('composed', {
      workflowId: 'composed',
      taskQueue: 'foreign',
    });
    const [first, second] = (await handle.result()) as [SearchResult, SearchResult];
    expect(first.search).toBe('composed/first');
    expect(second.best?.metrics['loss']).toBeCloseTo((first.best?.metrics['loss'] ?? NaN) * 3, 12);
  });

  test.each(['composed-2026-08-01T09:00:00Z', '.größer als', 'a=3Ab'])(
    'workflow code with the id "%s" runs searches below it',
    async (workflowId) => {
      const handle = await laboratory.client.workflow.start('composed', { workflowId, taskQueue: 'foreign' });
      const [first] = (await handle.result()) as [SearchResult, SearchResult];
      expect(first.search).toBe(`${workflowId}/first`);
      expect((await laboratory.records(first.search)).at(-1)).toMatchObject({ kind: 'closed' });
    },
  );

  test('a closure in workflow code is refused with one sentence', async () => {
    const handle = await laboratory.client.workflow.start('closure', {
      workflowId: 'closure',
      taskQueue: 'foreign',
      workflowRunTimeout: '10s',
    });
    const error: unknown = await handle.result().catch((e: unknown) => e);
    expect(String(error instanceof Error ? error.cause : error)).toMatch(/cannot travel to a child workflow/);
  });

  test('asynchronous successive halving promotes trials from their checkpoints', async () => {
    const definition = await laboratory.define(
      {
        name: 'halving',
        space: line,
        metrics: { loss: 'minimize' },
        algorithm: successiveHalving({ minimumSteps: 1, maximumSteps: 9, reductionFactor: 3 }),
        budget: { trials: 24, concurrency: 3 },
      },
      {
        evaluate: `async (p, trial) => {
          const saved = await trial.checkpoint.latest();
          if (trial.until > 1 && saved === null) throw new Error('promoted without a checkpoint');
          let loss = 0;
          for (let step = saved === null ? 1 : saved.step + 1; step <= 9; step++) {
            loss = (p.x - 1) * (p.x - 1) + 1 / step;
            trial.report(step, { loss });
            await trial.checkpoint.save(new Uint8Array([step]), step);
            if (trial.shouldStop()) break;
          }
          return { loss };
        }`,
      },
    );
    const result = await laboratory.result(await laboratory.start(definition));
    expect(result).toMatchObject({ trials: 24, scored: 24 });
    const proposed = (await laboratory.records('halving')).flatMap((record) =>
      record.kind === 'proposed' ? [record.trial] : [],
    );
    expect(proposed.some((trial) => trial.continues !== undefined && trial.until === 3)).toBe(true);
    await laboratory.replay('halving');
  });

  test('the same search with 1, 2 and 7 slots has the same trajectory', async () => {
    const hashes: string[] = [];
    for (const slots of [1, 2, 7]) {
      const other = await SearchLaboratory.open('evaluators-slots');
      try {
        await other.startWorker(slots);
        const definition = await other.define(
          {
            name: 'slots',
            space: line,
            metrics: { loss: 'minimize' },
            algorithm: regularizedEvolution({ populationSize: 5, tournamentSize: 2 }),
            budget: { trials: 16, concurrency: slots },
            window: 7,
            seed: 3,
          },
          {
            evaluate: `async (p, trial) => {
              await new Promise((r) => setTimeout(r, (trial.index * 37) % 90));
              return { loss: (p.x - 1) * (p.x - 1) };
            }`,
          },
        );
        hashes.push((await other.result(await other.start(definition))).trajectoryHash);
        expect(hashes.at(-1)).toBe(expected(definition));
      } finally {
        await other.close();
      }
    }
    expect(new Set(hashes).size).toBe(1);
  }, 60_000);
});
