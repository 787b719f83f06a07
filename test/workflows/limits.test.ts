import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { random } from '../../algorithms/index.js';
import { float, listOf, space, type Space } from '../../search-spaces/index.js';
import { activity, checkDefinition, DefinitionError, type SearchDefinition } from '../../searches/index.js';
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
    const defined = await laboratory.define(
      {
        name,
        space: wide(dimensions),
        metrics: { loss: 'minimize', other: 'minimize' },
        algorithm: random(),
        budget: { trials: goesOn ? 150 : 400, concurrency: 4 },
        window: 16,
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
    // As an earlier build defined it.
    const definition = { ...defined, levels: defined.levels.map((level) => ({ ...level, window })) };
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

test('points too large for the window are refused when the search is defined, with the window that fits', async () => {
  const define = (dimensions: number, window: number): Promise<SearchDefinition> =>
    laboratory.define(
      {
        name: 'large-points',
        space: wide(dimensions),
        metrics: { loss: 'minimize' },
        algorithm: random(),
        budget: { trials: 60, concurrency: window },
        window,
        light: true,
      },
      { evaluate: '(p) => ({ loss: p.x0 })' },
    );
  await expect(define(5_000, 32)).rejects.toThrow(
    'space: a point of it takes up to 125000 characters, too many for a window of 32 points: decide less in one point.',
  );
  await expect(define(1_500, 32)).rejects.toThrow('a window of 20 fits');
  const handle = await laboratory.start(await define(1_100, 32));
  expect(await laboratory.result(handle)).toMatchObject({ trials: 60, scored: 60 });
  const records = await laboratory.records('large-points');
  expect(records.filter(({ kind }) => kind === 'proposed')).toHaveLength(60);
}, 60_000);

test('one workflow task starts at most 100 trials, also when far more may run at once', async () => {
  const name = 'many-at-once';
  const gate = join(laboratory.home, `${name}-gate`);
  const definition = await laboratory.define(
    {
      name,
      space: space({ x: float(0, 1) }),
      metrics: { loss: 'minimize' },
      algorithm: random(),
      budget: { trials: 330, concurrency: 1 },
      window: 1_024,
      light: true,
    },
    {
      evaluate: `async (p, { index }) => {
        const { existsSync } = await import('node:fs');
        while (index === 0 && !existsSync(${JSON.stringify(gate)}))
          await new Promise((resolve) => setTimeout(resolve, 10));
        return { loss: p.x };
      }`,
    },
  );
  const handle = await laboratory.start(definition);
  const search = laboratory.search(handle);
  await expect(search.setConcurrency(1_900)).rejects.toThrow('above 1024');
  await search.setConcurrency(1_024);
  await writeFile(gate, '');
  expect((await laboratory.result(laboratory.client.workflow.getHandle(name))).trials).toBe(330);
  const { events } = await handle.fetchHistory();
  const starts = new Map<string, number>();
  for (const event of events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled?.activityType?.name !== 'evaluateLight') continue;
    const task = String(scheduled.workflowTaskCompletedEventId);
    starts.set(task, (starts.get(task) ?? 0) + 1);
  }
  expect(Math.max(...starts.values())).toBeLessThanOrEqual(100);
  // Unless it had been held back, one task would have started nearly all of them.
  expect(Math.max(...starts.values())).toBeGreaterThan(50);
}, 60_000);

test('a space whose points no search can carry is refused when it is defined', () => {
  const definition = (space: Space): object => searchDefinition([levelDefinition('simulated', { space })]);
  const many = (numbers: number): Space => space({ x: listOf(wide(numbers), { min: 1, max: 4_000 }) });
  expect(definition(many(10))).toBeDefined();
  expect(() => definition(many(20))).toThrow(/levels\[0\]\.space: a point of it takes up to \d+ characters/);
});

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
