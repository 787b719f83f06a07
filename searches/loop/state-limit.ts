import type { SearchLoop } from './search-loop.js';

/**
 * Largest state of a search, in encoded bytes. The Temporal server refuses an argument or a result above 2 MB, and the
 * definition and the input of a search travel beside its state.
 */
export const stateLimit = 1_500_000;

/** Why a search of this state cannot go on: one sentence with the sizes of what a person can make smaller. */
export function stateTooLarge(loop: SearchLoop, bytes: number): string {
  const { algorithm, candidates, open } = loop.sizes();
  return (
    `The state of search "${loop.plan.search}" takes ${kilobytes(bytes)}, and at most ${kilobytes(stateLimit)} can be ` +
    `carried on (${kilobytes(open)} are the trials that wait for their turn or were the last, ${kilobytes(candidates)} ` +
    `the best ones, ${kilobytes(algorithm)} the algorithm): start a search with a smaller window or a smaller space.`
  );
}

function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1000)} kB`;
}
