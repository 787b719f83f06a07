import { AlgorithmError } from '../../algorithms/index.js';
import {
  algorithmUpdates,
  type AlgorithmView,
  DefinitionError,
  type JournalRecord,
  planSearch,
  RebuildError,
  rebuildFromSnapshot,
  type ViewLimits,
} from '../../searches/index.js';
import type { ArtifactStore, JournalStore } from '../../storage/index.js';
import { ClientError } from '../errors/client-error.js';
import { unwrittenBulks } from './unwritten-bulks.js';

/**
 * What the algorithm of a search has learned as far as the journal goes; null where it has nothing to tell or there is
 * no journal. Throws `ClientError` when another build wrote the journal, or what the algorithm keeps in the artifact
 * store is missing.
 */
export async function learnedOf(
  journals: JournalStore<JournalRecord>,
  artifacts: ArtifactStore,
  search: string,
  limits: ViewLimits,
): Promise<AlgorithmView | null> {
  const chained = await journals.read(search);
  const opened = chained[0]?.record;
  if (opened?.kind !== 'opened') return null;
  const refuse = (error: Error): never => {
    const message = `What the algorithm of "${search}" has learned cannot be read: ${error.message}`;
    throw new ClientError('input', message, { cause: error });
  };
  const updates = algorithmUpdates(unwrittenBulks({ get: (hash) => artifacts.get(hash).catch(refuse) }));
  try {
    const plan = planSearch(search, opened.definition, opened.level, opened.context);
    if (plan.algorithm.describe === undefined) return null;
    const loop = await rebuildFromSnapshot(plan, chained, await journals.snapshot(search), updates);
    return loop.report.algorithm(limits);
  } catch (error) {
    if (
      error instanceof AlgorithmError ||
      error instanceof RebuildError ||
      error instanceof DefinitionError
    ) {
      return refuse(error);
    }
    throw error;
  }
}
