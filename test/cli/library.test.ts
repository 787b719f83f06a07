import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { recordBytes, type LibraryRecord, type NamedRecord } from '../../algorithms/warm-start/index.js';
import { runCommandLine } from '../../cli/command-line.js';
import { sha256Hex } from '../../foundation/numbers/index.js';
import { artifactKey, FileBlobStore } from '../../storage/index.js';
import { libraryRecord } from '../support/library-records.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function library(home: string, ...args: readonly string[]): Promise<Ended> {
  const lines: string[] = [];
  const pieces: string[] = [];
  const spies = [
    vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line))),
    vi.spyOn(process.stderr, 'write').mockImplementation((piece) => pieces.push(String(piece)) > 0),
  ];
  process.exitCode = 0;
  try {
    await runCommandLine(['library', ...args, '--home', home]);
    return { code: Number(process.exitCode), stdout: lines.join('\n'), stderr: pieces.join('') };
  } finally {
    process.exitCode = 0;
    for (const spy of spies) spy.mockRestore();
  }
}

const weights = Uint8Array.of(1, 2, 3, 4);

function recordOf(changes: Partial<LibraryRecord> = {}): NamedRecord {
  return libraryRecord({ weights: sha256Hex(weights), ...changes });
}

/** A folder as `export` writes it. */
function folderOf(records: readonly NamedRecord[]): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'weights'));
  writeFileSync(join(folder, 'weights', sha256Hex(weights)), weights);
  for (const { hash, record } of records) writeFileSync(join(folder, `${hash}.json`), recordBytes(record));
  return folder;
}

describe('duramen library', () => {
  test('shows how far tasks are apart', async () => {
    const home = temporaryFolder();
    expect((await library(home, 'similarity')).stdout).toContain('The library has no record of one task');
    const records = [recordOf({ task: 'near' }), recordOf({ task: 'far', embedding: [9, 1, 1] })];
    await library(home, 'import', folderOf(records));
    const { code, stdout } = await library(home, 'similarity');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Probe b{12}\nrecord +(near +far|far +near)\n/);
    expect(stdout.match(/0\.000/g)).toHaveLength(2);
    expect(stdout).toContain('Fewer than 4 records');
    const [matrix] = JSON.parse((await library(home, 'similarity', '--json')).stdout) as [
      { readonly distances: readonly (readonly number[])[] },
    ];
    expect(matrix.distances[0]?.[1]).toBeGreaterThan(0);
  });

  test('imports, shows and exports records, to the byte', async () => {
    const home = temporaryFolder();
    const records = [recordOf(), recordOf({ task: 'blob', weights: null })];
    const [first] = records;
    const folder = folderOf(records);
    expect(await library(home, 'list')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('The library is empty'),
    });
    const imported = await library(home, 'import', folder);
    expect(imported.stdout.split('\n').sort()).toEqual(records.map(({ hash }) => hash).sort());
    const { stdout } = await library(home, 'list');
    expect(stdout).toMatch(/record +task +search/);
    for (const { hash, record } of records)
      expect(stdout).toMatch(new RegExp(`${hash.slice(0, 12)} +${record.task} +source`));
    const shown = await library(home, 'show', first?.hash.slice(0, 8) ?? '');
    expect(JSON.parse(shown.stdout)).toEqual({ hash: first?.hash, ...first?.record });
    const listed = await library(home, 'list', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject({ records: [{}, {}], broken: [] });
    const other = join(temporaryFolder(), 'records');
    await library(home, 'export', '--output', other);
    const filesOf = (of: string) =>
      readdirSync(of, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name)).toString('hex')])
        .sort();
    expect(filesOf(other)).toEqual(filesOf(folder));
    // Importing again changes nothing.
    await library(home, 'import', other);
    expect((await library(home, 'list')).stdout).toBe(stdout);
    const removed = await library(home, 'remove', first?.hash.slice(0, 4) ?? '');
    expect(removed.stdout).toBe(first?.hash);
    expect((await library(home, 'list')).stdout).not.toContain(first?.hash.slice(0, 12));
  });

  test('takes in nothing of a folder with a damaged file', async () => {
    const home = temporaryFolder();
    const record = recordOf();
    const changed = folderOf([record, recordOf({ task: 'blob' })]);
    writeFileSync(join(changed, 'weights', sha256Hex(weights)), Uint8Array.of(1, 2, 3));
    const wrong = folderOf([record]);
    writeFileSync(join(wrong, `${record.hash}.json`), recordBytes({ ...record.record, task: 'other' }));
    const missing = folderOf([recordOf({ weights: 'e'.repeat(64) })]);
    for (const [folder, sentence] of [
      [changed, /^duramen: The weights .* are damaged: their bytes have another hash\.\n$/],
      [wrong, /^duramen: The record .* is broken: its bytes have another hash: it is damaged\.\n$/],
      [missing, /^duramen: The weights .* cannot be read: .*\n$/],
      [temporaryFolder(), /^duramen: The folder .* has no record of a library\.\n$/],
      ['/no/such/folder', /^duramen: The folder .* cannot be read: .*\n$/],
    ] as const) {
      const { code, stderr } = await library(home, 'import', folder);
      expect(stderr).toMatch(sentence);
      expect(code).toBe(2);
    }
    expect((await library(home, 'list')).stdout).toContain('The library is empty');
  });

  test('names records that are broken in the store, or of another version', async () => {
    const home = temporaryFolder();
    const record = recordOf();
    await library(home, 'import', folderOf([record]));
    const file = new FileBlobStore(home).path(artifactKey(record.hash));
    writeFileSync(file, recordBytes({ ...record.record, task: 'other' }));
    const listed = await library(home, 'list');
    expect(listed.code).toBe(1);
    expect(listed.stderr).toMatch(
      /^duramen: record [0-9a-f]{12} is broken: Artifact [0-9a-f]{64} is damaged: [^\n]+\n$/,
    );
    const shown = await library(home, 'show', record.hash.slice(0, 12));
    expect(shown.stderr).toMatch(
      /^duramen: Record [0-9a-f]{12} of the library is broken: .* takes it out\.\n$/,
    );
    const text = new TextDecoder()
      .decode(recordBytes(record.record))
      .replace('library-record/1', 'library-record/9');
    const later = temporaryFolder();
    writeFileSync(join(later, `${sha256Hex(text)}.json`), text);
    const { stderr } = await library(home, 'import', later);
    expect(stderr).toContain(
      'it is of the format "duramen-library-record/9", and this build reads duramen-library-record/1',
    );
  });

  test('refuses searches and records that are not there', async () => {
    const home = temporaryFolder();
    const added = await library(home, 'add', 'nothing');
    expect(added).toMatchObject({ code: 2, stderr: `duramen: There is no search "nothing" in ${home}.\n` });
    const shown = await library(home, 'show', 'abc');
    expect(shown.stderr).toContain('has no record whose hash begins with "abc"');
  });
});
