import type { Accelerator } from './accelerator.js';
import type { Technology } from './technology.js';

/** Area of an accelerator in square millimetres, by part. */
export interface Area {
  /** Multiply-accumulate units with their registers: two words and an accumulator each. */
  readonly array: number;
  readonly scratchpads: number;
  readonly total: number;
}

/** Area of the array and the scratchpads. */
export function areaOf(accelerator: Accelerator, technology: Technology): Area {
  const { wordBits, accumulatorBits, multiplyAccumulateSquareMicrometres } =
    technology.arithmetic[accelerator.precision];
  const registers = technology.registerBitSquareMicrometres * (2 * wordBits + accumulatorBits);
  const elements = accelerator.rows * accelerator.columns;
  const kibibytes = accelerator.inputScratchpad + accelerator.weightScratchpad + accelerator.outputScratchpad;
  const array = (elements * (multiplyAccumulateSquareMicrometres + registers)) / 1e6;
  const scratchpads = (kibibytes * 8192 * technology.scratchpadBitSquareMicrometres) / 1e6;
  return { array, scratchpads, total: array + scratchpads };
}
