import { createHash, randomBytes } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashJson } from '../foundation/numbers/index.js';
import type { Json } from '../foundation/json/index.js';
import { makeFolderDurably, moveDurably, ownerFolder, syncFolder, writeSynced } from './atomic-file.js';

/** A file of a checkpoint; `path` is relative to the checkpoint's folder. */
export interface CheckpointFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A checkpoint that is written but not yet published. */
export interface StagedCheckpoint {
  readonly kind: 'bytes' | 'folder';
  readonly step: number;
  /** Folder that holds `content` (a file or a folder). */
  readonly staged: string;
  readonly files: readonly CheckpointFile[];
}

/** A published checkpoint whose files the store has compared with their hashes. */
export interface PublishedCheckpoint {
  readonly kind: 'bytes' | 'folder';
  readonly step: number;
  /** Name in the trial: attempt and sequence number; ascending in the order of publication. */
  readonly name: string;
  /** The file with the bytes, or the folder. */
  readonly path: string;
  /** What the publisher needs to go on from it, such as the reports until then. */
  readonly notes: Json;
}

interface Manifest {
  readonly format: 'duramen-checkpoint/1';
  readonly kind: 'bytes' | 'folder';
  readonly step: number;
  readonly files: readonly CheckpointFile[];
  readonly notes: Json;
}

/** Checkpoints that a publication leaves besides the one from which the running attempt started. */
const kept = 2;
const contentName = 'content';
const manifestName = 'manifest.json';

/**
 * Writes a checkpoint into a new folder below `workFolder`, with the SHA-256 of every file. Throws for a link or a
 * special file in a folder.
 */
export async function stageCheckpoint(
  workFolder: string,
  content: Uint8Array | { readonly folder: string },
  step: number,
): Promise<StagedCheckpoint> {
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new Error(`A checkpoint's step must be an integer ≥ 0, not ${step}.`);
  }
  const staged = join(workFolder, `.checkpoint-${randomBytes(6).toString('hex')}`);
  await mkdir(staged, { recursive: true, mode: ownerFolder });
  const target = join(staged, contentName);
  if (content instanceof Uint8Array) {
    await writeSynced(target, content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    return { kind: 'bytes', step, staged, files: [{ path: contentName, bytes: content.byteLength, sha256 }] };
  }
  const files: CheckpointFile[] = [];
  const source = await stat(content.folder);
  if (source.isDirectory()) {
    await copyTree(content.folder, target, contentName, files);
    return { kind: 'folder', step, staged, files };
  }
  files.push(await copyHashed(content.folder, target, contentName));
  return { kind: 'bytes', step, staged, files };
}

/** The checkpoints of one trial, in a folder of their own. Newer is: higher attempt, then later in the attempt. */
export class CheckpointStore {
  constructor(readonly folder: string) {}

  /**
   * Publishes a staged checkpoint by rename, durably. The attempt's number is part of the name, so a checkpoint
   * that a superseded attempt publishes late is older than every one of its successors.
   */
  async publish(
    attempt: number,
    checkpoint: StagedCheckpoint,
    notes: Json,
    keep: string | null,
  ): Promise<PublishedCheckpoint> {
    const { kind, step, files } = checkpoint;
    const manifest: Manifest = { format: 'duramen-checkpoint/1', kind, step, files, notes };
    const text = JSON.stringify({ ...manifest, sha256: hashJson(manifest as unknown as Json) });
    await writeSynced(join(checkpoint.staged, manifestName), Buffer.from(text));
    await makeFolderDurably(this.folder);
    const names = await this.names();
    const prefix = `${String(attempt).padStart(6, '0')}-`;
    const last = names.filter((name) => name.startsWith(prefix)).at(-1);
    const sequence = last === undefined ? 1 : Number(last.slice(prefix.length)) + 1;
    const name = prefix + String(sequence).padStart(8, '0');
    await syncFolder(checkpoint.staged);
    await moveDurably(checkpoint.staged, join(this.folder, name));
    const old = [...names, name].sort().slice(0, -kept);
    for (const each of old) if (each !== keep && each !== name) await this.remove(each);
    return { kind, step, name, path: join(this.folder, name, contentName), notes };
  }

  /** The newest checkpoint whose files all have their hashes; `damaged` gets the name of each newer one without. */
  async latest(damaged: (name: string) => void = () => undefined): Promise<PublishedCheckpoint | null> {
    const names = await this.names();
    for (const name of [...names].reverse()) {
      const found = await this.read(name);
      if (found !== null) return found;
      damaged(name);
    }
    return null;
  }

  private async names(): Promise<readonly string[]> {
    try {
      return (await readdir(this.folder)).filter((name) => /^\d{6,}-\d{8,}$/.test(name)).sort();
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  }

  private async read(name: string): Promise<PublishedCheckpoint | null> {
    const folder = join(this.folder, name);
    try {
      const { sha256, ...manifest } = JSON.parse(
        await readFile(join(folder, manifestName), 'utf8'),
      ) as Manifest & {
        readonly sha256: string;
      };
      if (manifest.format !== 'duramen-checkpoint/1' || hashJson(manifest as unknown as Json) !== sha256)
        return null;
      for (const file of manifest.files) {
        if ((await hashFile(join(folder, file.path))) !== file.sha256) return null;
      }
      return {
        kind: manifest.kind,
        step: manifest.step,
        name,
        path: join(folder, contentName),
        notes: manifest.notes,
      };
    } catch (error) {
      // Treat an unreadable, cut off or missing checkpoint as not published: an older one may be whole.
      if (error instanceof Error) return null;
      throw error;
    }
  }

  // Rename first, so that `latest` never finds a half-removed checkpoint.
  private async remove(name: string): Promise<void> {
    const gone = join(this.folder, `.removed-${name}-${randomBytes(4).toString('hex')}`);
    try {
      await rename(join(this.folder, name), gone);
      await rm(gone, { recursive: true, force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
}

async function copyTree(from: string, to: string, relative: string, files: CheckpointFile[]): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of (await readdir(from, { withFileTypes: true })).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const place = `${relative}/${entry.name}`;
    if (entry.isDirectory()) await copyTree(join(from, entry.name), join(to, entry.name), place, files);
    else if (entry.isFile())
      files.push(await copyHashed(join(from, entry.name), join(to, entry.name), place));
    else
      throw new Error(
        `${join(from, entry.name)} is neither a file nor a folder; a checkpoint holds only these.`,
      );
  }
  await syncFolder(to);
}

async function copyHashed(from: string, to: string, path: string): Promise<CheckpointFile> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  const file = await open(to, 'r');
  try {
    await file.sync();
    return { path, bytes: (await file.stat()).size, sha256: await hashFile(to) };
  } finally {
    await file.close();
  }
}

/** SHA-256 of a file's bytes. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
