import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from '../../algorithms/index.js';
import type { Json } from '../../foundation/json/index.js';
import { encode, type Space } from '../../search-spaces/index.js';
import {
  activity,
  defineSearch,
  hybrid,
  toDefinition,
  type FlowResult,
  type Level,
  type SearchDefinition,
  type SearchResult,
} from '../../searches/index.js';
import { hybridOptions, levels, network, parts } from './flow-workflows.js';
import { simulate } from '../support/plain-search.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';

interface Network {
  readonly cell: { readonly kind: 'conv' | 'pool' | 'skip'; readonly width?: number };
  readonly rate: number;
  readonly depth: number;
}

function loss({ cell, rate, depth }: Network): number {
  const best = { conv: 3 + (cell.width ?? 0), pool: 15, skip: 7 }[cell.kind];
  return (rate - best) * (rate - best) + Math.abs(depth - 3) + { conv: 0, pool: 2, skip: 1 }[cell.kind];
}

const evaluated = (point: Json): Outcome => ({
  kind: 'scored',
  metrics: { loss: loss(point as unknown as Network) },
});

const define = (name: string, of: Level | readonly [Level, ...Level[]]): SearchDefinition => {
  const list: readonly [Level, ...Level[]] = 'kind' in of ? [of] : of;
  const evaluate = activity('networkLoss', null, { taskQueue: 'flows', pure: true });
  return toDefinition(defineSearch({ name, levels: list, evaluate, seed: 3 }));
};

describe('flows', () => {
  let laboratory: SearchLaboratory;
  let foreign: { readonly worker: Worker; readonly running: Promise<void> } | undefined;
  let evaluations = 0;

  beforeAll(async () => {
    laboratory = await SearchLaboratory.open('flows');
    await laboratory.startWorker(2);
    const file = fileURLToPath(new URL('./flow-workflows.ts', import.meta.url));
    const worker = await Worker.create({
      connection: laboratory.connection,
      namespace: laboratory.namespace,
      taskQueue: 'flows',
      workflowBundle: await bundleWorkflowCode({ workflowsPath: file, logger: new DefaultLogger('ERROR') }),
      activities: {
        networkLoss: ({ parameters }: { readonly parameters: Network }) => {
          evaluations += 1;
          return { loss: loss(parameters) };
        },
      },
    });
    foreign = { worker, running: worker.run() };
  });
  afterAll(async () => {
    foreign?.worker.shutdown();
    await foreign?.running;
    await laboratory.close();
  });

  const start = (name: string, workflowId = name) =>
    laboratory.client.workflow.start(name, { workflowId, taskQueue: 'flows' });

  test('factorised: the point of a trial is the space of the search that evaluates it', async () => {
    const result = (await (await start('factorisedFlow')).result()) as SearchResult;
    const definition = define('factorised', levels);
    const inner = (outer: Json): SearchResult =>
      simulate(definition, evaluated, { level: 1, context: { outer } });
    const plain = simulate(definition, (outer) => {
      const { best, cost } = inner(outer);
      return { kind: 'scored', metrics: { loss: best?.metrics['loss'] ?? NaN }, cost };
    });
    expect(result.trajectoryHash).toBe(plain.trajectoryHash);
    // What the inner search found is a point of the whole space.
    expect(encode<Space>(network, result.best?.inner['inner'] ?? null)).toMatchObject({ ok: true });
    await laboratory.replay('factorisedFlow/factorised/0/inner');
  });

  test('hybrid: as in the plain loop, and after its end in the middle it goes on from what was found', async () => {
    const plain = await hybrid(network, parts, hybridOptions, (stage) =>
      Promise.resolve(simulate(define('stage', stage), evaluated)),
    );
    const handle = await start('hybridFlow', 'hybrid');
    await until(async () => (await laboratory.records('hybrid/part-1')).length > 3);
    await handle.terminate('the workflow is lost');
    await until(async () => {
      const { status } = await laboratory.client.workflow.getHandle('hybrid/part-1').describe();
      return status.name !== 'RUNNING';
    });
    const before = evaluations;
    const result = (await (await start('hybridFlow', 'hybrid')).result()) as FlowResult;
    expect(result.stages.map(({ trajectoryHash }) => trajectoryHash)).toEqual(
      plain.stages.map(({ trajectoryHash }) => trajectoryHash),
    );
    expect(result.best).toEqual(plain.best);
    // The first part was not evaluated again.
    expect(evaluations - before).toBeLessThanOrEqual(16);
  }, 60_000);
});
