import type { Trial } from '../../algorithms/index.js';
import type { Completion, OpenTrial, TrialStatus } from './loop-state.js';

/** An open trial whose outcome is known. */
export type CompleteTrial = OpenTrial & { readonly status: Extract<TrialStatus, { kind: 'done' }> };

/** The new count when a trial starts again: `failures` grows, or is 0 again once the search stops over them. */
export type Repetition = { readonly failures: number } | { readonly timeouts: number };

/**
 * The proposed trials whose outcomes the algorithm does not know yet: which of them wait, run or are complete. It
 * changes the list that it is made of, a part of the state of the search, and keeps it in ascending order of index.
 */
export class OpenTrials {
  constructor(private readonly trials: OpenTrial[]) {}

  /** All of them, in ascending order of index. */
  get all(): readonly OpenTrial[] {
    return this.trials;
  }

  /** Number of trials that run now. */
  get running(): number {
    let running = 0;
    for (const open of this.trials) if (open.status.kind === 'running') running += 1;
    return running;
  }

  find(index: number): OpenTrial | undefined {
    return this.trials.find((open) => open.trial.index === index);
  }

  /** The trial with this index when its outcome is known. */
  complete(index: number): CompleteTrial | undefined {
    const open = this.find(index);
    return open !== undefined && isComplete(open) ? open : undefined;
  }

  /** Takes a new trial into the queue; its index is above all others. */
  add(trial: Trial, contentKey: string | null): void {
    this.trials.push({ trial, status: { kind: 'queued' }, contentKey, failures: 0, timeouts: 0 });
  }

  /**
   * Starts the first trial of the queue; undefined when the queue is empty. Trials of the same content as one that runs
   * under a lower index follow that one instead.
   */
  startNext(): OpenTrial | undefined {
    for (;;) {
      const queued = this.trials.find((open) => open.status.kind === 'queued');
      if (queued === undefined) return undefined;
      const { index } = queued.trial;
      const leader = this.leaderOf(queued);
      if (leader === undefined) {
        this.setStatus(index, { kind: 'running' });
        return queued;
      }
      this.setStatus(index, { kind: 'following', leader });
    }
  }

  /** Takes note that a trial in the queue runs already. */
  markRunning(index: number): void {
    if (this.find(index)?.status.kind === 'queued') this.setStatus(index, { kind: 'running' });
  }

  /** Puts a running trial back into the queue. */
  park(index: number): void {
    if (this.find(index)?.status.kind === 'running') this.setStatus(index, { kind: 'queued' });
  }

  /** Puts all trials back into the queue that run, or follow one that does. */
  parkAll(): void {
    for (const { trial, status } of this.trials) {
      if (status.kind === 'running' || status.kind === 'following') {
        this.setStatus(trial.index, { kind: 'queued' });
      }
    }
  }

  /** Puts a trial back into the queue because its evaluation did not count. */
  repeat(open: OpenTrial, repetition: Repetition): void {
    this.replace({ ...open, ...repetition, status: { kind: 'queued' } });
  }

  /** Keeps the outcome of a trial; those that followed it are queued again. */
  settle(index: number, completion: Completion, journaled: boolean): void {
    this.setStatus(index, { kind: 'done', completion, journaled });
    for (const { trial, status } of this.trials) {
      if (status.kind === 'following' && status.leader === index) {
        this.setStatus(trial.index, { kind: 'queued' });
      }
    }
  }

  /** Takes note whether the record of a complete trial is in the journal. */
  setJournaled(open: CompleteTrial, journaled: boolean): void {
    this.setStatus(open.trial.index, { ...open.status, journaled });
  }

  /** Drops a trial, because the search tells its outcome to the algorithm. */
  remove(open: OpenTrial): void {
    this.trials.splice(this.placeOf(open.trial.index), 1);
  }

  private leaderOf({ contentKey, trial }: OpenTrial): number | undefined {
    if (contentKey === null) return undefined;
    const leader = this.trials.find(
      (other) =>
        other.contentKey === contentKey && other.status.kind === 'running' && other.trial.index < trial.index,
    );
    return leader?.trial.index;
  }

  private setStatus(index: number, status: TrialStatus): void {
    const open = this.find(index);
    if (open !== undefined) this.replace({ ...open, status });
  }

  private replace(open: OpenTrial): void {
    this.trials[this.placeOf(open.trial.index)] = open;
  }

  private placeOf(index: number): number {
    const place = this.trials.findIndex((open) => open.trial.index === index);
    if (place === -1) throw new Error(`Trial ${index} is not open.`);
    return place;
  }
}

/** Whether the outcome of an open trial is known. */
export function isComplete(open: OpenTrial): open is CompleteTrial {
  return open.status.kind === 'done';
}
