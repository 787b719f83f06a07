import type { NamedRecord } from './library-record.js';
import { distanceMatrix, libraryThreshold } from './task-similarity.js';

/** How far tasks are apart that one probe embedded. */
export interface SimilarityMatrix {
  /** Hash of the probe. */
  readonly probe: string;
  /** The tasks, in the order of the rows and columns; `hash` of the record, null of a task without one. */
  readonly tasks: readonly { readonly hash: string | null; readonly task: string }[];
  readonly distances: readonly (readonly number[])[];
  /** What counts as near among the records; see `libraryThreshold`. */
  readonly threshold: number | null;
}

/** A task that is no record yet. */
export interface EmbeddedTarget {
  readonly task: string;
  readonly probe: string;
  readonly embedding: readonly number[];
}

/**
 * The distances between the tasks of records, a matrix for each probe, in the order of the records; a target comes first.
 * Records of several tasks have no one place and are left out.
 */
export function similarityMatrices(
  records: readonly NamedRecord[],
  target: EmbeddedTarget | null = null,
): readonly SimilarityMatrix[] {
  const single = records.filter(({ record }) => record.tasks === undefined);
  const probes = new Set([
    ...(target === null ? [] : [target.probe]),
    ...single.map(({ record }) => record.probe),
  ]);
  return [...probes].map((probe) => {
    const own = single.filter(({ record }) => record.probe === probe);
    const embeddings = own.map(({ record }) => record.embedding);
    const first = target?.probe === probe ? [target] : [];
    return {
      probe,
      tasks: [
        ...first.map(({ task }) => ({ hash: null, task })),
        ...own.map(({ hash, record }) => ({ hash, task: record.task })),
      ],
      distances: distanceMatrix([...first.map(({ embedding }) => embedding), ...embeddings]),
      threshold: libraryThreshold(embeddings),
    };
  });
}
