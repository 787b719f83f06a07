import { dpow } from '../../foundation/numbers/index.js';

const firstDecay = 0.9;
const secondDecay = 0.999;
const epsilon = 1e-8;

/** Moving averages of the gradient and of its square, rounded to float32 where they are stored. */
export interface Moments {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/**
 * Step number `step` (from 1) of Adam (Kingma and Ba, 2015) along a gradient, in place, for the parameters from `from`
 * to before `to`. A negative learning rate descends.
 */
export function adamStep(
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
