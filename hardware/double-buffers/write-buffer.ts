/**
 * The double-buffered scratchpad of outputs, as in SCALE-Sim 3.0.0: when more than half of it is taken, half of it goes to
 * DRAM while the array goes on writing, and the array waits only when all of it is taken.
 */
export class WriteBuffer {
  private free: number;
  // Lines of `lineWords` words that wait for DRAM or have gone; the last may still be filled.
  private lines = 0;
  private inLine = 0;
  private drainedLines = 0;
  private drainEnd = 0;
  // Words of the lines that were closed before they were full.
  private readonly shortLines = new Map<number, number>();
  /** Words that go to DRAM at a time; the array never waits for fewer outputs. */
  readonly draining: number;
  private readonly lineWords: number;

  /** For `capacity` words; `bandwidth` words a cycle go to DRAM. */
  constructor(
    private readonly capacity: number,
    private readonly bandwidth: number,
  ) {
    this.free = capacity;
    this.draining = capacity - Math.ceil(capacity / 2);
    this.lineWords = Math.max(1, Math.floor(bandwidth));
  }

  /** Cycles that the array waits when it writes `words` words in cycle `cycle`. */
  write(words: number, cycle: number): number {
    let current = cycle;
    for (let i = 0; i < words; i++) {
      this.free--;
      this.inLine++;
      if (this.inLine === this.lineWords) this.closeLine();
      if (current < this.drainEnd) {
        if (this.free <= 0) current = this.drainEnd;
      } else if (this.free < this.capacity - this.draining) {
        this.closeLine();
        this.drainEnd = this.drain(current);
      }
    }
    return current - cycle;
  }

  /**
   * The cycle in which the last word goes to DRAM, for an array that ends in cycle `cycle`. The simulator drains the rest
   * beside a half that is still on its way.
   */
  end(cycle: number): number {
    this.closeLine();
    let last = Math.max(this.drainEnd, cycle);
    let start = cycle;
    while (this.drainedLines < this.lines) {
      const end = this.drain(start);
      last = Math.max(last, end);
      start = end + 1;
    }
    return last;
  }

  /** Cycles in which that many words go to DRAM. */
  cyclesFor(words: number): number {
    return (Math.ceil(words / this.lineWords) * this.lineWords) / this.bandwidth;
  }

  private closeLine(): void {
    if (this.inLine === 0) return;
    if (this.inLine < this.lineWords) this.shortLines.set(this.lines, this.inLine);
    this.lines++;
    this.inLine = 0;
  }

  private drain(start: number): number {
    const upTo = Math.min(this.drainedLines + Math.ceil(this.draining / this.lineWords), this.lines);
    const lines = upTo - this.drainedLines;
    // The simulator takes all lines but the last for full.
    const short = this.lineWords - (this.shortLines.get(upTo - 1) ?? this.lineWords);
    this.free += lines * this.lineWords - short;
    this.drainedLines = upTo;
    return start + (lines * this.lineWords) / this.bandwidth - 1;
  }
}
