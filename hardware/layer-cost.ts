import type { Accelerator, LatencyModel } from './accelerator.js';
import { halfScratchpadWords, newestLatencyModel } from './accelerator.js';
import type { Energy } from './energy.js';
import { energyOf } from './energy.js';
import { HardwareError } from './hardware-error.js';
import type { Layer } from './layer.js';
import { measureLayer } from './layer.js';
import { layerLatency } from './layer-latency.js';
import { mapLayer } from './mapping.js';
import type { Technology } from './technology.js';
import type { OperandWords } from './traffic.js';
import { dramWords, scratchpadAccesses } from './traffic.js';

/** What a piece of work costs on an accelerator. */
export interface WorkCost {
  readonly multiplyAccumulates: number;
  /** Cycles of the array when DRAM keeps up. */
  readonly computeCycles: number;
  /** Cycles in which the array waits for DRAM between its first and last use. */
  readonly stallCycles: number;
  /** Cycles from the first word read from DRAM to the last one written; may be a fraction. */
  readonly latencyCycles: number;
  /** Words that the array reads from and writes to the scratchpads. */
  readonly scratchpadAccesses: OperandWords;
  /** Words between DRAM and the scratchpads. */
  readonly dramWords: OperandWords;
  readonly energyPicojoules: Energy;
}

/** What one layer costs, and how well it fills the array. */
export interface LayerCost extends WorkCost {
  /** Multiply-accumulates per processing element and compute cycle, at most 1. */
  readonly utilization: number;
  readonly mappingEfficiency: number;
  readonly computeUtilization: number;
}

/**
 * Cost of one layer, with the latency model of the accelerator; the newest where it names none. Throws `HardwareError` of
 * class `InvalidArchitecture` when the layer has no sizes of a convolution or a scratchpad cannot feed the array.
 */
export function layerCost(
  shape: Layer,
  accelerator: Accelerator,
  technology: Technology,
  latencyModel: LatencyModel = accelerator.latencyModel ?? newestLatencyModel,
): LayerCost {
  const layer = measureLayer(shape);
  checkFeeding(accelerator);
  const mapping = mapLayer(layer, accelerator);
  const scratchpad = scratchpadAccesses(layer, mapping, accelerator);
  const dram = dramWords(layer, mapping, accelerator);
  const { computeCycles, mappingEfficiency, computeUtilization } = mapping;
  const { stallCycles, latencyCycles } = layerLatency(layer, mapping, dram, accelerator, latencyModel);
  const multiplyAccumulates = layer.M * layer.N * layer.K;
  return {
    multiplyAccumulates,
    computeCycles,
    stallCycles,
    latencyCycles,
    utilization: multiplyAccumulates / (computeCycles * accelerator.rows * accelerator.columns),
    mappingEfficiency,
    computeUtilization,
    scratchpadAccesses: scratchpad,
    dramWords: dram,
    energyPicojoules: energyOf(multiplyAccumulates, scratchpad, dram, accelerator, technology),
  };
}

/** Refuses a scratchpad too small to feed the array: every row and column takes a word a cycle from a half. */
function checkFeeding(accelerator: Accelerator): void {
  const { rows, columns, precision, inputScratchpad, weightScratchpad, outputScratchpad } = accelerator;
  const needed = Math.max(rows, columns);
  const smallest = Math.min(inputScratchpad, weightScratchpad, outputScratchpad);
  if (halfScratchpadWords(smallest, precision) < needed) {
    throw new HardwareError(
      'InvalidArchitecture',
      `no layer can be mapped to an array of ${rows} × ${columns} with a scratchpad of ${smallest} KiB: half of it holds fewer than ${needed} ${precision} words; use a larger scratchpad or a smaller array.`,
    );
  }
}
