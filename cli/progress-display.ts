import cliProgress from 'cli-progress';
import type { SearchProgress } from '../searches/loop/index.js';
import { formatDuration, formatNumber } from './number-format.js';
import { TimeLeft } from './time-left.js';
import { printableText } from '../foundation/text/index.js';
import { writeLine } from './output.js';

/** Shows how a search and its running inner searches get on. */
export interface ProgressDisplay {
  /** Shows the newest state; `inner` are the running inner searches. */
  show(progress: SearchProgress, inner: readonly SearchProgress[]): void;
  /** Writes a line that stays. */
  say(line: string): void;
  /** Leaves the last state on the screen. */
  stop(): void;
}

/** Bars on a terminal, plain lines elsewhere. */
export function progressDisplay(stream: NodeJS.WriteStream): ProgressDisplay {
  return stream.isTTY ? new ProgressBars(stream) : new ProgressLines(stream);
}

const nameWidth = 28;
const shownInner = 4;

/** A bar for the search and one for each of its running inner searches. */
class ProgressBars implements ProgressDisplay {
  private readonly bars: cliProgress.MultiBar;
  private readonly shown = new Map<
    string,
    { readonly bar: cliProgress.SingleBar; readonly left: TimeLeft }
  >();

  constructor(stream: NodeJS.WriteStream) {
    this.bars = new cliProgress.MultiBar(
      {
        stream,
        format: '{name} {bar} {count}  {best}  {note}',
        barsize: 24,
        hideCursor: true,
        forceRedraw: true,
        emptyOnZero: true,
        linewrap: false,
        // Bars that only updates redraw would leave the terminal's own scrolling in the picture.
        fps: 4,
      },
      cliProgress.Presets.shades_classic,
    );
  }

  show(progress: SearchProgress, inner: readonly SearchProgress[]): void {
    const rows = [progress, ...inner.slice(0, shownInner)];
    for (const [id, { bar }] of this.shown) {
      if (rows.some(({ search }) => search === id)) continue;
      this.bars.remove(bar);
      this.shown.delete(id);
    }
    for (const row of rows) this.update(row, row === progress);
  }

  say(line: string): void {
    this.bars.log(`${printableText(line)}\n`);
  }

  stop(): void {
    this.bars.update();
    this.bars.stop();
  }

  private update(progress: SearchProgress, outer: boolean): void {
    const { search, trials, trialsBudget } = progress;
    // Without a budget of trials there is no whole that the bar could be a part of.
    const total = trialsBudget ?? Math.max(1, trials + progress.running.length);
    let shown = this.shown.get(search);
    if (shown === undefined) {
      const bar = this.bars.create(total, 0, texts(progress, outer, null));
      shown = { bar, left: new TimeLeft() };
      this.shown.set(search, shown);
    }
    const left = shown.left.estimate(trials, trialsBudget, Date.now());
    shown.bar.setTotal(total);
    shown.bar.update(Math.min(trials, total), texts(progress, outer, left));
  }
}

function texts(
  progress: SearchProgress,
  outer: boolean,
  left: number | null,
): Readonly<Record<string, string>> {
  const { search, trials, trialsBudget } = progress;
  const name = outer ? search : `  ${search.slice(search.indexOf('/') + 1)}`;
  return {
    name: name.length > nameWidth ? `${name.slice(0, nameWidth - 1)}…` : name.padEnd(nameWidth),
    count: `${trials}${trialsBudget === null ? '' : `/${trialsBudget}`} trials`,
    best: bestText(progress),
    note:
      progress.phase !== 'running' ? progress.phase : leftText(left) || `${progress.running.length} running`,
  };
}

const lineMilliseconds = 10_000;

/** A line when something has changed, at most every ten seconds, and at each change of phase. */
class ProgressLines implements ProgressDisplay {
  private readonly left = new TimeLeft();
  private last: { readonly text: string; readonly phase: string; readonly at: number } | null = null;
  private pending: string | null = null;

  constructor(private readonly stream: NodeJS.WritableStream) {}

  show(progress: SearchProgress, inner: readonly SearchProgress[]): void {
    const now = Date.now();
    const left = this.left.estimate(progress.trials, progress.trialsBudget, now);
    const { search, trials, trialsBudget, phase, running } = progress;
    const parts = [
      `${search}: ${trials}${trialsBudget === null ? '' : `/${trialsBudget}`} trials`,
      bestText(progress),
      phase === 'running' ? `${running.length} running` : phase,
      ...inner
        .slice(0, shownInner)
        .map(
          (row) =>
            `${row.search.slice(search.length + 1)} ${row.trials}${row.trialsBudget === null ? '' : `/${row.trialsBudget}`}`,
        ),
    ];
    const text = parts.filter((part) => part !== '').join(', ');
    if (text === this.last?.text) return;
    const line = left === null || phase !== 'running' ? text : `${text}, ${leftText(left)}`;
    if (this.last !== null && this.last.phase === phase && now - this.last.at < lineMilliseconds) {
      this.pending = line;
      return;
    }
    this.pending = null;
    this.last = { text, phase, at: now };
    this.say(line);
  }

  say(line: string): void {
    writeLine(this.stream, line);
  }

  stop(): void {
    if (this.pending !== null) this.say(this.pending);
    this.pending = null;
  }
}

function bestText({ best, bestMetric }: SearchProgress): string {
  return best === null ? '' : `best ${bestMetric} ${formatNumber(best)}`;
}

function leftText(left: number | null): string {
  return left === null ? '' : `${formatDuration(left)} left`;
}
