import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { random } from '../../algorithms/index.js';
import { float, space } from '../../search-spaces/index.js';
import { activity, checkDefinition, DefinitionError } from '../../searches/index.js';
import { levelDefinition, searchDefinition } from '../support/simulated-search.js';
import { progressQuery } from '../../workflows/messages/messages.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';

let laboratory: SearchLaboratory;
beforeAll(async () => {
  laboratory = await SearchLaboratory.open('limits');
  await laboratory.startWorker();
});
afterAll(() => laboratory.close());

const wide = (dimensions: number): ReturnType<typeof space> =>
  space(Object.fromEntries(Array.from({ length: dimensions }, (_, index) => [`x${index}`, float(0, 1)])));

test.each([
  ['below the limit the search goes on', 500, 30, true],
  ['above it the search stops with one sentence', 1_000, 100, false],
])(
  'a state that continue-as-new must carry: %s',
  async (_what, dimensions, window, goesOn) => {
    const name = goesOn ? 'wide' : 'too-wide';
    const gate = join(laboratory.home, `${name}-gate`);
    const definition = await laboratory.define(
      {
        name,
        space: wide(dimensions),
        metrics: { loss: 'minimize', other: 'minimize' },
        algorithm: random(),
        budget: { trials: 150, concurrency: 4 },
        window,
        light: true,
      },
      // Every trial is on the front. Until the gate is there, the search cannot end before it is paused.
      {
        evaluate: `async (p, { index }) => {
          const { existsSync } = await import('node:fs');
          while (index >= 100 && !existsSync(${JSON.stringify(gate)}))
            await new Promise((resolve) => setTimeout(resolve, 10));
          return { loss: index, other: -index };
        }`,
      },
    );
    if (!goesOn) await writeFile(gate, '');
    const handle = await laboratory.start(definition);
    if (goesOn) {
      const { runId } = await handle.describe();
      await until(async () => (await handle.query(progressQuery)).trials >= 60);
      await laboratory.search(handle).pause();
      await writeFile(gate, '');
      // A paused search continues as new when nothing runs.
      await until(async () => (await laboratory.client.workflow.getHandle(name).describe()).runId !== runId);
      await laboratory.search(handle).unpause();
      const { trials, front } = await laboratory.result(laboratory.client.workflow.getHandle(name));
      expect(trials).toBe(150);
      // The result has to pass through the server, too.
      expect(JSON.stringify(front).length).toBeLessThan(600_000);
      expect(front.length).toBeGreaterThan(10);
      expect(front[0]?.index).toBe(0);
      return;
    }
    const error: unknown = await laboratory.result(handle).catch((reason: unknown) => reason);
    expect(String(error instanceof Error ? error.cause : error)).toMatch(
      /The state of search "too-wide" takes \d+ kB, and at most 1500 kB can be carried on \(.*smaller space\.$/,
    );
    // Nothing is lost: the journal is whole, and says how the search ended.
    expect((await laboratory.records(name)).at(-1)).toMatchObject({ kind: 'closed', phase: 'failed' });
    const again: unknown = await laboratory
      .result(await laboratory.start(definition))
      .catch((reason: unknown) => reason);
    expect(String(error instanceof Error ? error.cause : error)).toContain('can be carried on');
    expect(again).toBeInstanceOf(Error);
  },
  60_000,
);

test('a definition above the limit is refused with its size', () => {
  const definition = searchDefinition([levelDefinition('simulated')]);
  const tags = Array.from({ length: 50 }, () => 'x'.repeat(7_000));
  checkDefinition({ ...definition, tags });
  expect(() => checkDefinition({ ...definition, tags: [...tags, ...tags] })).toThrow(DefinitionError);
  expect(() => checkDefinition({ ...definition, tags: [...tags, ...tags] })).toThrow('the limit is 400000');
});

test.each([
  ['light', true],
  ['in a process', false],
])(
  'an evaluation that returns or says far too much, %s: little of it passes through',
  async (_kind, light) => {
    const name = light ? 'talkative-light' : 'talkative';
    const definition = await laboratory.define(
      {
        name,
        space: space({ x: float(0, 1) }),
        metrics: { loss: 'minimize' },
        algorithm: random(),
        budget: { trials: 4, concurrency: 2 },
        failurePolicy: { Bug: 'infeasible' },
        retries: 0,
        light,
      },
      {
        evaluate: `async (p, { index }) => {
        const names = Array.from({ length: 20_000 }, (_, n) => ['metric number ' + n, n]);
        const text = 'x'.repeat(1_000_000);
        if (index === 0) throw new Error(text);
        if (index === 1) return { infeasible: text };
        if (index === 2) return Object.fromEntries(names);
        return { loss: p.x, ...Object.fromEntries(names) };
      }`,
      },
    );
    const handle = await laboratory.start(definition);
    await laboratory.result(handle);
    const told = (await laboratory.records(name)).filter((record) => record.kind === 'told');
    expect(told.map(({ outcome }) => outcome.kind)).toEqual(['failed', 'infeasible', 'failed', 'scored']);
    for (const record of told) expect(JSON.stringify(record).length).toBeLessThan(2_000);
    // What came back from the activities is in the history, too.
    expect((await handle.describe()).historySize).toBeLessThan(40_000);
  },
);

test('somebody else’s activity that says far too much is cut before it is kept', async () => {
  const worker = await Worker.create({
    connection: laboratory.connection,
    namespace: laboratory.namespace,
    taskQueue: 'talkative',
    activities: {
      fails: () => {
        throw new Error('x'.repeat(1_000_000));
      },
    },
  });
  const definition = await laboratory.define(
    {
      name: 'talkative-activity',
      space: space({ x: float(0, 1) }),
      metrics: { loss: 'minimize' },
      algorithm: random(),
      budget: { trials: 3, concurrency: 1 },
      failurePolicy: { Bug: 'infeasible' },
      retries: 0,
    },
    { evaluate: activity('fails', null, { taskQueue: 'talkative' }) },
  );
  const handle = await laboratory.start(definition);
  await worker.runUntil(laboratory.result(handle));
  for (const record of await laboratory.records('talkative-activity'))
    expect(JSON.stringify(record).length).toBeLessThan(2_000);
  expect((await handle.describe()).historySize).toBeLessThan(40_000);
});
