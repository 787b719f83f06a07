import {
  bindAlgorithm,
  encodeState,
  ma2ml,
  type Ma2mlOptions,
  type StateValue,
} from '../../../algorithms/index.js';
import { rngFromSeed, sha256Hex } from '../../../foundation/numbers/index.js';
import { float, oneOf, optional, view } from '../../../search-spaces/index.js';

/**
 * A search with a reward of small integers, and the hash of its state and its bulk after these numbers of rounds. The
 * bits must not depend on the engine that runs it.
 */
export function goldenHashes(rounds: readonly number[], options: Ma2mlOptions = {}): readonly string[] {
  const space = view({
    augment: optional({ strength: oneOf([0, 1, 2, 3, 4], { tags: ['AUG'] }) }, { tags: ['AUG'] }),
    layers: Array.from({ length: 4 }, () => oneOf([0, 1, 2], { tags: ['NAS'] })),
    rate: float(1e-4, 1e-1, { scale: 'log', tags: ['HPO'] }),
    batch: oneOf([0, 1, 2, 3], { tags: ['HPO'] }),
  });
  const reference = ma2ml({
    range: [0, 16],
    stepsPerRound: 6,
    actionsPerStep: 2,
    hiddenUnits: 24,
    replay: 500,
    ...options,
  });
  const metrics = [{ name: 'score', goal: 'maximize' }] as const;
  const algorithm = bindAlgorithm(reference, space, metrics, rngFromSeed('golden'), 'in-order');
  const hashes: string[] = [];
  let state: StateValue = algorithm.init();
  let bulk: Uint8Array | null = null;
  let round = 0;
  for (let index = 0; hashes.length < rounds.length;) {
    const { state: next, action } = algorithm.propose(state, index);
    state = next;
    if (action.kind === 'trial') {
      const { genome } = action.proposal;
      const score = genome.reduce((sum, number, place) => (sum + Math.floor(number) * (place + 1)) % 17, 0);
      const trial = { ...action.proposal, index };
      state = algorithm.tell(state, [{ trial, outcome: { kind: 'scored', metrics: { score } } }]);
      index += 1;
    } else if (action.kind === 'update' && algorithm.computeUpdate !== undefined) {
      const result = algorithm.computeUpdate(bulk, action.request.input);
      bulk = result.bulk;
      if (bulk === null || algorithm.applyUpdate === undefined) throw new Error('the update has no result');
      state = algorithm.applyUpdate(state, { bulk: sha256Hex(bulk), output: result.output });
      round += 1;
      if (rounds.includes(round)) hashes.push(sha256Hex(encodeState(state)));
    } else throw new Error('the search stands still');
  }
  return hashes;
}
