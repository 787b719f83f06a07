import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json } from '../foundation/json/index.js';
import { artifactKey } from './artifact-store.js';
import { ownerFolder } from './atomic-file.js';
import { CheckpointStore, hashFile } from './checkpoint-store.js';
import type { PublishedCheckpoint, StagedCheckpoint } from './checkpoint-store.js';
import { FileBlobStore } from './file-blob-store.js';
import { type JsonObject, putSealedOnce, readSealed, sealedBytes } from './json-blobs.js';
import { trialFolder, trialIdentity } from './trial-address.js';
import type { TrialKey } from './trial-address.js';

/** How an attempt ended. An attempt without an end was lost with its worker. */
export type AttemptEnd =
  | { readonly kind: 'parked' | 'timeout' | 'lost'; readonly milliseconds: number }
  | {
      readonly kind: 'finished';
      readonly milliseconds: number;
      /** Step of the trial's own last checkpoint, from which a promoted trial goes on; absent: it saved none. */
      readonly saved?: number;
    }
  /** The last of so many losses that the evaluation gave the trial up. A later evaluation counts its losses anew. */
  | { readonly kind: 'givenUp'; readonly milliseconds: number };

/** One start of a trial. */
export interface AttemptRecord {
  readonly attempt: number;
  /** Step of the checkpoint that it started from; null: from the beginning. */
  readonly startedFrom: number | null;
  /** Kind of the host on which it ran. */
  readonly host: string;
  /** When it began, in milliseconds since 1970; null where an older build began it. */
  readonly at: number | null;
  readonly end: AttemptEnd | null;
}

/** A later attempt of the trial has begun: this one may publish nothing more. */
export class SupersededError extends Error {
  override readonly name = 'SupersededError';
}

/**
 * What evaluations leave on disk, below `<home>/trials/<search id>/<index>/`: attempts, checkpoints and the result.
 * The number of an attempt is its fencing token.
 */
export class TrialStore {
  private readonly blobs: FileBlobStore;

  constructor(readonly home: string) {
    this.blobs = new FileBlobStore(home);
  }

  /**
   * Opens a trial's folder. Sets aside, and never reads, the files that another trial left under the same search and
   * index (another seed or genome, after the history was lost).
   */
  async open(key: TrialKey): Promise<StoredTrial> {
    const folder = trialFolder(key.search, key.index);
    const identity = trialIdentity(key);
    for (;;) {
      const known = await readSealed<{ readonly identity: string }>(
        this.blobs,
        `${folder}/trial.json`,
        folder,
      );
      if (known?.identity === identity) break;
      if (known === null) {
        const mark = { identity, seed: key.seed, genome: key.genome };
        await putSealedOnce(this.blobs, `${folder}/trial.json`, folder, mark);
      } else {
        const aside = `${this.blobs.path(folder)}=superseded-${known.identity.slice(0, 16)}`;
        await rm(aside, { recursive: true, force: true });
        await rename(this.blobs.path(folder), aside);
      }
    }
    return new StoredTrial(this.blobs, folder, identity);
  }

  /** The latest intact checkpoint of a trial, whatever its genome; null when there is none. */
  async latestCheckpoint(
    search: string,
    index: number,
    damaged?: (name: string) => void,
  ): Promise<PublishedCheckpoint | null> {
    return this.checkpointsOf(search, index).latest(damaged);
  }

  /** Step of the last checkpoint that a trial had saved when it finished; null when it saved none or none is known. */
  async savedStep(search: string, index: number): Promise<number | null> {
    const folder = trialFolder(search, index);
    const mark = await readSealed<{ readonly identity: string }>(this.blobs, `${folder}/trial.json`, folder);
    if (mark === null) return null;
    const attempts = await new StoredTrial(this.blobs, folder, mark.identity).attempts();
    const finished = attempts.findLast(({ end }) => end?.kind === 'finished')?.end;
    return finished?.kind === 'finished' ? (finished.saved ?? null) : null;
  }

  /** The attempts at a trial, whatever its genome, in order. */
  async attempts(search: string, index: number): Promise<readonly AttemptRecord[]> {
    const folder = trialFolder(search, index);
    const mark = await readSealed<{ readonly identity: string }>(this.blobs, `${folder}/trial.json`, folder);
    return mark === null ? [] : new StoredTrial(this.blobs, folder, mark.identity).attempts();
  }

  /** An artifact as a checkpoint of that step to go on from; null when it is missing or damaged. */
  async artifactCheckpoint(hash: string, step: number): Promise<PublishedCheckpoint | null> {
    const path = this.blobs.path(artifactKey(hash));
    const found = await hashFile(path).catch(() => null);
    return found === hash ? { kind: 'bytes', step, name: hash, path, notes: null } : null;
  }

  /** Removes all checkpoints of some trials; those that have none stay as they are. */
  async removeCheckpoints(search: string, indices: readonly number[]): Promise<void> {
    for (const index of indices)
      await rm(this.checkpointsOf(search, index).folder, { recursive: true, force: true });
  }

  private checkpointsOf(search: string, index: number): CheckpointStore {
    return new CheckpointStore(this.blobs.path(`${trialFolder(search, index)}/checkpoints`));
  }
}

/** The files of one trial. Its result and attempts carry hashes of themselves and the trial's identity. */
export class StoredTrial {
  private readonly checkpoints: CheckpointStore;

  constructor(
    private readonly blobs: FileBlobStore,
    private readonly folder: string,
    private readonly identity: string,
  ) {
    this.checkpoints = new CheckpointStore(blobs.path(`${folder}/checkpoints`));
  }

  /** The published result; null when there is none, or only a damaged one. `repetition` counts earlier evaluations, as each has its own. */
  async result(repetition = 0): Promise<JsonObject | null> {
    return readSealed<JsonObject>(this.blobs, this.resultKey(repetition), this.identity);
  }

  /**
   * Publishes the result unless there is one; returns the one that counts. With an attempt's number it throws
   * `SupersededError` when a later attempt has begun.
   */
  async publishResult(attempt: number | null, result: JsonObject, repetition = 0): Promise<JsonObject> {
    if (attempt !== null) await this.refuseSuperseded(attempt);
    return putSealedOnce(this.blobs, this.resultKey(repetition), this.identity, result);
  }

  /** All attempts in order. */
  async attempts(): Promise<readonly AttemptRecord[]> {
    const attempts: AttemptRecord[] = [];
    for (const attempt of await this.attemptNumbers()) {
      const start = await this.read<{ startedFrom: number | null; host: string; at?: number }>(
        attempt,
        'start',
      );
      if (start === null) continue;
      const end = await this.read<AttemptEnd>(attempt, 'end');
      const { startedFrom, host, at = null } = start;
      attempts.push({ attempt, startedFrom, host, at, end });
    }
    return attempts;
  }

  /**
   * Begins an attempt: from now on, lower ones may publish nothing, and their working folders go. Returns its number.
   */
  async beginAttempt(startedFrom: number | null, host: string, at = Date.now()): Promise<number> {
    const start = sealedBytes(this.identity, { startedFrom, host, at });
    for (let attempt = (await this.newestAttempt()) + 1; ; attempt++) {
      if (await this.blobs.putIfAbsent(this.attemptKey(attempt, 'start'), start)) {
        await mkdir(this.workFolder(attempt), { recursive: true, mode: ownerFolder });
        await this.removeWorkBefore(attempt);
        return attempt;
      }
    }
  }

  /** Records how an attempt ended and removes its working folder; only `givenUp` replaces an earlier record. */
  async endAttempt(attempt: number, end: AttemptEnd): Promise<void> {
    const key = this.attemptKey(attempt, 'end');
    const bytes = sealedBytes(this.identity, { ...end });
    if (end.kind === 'givenUp') await this.blobs.put(key, bytes);
    else await this.blobs.putIfAbsent(key, bytes);
    await rm(this.workFolder(attempt), { recursive: true, force: true });
  }

  private async removeWorkBefore(attempt: number): Promise<void> {
    const folder = this.blobs.path(`${this.folder}/work`);
    for (const name of await readdir(folder))
      if (/^\d+$/.test(name) && Number(name) < attempt)
        await rm(join(folder, name), { recursive: true, force: true });
  }

  /** Folder that belongs to one attempt alone. */
  workFolder(attempt: number): string {
    return this.blobs.path(`${this.folder}/work/${attempt}`);
  }

  /** Publishes a checkpoint. Throws `SupersededError` when a later attempt has begun. */
  async publishCheckpoint(
    attempt: number,
    checkpoint: StagedCheckpoint,
    notes: Json,
    keep: string | null,
  ): Promise<PublishedCheckpoint> {
    await this.refuseSuperseded(attempt);
    return this.checkpoints.publish(attempt, checkpoint, notes, keep);
  }

  /** The newest checkpoint that is intact, or null; `damaged` gets the names of newer ones that are not. */
  async latestCheckpoint(damaged?: (name: string) => void): Promise<PublishedCheckpoint | null> {
    return this.checkpoints.latest(damaged);
  }

  private async read<T>(attempt: number, part: 'start' | 'end'): Promise<T | null> {
    return readSealed<T>(this.blobs, this.attemptKey(attempt, part), this.identity);
  }

  private async refuseSuperseded(attempt: number): Promise<void> {
    const newest = await this.newestAttempt();
    if (newest > attempt) {
      throw new SupersededError(
        `Attempt ${attempt} of ${this.folder} may publish nothing more: attempt ${newest} has begun elsewhere.`,
      );
    }
  }

  private async newestAttempt(): Promise<number> {
    return (await this.attemptNumbers()).at(-1) ?? 0;
  }

  private async attemptNumbers(): Promise<readonly number[]> {
    const numbers: number[] = [];
    for (const key of await this.blobs.list(`${this.folder}/attempts`)) {
      const match = /\/(\d+)-start\.json$/.exec(key);
      if (match?.[1] !== undefined) numbers.push(Number(match[1]));
    }
    return numbers.sort((a, b) => a - b);
  }

  private resultKey(repetition: number): string {
    return `${this.folder}/result${repetition === 0 ? '' : `-${repetition}`}.json`;
  }

  private attemptKey(attempt: number, part: 'start' | 'end'): string {
    return join(this.folder, 'attempts', `${String(attempt).padStart(6, '0')}-${part}.json`);
  }
}
