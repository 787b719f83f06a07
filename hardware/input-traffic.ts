import type { Accelerator } from './accelerator.js';
import { halfScratchpadWords } from './accelerator.js';
import { countInputReads } from './input-automaton.js';
import { walkInputPhases } from './input-phase-walk.js';
import type { MeasuredLayer } from './layer.js';
import { distinctInputWords, layerKey, windowsOverlap } from './layer.js';
import type { Mapping } from './mapping.js';

/**
 * Accesses of a layer that the model follows one by one, at most: so many take some ten milliseconds. Beyond, the model
 * estimates.
 */
const automatonLimit = 16_000_000;

/** Results that the memory keeps at most; the model empties it when it is full. */
const memoryLimit = 20_000;

const memory = new Map<string, number>();

/**
 * Words of the layer's input that the accelerator reads from DRAM. It reads a needed word unless it has read it in the
 * current phase. A phase ends with half a scratchpad of distinct words, because the scratchpad then forgets everything.
 * Exact up to 16 million accesses of the array; beyond, an estimate that may be wrong by tens of per cent where the
 * scratchpad is small beside the layer.
 */
export function inputDramReads(layer: MeasuredLayer, mapping: Mapping, accelerator: Accelerator): number {
  const half = halfScratchpadWords(accelerator.inputScratchpad, accelerator.precision);
  const distinct = distinctInputWords(layer);
  const passes = inputPasses(mapping, accelerator);
  if (distinct < half) return distinct;
  if (!windowsOverlap(layer)) return passes * distinct;
  const key = keyOf(layer, accelerator, half);
  const known = memory.get(key);
  if (known !== undefined) return known;
  const reads =
    layer.M * layer.K * passes <= automatonLimit
      ? countInputReads(layer, accelerator, half)
      : walkInputPhases(layer, passes, accelerator.dataflow, half);
  if (memory.size >= memoryLimit) memory.clear();
  memory.set(key, reads);
  return reads;
}

/** How often the array goes through the whole input. */
export function inputPasses({ columnFolds }: Mapping, { dataflow }: Pick<Accelerator, 'dataflow'>): number {
  return dataflow === 'inputStationary' ? 1 : columnFolds;
}

function keyOf(layer: MeasuredLayer, { rows, columns, dataflow }: Accelerator, half: number): string {
  return `${layerKey(layer)} ${rows} ${columns} ${dataflow} ${half}`;
}
