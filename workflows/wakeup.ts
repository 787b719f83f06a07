import { asError } from '../foundation/errors/index.js';

/**
 * Wakes the one loop that drives a search or a retraining: handlers, timers and activities give notice, or report an
 * error that ends the loop.
 */
export class Wakeup {
  private due = false;
  private wake: () => void = () => undefined;
  private crashed: { readonly error: unknown } | null = null;

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

  /** The next notice. Cheaper than a condition, which costs one more call into the sandbox and three more promises. */
  next(): Promise<void> {
    return new Promise<void>((resolve) => {
      this.wake = resolve;
    });
  }

  /** The loop calls it before it looks, so that only later notices wake it. */
  reset(): void {
    this.due = false;
  }
}
