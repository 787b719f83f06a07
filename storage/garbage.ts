import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissingFile } from './missing-file.js';

/** A file or folder of a home that nothing reads any more. */
export interface Garbage {
  /** Path below the home. */
  readonly path: string;
  readonly bytes: number;
  readonly what: 'work folder' | 'trial set aside' | 'removed checkpoint' | 'half-written file';
}

/** Milliseconds for which a half-written file may belong to a writer that lives. */
const writingTime = 3_600_000;

/**
 * What a home holds that nothing reads any more: work folders of attempts that have ended or that a later one superseded,
 * the folders of trials that were set aside, and what killed processes left half written or half removed. The work
 * folder of a trial's last attempt is kept while the attempt may run: until it has an end or the trial a result. Changes
 * nothing.
 */
export async function findGarbage(home: string, now: number = Date.now()): Promise<readonly Garbage[]> {
  const found: Garbage[] = [];
  const add = async (path: string, what: Garbage['what']): Promise<void> => {
    found.push({ path, what, bytes: await bytesOf(join(home, path)) });
  };
  const visit = async (folder: string): Promise<void> => {
    const entries = await entriesOf(join(home, folder));
    const names = new Set(entries.map(({ name }) => name));
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (/^\.[0-9a-f]{16}$/.test(entry.name)) {
        if (now - (await writtenAt(join(home, path))) > writingTime) await add(path, 'half-written file');
      } else if (!entry.isDirectory()) continue;
      else if (entry.name.startsWith('.removed-')) await add(path, 'removed checkpoint');
      else if (/^\d+=superseded-/.test(entry.name)) await add(path, 'trial set aside');
      else if (entry.name === 'work' && names.has('trial.json')) {
        for (const attempt of await endedAttempts(join(home, folder)))
          await add(`${path}/${attempt}`, 'work folder');
      } else if (entry.name !== 'checkpoints') await visit(path);
      else
        for (const { name } of await entriesOf(join(home, path)))
          if (name.startsWith('.removed-')) await add(`${path}/${name}`, 'removed checkpoint');
    }
  };
  // The server's database is its own affair.
  for (const { name } of await entriesOf(home)) if (name !== 'server') await visit(name);
  return found;
}

/** Removes what `findGarbage` found. */
export async function removeGarbage(home: string, garbage: readonly Garbage[]): Promise<void> {
  for (const { path } of garbage) await rm(join(home, path), { recursive: true, force: true });
}

/** Names of the work folders of a trial whose attempts do not run any more. */
async function endedAttempts(trial: string): Promise<readonly string[]> {
  const records = (await entriesOf(join(trial, 'attempts'))).map(({ name }) => name);
  const started = records.flatMap((name) => /^(\d+)-start\.json$/.exec(name)?.[1] ?? []).map(Number);
  const newest = Math.max(0, ...started);
  const recordOf = (attempt: number, part: 'start' | 'end'): string =>
    `${String(attempt).padStart(6, '0')}-${part}.json`;
  // A result that is older than the last attempt is one of an evaluation before it.
  const begun = await writtenAt(join(trial, 'attempts', recordOf(newest, 'start')));
  let hasResult = false;
  for (const { name } of await entriesOf(trial))
    if (/^result(-\d+)?\.json$/.test(name)) hasResult ||= (await writtenAt(join(trial, name))) >= begun;
  const hasEnded = (attempt: number): boolean =>
    attempt < newest || hasResult || records.includes(recordOf(attempt, 'end'));
  const folders = (await entriesOf(join(trial, 'work'))).map(({ name }) => name);
  return folders.filter((name) => /^\d+$/.test(name) && hasEnded(Number(name)));
}

/** When a file was written, in milliseconds since 1970; 0 when it is not there. */
async function writtenAt(path: string): Promise<number> {
  try {
    return (await lstat(path)).mtimeMs;
  } catch (error) {
    if (isMissingFile(error)) return 0;
    throw error;
  }
}

async function bytesOf(path: string): Promise<number> {
  try {
    const { size } = await lstat(path);
    let total = size;
    for (const { name } of await entriesOf(path)) total += await bytesOf(join(path, name));
    return total;
  } catch (error) {
    // Removed meanwhile.
    if (isMissingFile(error)) return 0;
    throw error;
  }
}

async function entriesOf(
  folder: string,
): Promise<readonly { readonly name: string; isDirectory(): boolean }[]> {
  try {
    return (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (isMissingFile(error)) return [];
    throw error;
  }
}
