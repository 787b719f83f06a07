import { afterAll, beforeAll, expect, test } from 'vitest';
import { random } from '../../src/algorithms/index.js';
import { float, space } from '../../src/search-spaces/index.js';
import { checkDefinition, DefinitionError } from '../../src/searches/index.js';
import { levelDefinition, searchDefinition } from '../searches/simulated-search.js';
import { pauseUpdate, progressQuery, resumeUpdate } from '../../src/workflows/messages.js';
import { SearchLaboratory, until } from './search-laboratory.js';

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
      // Every trial is on the front.
      { evaluate: '(p, trial) => ({ loss: trial.index, other: -trial.index })' },
    );
    const handle = await laboratory.start(definition);
    if (goesOn) {
      const { runId } = await handle.describe();
      await until(async () => (await handle.query(progressQuery)).trials >= 60);
      // A paused search continues as new at once.
      await handle.executeUpdate(pauseUpdate);
      await until(async () => (await laboratory.client.workflow.getHandle(name).describe()).runId !== runId);
      await laboratory.client.workflow.getHandle(name).executeUpdate(resumeUpdate);
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
