import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';

/** Milliseconds of the longest timer, a year: the server refuses timers that no clock can count. */
const longestTimer = 365 * 86_400_000;

/** Milliseconds of the workflow's clock, for records; nothing may be decided by it. */
export function workflowTime(): number {
  return Date.now();
}

/** What the clock asks of its search, and reports to it. */
export interface ClockSetting {
  /** Whether time counts now: the search is neither paused nor past its budget. */
  readonly runs: () => boolean;
  /** Active milliseconds after which the budget is spent; null where no such budget is left to reach. */
  readonly duration: () => number | null;
  readonly durationReached: () => void;
  readonly crashed: (error: unknown) => void;
}

/**
 * Counts the active time of a search, in milliseconds of workflow time: a paused search does not age. Holds the timer
 * for the wall-clock budget.
 */
export class ActiveClock {
  private since: number | null;
  private timer: CancellationScope | null = null;

  /** `counted`: active milliseconds of the runs before this one. */
  constructor(
    private counted: number,
    private readonly setting: ClockSetting,
  ) {
    this.since = setting.runs() ? Date.now() : null;
  }

  /** Active milliseconds up to now. */
  get milliseconds(): number {
    return this.counted + (this.since === null ? 0 : Date.now() - this.since);
  }

  /** Counts the time up to now, and looks again whether time counts from now on. */
  restart(): void {
    this.counted = this.milliseconds;
    this.since = this.setting.runs() ? Date.now() : null;
    this.watch();
  }

  /** Starts the timer for the wall-clock budget anew; it runs while time counts. */
  watch(): void {
    this.stop();
    const duration = this.setting.duration();
    if (duration === null || !this.setting.runs()) return;
    const left = Math.max(1, duration - this.milliseconds);
    const scope = new CancellationScope();
    this.timer = scope;
    void scope
      .run(() => sleep(Math.min(left, longestTimer), { summary: 'duration of the budget' }))
      .then(() => {
        if (left > longestTimer) this.watch();
        else this.setting.durationReached();
      })
      .catch((error: unknown) => {
        if (!isCancellation(error)) this.setting.crashed(error);
      });
  }

  /** Takes the timer away. */
  stop(): void {
    this.timer?.cancel();
    this.timer = null;
  }
}
