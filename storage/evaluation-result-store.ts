import type { BlobStore } from './blob-store.js';
import { type JsonObject, putSealedOnce, readJson, readSealed } from './json-blobs.js';

const keyPattern = /^[A-Za-z0-9_=-]{8,128}$/;

interface LeaseRecord {
  /** The name of the evaluation that holds the lease: the same for all attempts of a trial. */
  readonly holder: string;
  /** Milliseconds of wall-clock time; null: released. */
  readonly expires: number | null;
}

/**
 * Results of pure evaluations by content key; the first one written wins. Their keys are those of single trials, not of
 * searches as in `SearchResultStore`: the two have folders of their own. Each result carries a hash of itself and its key. Evaluations of one key can begin at the same
 * time, and each is expensive, hence the leases that only this store has. A lease makes evaluations of one key
 * single-flight as long as its holder lives. Without leases results would be the same, only computed twice.
 */
export class EvaluationResultStore {
  constructor(
    private readonly blobs: BlobStore,
    /** Milliseconds after which a lease that is not renewed may be taken over. */
    readonly leaseTime: number = 15_000,
    private readonly now: () => number = Date.now,
  ) {}

  /** The result of the key; null when there is none, or only a damaged one. */
  async get(key: string): Promise<JsonObject | null> {
    return readSealed<JsonObject>(this.blobs, resultKey(key), key);
  }

  /** Stores a result unless there is one; returns the one that counts. */
  async publish(key: string, result: JsonObject): Promise<JsonObject> {
    return putSealedOnce(this.blobs, resultKey(key), key, result);
  }

  /**
   * Takes the key's lease if it is free, expired, or held under the same name (by an attempt that was lost); null
   * when another evaluation holds it.
   */
  async acquire(key: string, holder: string): Promise<Lease | null> {
    const folder = `leases/${checked(key)}`;
    const last = (await this.blobs.list(folder)).at(-1);
    let generation = 1;
    if (last !== undefined) {
      const record = await readJson<LeaseRecord>(this.blobs, last);
      const held = record !== null && record.expires !== null && record.expires > this.now();
      if (held && record.holder !== holder) return null;
      generation = Number(last.slice(last.lastIndexOf('/') + 1)) + 1;
    }
    const place = `${folder}/${String(generation).padStart(8, '0')}`;
    // Several evaluations may have seen the old lease expire; only one of them can create the next generation.
    if (!(await this.blobs.putIfAbsent(place, this.record(holder, this.now() + this.leaseTime)))) return null;
    if (last !== undefined) await this.blobs.delete(last);
    const renewal = setInterval(() => {
      this.blobs.put(place, this.record(holder, this.now() + this.leaseTime)).catch(() => undefined);
    }, this.leaseTime / 3);
    renewal.unref();
    return {
      release: async () => {
        clearInterval(renewal);
        await this.blobs.put(place, this.record(holder, null));
      },
      abandon: () => {
        clearInterval(renewal);
      },
    };
  }

  private record(holder: string, expires: number | null): Uint8Array {
    const record: LeaseRecord = { holder, expires };
    return Buffer.from(JSON.stringify(record));
  }
}

/** The right to be the one evaluation of a content key. */
export interface Lease {
  /** Gives the lease back at once. */
  release(): Promise<void>;
  /** Stops renewing it, as the death of its holder would. */
  abandon(): void;
}

function checked(key: string): string {
  if (!keyPattern.test(key))
    throw new Error(`"${key}" is not a content key (8 to 128 letters, digits, _ = -).`);
  return key;
}

function resultKey(key: string): string {
  return `results/${checked(key).slice(0, 2)}/${key}`;
}
