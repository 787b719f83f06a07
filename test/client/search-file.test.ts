import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSnapshot, recordBytes } from '../../algorithms/warm-start/index.js';
import { oneOf, space, spaceHash } from '../../search-spaces/index.js';
import { differences, type SearchDefinition } from '../../searches/definition/index.js';
import { withSnapshotsOf } from '../../searches/search-files/index.js';
import { LibraryStore } from '../../storage/index.js';
import { libraryRecord } from '../support/library-records.js';
import { ClientError } from '../../client/errors/client-error.js';
import { loadSearchFile } from '../../client/search-file.js';
import { FileBlobStore } from '../../storage/file-blob-store.js';
import { ArtifactStore } from '../../storage/artifact-store.js';

let folder: string;
let home: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'duramen-file-'));
  home = join(folder, '.duramen');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

// The packages of this installation are sources here, so plain data stands for what their builders make.
const options = `{
  name: 'tune', space: { x: { $kind: 'float', min: 0, max: 1 } }, metrics: { loss: 'minimize' },
  algorithm: { name: 'random', version: 1, config: {} }, budget: { trials: 3 }, evaluate,
}`;
const file = (body: string): string =>
  `${body}\nexport default { kind: 'duramen-search', options: ${options}, functions: { evaluate, measures: {} } };\n`;

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
  return path;
}

describe('a search file', () => {
  test('is bundled with its imports, stored and loaded', async () => {
    await write('lib/loss.ts', 'export const loss = (x: number): number => x * x;');
    const path = await write(
      'tune.search.ts',
      file(`import { loss } from './lib/loss.js';\nconst evaluate = ({ x }) => ({ loss: loss(x) });`),
    );
    const { definition, search, bundle } = await loadSearchFile(path, home);
    expect(definition.evaluator).toMatchObject({ kind: 'function', bundle: bundle.hash, packages: '' });
    expect(search.functions.evaluate?.({ x: 3 }, undefined as never)).toEqual({ loss: 9 });
    const stored = await new ArtifactStore(new FileBlobStore(home)).get(bundle.hash);
    expect(new TextDecoder().decode(stored)).toContain('x * x');
  });

  test('names another search for its weights, which has to be there', async () => {
    const evaluate = `const evaluate = { kind: 'sharedWeights', search: 'one-shot', pure: true };`;
    const path = await write(
      'children.search.ts',
      file(evaluate).replace('functions: { evaluate, ', 'functions: { '),
    );
    await expect(loadSearchFile(path, home)).rejects.toThrow(
      `evaluate: there is no search "one-shot" in ${home}.`,
    );
  });

  test('names a table relative to itself; its bytes are part of the definition', async () => {
    const evaluate = `const evaluate = {
      kind: 'table', path: 'data/losses.csv', pure: true,
      description: { source: { kind: 'rows', key: { x: ['path', 'parameters.x'] } }, metrics: { loss: 'l' } },
    };`;
    const body = file(evaluate).replace('functions: { evaluate, ', 'functions: { ');
    const path = await write('study/tune.search.ts', body);
    await expect(loadSearchFile(path, home)).rejects.toThrow(
      /evaluate\.path: .*data\/losses\.csv cannot be read: there is no such file/,
    );
    const table = await write('study/data/losses.csv', 'x,l\n0,1\n');
    const { definition } = await loadSearchFile(path, home);
    const sha256 = createHash('sha256').update('x,l\n0,1\n').digest('hex');
    expect(definition.evaluator).toMatchObject({ kind: 'table', path: table, sha256 });
  });

  test('has the same bundle wherever it lies, and another when its code changes', async () => {
    const text = file('const evaluate = () => ({ loss: 1 });');
    const here = await loadSearchFile(await write('a/tune.search.ts', text), home);
    const there = await loadSearchFile(await write('b/c/tune.search.ts', text), home);
    const changed = await loadSearchFile(
      await write('d/tune.search.ts', file('const evaluate = () => ({ loss: 2 });')),
      home,
    );
    expect(there.bundle).toEqual(here.bundle);
    expect(changed.bundle.hash).not.toBe(here.bundle.hash);
  });

  test('names the lock file that pins its packages', async () => {
    const path = await write('tune.search.ts', file('const evaluate = () => ({ loss: 1 });'));
    await write('package-lock.json', '{"a":1}');
    const before = (await loadSearchFile(path, home)).bundle;
    await write('package-lock.json', '{"a":2}');
    const after = (await loadSearchFile(path, home)).bundle;
    expect(before.packages).toMatch(/^[0-9a-f]{64}$/);
    expect(after.packages).not.toBe(before.packages);
    expect(after.hash).toBe(before.hash);
  });
});

describe('refused with the place', () => {
  test.each([
    ['a syntax error', 'const a = ;\n', 'tune.search.ts:1:11 does not compile: Unexpected ";"'],
    [
      'an import that is not there',
      `import './nowhere.js';\n`,
      'tune.search.ts:1:8 does not compile: Could not resolve "./nowhere.js"',
    ],
    [
      'a package that is not there',
      `import 'no-such-package-at-all';\nexport default 1;\n`,
      'tune.search.ts cannot be loaded: ',
    ],
    [
      'an error while it loads',
      `throw new Error('oh dear\\nmore');\n`,
      'tune.search.ts cannot be loaded: oh dear',
    ],
    ['no default export', 'export const a = 1;\n', 'has to end in "export default defineSearch({ … })"'],
    [
      'a bad definition',
      file('const evaluate = () => 1;').replace('trials: 3', 'trials: 0'),
      'tune.search.ts: budget.trials: must be a whole number',
    ],
  ])('%s', async (_what, text, message) => {
    const path = await write('tune.search.ts', text);
    const error: unknown = await loadSearchFile(path, home).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ClientError);
    expect((error as ClientError).kind).toBe('input');
    expect((error as ClientError).message).toContain(message);
    expect((error as ClientError).message).not.toContain('\n');
  });

  test('a file that is not there', async () => {
    await expect(loadSearchFile(join(folder, 'none.ts'), home)).rejects.toThrow('There is no file');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('a search that starts from the library', () => {
  const warmFile = (from: string): string =>
    file(`const evaluate = () => ({ loss: 0 });`)
      .replace("{ x: { $kind: 'float', min: 0, max: 1 } }", JSON.stringify(space({ x: oneOf(['a', 'b']) })))
      .replace(
        "{ name: 'random', version: 1, config: {} }, budget: { trials: 3 }",
        `{ name: 'darts', version: 1, config: { epochs: 3, warmStart: { from: ${from}, probe: { hash: '${'b'.repeat(64)}', filters: 3 } } } }, budget: {}`,
      );

  test('has the snapshot that the library has when the file is loaded, and keeps it', async () => {
    const path = await write('warm.search.ts', warmFile("'library'"));
    const snapshotIn = (definition: SearchDefinition) => {
      const option = definition.levels[0]?.algorithm.config['warmStart'];
      return (option as { readonly snapshot: { readonly hash: string; readonly space: string } }).snapshot;
    };
    const { definition: before } = await loadSearchFile(path, home);
    const artifacts = new ArtifactStore(new FileBlobStore(home));
    expect(readSnapshot(await artifacts.get(snapshotIn(before).hash))).toEqual([]);
    expect(snapshotIn(before).space).toBe(spaceHash(before.levels[0]?.space ?? null));
    const { hash, record } = libraryRecord({ weights: null });
    await new LibraryStore(new FileBlobStore(home), artifacts).add(recordBytes(record));
    const { definition: after } = await loadSearchFile(path, home);
    expect(readSnapshot(await artifacts.get(snapshotIn(after).hash))).toEqual([{ hash, record }]);
    // Another search has the new records, and the one that was begun goes on with its own.
    expect(differences(before, after)).not.toEqual([]);
    expect(differences(before, withSnapshotsOf(after, before))).toEqual([]);
  });

  test('may name records, which have to be there', async () => {
    const path = await write('warm.search.ts', warmFile(`['${'a'.repeat(64)}']`));
    await expect(loadSearchFile(path, home)).rejects.toThrow(
      `has no record whose hash begins with "${'a'.repeat(64)}"`,
    );
  });
});
