import { CancellationScope, condition } from '@temporalio/workflow';
import { asError } from '../foundation/errors/index.js';
import type { RunRules } from './run-rules.js';

/**
 * Wakes the one loop that drives a search or a retraining: handlers, timers and activities give notice, or report an
 * error that ends the loop.
 */
export class Wakeup {
  private due = false;
  private waits = false;
  private wake: () => void = () => undefined;
  private crashed: { readonly error: unknown } | null = null;

  constructor(private readonly rules: RunRules) {}

  /** Whether there was a notice since the loop looked last. */
  get isDue(): boolean {
    return this.due;
  }

  /** Lets the loop look again. */
  notice(): void {
    this.due = true;
    this.wake();
  }

  /** Lets the loop end by this error. */
  crash(error: unknown): void {
    this.crashed = { error };
    this.notice();
  }

  /** Throws the error that was reported last, if there is one. */
  throwCrash(): void {
    if (this.crashed !== null) throw asError(this.crashed.error);
  }

  /**
   * The next notice. Under the current rules the loop goes on once everything that came with the workflow task has been
   * taken, so that what it does is the same however the events were cut into tasks; the former ones let it go on at the
   * first notice.
   */
  next(): Promise<void> {
    if (this.rules === 'current') return this.nextPass();
    return new Promise<void>((resolve) => {
      this.wake = resolve;
    });
  }

  /**
   * The turn of a message. Trials that ended before it come first, and the loop has acted on them: a cold worker meets
   * both in one workflow task where another one met them in two.
   */
  async turn(): Promise<void> {
    let asked = false;
    const isTurn = (): boolean => {
      const before = asked;
      asked = true;
      return before && !(this.waits && this.due);
    };
    await CancellationScope.nonCancellable(() => condition(isTurn));
  }

  /** The loop calls it before it looks, so that only later notices wake it. */
  reset(): void {
    this.due = false;
  }

  private async nextPass(): Promise<void> {
    this.waits = true;
    try {
      await CancellationScope.nonCancellable(() => condition(() => this.due));
    } finally {
      this.waits = false;
    }
  }
}
