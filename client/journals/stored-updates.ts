import { AlgorithmError } from '../../algorithms/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';
import type { ComputeUpdate } from '../../searches/index.js';
import type { ArtifactStore } from '../../storage/index.js';

/** Updates as the worker computes them, with the bulk of the last one in memory: nothing is written. */
export function storedUpdates(artifacts: Pick<ArtifactStore, 'get'>): ComputeUpdate {
  let last: { readonly hash: string; readonly bytes: Uint8Array } | null = null;
  return async (plan, { bulk, input }) => {
    const compute = plan.algorithm.computeUpdate;
    if (compute === undefined)
      throw new AlgorithmError(`The algorithm ${plan.algorithm.name} has no updates.`);
    const before = bulk === null ? null : last?.hash === bulk ? last.bytes : await artifacts.get(bulk);
    const { bulk: bytes, output } = compute(before, input);
    if (bytes === null) return { bulk: null, output };
    last = { hash: sha256Hex(bytes), bytes };
    return { bulk: last.hash, output };
  };
}
