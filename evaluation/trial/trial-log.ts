const limit = 64_000;
const lineLimit = 4_000;

/** The last 64,000 characters or so of what a trial printed. */
export class TrialLog {
  private lines: string[] = [];
  private size = 0;
  private first = 0;

  /** Adds text of one or more lines; very long lines are cut. */
  add(text: string): void {
    for (const line of text.split('\n')) {
      const short = line.length <= lineLimit ? line : `${line.slice(0, lineLimit)}…`;
      this.lines.push(short);
      this.size += short.length + 1;
    }
    while (this.size > limit && this.first < this.lines.length - 1) {
      this.size -= (this.lines[this.first] ?? '').length + 1;
      this.first++;
    }
    if (this.first > 1_000) {
      this.dropped += this.first;
      this.lines = this.lines.slice(this.first);
      this.first = 0;
    }
  }

  private dropped = 0;

  /** The lines that are kept, and how many before them are not. */
  tail(): { readonly lines: readonly string[]; readonly dropped: number } {
    return { lines: this.lines.slice(this.first), dropped: this.dropped + this.first };
  }
}
