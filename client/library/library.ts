import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AlgorithmError } from '../../algorithms/contract/index.js';
import {
  type LibraryRecord,
  type NamedRecord,
  namedRecord,
  recordBytes,
  type SimilarityMatrix,
  similarityMatrices,
  snapshotBytes,
} from '../../algorithms/warm-start/index.js';
import { errorText } from '../../foundation/errors/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';
import {
  ArtifactStore,
  checkpointArtifact,
  FileBlobStore,
  LibraryStore,
  TrialStore,
  writeFileAtomically,
} from '../../storage/index.js';
import { ClientError } from '../errors/index.js';
import { finishedRecord } from '../../searches/journal/index.js';
import { JournalReader } from '../journals/journal-reader.js';

/** A record that cannot be read, and why. */
export interface BrokenRecord {
  readonly hash: string;
  readonly problem: string;
}

const recordFile = /^([0-9a-f]{64})\.json$/;
const shortestPrefix = 4;

/** The library of finished searches in a home: records by hash, and the weights that they name. Needs no server. */
export class Library {
  private readonly artifacts: ArtifactStore;
  private readonly store: LibraryStore;

  constructor(private readonly home: string) {
    const blobs = new FileBlobStore(home);
    this.artifacts = new ArtifactStore(blobs);
    this.store = new LibraryStore(blobs, this.artifacts);
  }

  /**
   * Makes a finished search a record, from its journal and the checkpoint of its last epoch, and returns it. Doing it again
   * changes nothing. Throws `ClientError` for a search that cannot be one.
   */
  async add(search: string, task: string = search): Promise<NamedRecord> {
    const isId = /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(search);
    const reading = isId ? await new JournalReader(this.home).read(search) : null;
    if (reading === null) throw new ClientError('input', `There is no search "${search}" in ${this.home}.`);
    const finished = finishedRecord(reading.summary, task);
    if ('problem' in finished) throw new ClientError('input', finished.problem);
    const { record, lastEpoch } = finished;
    const kept = await checkpointArtifact(new TrialStore(this.home), this.artifacts, search, lastEpoch);
    if ('problem' in kept) throw new ClientError('input', kept.problem);
    return this.put({ ...record, weights: kept.hash });
  }

  /** All records, and those that cannot be read. */
  async records(): Promise<{
    readonly records: readonly NamedRecord[];
    readonly broken: readonly BrokenRecord[];
  }> {
    const records: NamedRecord[] = [];
    const broken: BrokenRecord[] = [];
    for (const hash of await this.store.hashes()) {
      const found = await this.read(hash);
      if ('problem' in found) broken.push(found);
      else records.push(found);
    }
    return { records, broken };
  }

  /** The record whose hash begins so; throws `ClientError` where there is none, there are several, or it is broken. */
  async find(prefix: string): Promise<NamedRecord> {
    const hash = await this.hashOf(prefix);
    const found = await this.read(hash);
    if ('problem' in found) throw broken(found);
    return found;
  }

  /** How far the tasks of all records are apart, a matrix for each probe. Throws `ClientError` where a record is broken. */
  async similarity(): Promise<readonly SimilarityMatrix[]> {
    const { records, broken: unreadable } = await this.records();
    const [first] = unreadable;
    if (first !== undefined) throw broken(first);
    return similarityMatrices(records);
  }

  /** Takes a record out of the library; the artifacts stay, because searches that began with it need them. */
  async remove(prefix: string): Promise<string> {
    const hash = await this.hashOf(prefix);
    await this.store.remove(hash);
    return hash;
  }

  /**
   * Stores the records that a search may start from as a snapshot, and returns its hash. Throws `ClientError` where a
   * record is broken.
   */
  async snapshot(from: 'library' | readonly string[]): Promise<string> {
    if (from !== 'library') {
      const named: NamedRecord[] = [];
      for (const hash of from) named.push(await this.find(hash));
      return this.artifacts.put(snapshotBytes(named));
    }
    const { records, broken: unreadable } = await this.records();
    const [first] = unreadable;
    if (first !== undefined) throw broken(first);
    return this.artifacts.put(snapshotBytes(records));
  }

  /** Writes records with their weights into a folder, which `import` reads elsewhere. */
  async export(records: readonly NamedRecord[], folder: string): Promise<void> {
    await mkdir(join(folder, 'weights'), { recursive: true });
    for (const { hash, record } of records) {
      if (record.weights !== null) {
        const bytes = await this.artifacts.get(record.weights).catch((error: unknown) => {
          throw new ClientError('input', `The weights of record ${hash.slice(0, 12)}: ${errorText(error)}`, {
            cause: error,
          });
        });
        await writeFileAtomically(join(folder, 'weights', record.weights), bytes, { durable: false });
      }
      // The record comes last: a folder whose writing was cut off has no record without its weights.
      await writeFileAtomically(join(folder, `${hash}.json`), recordBytes(record), { durable: false });
    }
  }

  /** Takes in the records of a folder that `export` wrote. Every file is checked by its hash before anything is stored. */
  async import(folder: string): Promise<readonly NamedRecord[]> {
    const names = await readdir(folder).catch((error: unknown) => {
      throw new ClientError('input', `The folder ${folder} cannot be read: ${errorText(error)}`, {
        cause: error,
      });
    });
    const found: { readonly named: NamedRecord; readonly weights: Uint8Array | null }[] = [];
    for (const name of names.sort()) {
      const hash = recordFile.exec(name)?.[1];
      if (hash === undefined) continue;
      const named = await readNamed(hash, await readFile(join(folder, name)), join(folder, name));
      const { weights } = named.record;
      found.push({ named, weights: weights === null ? null : await importedWeights(folder, weights) });
    }
    if (found.length === 0)
      throw new ClientError('input', `The folder ${folder} has no record of a library.`);
    for (const { named, weights } of found) {
      if (weights !== null) await this.artifacts.put(weights);
      await this.put(named.record);
    }
    return found.map(({ named }) => named);
  }

  private async put(record: LibraryRecord): Promise<NamedRecord> {
    return { hash: await this.store.add(recordBytes(record)), record };
  }

  private async read(hash: string): Promise<NamedRecord | BrokenRecord> {
    try {
      return namedRecord(hash, await this.store.get(hash));
    } catch (error) {
      return { hash, problem: errorText(error).replace(/\.$/, '') };
    }
  }

  private async hashOf(prefix: string): Promise<string> {
    const hashes = await this.store.hashes();
    const fitting = prefix.length < shortestPrefix ? [] : hashes.filter((hash) => hash.startsWith(prefix));
    const [hash] = fitting;
    if (hash !== undefined && fitting.length === 1) return hash;
    const many = fitting.length > 1 ? `${fitting.length} records` : 'no record';
    throw new ClientError(
      'input',
      `The library of ${this.home} has ${many} whose hash begins with "${prefix}": "duramen library list" shows them.`,
    );
  }
}

function broken({ hash, problem }: BrokenRecord): ClientError {
  return new ClientError(
    'input',
    `Record ${hash.slice(0, 12)} of the library is broken: ${problem}. "duramen library remove ${hash.slice(0, 12)}" takes it out.`,
  );
}

async function readNamed(hash: string, bytes: Uint8Array, file: string): Promise<NamedRecord> {
  try {
    return namedRecord(hash, bytes);
  } catch (error) {
    if (!(error instanceof AlgorithmError)) throw error;
    throw new ClientError('input', `The record ${file} is broken: ${error.message}.`, { cause: error });
  }
}

async function importedWeights(folder: string, hash: string): Promise<Uint8Array> {
  const file = join(folder, 'weights', hash);
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new ClientError('input', `The weights ${file} cannot be read: ${errorText(error)}`, {
      cause: error,
    });
  });
  if (sha256Hex(bytes) === hash) return bytes;
  throw new ClientError('input', `The weights ${file} are damaged: their bytes have another hash.`);
}
