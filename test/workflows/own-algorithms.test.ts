import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { environmentPython } from '../../bench/python-environment.js';
import type * as Client from '../../client/index.js';
import { float, int, space } from '../../search-spaces/index.js';
import { command, custom } from '../../algorithms/index.js';
import { toDefinition, type SearchDefinition } from '../../searches/index.js';
import { extendUpdate, pauseUpdate, resumeUpdate } from '../../workflows/messages/messages.js';
import { installation, repository } from '../support/workplace.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';

const examples = join(repository, 'examples', 'own-algorithm');

describe('algorithms of users', () => {
  let laboratory: SearchLaboratory;
  beforeAll(async () => {
    laboratory = await SearchLaboratory.open('own-algorithms');
    await laboratory.startWorker();
  });
  afterAll(() => laboratory.close());

  /** An example, by the built client, because Node itself imports what a search file imports. */
  async function example(name: string): Promise<SearchDefinition> {
    const client = pathToFileURL(join(installation, 'client', 'index.js')).href;
    const { loadSearchFile } = (await import(client)) as typeof Client;
    return (await loadSearchFile(join(examples, `${name}.search.ts`), laboratory.home)).definition;
  }

  /** A search whose algorithm is the source of functions, which a bundle holds as that of a search file does. */
  async function define(name: string, functions: string, options: object = {}): Promise<SearchDefinition> {
    const text = `export default { functions: {
      evaluate: ({ x, n }) => ({ loss: (x - 1) * (x - 1) + n }), measures: {}, algorithms: { ${JSON.stringify(name)}: ${functions} } } };`;
    const hash = await laboratory.artifacts.put(new TextEncoder().encode(text));
    const evaluate = (): object => ({});
    const search = {
      kind: 'duramen-search',
      options: {
        ...{ name, space: space({ x: float(-5, 10), n: int(0, 9) }), metrics: { loss: 'minimize' } },
        ...{ budget: { trials: 24, concurrency: 2 }, light: true, seed: 5, evaluate },
        algorithm: custom({ ask: () => ({ proposals: [] }), batch: 3, waitsFor: 1 }),
        ...options,
      },
      functions: { evaluate, measures: {} },
    } as const;
    return toDefinition(search, { hash, packages: '' });
  }

  /** Another answer whenever it is asked. */
  const random = `{
    start: () => ({ calls: 0 }),
    ask: ({ calls }, wanted) => ({
      proposals: Array.from({ length: wanted }, () => ({ parameters: { x: Math.random(), n: Math.floor(10 * Math.random()) }, note: calls })),
      state: { calls: calls + 1 },
    }),
  }`;

  test('the example of simulated annealing finds its minimum', async () => {
    const definition = await example('annealing');
    const result = await laboratory.result(await laboratory.start(definition));
    expect(result.trials).toBe(120);
    expect(result.best?.metrics['loss']).toBeLessThanOrEqual(3);
    const records = await laboratory.records('annealing');
    const count = (kind: string): number => records.filter((record) => record.kind === kind).length;
    expect([count('asked'), count('answered')]).toEqual([120, 120]);
    await laboratory.replay('annealing');
  }, 120_000);

  test('the example of Optuna: CMA-ES by ask and tell finds the end of the valley', async ({ skip }) => {
    const environment = {
      ...{ name: 'Optuna CMA-ES', requirements: join(examples, 'requirements.txt') },
      ...{ megabytes: 30, bytesNeeded: 500e6 },
    };
    const python = await environmentPython(environment).catch((error: unknown) => {
      skip(`Optuna is not there: ${String(error)}`);
      return '';
    });
    process.env['SAMPLER_PYTHON'] = python;
    const definition = await example('cma-es');
    const result = await laboratory.result(await laboratory.start(definition));
    expect(result.trials).toBe(60);
    expect(result.best?.metrics['loss']).toBeLessThan(0.5);
    await laboratory.replay('cma-es');
  }, 240_000);

  test('pause, continue-as-new, extend and verify work though the algorithm is unpredictable', async () => {
    const handle = await laboratory.start(await define('unpredictable', random));
    await until(async () => (await laboratory.search(handle).progress()).trials >= 5);
    const { firstExecutionRunId } = handle;
    await handle.executeUpdate(pauseUpdate);
    // A paused search continues as new at once.
    await until(async () => (await handle.describe()).runId !== firstExecutionRunId);
    await handle.executeUpdate(extendUpdate, { args: [{ trials: 40 }] });
    await handle.executeUpdate(resumeUpdate);
    const result = await laboratory.result(handle);
    expect(result.trials).toBe(40);
    const told = (await laboratory.records('unpredictable')).flatMap((record) =>
      record.kind === 'told' ? [record.index] : [],
    );
    expect(told).toEqual(Array.from({ length: 40 }, (_, index) => index));
    await laboratory.replay('unpredictable');
  }, 60_000);

  test('cancelled and started again, it goes on with what it had decided', async () => {
    const definition = await define('again', random, { budget: { trials: 60, concurrency: 2 } });
    const handle = await laboratory.start(definition);
    await until(async () => (await laboratory.search(handle).progress()).trials >= 5);
    await handle.cancel();
    await handle.result().catch(() => undefined);
    const before = (await laboratory.records('again')).filter(({ kind }) => kind === 'proposed');
    const result = await laboratory.result(await laboratory.start(definition));
    expect(result.trials).toBe(60);
    const after = (await laboratory.records('again')).filter(({ kind }) => kind === 'proposed');
    expect(after.slice(0, before.length)).toEqual(before);
    await laboratory.replay('again');
  }, 60_000);

  test.each([
    [
      'throws',
      `{ ask: () => { throw new Error('out of ideas'); } }`,
      'ask of the custom algorithm threw: out of ideas',
    ],
    [
      'nothing',
      `{ ask: () => ({ proposals: [] }) }`,
      'the custom algorithm proposes nothing although it knows',
    ],
    ['late', `{ ask: () => { for (;;); } }`, 'the custom algorithm did not answer within 2 s'],
  ])(
    'a search whose algorithm answers wrongly (%s) fails with one sentence',
    async (kind, functions, sentence) => {
      const algorithm = custom({
        ask: () => ({ proposals: [] }),
        ...(kind === 'late' ? { timeout: 2_000 } : {}),
      });
      const definition = await define(`wrong-${kind}`, functions, { algorithm });
      const error: unknown = await laboratory
        .result(await laboratory.start(definition))
        .catch((e: unknown) => e);
      expect(String(error instanceof Error ? error.cause : error)).toContain(sentence);
      const closed = (await laboratory.records(definition.name)).at(-1);
      expect(closed).toMatchObject({ kind: 'closed', phase: 'failed' });
    },
    60_000,
  );

  test('a command that is missing fails the search with one sentence', async () => {
    const definition = await define('missing', '{}', { algorithm: command('no-such-program-here') });
    const error: unknown = await laboratory
      .result(await laboratory.start(definition))
      .catch((e: unknown) => e);
    expect(String(error instanceof Error ? error.cause : error)).toContain('ended with code 127');
  }, 60_000);
});
