import { CancellationScope, sleep } from '@temporalio/workflow';

/** What the timer reports to its search. */
export interface LagTimerSetting {
  readonly noticed: () => void;
  readonly crashed: (error: unknown) => void;
}

/**
 * A durable timer for what may lag behind a search for a while, its journal and its display: at most one runs, and when
 * it rings, both catch up. A look at the clock would depend on the moment at which a worker takes a workflow task.
 */
export class LagTimer {
  private running = false;
  private rang = false;

  constructor(private readonly setting: LagTimerSetting) {}

  /** Starts the timer, unless it runs. Answers whether it was started. */
  wind(milliseconds: number): boolean {
    if (this.running) return false;
    this.running = true;
    // Also a search that is being cancelled writes down what it knows.
    void CancellationScope.nonCancellable(() => sleep(milliseconds, { summary: 'journal and display' }))
      .then(() => {
        this.running = false;
        this.rang = true;
        this.setting.noticed();
      })
      .catch((error: unknown) => this.setting.crashed(error));
    return true;
  }

  /** Whether the timer rang since the last call. */
  takeRing(): boolean {
    const { rang } = this;
    this.rang = false;
    return rang;
  }
}
