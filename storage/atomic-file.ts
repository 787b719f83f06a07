import { randomBytes } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What a power cut may do to a file that was written, and who may read it. */
export interface FileWriting {
  /**
   * True: once the write has returned, a power cut takes neither the bytes nor the name away. False: the file may then
   * be lost or empty, which is cheaper, and enough for a file that its reader checks or that can be made again.
   */
  readonly durable: boolean;
  /** True: only its owner may read it, as all files in a home; else the process's own mask decides. */
  readonly ownerOnly?: boolean;
}

/** Modes of files and folders in a home: other users of the machine may not even read them. */
const ownerFile = 0o600;
export const ownerFolder = 0o700;

/**
 * Writes a file as a whole: a reader sees the old content or the new one, also when this process is killed. The folder
 * has to exist.
 */
export async function writeFileAtomically(
  file: string,
  content: Uint8Array | string,
  { durable, ownerOnly = false }: FileWriting,
): Promise<void> {
  const temporary = await writeTemporary(file, content, { sync: durable, ownerOnly });
  try {
    await rename(temporary, file);
    if (durable) await syncFolder(dirname(file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Writes a file for its owner as a whole and durably unless it exists; returns whether it wrote. Of several writers at the same time,
 * one writes. The folder has to exist.
 */
export async function writeFileIfAbsent(file: string, content: Uint8Array | string): Promise<boolean> {
  const temporary = await writeTemporary(file, content, { sync: true, ownerOnly: true });
  try {
    await link(temporary, file);
    await syncFolder(dirname(file));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** As `writeFileAtomically`, not durable, for callers that cannot await. */
export function writeFileAtomicallySync(file: string, content: Uint8Array | string): void {
  const temporary = temporaryFile(file);
  try {
    writeFileSync(temporary, content, { flag: 'wx' });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Writes a file for its owner and puts its bytes on the disk; it is neither whole nor named durably before this returns. */
export async function writeSynced(file: string, content: Uint8Array | string): Promise<void> {
  await writeNew(file, content, { flag: 'w', sync: true, ownerOnly: true });
}

/** Moves a file or a folder to a name that is free, durably: after a power cut it has the new name. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Makes a folder and those around it, for their owner and durably. */
export async function makeFolderDurably(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: ownerFolder });
  if (first === undefined) return;
  // From the innermost new folder up to the first that was made, each name stands in the folder around it.
  for (let child = folder; child.length >= first.length; child = dirname(child))
    await syncFolder(dirname(child));
}

/** Puts a folder's entries on the disk: a name that a power cut takes away again is as good as never written. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeTemporary(
  file: string,
  content: Uint8Array | string,
  options: { readonly sync: boolean; readonly ownerOnly: boolean },
): Promise<string> {
  const temporary = temporaryFile(file);
  try {
    await writeNew(temporary, content, { flag: 'wx', ...options });
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return temporary;
}

async function writeNew(
  file: string,
  content: Uint8Array | string,
  {
    flag,
    sync,
    ownerOnly,
  }: { readonly flag: 'w' | 'wx'; readonly sync: boolean; readonly ownerOnly: boolean },
): Promise<void> {
  const handle = await (ownerOnly ? open(file, flag, ownerFile) : open(file, flag));
  try {
    await handle.writeFile(content);
    if (sync) await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A new name in the folder of a file; its leading dot hides what a killed writer leaves. */
function temporaryFile(file: string): string {
  return join(dirname(file), `.${randomBytes(8).toString('hex')}`);
}
