/** An update that a search has handled. */
export interface HandledUpdate {
  readonly id: string;
  /** Index that an enqueued point got; null for all other updates, which are answered by the progress. */
  readonly index: number | null;
}

/** More than the server lets wait for a search at the same time (`history.maxInFlightUpdates`, 10). */
const longest = 16;

/**
 * The updates that a search has handled last. Continue-as-new carries them, because the server knows ids of updates
 * only within one run: an update whose answer was lost comes again, to the next run, and must not act twice.
 */
export class HandledUpdates {
  private readonly updates: HandledUpdate[];

  constructor(carried: readonly HandledUpdate[] = []) {
    this.updates = [...carried];
  }

  /** The last ones, the latest at the end. */
  get last(): readonly HandledUpdate[] {
    return this.updates;
  }

  /** An update of this id that was handled before; a signal has no id. */
  find(id: string | undefined): HandledUpdate | undefined {
    return this.updates.find((update) => update.id === id);
  }

  add(id: string | undefined, index: number | null = null): void {
    if (id === undefined) return;
    this.updates.push({ id, index });
    if (this.updates.length > longest) this.updates.shift();
  }
}
