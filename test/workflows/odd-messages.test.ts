import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { random } from '../../algorithms/index.js';
import type { Json } from '../../foundation/json/index.js';
import { float, space } from '../../search-spaces/index.js';
import type { SearchDefinition } from '../../searches/index.js';
import { progressQuery } from '../../workflows/messages/messages.js';
import { oddValues } from '../support/odd-json.js';
import { simulate } from '../support/plain-search.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';

const updates = ['pause', 'resume', 'extend', 'setConcurrency', 'enqueue', 'cancelTrial', 'adopt'];
const signals = ['pause', 'resume', 'extend', 'setConcurrency', 'enqueue', 'cancelTrial', 'parentPaused'];
const each = 500;
/** Below the 10 updates that the server lets wait for a workflow. */
const atOnce = 8;

describe('odd messages', () => {
  let laboratory: SearchLaboratory;
  beforeAll(async () => {
    laboratory = await SearchLaboratory.open('odd-messages');
    await laboratory.startWorker();
  });
  afterAll(() => laboratory.close());

  const gate = (name: string): string => join(laboratory.home, `${name}.gate`);

  /** A search that has told nothing until its gate is there. */
  const define = (name: string): Promise<SearchDefinition> =>
    laboratory.define(
      {
        name,
        space: space({ x: float(2, 10) }),
        metrics: { loss: 'minimize' },
        algorithm: random(),
        budget: { trials: 12, concurrency: 1, target: { metric: 'loss', value: -1 } },
        window: 4,
        light: true,
      },
      {
        evaluate: `async (p) => {
          const { existsSync } = await import('node:fs');
          while (!existsSync(${JSON.stringify(gate(name))})) await new Promise((resolve) => setTimeout(resolve, 50));
          return { loss: p.x * p.x };
        }`,
      },
    );

  const expected = (definition: SearchDefinition): string =>
    simulate(definition, (point) => {
      const { x } = point as { readonly x: number };
      return { kind: 'scored', metrics: { loss: x * x } };
    }).trajectoryHash;

  /** Numbers of failed workflow tasks in all runs of a workflow, by run. */
  async function failedTasks(id: string, firstRun: string): Promise<readonly number[]> {
    const found: number[] = [];
    for (let runId: string | undefined = firstRun; typeof runId === 'string' && runId !== '';) {
      const { events } = await laboratory.client.workflow.getHandle(id, runId).fetchHistory();
      found.push((events ?? []).filter((event) => event.workflowTaskFailedEventAttributes).length);
      runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
    }
    return found;
  }

  /** Odd values for a message; the trial that runs has the index 0, so 0 is not odd where an index is asked for. */
  const oddFor = (name: string, seed: number): readonly (Json | undefined)[] =>
    oddValues(each, seed).filter(
      (value) =>
        !(name === 'cancelTrial' && value === 0) && !(name === 'parentPaused' && typeof value === 'boolean'),
    );

  const args = (value: Json | undefined): Json[] => (value === undefined ? [] : [value]);

  /** Sends an update; answers whether the search refused it. The server may be too busy to hand it over at once. */
  async function isRefused(handle: WorkflowHandle, name: string, value: Json | undefined): Promise<boolean> {
    const options = { updateId: randomUUID(), args: args(value) as [unknown] };
    for (let sending = 1; ; sending += 1) {
      try {
        await handle.executeUpdate<unknown, [unknown]>(name, options);
        return false;
      } catch (error) {
        if (error instanceof WorkflowUpdateFailedError) return true;
        if (sending === 5) throw error;
      }
    }
  }

  /** Sends updates, some at once; answers how many the search refused. */
  async function sendUpdates(
    handle: WorkflowHandle,
    name: string,
    values: readonly (Json | undefined)[],
  ): Promise<number> {
    let refused = 0;
    for (let next = 0; next < values.length; next += atOnce) {
      const answers = await Promise.all(
        values.slice(next, next + atOnce).map((value) => isRefused(handle, name, value)),
      );
      refused += answers.filter((answer) => answer).length;
    }
    return refused;
  }

  async function sendSignals(handle: WorkflowHandle, name: string, values: readonly (Json | undefined)[]) {
    for (let next = 0; next < values.length; next += 40) {
      await Promise.all(values.slice(next, next + 40).map((value) => handle.signal(name, ...args(value))));
      // The server lets 100 events wait for a workflow task that is under way.
      await handle.query(progressQuery);
    }
  }

  test.concurrent.each(updates)(
    'a search goes on undisturbed after odd updates: %s',
    async (name) => {
      const definition = await define(`update-${name}`);
      const handle = await laboratory.start(definition);
      await until(async () => (await handle.query(progressQuery)).running.length === 1);
      const values = oddFor(name, 1);
      const refused = await sendUpdates(handle, name, values);
      // A pause says all by its name, whatever comes with it; nobody has paused what `resume` would resume.
      expect(refused).toBe(name === 'pause' ? 0 : values.length);
      if (name === 'pause') await handle.executeUpdate('resume');
      await writeFile(gate(definition.name), '');
      const latest = laboratory.client.workflow.getHandle(definition.name);
      expect((await laboratory.result(latest)).trajectoryHash).toBe(expected(definition));
      const failed = await failedTasks(definition.name, handle.firstExecutionRunId);
      expect(failed.every((count) => count === 0)).toBe(true);
    },
    120_000,
  );

  test.concurrent.each(signals)(
    'a search goes on undisturbed after odd signals: %s',
    async (name) => {
      const definition = await define(`signal-${name}`);
      const handle = await laboratory.start(definition);
      await until(async () => (await handle.query(progressQuery)).running.length === 1);
      const values = oddFor(name, 2);
      expect(values.length).toBeGreaterThan(0.9 * each);
      await sendSignals(handle, name, values);
      if (name === 'pause') await handle.executeUpdate('resume');
      expect((await handle.query(progressQuery)).phase).toBe('running');
      await writeFile(gate(definition.name), '');
      const latest = laboratory.client.workflow.getHandle(definition.name);
      expect((await laboratory.result(latest)).trajectoryHash).toBe(expected(definition));
      const failed = await failedTasks(definition.name, handle.firstExecutionRunId);
      expect(failed.every((count) => count === 0)).toBe(true);
    },
    120_000,
  );
});

test('odd values are of many kinds, and the same for the same seed', () => {
  const values = oddValues(each, 1);
  expect(values).toEqual(oddValues(each, 1));
  expect(values.some((value) => value === undefined)).toBe(true);
  expect(new Set(values.map((value) => JSON.stringify(value))).size).toBeGreaterThan(each / 4);
});
