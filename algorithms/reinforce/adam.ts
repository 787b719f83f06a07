import { bytesOfNumbers, numbersOfBytes } from '../contract/number-bytes.js';

const firstDecay = 0.9;
const secondDecay = 0.999;
const epsilon = 1e-8;

/**
 * One ascending step of Adam (Kingma and Ba, 2015). `moments` is what the step before returned, null at first: the
 * powers of both decay rates, then the first and the second moments.
 */
export function adamStep(
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
