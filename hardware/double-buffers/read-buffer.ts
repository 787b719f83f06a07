import type { OperandOrder } from './operand-order.js';
import type { Portions } from './portions.js';

/**
 * The double-buffered scratchpad of one operand, as in SCALE-Sim 3.0.0: one half serves the array, the other is filled from
 * DRAM. The operand's words, in the order in which DRAM brings them, are cut into portions of a hundredth of the scratchpad;
 * the serving half holds a window of them. A word outside the window makes the window go on, around the end of the operand
 * if need be, until the word is in it.
 */
export class ReadBuffer {
  /** Words looked at so far: requests of the array and words brought from DRAM. */
  work = 0;
  // The portion, counted without end, that brought a word last; −1: none has.
  private readonly broughtBy: Int32Array;
  private windowStart = 0;
  private nextPortion = 0;
  /** The cycle in which the last word of the newest half arrived. */
  private lastArrival = -1;
  // Where the order of DRAM goes on: a row of the folds under one another, and a lane.
  private row = 0;
  private lane = 0;
  private diagonal = 0;

  /** `fillCycles` is how long DRAM takes to fill a half. */
  constructor(
    private readonly order: OperandOrder,
    private readonly portions: Portions,
    private readonly fillCycles: number,
  ) {
    this.broughtBy = new Int32Array(order.addresses).fill(-1);
    this.bring(portions.served);
  }

  /**
   * Cycles that the array waits when, in cycle `cycle`, it takes the words of a fold that are due in `line`: lane i takes the
   * step `line` − i. Negative where DRAM is ahead.
   */
  takeSkewed(fold: number, line: number, cycle: number): number {
    const { spatial, time, lanes } = this.order;
    const first = fold * lanes;
    const from = line < time.length ? 0 : line - time.length + 1;
    const to = Math.min(lanes, spatial.length - first, line + 1);
    let offset = 1;
    for (let lane = from; lane < to; lane++) {
      const address = (spatial[first + lane] ?? 0) + (time[line - lane] ?? 0);
      if ((this.broughtBy[address] ?? 0) < this.windowStart) offset = this.moveTo(address, cycle, offset);
    }
    this.work += Math.max(0, to - from);
    return offset - 1;
  }

  /** The same for a row of a fold that stays in the array. */
  takeRow(fold: number, row: number, cycle: number): number {
    const { spatial, time, lanes } = this.order;
    const first = fold * lanes;
    const end = Math.min(first + lanes, spatial.length);
    const base = time[row] ?? 0;
    let offset = 1;
    for (let place = first; place < end; place++) {
      const address = (spatial[place] ?? 0) + base;
      if ((this.broughtBy[address] ?? 0) < this.windowStart) offset = this.moveTo(address, cycle, offset);
    }
    this.work += end - first;
    return offset - 1;
  }

  /** Moves the window until it has the word; returns the offset of the line's service from its cycle. */
  private moveTo(address: number, cycle: number, before: number): number {
    let offset = before;
    while ((this.broughtBy[address] ?? 0) < this.windowStart) {
      this.windowStart += this.portions.filled;
      this.bring(this.portions.filled);
      this.lastArrival += this.fillCycles + 1;
      // The simulator adds a wait twice, and takes back what DRAM is ahead.
      const wait = this.lastArrival - (cycle + offset);
      offset += wait > 0 ? 2 * wait : wait;
    }
    return offset;
  }

  private bring(count: number): void {
    for (let i = 0; i < count; i++) {
      const { total, words, size } = this.portions;
      const isLast = this.nextPortion % total === total - 1;
      const length = isLast ? words - (total - 1) * size : size;
      if (this.order.form === 'skewed') this.bringDiagonals(length);
      else this.bringRows(length);
      this.work += length;
      if (isLast) [this.row, this.lane, this.diagonal] = [0, 0, 0];
      this.nextPortion++;
    }
  }

  /** The next words along the diagonals, from the lower left to the upper right. */
  private bringDiagonals(count: number): void {
    const { spatial, time, lanes } = this.order;
    const { broughtBy, nextPortion } = this;
    const steps = time.length;
    const rows = Math.ceil(spatial.length / lanes) * steps;
    let { row, lane, diagonal } = this;
    let fold = Math.floor(row / steps);
    let step = row - fold * steps;
    for (let brought = 0; brought < count;) {
      const place = fold * lanes + lane;
      if (place < spatial.length) {
        broughtBy[(spatial[place] ?? 0) + (time[step] ?? 0)] = nextPortion;
        brought++;
      }
      lane++;
      row--;
      step--;
      if (row < 0 || lane === lanes) {
        diagonal++;
        row = Math.min(diagonal, rows - 1);
        lane = diagonal - row;
        fold = Math.floor(row / steps);
        step = row - fold * steps;
      } else if (step < 0) {
        fold--;
        step = steps - 1;
      }
    }
    this.row = row;
    this.lane = lane;
    this.diagonal = diagonal;
  }

  /** The next words row by row, fold after fold. */
  private bringRows(count: number): void {
    const { spatial, time, lanes } = this.order;
    const { broughtBy, nextPortion } = this;
    const steps = time.length;
    let { row, lane } = this;
    let fold = Math.floor(row / steps);
    let step = row - fold * steps;
    for (let brought = 0; brought < count;) {
      const place = fold * lanes + lane;
      if (place < spatial.length && lane < lanes) {
        broughtBy[(spatial[place] ?? 0) + (time[step] ?? 0)] = nextPortion;
        brought++;
        lane++;
        continue;
      }
      lane = 0;
      row++;
      step++;
      if (step === steps) {
        fold++;
        step = 0;
      }
    }
    this.row = row;
    this.lane = lane;
  }
}
