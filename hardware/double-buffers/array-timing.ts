import type { Accelerator } from '../accelerator.js';
import { wordBytes } from '../accelerator.js';
import type { MeasuredLayer } from '../layer.js';
import type { Mapping } from '../mapping.js';
import { operandOrders } from './operand-order.js';
import type { OperandOrder } from './operand-order.js';
import { cutIntoPortions } from './portions.js';
import { ReadBuffer } from './read-buffer.js';
import { WriteBuffer } from './write-buffer.js';

/** When a layer starts, waits and ends; in cycles. */
export interface ArrayTiming {
  /** From the first word that DRAM brings to the first cycle of the array. */
  readonly fillCycles: number;
  /** In which the array waits for DRAM. */
  readonly stallCycles: number;
  /** From the last cycle of the array to the last word that goes to DRAM. */
  readonly drainCycles: number;
}

/** Words and cycles that are followed one by one, at most; the rest of the folds is estimated. */
export const followedAtMost = 32_000_000;

/**
 * Times a layer on double-buffered scratchpads by following every word, as SCALE-Sim 3.0.0 does with limited bandwidth.
 * Exact up to `limit` words and cycles, and for two folds along the columns; beyond, the folds that are left wait as those
 * after the first along the columns did on average. Eight times the limit is followed in any case at most.
 */
export function timeArray(
  layer: MeasuredLayer,
  mapping: Mapping,
  accelerator: Accelerator,
  limit: number = followedAtMost,
): ArrayTiming {
  const { bandwidth, precision, dataflow } = accelerator;
  const capacityOf = (kibibytes: number): number => Math.floor((1024 * kibibytes) / wordBytes(precision));
  const orders = operandOrders(layer, accelerator);
  const inputs = readerOf(orders.inputs, capacityOf(accelerator.inputScratchpad), bandwidth);
  const weights = readerOf(orders.weights, capacityOf(accelerator.weightScratchpad), bandwidth);
  const writer = new WriteBuffer(capacityOf(accelerator.outputScratchpad), bandwidth);
  const fillCycles = Math.max(inputs.fillCycles, weights.fillCycles);
  const outputs = layer.M * layer.N * (dataflow === 'outputStationary' ? 1 : mapping.rowFolds);
  if (inputs.buffer === null && weights.buffer === null && outputs <= writer.draining) {
    return { fillCycles, stallCycles: 0, drainCycles: writer.cyclesFor(outputs) - 1 };
  }
  const run = new ArrayRun(mapping, accelerator, inputs, weights, writer);
  const stallCycles = run.stalls(limit);
  return { fillCycles, stallCycles, drainCycles: writer.end(run.lastCycle) - run.lastCycle };
}

interface Reader {
  readonly order: OperandOrder;
  /** Null: all of the operand fits into the serving half, and nothing waits for it. */
  readonly buffer: ReadBuffer | null;
  /** Until the serving half is full for the first time. */
  readonly fillCycles: number;
}

function readerOf(order: OperandOrder, capacity: number, bandwidth: number): Reader {
  const { spatial, time, lanes } = order;
  const portions = cutIntoPortions(spatial.length * time.length, capacity);
  // Lanes without work count as words of the stream.
  const streamed = Math.ceil(spatial.length / lanes) * lanes * time.length;
  const serving = Math.ceil(capacity / 2);
  const fill = Math.ceil((capacity - serving) / bandwidth);
  return {
    order,
    buffer: portions.filled === 0 ? null : new ReadBuffer(order, portions, fill),
    fillCycles: Math.min(Math.ceil(serving / bandwidth), Math.ceil(streamed / bandwidth)),
  };
}

/** The array going through its folds, cycle after cycle. */
class ArrayRun {
  /** The cycle of the last line that the array has written, waits included. */
  lastCycle = 0;
  private cycle = 0;
  private waited = 0;
  private written = 0;

  constructor(
    private readonly mapping: Mapping,
    private readonly accelerator: Accelerator,
    private readonly inputs: Reader,
    private readonly weights: Reader,
    private readonly writer: WriteBuffer,
  ) {}

  /** Cycles in which the array waits in all folds. */
  stalls(limit: number): number {
    const { rowFolds, columnFolds, computeCycles } = this.mapping;
    const folds = rowFolds * columnFolds;
    // The first fold along the columns starts with full buffers, so the others have a rate of their own.
    let first = { done: 0, waited: 0 };
    for (let fold = 0; fold < folds; fold++) {
      this.fold(fold % rowFolds, Math.floor(fold / rowFolds));
      const done = fold + 1;
      const isColumnDone = done % rowFolds === 0;
      const work = this.work();
      if (done < folds && (work > 8 * limit || (work > limit && isColumnDone && first.done > 0))) {
        const rate = (this.waited - first.waited) / (done - first.done);
        return this.waited + Math.round(rate * (folds - done));
      }
      if (isColumnDone && first.done === 0) first = { done, waited: this.waited };
    }
    // What the array waits for after its last line is no part of it.
    return this.lastCycle - (computeCycles - 1);
  }

  private work(): number {
    return this.cycle + this.written + (this.inputs.buffer?.work ?? 0) + (this.weights.buffer?.work ?? 0);
  }

  private fold(row: number, column: number): void {
    const { rows, columns, dataflow } = this.accelerator;
    const { cyclesPerFold, spatialRows, spatialColumns, time } = this.mapping;
    const usedColumns = Math.min(columns, spatialColumns - column * columns);
    const usedRows = Math.min(rows, spatialRows - row * rows);
    const isOutputStationary = dataflow === 'outputStationary';
    // Outputs leave at the lower edge: column j is j cycles late.
    const firstOutput = isOutputStationary ? time - 1 + rows - usedRows : 2 * rows - 1;
    const outputLines = isOutputStationary ? usedRows : time;
    for (let line = 0; line < cyclesPerFold; line++) {
      const now = this.cycle + this.waited;
      const first = Math.max(0, line - firstOutput - outputLines + 1);
      const end = Math.min(usedColumns, line - firstOutput + 1);
      let wait = 0;
      if (first < end) {
        wait = this.writer.write(end - first, now);
        this.written += end - first;
      }
      this.lastCycle = now + wait;
      this.waited += Math.max(
        wait,
        this.read(this.inputs, row, column, line, now),
        this.read(this.weights, row, column, line, now),
      );
      this.cycle++;
    }
  }

  private read({ order, buffer }: Reader, row: number, column: number, line: number, now: number): number {
    if (buffer === null) return 0;
    const { rows, dataflow } = this.accelerator;
    if (order.form === 'rows') {
      // The last row of a slice goes in first, because it comes to lie at the far end of the array.
      const step = row * rows + rows - 1 - line;
      return line < rows && step < this.mapping.spatialRows ? buffer.takeRow(column, step, now) : 0;
    }
    if (dataflow !== 'outputStationary') return line < rows ? 0 : buffer.takeSkewed(row, line - rows, now);
    return buffer.takeSkewed(order === this.inputs.order ? row : column, line, now);
  }
}
