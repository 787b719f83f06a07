import { compareRemains, type Differences } from './comparison.js';
import type { SearchRun } from './run-search.js';

/** In what a disturbed run differs from the undisturbed one: what it left, its trajectory, and what did not end. */
export function compareRuns(undisturbed: SearchRun, disturbed: SearchRun): Differences {
  const differences = compareRemains(undisturbed.remains, disturbed.remains);
  const isEqual = disturbed.result.trajectoryHash === undisturbed.result.trajectoryHash;
  return {
    ...differences,
    zombies: differences.zombies + disturbed.leftWorkflows + disturbed.leftProcesses,
    mismatches: isEqual ? differences.mismatches : [...differences.mismatches, 'trajectory of the result'],
  };
}
