import { AlgorithmError, numbersOfBytes } from '../algorithms/contract/index.js';
import type { MixtureStart, Relaxation } from '../algorithms/contract/index.js';
import { supernetworkParameters } from '../networks/supernetwork/index.js';
import type { Supernetwork } from '../networks/supernetwork/index.js';
import type { TrainingState } from './step/training-step.js';
import { logitsName } from './supernet/logit-packs.js';
import { decodeCheckpoint } from './training-checkpoint.js';
import { TrainingError } from './training-error.js';

/**
 * The first state of a mixture that starts from another search: its logits, and the weights that have a name in both but
 * for those of the classifier, whose classes are others. All else stays as in `initial`. Throws `TrainingError` of class
 * `BadInput` where weights of one name differ in number, or none has a name in both.
 */
export async function startedState(
  initial: TrainingState,
  { logits, weights }: MixtureStart,
  { rows, size }: Relaxation,
  supernetwork: Supernetwork,
  artifact: (hash: string) => Promise<Uint8Array>,
): Promise<TrainingState> {
  const state = new Map(initial);
  if (weights !== null) {
    const source = decodeCheckpoint(await artifact(weights)).state;
    for (const [name, numbers] of takenWeights(initial, source, supernetwork)) state.set(name, numbers);
  }
  if (logits !== null) {
    const numbers = logitsOf(await artifact(logits), size);
    for (const { id, offset, length } of rows) {
      // A choice that no child has any more has no logits.
      if (state.has(logitsName(id)))
        state.set(logitsName(id), Float32Array.from(numbers.slice(offset, offset + length)));
    }
  }
  return state;
}

/**
 * The first state of a mixture that goes on with what the task before left (`MixtureStage.task`): logits, and weights that
 * have a name in both but for those of the classifier. All else, the slots of the optimisers too, stays as in `initial`.
 */
export function carriedState(
  initial: TrainingState,
  before: TrainingState,
  { rows }: Relaxation,
  supernetwork: Supernetwork,
): TrainingState {
  const logits = rows.flatMap(({ id }) => {
    const numbers = before.get(logitsName(id));
    return numbers === undefined ? [] : [[logitsName(id), numbers] as const];
  });
  return new Map([...initial, ...takenWeights(initial, before, supernetwork), ...logits]);
}

function logitsOf(bytes: Uint8Array, size: number): Float64Array {
  try {
    return numbersOfBytes(bytes, size, 'the artifact with the first logits');
  } catch (error) {
    if (error instanceof AlgorithmError) throw new TrainingError('BadInput', `${error.message}.`);
    throw error;
  }
}

function takenWeights(
  initial: TrainingState,
  source: TrainingState,
  supernetwork: Supernetwork,
): ReadonlyMap<string, Float32Array> {
  const taken = new Map<string, Float32Array>();
  for (const { parameter } of supernetworkParameters(supernetwork)) {
    const { name } = parameter;
    const numbers = source.get(name);
    const size = initial.get(name)?.length;
    const isClassifier = supernetwork.outputs.some((output) => name.startsWith(`${output}/`));
    if (isClassifier || numbers === undefined || size === undefined) continue;
    if (numbers.length !== size) {
      throw new TrainingError(
        'BadInput',
        `The weights that the search starts from do not fit its network: ${name} has ${numbers.length} numbers there and ${size} here. Search with the network of the source, or take modes without weights.`,
      );
    }
    taken.set(name, numbers);
  }
  if (taken.size > 0) return taken;
  throw new TrainingError(
    'BadInput',
    'The weights that the search starts from are of another network, which has no weights of the same name: take modes without weights.',
  );
}
