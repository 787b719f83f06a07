import { AlgorithmError } from '../contract/algorithm-error.js';
import { initialParameters } from './controller-tensors.js';
import type { Learner } from './policy-update.js';
import type { Rng } from '../../foundation/numbers/index.js';

/** The learner before its first update. */
export function initialLearner(size: number, rng: Rng): Learner {
  return {
    parameters: initialParameters(size, rng),
    moments: { first: new Float32Array(size), second: new Float32Array(size) },
    steps: 0,
  };
}

/**
 * The bulk of a controller, the same bytes on every machine: its steps of Adam as a little-endian float64, then parameters
 * and both moments as little-endian float32.
 */
export function bytesOfLearner({ parameters, moments, steps }: Learner): Uint8Array {
  const size = parameters.length;
  const bytes = new Uint8Array(8 + 12 * size);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, steps, true);
  for (const [part, numbers] of [parameters, moments.first, moments.second].entries())
    for (let at = 0; at < size; at += 1) view.setFloat32(8 + 4 * (part * size + at), numbers[at] ?? 0, true);
  return bytes;
}

/** The learner that `bytesOfLearner` wrote; throws `AlgorithmError` for anything else. */
export function learnerOfBytes(bytes: Uint8Array, size: number): Learner {
  if (bytes.length !== 8 + 12 * size) {
    throw new AlgorithmError(
      `the policy of this controller has ${size} parameters in ${8 + 12 * size} bytes, and the stored one takes ${bytes.length}: ` +
        'it is of another space or of other options',
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const steps = view.getFloat64(0, true);
  if (!Number.isSafeInteger(steps) || steps < 0)
    throw new AlgorithmError(`the stored policy of a controller counts ${steps} steps`);
  const part = (number: number): Float32Array => {
    const numbers = new Float32Array(size);
    for (let at = 0; at < size; at += 1) {
      const value = view.getFloat32(8 + 4 * (number * size + at), true);
      if (!Number.isFinite(value))
        throw new AlgorithmError(`the stored policy of a controller holds ${value} at place ${at}`);
      numbers[at] = value;
    }
    return numbers;
  };
  return { parameters: part(0), moments: { first: part(1), second: part(2) }, steps };
}
