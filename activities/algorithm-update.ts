import { ApplicationFailure } from '@temporalio/activity';
import type { UpdateRequest, UpdateResult } from '../algorithms/index.js';
import type { SearchPlan } from '../searches/index.js';
import type { ArtifactStore } from '../storage/index.js';

/** Computes an update of a search's algorithm, with its bulk before and after in the artifact store. */
export async function computeUpdate(
  artifacts: ArtifactStore,
  plan: SearchPlan,
  request: UpdateRequest,
): Promise<UpdateResult> {
  const compute = plan.algorithm.computeUpdate;
  if (compute === undefined) {
    throw badInput(`The algorithm ${plan.algorithm.name} of "${plan.search}" has no updates.`);
  }
  const bulk = request.bulk === null ? null : await artifacts.get(request.bulk);
  const computed = compute(bulk, request.input);
  return {
    bulk: computed.bulk === null ? null : await artifacts.put(computed.bulk),
    output: computed.output,
  };
}

/** A failure that a repetition cannot mend. */
export function badInput(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'BadInput');
}

/** Errors that a repetition cannot mend end the search with their sentence. */
export async function refusingBadInput<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const names = ['DefinitionError', 'AlgorithmError', 'SpaceError', 'RebuildError', 'JournalError'];
    if (error instanceof Error && names.includes(error.name)) throw badInput(error.message);
    throw error;
  }
}
