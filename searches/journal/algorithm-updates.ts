import { AlgorithmError, type UpdateRequest, type UpdateResult } from '../../algorithms/index.js';
import type { SearchPlan } from '../loop/search-plan.js';

/** Computes an update of a search's algorithm. */
export type ComputeUpdate = (plan: SearchPlan, request: UpdateRequest) => Promise<UpdateResult>;

/** Where the bulk of an algorithm is kept: immutable bytes, named by their SHA-256. */
export interface BulkStore {
  get(hash: string): Promise<Uint8Array>;
  /** Keeps the bytes and answers their hash. */
  put(bytes: Uint8Array): Promise<string>;
}

/**
 * The updates of a search's algorithm, with the bulk before and after each in `bulks`. Throws `AlgorithmError` where
 * the algorithm has no updates.
 */
export function algorithmUpdates(bulks: BulkStore): ComputeUpdate {
  return async ({ search, algorithm }, request) => {
    if (algorithm.computeUpdate === undefined)
      throw new AlgorithmError(`The algorithm ${algorithm.name} of "${search}" has no updates.`);
    const before = request.bulk === null ? null : await bulks.get(request.bulk);
    const { bulk: after, output } = algorithm.computeUpdate(before, request.input);
    return { bulk: after === null ? null : await bulks.put(after), output };
  };
}
