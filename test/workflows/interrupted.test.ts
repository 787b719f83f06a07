import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlgorithmReference } from '../../algorithms/index.js';
import { JournalVerifier } from '../../client/index.js';
import { callUpdate } from '../../client/update-call.js';
import { int, oneOf, space } from '../../search-spaces/index.js';
import { level, type SearchDefinition, type SearchResult } from '../../searches/index.js';
import { extendUpdate, progressQuery } from '../../workflows/messages/messages.js';
import { shippedAlgorithms } from '../support/shipped-algorithms.js';
import { descendants } from '../support/process-tree.js';
import type { SearchWorker } from '../../workers/search-worker.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';

const trials = 50;
const light = `async (p, trial) => {
  await new Promise((resolve) => setTimeout(resolve, 40));
  const score = p.a * p.b - (p.c - 4) * (p.c - 4);
  for (let step = 1; step < 4 && !trial.shouldStop(); step++) trial.report(step, { score: score - 1 / step });
  return { score };
}`;

let laboratory: SearchLaboratory;
let worker: SearchWorker;
const processesBefore = descendants(process.pid);
beforeAll(async () => {
  laboratory = await SearchLaboratory.open('interrupted');
  worker = await laboratory.startWorker(2);
});
afterAll(() => laboratory.close());

describe.each(shippedAlgorithms)('%s: the same search as the undisturbed one', (name, algorithm) => {
  let calm: Promise<SearchResult>;
  beforeAll(async () => {
    const definition = await define(`calm-${name}`, algorithm);
    calm = laboratory.result(await laboratory.start(definition));
  });

  const same = async (definition: SearchDefinition, result: SearchResult): Promise<void> => {
    const expected = await calm;
    expect(result.trials).toBe(expected.trials);
    expect(result.trajectoryHash).toBe(expected.trajectoryHash);
    const told = (await laboratory.records(definition.name)).flatMap((record) =>
      record.kind === 'told' ? [record.index] : [],
    );
    expect([...told].sort((a, b) => a - b)).toEqual(Array.from({ length: told.length }, (_, index) => index));
    expect((await new JournalVerifier(laboratory.home).verify(definition.name)).fault).toBe(null);
  };

  test.concurrent('cancelled and resumed', async () => {
    const definition = await define(`cancelled-${name}`, algorithm);
    const handle = await laboratory.start(definition);
    await reached(handle, 6);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    await same(definition, await laboratory.result(await laboratory.start(definition)));
  });

  test.concurrent('extended while it is open, and once it is finished', async () => {
    const definition = await define(`extended-${name}`, algorithm, 15);
    const handle = await laboratory.start(definition);
    await callUpdate(laboratory.client, definition.name, extendUpdate, [{ trials: 30 }]);
    expect((await laboratory.result(handle)).trials).toBe(30);
    await same(
      definition,
      await laboratory.result(await laboratory.start(definition, { extend: { trials } })),
    );
  });

  test.concurrent('reset to an earlier moment', async () => {
    const definition = await define(`reset-${name}`, algorithm);
    const handle = await laboratory.start(definition);
    await reached(handle, 25);
    const { events } = await handle.fetchHistory();
    const completed = (events ?? []).filter((event) => Boolean(event.workflowTaskCompletedEventAttributes));
    await laboratory.client.workflowService.resetWorkflowExecution({
      namespace: laboratory.namespace,
      workflowExecution: { workflowId: definition.name },
      workflowTaskFinishEventId: completed[Math.floor(completed.length / 3)]?.eventId ?? null,
      requestId: `reset-${name}`,
      reason: 'test',
    });
    await same(definition, await laboratory.result(laboratory.client.workflow.getHandle(definition.name)));
  });

  test.concurrent('terminated, its history deleted', async () => {
    const definition = await define(`deleted-${name}`, algorithm);
    const handle = await laboratory.start(definition);
    await reached(handle, 15);
    await handle.terminate('test');
    const { runId } = await handle.describe();
    // The server deletes within some ten seconds; nothing has to wait for it.
    await laboratory.client.workflowService.deleteWorkflowExecution({
      namespace: laboratory.namespace,
      workflowExecution: { workflowId: definition.name, runId },
    });
    await same(definition, await laboratory.result(await laboratory.start(definition)));
  });
});

test('a cancelled search leaves no half-written file and, with its worker, no process', async () => {
  const files = (): readonly string[] => readdirSync(laboratory.home, { recursive: true, encoding: 'utf8' });
  const definition = await laboratory.define(
    {
      name: 'trainings',
      space: space({ a: int(0, 9) }),
      metrics: { score: 'maximize' },
      algorithm: shippedAlgorithms[0]?.[1],
      budget: { trials: 12, concurrency: 2 },
    },
    {
      evaluate: `async (p, trial) => {
        for (let step = 1; step < 200; step++) {
          await new Promise((resolve) => setTimeout(resolve, 10));
          trial.report(step, { score: p.a });
          await trial.checkpoint.save(new Uint8Array(300_000), step);
          if (trial.signal.aborted) return;
        }
        return { score: p.a };
      }`,
    },
  );
  const handle = await laboratory.start(definition);
  await until(async () => (await handle.query(progressQuery)).running.length === 2);
  await until(() => descendants(process.pid).length > processesBefore.length);
  await until(() => files().filter((file) => file.startsWith('trials/')).length > 8);
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow();
  await laboratory.stop(worker);
  expect(files().filter((file) => basename(file).startsWith('.'))).toEqual([]);
  await until(() => descendants(process.pid).every((pid) => processesBefore.includes(pid)));
}, 60_000);

// For algorithms with agents; others do not see it.
const agent = { tags: ['all'] };

function define(name: string, algorithm: AlgorithmReference, budget = trials): Promise<SearchDefinition> {
  // The level's name is part of the seed, the search's is not.
  const only = level({
    name: 'only',
    space: space({ a: oneOf([0, 1, 2, 3], agent), b: oneOf([0, 1, 2, 3], agent), c: int(0, 9, agent) }),
    metrics: { score: 'maximize' },
    algorithm,
    order: 'in-order',
    budget: { trials: budget, concurrency: 2 },
  });
  return laboratory.define({ name, levels: [only], light: true, seed: 6 }, { evaluate: light });
}

async function reached(handle: WorkflowHandle, count: number): Promise<void> {
  await until(async () => (await handle.query(progressQuery)).trials >= count);
}
