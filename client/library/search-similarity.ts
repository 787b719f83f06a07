import { AlgorithmError, readTaskEmbedding } from '../../algorithms/contract/index.js';
import {
  readSnapshot,
  similarityMatrices,
  type SimilarityMatrix,
} from '../../algorithms/warm-start/index.js';
import type { JournalSummary } from '../../searches/journal/index.js';
import { snapshotOf } from '../../searches/search-files/index.js';
import { ClientError } from '../errors/index.js';
import type { JournalReader } from '../journals/journal-reader.js';

/**
 * How far the tasks are apart that a search could start from, itself first; null for a search without a warm start, whose
 * data are not embedded yet, or whose library is empty. Throws `ClientError` where the snapshot of the library is missing or broken.
 */
export async function similarityOfSearch(
  reader: JournalReader,
  { search, level, trials }: JournalSummary,
): Promise<SimilarityMatrix | null> {
  const snapshot = snapshotOf(level.algorithm);
  const embedded = trials.findLast(
    ({ slice, outcome }) => slice?.kind === 'embed' && outcome?.kind === 'scored',
  );
  if (snapshot === null || embedded?.slice?.kind !== 'embed' || embedded.outcome?.kind !== 'scored')
    return null;
  const { probe, task } = embedded.slice;
  if (task !== undefined) return null;
  const bytes = await reader.artifact(snapshot.hash);
  if (bytes === null) {
    throw new ClientError(
      'input',
      `The records that "${search}" could start from are missing or damaged: restore artifact ${snapshot.hash} from a backup of DURAMEN_HOME.`,
    );
  }
  try {
    const { embedding } = readTaskEmbedding(embedded.outcome.values ?? []);
    const matrices = similarityMatrices(readSnapshot(bytes), { task: search, probe, embedding });
    const own = matrices.find((matrix) => matrix.probe === probe);
    return own === undefined || own.tasks.length < 2 ? null : own;
  } catch (error) {
    if (!(error instanceof AlgorithmError)) throw error;
    throw new ClientError('input', `The records that "${search}" could start from: ${error.message}.`, {
      cause: error,
    });
  }
}
