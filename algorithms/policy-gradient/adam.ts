import { dpow } from '../../foundation/numbers/index.js';
import { bytesOfNumbers, numbersOfBytes } from '../contract/number-bytes.js';

/**
 * Adam (Kingma and Ba, 2015) in two arithmetics. They round at different places, so a search that uses one of them
 * must stay with it: its trajectory would change with the other.
 */
const firstDecay = 0.9;
const secondDecay = 0.999;
const epsilon = 1e-8;

/**
 * One ascending step in float64. `moments` is what the step before returned, null at first: the powers of both decay
 * rates, then the first and the second moments, as little-endian doubles. Throws `AlgorithmError` for moments of
 * another size.
 */
export function adamStepInFloat64(
  parameters: Float64Array,
  gradient: Float64Array,
  moments: Uint8Array | null,
  learningRate: number,
): { readonly parameters: Float64Array; readonly moments: Uint8Array } {
  const size = parameters.length;
  const memory =
    moments === null
      ? Float64Array.from({ length: 2 + 2 * size }, (_, place) => (place < 2 ? 1 : 0))
      : numbersOfBytes(moments, 2 + 2 * size, 'the optimiser moments of the policy');
  const firstPower = (memory[0] ?? 1) * firstDecay;
  const secondPower = (memory[1] ?? 1) * secondDecay;
  memory[0] = firstPower;
  memory[1] = secondPower;
  const after = new Float64Array(size);
  for (let place = 0; place < size; place += 1) {
    const slope = gradient[place] ?? 0;
    const first = firstDecay * (memory[2 + place] ?? 0) + (1 - firstDecay) * slope;
    const second = secondDecay * (memory[2 + size + place] ?? 0) + (1 - secondDecay) * slope * slope;
    memory[2 + place] = first;
    memory[2 + size + place] = second;
    const step = first / (1 - firstPower) / (Math.sqrt(second / (1 - secondPower)) + epsilon);
    after[place] = (parameters[place] ?? 0) + learningRate * step;
  }
  return { parameters: after, moments: bytesOfNumbers(memory) };
}

/** Moving averages of the gradient and of its square, rounded to float32 where they are stored. */
export interface Moments {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/**
 * Step number `step` (from 1) along a gradient, in place, with parameters and moments in float32, for the parameters
 * from `from` to before `to`. A negative learning rate descends.
 */
export function adamStepInFloat32(
  parameters: Float32Array,
  gradient: Float64Array,
  { first, second }: Moments,
  step: number,
  learningRate: number,
  from = 0,
  to = parameters.length,
): void {
  const firstScale = 1 / (1 - dpow(firstDecay, step));
  const secondScale = 1 / (1 - dpow(secondDecay, step));
  for (let at = from; at < to; at += 1) {
    const slope = gradient[at] ?? 0;
    const mean = Math.fround(firstDecay * (first[at] ?? 0) + (1 - firstDecay) * slope);
    const square = Math.fround(secondDecay * (second[at] ?? 0) + (1 - secondDecay) * slope * slope);
    first[at] = mean;
    second[at] = square;
    const change = (mean * firstScale) / (Math.sqrt(square * secondScale) + epsilon);
    parameters[at] = (parameters[at] ?? 0) + learningRate * change;
  }
}
