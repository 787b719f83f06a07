import { constant, oneOf, space } from '../search-spaces/index.js';
import { newestLatencyModel } from './accelerator.js';

const sides = [8, 16, 32, 64] as const;
const scratchpads = [32, 64, 128, 256, 512] as const;

/**
 * 90,000 accelerators; a decoded point is an `Accelerator` with the newest latency model. Parts of it can be fixed by
 * spreading it.
 */
export const acceleratorSpace = space({
  rows: oneOf(sides),
  columns: oneOf(sides),
  dataflow: oneOf(['outputStationary', 'weightStationary', 'inputStationary']),
  inputScratchpad: oneOf(scratchpads),
  weightScratchpad: oneOf(scratchpads),
  outputScratchpad: oneOf(scratchpads),
  bandwidth: oneOf([2, 4, 8, 16, 32]),
  precision: oneOf(['int8', 'fp16', 'fp32']),
  latencyModel: constant(newestLatencyModel),
});
