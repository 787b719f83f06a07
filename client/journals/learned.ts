import { AlgorithmError } from '../../algorithms/index.js';
import {
  adopted,
  type AlgorithmView,
  DefinitionError,
  type JournalRecord,
  planSearch,
  rebuild,
  RebuildError,
  SearchLoop,
  type ViewLimits,
} from '../../searches/index.js';
import type { ArtifactStore, JournalStore } from '../../storage/index.js';
import { ClientError } from '../errors/client-error.js';
import { storedUpdates } from './stored-updates.js';

/**
 * What the algorithm of a search has learned as far as the journal goes, from the last snapshot on; null where it has
 * nothing to tell or there is no journal. Throws `ClientError` when another build wrote the journal, or what the algorithm
 * keeps in the artifact store is missing.
 */
export async function learnedOf(
  journals: JournalStore<JournalRecord>,
  artifacts: ArtifactStore,
  search: string,
  limits: ViewLimits,
): Promise<AlgorithmView | null> {
  const chained = await journals.read(search);
  const records = chained.map(({ record }) => record);
  const [opened] = records;
  if (opened?.kind !== 'opened') return null;
  const refuse = (error: Error): never => {
    const message = `What the algorithm of "${search}" has learned cannot be read: ${error.message}`;
    throw new ClientError('input', message, { cause: error });
  };
  const updates = storedUpdates({ get: (hash) => artifacts.get(hash).catch(refuse) });
  try {
    const plan = planSearch(search, opened.definition, opened.level, opened.context);
    if (plan.algorithm.describe === undefined) return null;
    const snapshot = await journals.snapshot(search);
    const after =
      snapshot !== null && chained[snapshot.position.records - 1]?.hash === snapshot.position.hash
        ? snapshot.position.records
        : 0;
    const current = records
      .slice(0, after)
      .reduce(
        (latest, record) =>
          record.kind === 'intervention' && record.intervention.kind === 'adopt'
            ? adopted(latest, record.intervention.definition)
            : latest,
        plan,
      );
    const from =
      snapshot === null || after === 0 ? SearchLoop.open(plan) : SearchLoop.decode(current, snapshot.state);
    const loop = await rebuild(current, records.slice(after), updates, from);
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
