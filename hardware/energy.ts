import type { Accelerator } from './accelerator.js';
import type { Technology } from './technology.js';
import type { OperandWords } from './traffic.js';

/** Energy by where it is spent, in picojoules. */
export interface Energy {
  readonly multiplyAccumulate: number;
  readonly registers: number;
  readonly scratchpads: number;
  readonly dram: number;
  readonly total: number;
}

/** Energy of the work and traffic of a layer. A DRAM word crosses its scratchpad too. */
export function energyOf(
  multiplyAccumulates: number,
  scratchpad: OperandWords,
  dram: OperandWords,
  accelerator: Accelerator,
  technology: Technology,
): Energy {
  const { wordBits, multiplyAccumulatePicojoules } = technology.arithmetic[accelerator.precision];
  const access = (kibibytes: number): number => scratchpadAccessEnergy(kibibytes, wordBits, technology);
  const multiplyAccumulate = multiplyAccumulates * multiplyAccumulatePicojoules;
  const registers = multiplyAccumulate * technology.registerRatio;
  const scratchpads =
    (scratchpad.inputs + dram.inputs) * access(accelerator.inputScratchpad) +
    (scratchpad.weights + dram.weights) * access(accelerator.weightScratchpad) +
    (scratchpad.outputs + dram.outputs) * access(accelerator.outputScratchpad);
  const dramEnergy =
    (dram.inputs + dram.weights + dram.outputs) * ((technology.dramPicojoules * wordBits) / 64);
  return {
    multiplyAccumulate,
    registers,
    scratchpads,
    dram: dramEnergy,
    total: multiplyAccumulate + registers + scratchpads + dramEnergy,
  };
}

/** Energy of reading or writing one word of a scratchpad, in picojoules. */
export function scratchpadAccessEnergy(kibibytes: number, wordBits: number, technology: Technology): number {
  return (technology.scratchpadPicojoules * Math.sqrt(kibibytes / 8) * wordBits) / 64;
}
