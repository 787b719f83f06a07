import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Library } from '../../client/index.js';
import type * as Client from '../../client/index.js';
import type { SearchDefinition } from '../../searches/index.js';
import { until } from '../support/search-laboratory.js';
import { TestInstallation } from '../support/test-installation.js';
import { installation as built } from '../support/workplace.js';

let installation: TestInstallation;
let library: Library;
beforeAll(async () => {
  installation = new TestInstallation(inject('temporalCliPath'));
  await installation.start();
  library = new Library(installation.home);
});
afterAll(() => installation.close());

async function load(name: string): Promise<SearchDefinition> {
  // The built client, because Node itself imports what a search file imports.
  const { loadSearchFile } = (await import(pathToFileURL(`${built}/client/index.js`).href)) as typeof Client;
  const file = fileURLToPath(new URL(`../workflows/fixtures/${name}.search.ts`, import.meta.url));
  return (await loadSearchFile(file, installation.home)).definition;
}

/** What a record says but for the id of its search. */
async function contentOf(hash: string): Promise<object> {
  const { record } = await library.find(hash);
  return { ...record, search: { ...record.search, id: '' } };
}

test('a library is built by searches side by side, whatever dies, and no record is made twice', async () => {
  const searches = [
    { definition: await load('library-a'), task: 'digits 0-4' },
    { definition: await load('library-b') },
  ];
  const foreign = await installation.define(
    {
      ...{ name: 'foreign', space: { x: { kind: 'float', low: 0, high: 1 } }, metrics: { loss: 'minimize' } },
      ...{ algorithm: { name: 'random', version: 1, config: {} }, budget: { trials: 1 } },
    },
    '() => ({ loss: 1 })',
  );
  const calm = await installation.client.buildLibrary([...searches, { definition: foreign }], {
    name: 'calm',
    concurrency: 2,
  });
  const undisturbed = await calm.result();
  expect(undisturbed.records.map(({ search, task, hasWeights }) => [search, task, hasWeights])).toEqual([
    ['calm/library-a', 'digits 0-4', true],
    ['calm/library-b', 'library-b', true],
  ]);
  expect(undisturbed.failed).toEqual([
    {
      ...{ search: 'calm/foreign', task: 'foreign' },
      problem:
        'The search "calm/foreign" cannot become a record of the library: it is no differentiable search, or has finished no epoch.',
    },
  ]);

  const options = { name: 'disturbed', concurrency: 2 };
  const disturbed = await installation.client.buildLibrary(searches, options);
  const bothRun = async (): Promise<boolean> => {
    const told = await Promise.all(
      ['library-a', 'library-b'].map((name) => installation.told(`disturbed/${name}`)),
    );
    return told.every(({ length }) => length >= 2);
  };
  await until(bothRun);
  await installation.killWorker();
  await installation.startWorker();
  await until(async () => (await installation.told('disturbed/library-a')).length >= 4);
  await disturbed.workflow.cancel();
  await expect(disturbed.result()).rejects.toThrow();
  const resumed = await installation.client.buildLibrary(searches, options);
  const after = await resumed.result();
  expect(after.failed).toEqual([]);
  for (const [place, { hash }] of after.records.entries())
    expect(await contentOf(hash)).toEqual(await contentOf(undisturbed.records[place]?.hash ?? ''));
  // A flow that is over finds its searches, and their records, again.
  const again = await installation.client.buildLibrary(searches, options);
  expect(await again.result()).toEqual(after);
  expect((await library.records()).records).toHaveLength(4);
}, 240_000);

test('a flow of nothing, of one name twice, or under the id of a search is refused in a sentence', async () => {
  const definition = await load('library-a');
  const none = await installation.client.buildLibrary([], { name: 'none' });
  await expect(none.result()).rejects.toMatchObject({
    cause: { message: 'buildLibrary: a library is built of 1 to 200 searches, not of 0.' },
  });
  const twice = await installation.client.buildLibrary([{ definition }, { definition }], { name: 'twice' });
  await expect(twice.result()).rejects.toMatchObject({
    cause: { message: 'buildLibrary: two searches have the same name: give each its own.' },
  });
  const { handle } = await installation.client.start({ ...definition, name: 'taken' });
  await expect(installation.client.buildLibrary([{ definition }], { name: 'taken' })).rejects.toThrow(
    '"taken" is open, and builds no library: use another name for the flow.',
  );
  await installation.client.temporal.workflow.getHandle(handle.id).terminate();
}, 60_000);
