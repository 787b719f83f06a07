import { canonicalJson, isPlainJson, isPlainObject, utf8Bytes } from '../../foundation/json/index.js';
import type { Json } from '../../foundation/json/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { namedRecord, recordJson, type NamedRecord } from './library-record.js';

const format = 'duramen-library-snapshot/1';

/** Most records of a snapshot: the distances to all of them are compared in one update. */
export const snapshotLimit = 1_000;

/**
 * The records of a library at one moment as bytes, which a search finds under their hash however the library grows. The
 * order in which they are given does not count. Throws `AlgorithmError` for too many.
 */
export function snapshotBytes(records: readonly NamedRecord[]): Uint8Array {
  if (records.length > snapshotLimit) {
    throw new AlgorithmError(
      `a search chooses among at most ${snapshotLimit} records, and the library has ${records.length}: name those to choose from`,
    );
  }
  const inOrder = [...records].sort((a, b) => (a.hash < b.hash ? -1 : 1));
  const list: Json = inOrder.map(({ hash, record }) => ({ hash, record: recordJson(record) }));
  return utf8Bytes(canonicalJson({ format, records: list }));
}

/** The records of a snapshot, each checked by its hash; throws `AlgorithmError` with one sentence. */
export function readSnapshot(bytes: Uint8Array): readonly NamedRecord[] {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new AlgorithmError('the snapshot of the library is no JSON text');
  }
  const { format: found, records } = isPlainObject(value) ? value : {};
  if (found !== format || !Array.isArray(records)) {
    throw new AlgorithmError(`the snapshot of the library is not of the format ${format}`);
  }
  return records.map((one: unknown) => {
    const { hash, record } = isPlainObject(one) ? one : {};
    if (typeof hash !== 'string' || !isPlainJson(record))
      throw new AlgorithmError('a record of the snapshot has no hash or no content');
    try {
      return namedRecord(hash, utf8Bytes(canonicalJson(record)));
    } catch (error) {
      if (!(error instanceof AlgorithmError)) throw error;
      throw new AlgorithmError(`record ${hash.slice(0, 12)} of the snapshot is broken: ${error.message}`);
    }
  });
}
