import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadSearchFile } from '../../client/index.js';
import { readPriorPoints } from '../../algorithms/index.js';
import { float, int, space, view } from '../../search-spaces/index.js';
import { withPriorsOf } from '../../searches/search-files/index.js';
import type { JournalRecord, SearchDefinition } from '../../searches/index.js';
import { ArtifactStore, emptyJournal, FileBlobStore, JournalStore } from '../../storage/index.js';
import { choices, levelDefinition, searchDefinition, SimulatedSearch } from '../support/simulated-search.js';
import { planSearch } from '../../searches/index.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'duramen-priors-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const old = space({ x: float(0, 1), n: int(0, 5) });
const metrics = [{ name: 'loss', goal: 'minimize' }] as const;

/** A finished search of 30 random trials whose loss is |n − 4|, kept in the home. */
async function keep(name: string): Promise<void> {
  const definition = searchDefinition([levelDefinition('level', { space: old, metrics })]);
  const search = new SimulatedSearch({
    plan: planSearch(name, { ...definition, name }, 0, {}),
    source: choices(1),
    evaluate: ({ genome: [, n = 0] }) => ({ kind: 'scored', metrics: { loss: Math.abs(n - 4) } }),
  });
  await search.run();
  search.close();
  const journals = new JournalStore<JournalRecord>(new FileBlobStore(home));
  const epoch = await journals.openEpoch(name, 'writer');
  const opened = { kind: 'opened', search: name, definition: { ...definition, name }, level: 0 } as const;
  const records: JournalRecord[] = [{ ...opened, context: {}, version: '0' }, ...search.journal];
  expect((await journals.append(name, epoch, emptyJournal, records)).kind).toBe('written');
}

/** The definition of a search file whose level has these further options. */
async function load(from: string, more = ''): Promise<SearchDefinition> {
  const file = join(home, 'next.search.ts');
  writeFileSync(
    file,
    `import { defineSearch } from 'duramen';
     import { regularizedEvolution } from 'duramen/algorithms';
     import { float, int, space } from 'duramen/search-spaces';
     export default defineSearch({
       name: 'next', space: space({ n: int(2, 9), x: float(0, 1) }), metrics: { loss: 'minimize' },
       algorithm: regularizedEvolution({ from: ${from} }), budget: { trials: 20 }, light: true, ${more}
       evaluate: ({ n }) => ({ loss: n }),
     });`,
  );
  return (await loadSearchFile(file, home)).definition;
}

test('the ten best distinct points of an earlier search are tried first, and the others are kept by their hash', async () => {
  await keep('search-a');
  const definition = await load("['search-a']", 'initial: [{ n: 9, x: 0.25 }],');
  const [level] = definition.levels;
  expect(level?.initial[0]).toEqual([9, 0.25]);
  expect(level?.initial).toHaveLength(11);
  // The spaces differ in the order of their decisions and the range of n; points outside are left out.
  const losses = level?.initial.slice(1).map(([n = 0]) => Math.abs(n - 4)) ?? [];
  expect(losses).toEqual(losses.toSorted((a, b) => a - b));
  expect(losses[0]).toBe(0);
  const { prior } = level?.algorithm.config as { prior: { hash: string } };
  const bytes = await new ArtifactStore(new FileBlobStore(home)).get(prior.hash);
  const points = readPriorPoints(view(space({ n: int(2, 9), x: float(0, 1) })), bytes);
  expect(points.length).toBeGreaterThan(10);
  expect(points.slice(0, 10).map(({ genome }) => genome)).toEqual(level?.initial.slice(1));
  for (const { genome, scores, source } of points) {
    expect(scores).toEqual([0 - Math.abs((genome[0] ?? 0) - 4)]);
    expect(source).toBe(0);
  }
});

test('a search goes on with the points that it began with, whatever the earlier one has found since', async () => {
  await keep('search-a');
  const before = await load("['search-a']");
  await keep('search-b');
  const [level] = before.levels;
  const other = await load("['search-b', 'search-a']");
  expect(withPriorsOf(before, before)).toEqual(before);
  // Other names are another search.
  expect(withPriorsOf(other, before)).toEqual(other);
  const grown: SearchDefinition = {
    ...before,
    levels: before.levels.map((one) => ({
      ...one,
      initial: [[2, 0.5]],
      algorithm: {
        ...one.algorithm,
        config: { ...one.algorithm.config, prior: { hash: 'f'.repeat(64), space: priorSpace(before) } },
      },
    })),
  };
  expect(withPriorsOf(grown, before).levels[0]).toEqual(level);
});

function priorSpace({ levels }: SearchDefinition): string {
  return (levels[0]?.algorithm.config as { prior: { space: string } }).prior.space;
}

test.each([
  ["['nowhere']", 'algorithm: there is no search "nowhere" in this home to start from.'],
  ['[]', "'from' of regularizedEvolution must be a list of the names of at most 64 searches"],
  ["'search-a'", "'from' of regularizedEvolution must be a list of the names of at most 64 searches"],
])('from: %s is refused with one sentence', async (from, sentence) => {
  await expect(load(from)).rejects.toThrow(sentence);
});

test('a search without a point of the space is refused', async () => {
  await keep('search-a');
  await expect(load("['search-a']", "metrics: { accuracy: 'maximize' },")).rejects.toThrow(
    'no trial of the search "search-a" is a point of this space with a value of accuracy',
  );
});
