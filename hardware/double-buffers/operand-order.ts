import { unreachable } from '../../foundation/errors/index.js';
import type { Accelerator } from '../accelerator.js';
import { pixelAddresses, windowOffsets } from '../input-addresses.js';
import type { MeasuredLayer } from '../layer.js';

/**
 * The words of an operand as the array takes them: a matrix of `time` steps by spatial places, cut into folds of `lanes`
 * places. The word of place s at step t has the address `spatial[s] + time[t]`; a word occurs more than once where windows
 * overlap, because SCALE-Sim 3.0.0 streams the unrolled (im2col) matrix.
 */
export interface OperandOrder {
  readonly spatial: Int32Array;
  readonly time: Int32Array;
  readonly lanes: number;
  /**
   * `skewed`: the operand moves through the array, lane i one cycle after lane i − 1, and DRAM brings it along the
   * diagonals of all folds under one another. `rows`: it stays in the array, and DRAM brings it row by row.
   */
  readonly form: 'skewed' | 'rows';
  /** Addresses are below it. */
  readonly addresses: number;
}

/** The two operands of a layer. */
export interface OperandOrders {
  readonly inputs: OperandOrder;
  readonly weights: OperandOrder;
}

/** The orders in which the array takes, and DRAM brings, inputs and weights. */
export function operandOrders(
  layer: MeasuredLayer,
  { rows, columns, dataflow }: Pick<Accelerator, 'rows' | 'columns' | 'dataflow'>,
): OperandOrders {
  const pixels = pixelAddresses(layer);
  const elements = windowOffsets(layer);
  const ofInput = { addresses: layer.inputHeight * layer.inputWidth * layer.channels };
  const filters = Int32Array.from({ length: layer.N }, (_, filter) => filter);
  const elementRows = Int32Array.from({ length: layer.K }, (_, element) => element * layer.N);
  const ofWeights = { addresses: layer.K * layer.N };
  switch (dataflow) {
    case 'outputStationary':
      return {
        inputs: { ...ofInput, spatial: pixels, time: elements, lanes: rows, form: 'skewed' },
        weights: { ...ofWeights, spatial: filters, time: elementRows, lanes: columns, form: 'skewed' },
      };
    case 'weightStationary':
      return {
        inputs: { ...ofInput, spatial: elements, time: pixels, lanes: rows, form: 'skewed' },
        weights: { ...ofWeights, spatial: filters, time: elementRows, lanes: columns, form: 'rows' },
      };
    case 'inputStationary':
      return {
        inputs: { ...ofInput, spatial: pixels, time: elements, lanes: columns, form: 'rows' },
        weights: { ...ofWeights, spatial: elementRows, time: filters, lanes: rows, form: 'skewed' },
      };
    default:
      return unreachable(dataflow, 'dataflow');
  }
}
