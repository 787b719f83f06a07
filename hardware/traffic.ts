import { unreachable } from '../foundation/errors/index.js';
import type { Accelerator } from './accelerator.js';
import { halfScratchpadWords, wordBytes } from './accelerator.js';
import { inputDramReads } from './input-traffic.js';
import type { MeasuredLayer } from './layer.js';
import { distinctInputWords } from './layer.js';
import type { Mapping } from './mapping.js';

/** Words of each operand. */
export interface OperandWords {
  readonly inputs: number;
  readonly weights: number;
  readonly outputs: number;
}

/** Reads of the array from its scratchpads and writes back to them. */
export function scratchpadAccesses(
  { M, N, K }: MeasuredLayer,
  { rowFolds, columnFolds }: Mapping,
  { dataflow }: Accelerator,
): OperandWords {
  switch (dataflow) {
    case 'outputStationary':
      return { inputs: M * K * columnFolds, weights: K * N * rowFolds, outputs: M * N };
    case 'weightStationary':
      return { inputs: M * K * columnFolds, weights: K * N, outputs: M * N * rowFolds };
    case 'inputStationary':
      return { inputs: M * K, weights: K * N * columnFolds, outputs: M * N * rowFolds };
    default:
      return unreachable(dataflow, 'dataflow');
  }
}

/** Words between DRAM and the scratchpads. */
export function dramWords(layer: MeasuredLayer, mapping: Mapping, accelerator: Accelerator): OperandWords {
  return {
    inputs: inputDramReads(layer, mapping, accelerator),
    weights: weightReads(layer, mapping, accelerator),
    outputs: outputWrites(layer, mapping, accelerator),
  };
}

/**
 * Words that are on chip before the array starts, and output words that are written after it has ended: what the
 * halves of the scratchpads hold of each operand.
 */
export function residentWords(layer: MeasuredLayer, outputs: number, accelerator: Accelerator): OperandWords {
  const { precision, inputScratchpad, weightScratchpad } = accelerator;
  return {
    inputs: Math.min(distinctInputWords(layer), halfScratchpadWords(inputScratchpad, precision)),
    weights: Math.min(layer.K * layer.N, halfScratchpadWords(weightScratchpad, precision)),
    outputs: Math.min(outputs, halfOutputWords(accelerator)),
  };
}

function weightReads(
  { K, N }: MeasuredLayer,
  { rowFolds, columnFolds }: Mapping,
  accelerator: Accelerator,
): number {
  const { dataflow, columns } = accelerator;
  const half = halfScratchpadWords(accelerator.weightScratchpad, accelerator.precision);
  switch (dataflow) {
    case 'weightStationary':
      return K * N;
    case 'inputStationary':
      return K * N < half ? K * N : K * N * columnFolds;
    case 'outputStationary': {
      // The array uses each block of filters once for every fold along the rows. It may have to read a block again,
      // because the scratchpad forgets all when it is full.
      let reads = 0;
      let held = 0;
      for (let fold = 0; fold < columnFolds; fold++) {
        const block = K * Math.min(columns, N - fold * columns);
        if (block >= half) {
          reads += block * rowFolds;
          held = (held + block * rowFolds) % half;
        } else if (held + block < half) {
          reads += block;
          held += block;
        } else {
          const lost = half - held;
          reads += block;
          held = block - lost;
          if (rowFolds > 1) {
            reads += lost;
            held = block;
          }
        }
      }
      return reads;
    }
    default:
      return unreachable(dataflow, 'dataflow');
  }
}

function outputWrites({ M, N }: MeasuredLayer, { rowFolds }: Mapping, accelerator: Accelerator): number {
  const words = accelerator.dataflow === 'outputStationary' ? M * N : M * N * rowFolds;
  return words > halfOutputWords(accelerator) ? words + accelerator.columns - 1 : words;
}

function halfOutputWords({ outputScratchpad, precision }: Accelerator): number {
  return (512 * outputScratchpad) / wordBytes(precision);
}
