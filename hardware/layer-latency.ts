import { unreachable } from '../foundation/errors/index.js';
import type { Accelerator, LatencyModel } from './accelerator.js';
import { timeArray } from './double-buffers/index.js';
import type { ArrayTiming } from './double-buffers/index.js';
import type { MeasuredLayer } from './layer.js';
import { layerKey } from './layer.js';
import type { Mapping } from './mapping.js';
import type { OperandWords } from './traffic.js';
import { residentWords } from './traffic.js';

/** How long a layer takes, and how long the array waits in it; in cycles. */
export interface LayerLatency {
  readonly stallCycles: number;
  readonly latencyCycles: number;
}

/** Latency of a layer, of which `dram` are the words between DRAM and the scratchpads, by one of the latency models. */
export function layerLatency(
  layer: MeasuredLayer,
  mapping: Mapping,
  dram: OperandWords,
  accelerator: Accelerator,
  model: LatencyModel,
): LayerLatency {
  switch (model) {
    case 1:
      return slowestChannel(layer, mapping, dram, accelerator);
    case 2: {
      const { fillCycles, stallCycles, drainCycles } = rememberedTiming(layer, mapping, accelerator);
      return { stallCycles, latencyCycles: fillCycles + mapping.computeCycles + stallCycles + drainCycles };
    }
    default:
      return unreachable(model, 'latency model');
  }
}

/** Latency model 1: the array waits as long as the slowest of three channels is busy longer than it, and never in between. */
function slowestChannel(
  layer: MeasuredLayer,
  { computeCycles }: Mapping,
  dram: OperandWords,
  accelerator: Accelerator,
): LayerLatency {
  const resident = residentWords(layer, dram.outputs, accelerator);
  const { bandwidth } = accelerator;
  // Operands move at the same time, because each has a channel of its own. The words that the halves hold move before
  // the array starts or after it ends, so they add to its cycles.
  const fill = Math.max(resident.inputs, resident.weights) / bandwidth;
  const drain = resident.outputs / bandwidth;
  const transfer =
    Math.max(
      dram.inputs - resident.inputs,
      dram.weights - resident.weights,
      dram.outputs - resident.outputs,
    ) / bandwidth;
  const body = Math.max(computeCycles, transfer);
  return { stallCycles: body - computeCycles, latencyCycles: fill + body + drain };
}

/** Results that the memory keeps at most; the model empties it when it is full. */
const memoryLimit = 20_000;

const memory = new Map<string, ArrayTiming>();

function rememberedTiming(layer: MeasuredLayer, mapping: Mapping, accelerator: Accelerator): ArrayTiming {
  const { rows, columns, dataflow, bandwidth, precision } = accelerator;
  const { inputScratchpad, weightScratchpad, outputScratchpad } = accelerator;
  const key = `${layerKey(layer)} ${rows} ${columns} ${dataflow} ${inputScratchpad} ${weightScratchpad} ${outputScratchpad} ${bandwidth} ${precision}`;
  const known = memory.get(key);
  if (known !== undefined) return known;
  const timing = timeArray(layer, mapping, accelerator);
  if (memory.size >= memoryLimit) memory.clear();
  memory.set(key, timing);
  return timing;
}
