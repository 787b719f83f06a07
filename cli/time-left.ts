/** Estimates how long the rest takes from how fast trials came in lately; an exponentially weighted rate. */
export class TimeLeft {
  private rate: number | null = null;
  private last: { readonly trials: number; readonly at: number } | null = null;

  /** Takes note of how many trials are done at a moment; answers milliseconds left, null while it cannot tell. */
  estimate(trials: number, total: number | null, now: number): number | null {
    const last = this.last;
    if (last === null) {
      this.last = { trials, at: now };
      return null;
    }
    if (trials > last.trials && now > last.at) {
      const rate = (trials - last.trials) / (now - last.at);
      // An observation counts more the longer ago the one before was: half after ten seconds.
      const weight = 1 - 0.5 ** ((now - last.at) / 10_000);
      this.rate = this.rate === null ? rate : this.rate + weight * (rate - this.rate);
      this.last = { trials, at: now };
    }
    if (total === null || this.rate === null) return null;
    const since = now - (this.last?.at ?? now);
    return Math.max(0, (total - trials) / this.rate - since);
  }
}
