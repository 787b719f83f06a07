import { unreachable } from '../foundation/errors/index.js';
import { HardwareError } from './hardware-error.js';

/** What stays in the array while the other two operands move through it. */
export const dataflows = ['outputStationary', 'weightStationary', 'inputStationary'] as const;
export type Dataflow = (typeof dataflows)[number];

/** Types of a word: of inputs, weights and outputs alike. */
export const precisions = ['int8', 'fp16', 'fp32'] as const;
export type Precision = (typeof precisions)[number];

/**
 * Versions of the model of latency. 1: the slowest channel of three. 2: the waits of SCALE-Sim 3.0.0, by following every
 * word through double-buffered scratchpads.
 */
export const latencyModels = [1, 2] as const;
export type LatencyModel = (typeof latencyModels)[number];

/** The latency model of new accelerators. */
export const newestLatencyModel = 2;

/** A systolic array with three scratchpads between it and DRAM. */
export interface Accelerator {
  /** Rows of processing elements; each element does one multiply-accumulate a cycle. */
  readonly rows: number;
  readonly columns: number;
  readonly dataflow: Dataflow;
  /** KiB of the scratchpad for layer inputs; as in the others, one half works while the other is filled. */
  readonly inputScratchpad: number;
  /** KiB of the scratchpad for weights. */
  readonly weightScratchpad: number;
  /** KiB of the scratchpad for layer outputs. */
  readonly outputScratchpad: number;
  /** DRAM words per cycle of each of the three operands. */
  readonly bandwidth: number;
  /** Type of a word. */
  readonly precision: Precision;
  /**
   * Version of the model of latency. `acceleratorSpace` writes the newest; accelerators of definitions that were stored
   * before there were two have none, which means 1.
   */
  readonly latencyModel?: LatencyModel;
}

/** Rows and columns of an array at most. */
const arrayLimit = 4096;
/** KiB of a scratchpad at most. */
const scratchpadLimit = 1_048_576;

/** Bytes of a word. */
export function wordBytes(precision: Precision): number {
  switch (precision) {
    case 'int8':
      return 1;
    case 'fp16':
      return 2;
    case 'fp32':
      return 4;
    default:
      return unreachable(precision, 'precision');
  }
}

/** Words that half of a scratchpad holds; the reference simulator counts in steps of 50. */
export function halfScratchpadWords(kibibytes: number, precision: Precision): number {
  return 50 * Math.floor((1024 * kibibytes) / wordBytes(precision) / 100);
}

/** Checks an accelerator that came from outside. Throws `HardwareError` of class `BadInput`. */
export function checkAccelerator(accelerator: Accelerator): void {
  whole(accelerator, 'rows', arrayLimit);
  whole(accelerator, 'columns', arrayLimit);
  whole(accelerator, 'inputScratchpad', scratchpadLimit);
  whole(accelerator, 'weightScratchpad', scratchpadLimit);
  whole(accelerator, 'outputScratchpad', scratchpadLimit);
  const { bandwidth } = accelerator;
  if (typeof bandwidth !== 'number' || !(bandwidth > 0) || !Number.isFinite(bandwidth)) {
    refuse('bandwidth', 'a number of words per cycle greater than 0', bandwidth);
  }
  if (!dataflows.includes(accelerator.dataflow)) {
    refuse('dataflow', `one of ${dataflows.join(', ')}`, accelerator.dataflow);
  }
  if (!precisions.includes(accelerator.precision)) {
    refuse('precision', `one of ${precisions.join(', ')}`, accelerator.precision);
  }
  const { latencyModel } = accelerator;
  if (latencyModel !== undefined && !latencyModels.includes(latencyModel)) {
    refuse('latencyModel', `one of ${latencyModels.join(', ')}, or absent`, latencyModel);
  }
}

type WholeField = 'rows' | 'columns' | 'inputScratchpad' | 'weightScratchpad' | 'outputScratchpad';

function whole(accelerator: Accelerator, field: WholeField, limit: number): void {
  const value = accelerator[field];
  if (!Number.isInteger(value) || value < 1 || value > limit) {
    refuse(field, `an integer from 1 to ${limit}`, value);
  }
}

function refuse(field: string, requirement: string, value: unknown): never {
  throw new HardwareError(
    'BadInput',
    `accelerator: ${field} must be ${requirement}, not ${JSON.stringify(value) ?? 'nothing'}.`,
  );
}
