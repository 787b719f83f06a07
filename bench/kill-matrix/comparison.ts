import type { Remains } from './remains.js';

/** In what a disturbed search differs from the undisturbed one. */
export interface Differences {
  /** Trials that the undisturbed search has and this one has not. */
  readonly lost: number;
  /** Trials that were told twice or beyond the budget, or evaluated again after their result was stored. */
  readonly duplicated: number;
  /** Trials that run for ever in a journal. */
  readonly zombies: number;
  /**
   * Trajectory hashes, outcomes with their reports, trained weights, and policies and states of algorithms that are not
   * the same.
   */
  readonly mismatches: readonly string[];
  /** Trained networks whose weights were compared. */
  readonly weights: number;
}

/** Compares what two runs of the same search left. An inner search that only one of them has was reused in the other. */
export function compareRemains(undisturbed: Remains, disturbed: Remains): Differences {
  let lost = 0;
  let duplicated = disturbed.evaluatedAgain;
  let zombies = 0;
  let weights = 0;
  const mismatches: string[] = [];
  for (const [id, found] of disturbed.searches) {
    duplicated += found.toldAgain.length;
    zombies += found.open.length;
    const expected = undisturbed.searches.get(id);
    if (expected === undefined) continue;
    if (found.trajectoryHash !== expected.trajectoryHash) mismatches.push(`trajectory of ${id}`);
    if (found.learned?.policy !== expected.learned?.policy) mismatches.push(`policy of ${id}`);
    else if (found.learned?.bulk !== expected.learned?.bulk) mismatches.push(`critic of ${id}`);
    else if (found.learned?.state !== expected.learned?.state) mismatches.push(`algorithm of ${id}`);
    for (const [index, trial] of expected.told) {
      const again = found.told.get(index);
      if (again !== undefined && trial.weights !== null) weights += 1;
      if (again === undefined) lost += 1;
      else if (again.content !== trial.content) mismatches.push(`outcome of trial ${index} of ${id}`);
      else if (again.weights !== trial.weights) mismatches.push(`weights of trial ${index} of ${id}`);
    }
    duplicated += [...found.told.keys()].filter((index) => !expected.told.has(index)).length;
  }
  return { lost, duplicated, zombies, mismatches, weights };
}
