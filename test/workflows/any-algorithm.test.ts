import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as algorithms from '../../algorithms/index.js';
import type * as Client from '../../client/index.js';
import { toDefinition } from '../../searches/index.js';
import { installation, repository } from '../support/workplace.js';
import { SearchLaboratory } from '../support/search-laboratory.js';

/** What a builder needs to be told for a search of 40 trials; most need nothing. */
const needed = {
  random: {},
  sweep: {},
  regularizedEvolution: {},
  composedRegularizedEvolution: { populationSize: 10, tournamentSize: 3 },
  hillClimb: {},
  neat: {},
  successiveHalving: { minimumSteps: 1, maximumSteps: 9 },
  reinforce: {},
  controller: { range: [0, 1] },
  ma2ml: {},
} as const satisfies Partial<Record<keyof typeof algorithms, object>>;

let laboratory: SearchLaboratory;
beforeAll(async () => {
  laboratory = await SearchLaboratory.open('any-algorithm');
  await laboratory.startWorker();
});
afterAll(() => laboratory.close());

test('one search file runs with ten algorithms by name, in a loop', async () => {
  const file = join(repository, 'test', 'workflows', 'fixtures', 'any-algorithm.search.ts');
  // The built client, because Node itself imports what a search file imports.
  const client = pathToFileURL(join(installation, 'client', 'index.js')).href;
  const { loadSearchFile } = (await import(client)) as typeof Client;
  const { search, bundle } = await loadSearchFile(file, laboratory.home);
  const best = new Map<string, number>();
  for (const [name, options] of Object.entries(needed)) {
    // Each builder takes an object of options, which the types of ten different ones cannot say at once.
    const build = algorithms[name as keyof typeof needed] as (
      options: object,
    ) => algorithms.AlgorithmReference;
    const own = { ...(search.options as object), name: `by-${name}`, algorithm: build(options) };
    const definition = toDefinition({ ...search, options: own }, bundle);
    const result = await laboratory.result(await laboratory.start(definition));
    expect([name, result.trials, result.reason.kind]).toEqual([name, 40, 'trials']);
    best.set(name, result.best?.metrics['score'] ?? NaN);
    await laboratory.replay(definition.name);
  }
  expect(best.size).toBe(10);
  for (const [name, score] of best) expect(score, name).toBeGreaterThan(0.4);
}, 240_000);
