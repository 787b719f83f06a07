import { encodeState } from '../../algorithms/index.js';
import { utf8Bytes } from '../../foundation/json/index.js';
import type { LoopState } from './loop-state.js';
import type { SearchLoop } from './search-loop.js';

/**
 * Largest state of a search, in encoded bytes. The Temporal server refuses an argument or a result above 2 MB, and the
 * definition and the input of a search travel beside its state.
 */
export const stateLimit = 1_500_000;

/** Why a search of this state cannot go on: one sentence with the sizes of what a person can make smaller. */
export function stateTooLarge(loop: SearchLoop, bytes: number): string {
  const { algorithm, candidates, open } = sizesOf(loop.state);
  return (
    `The state of search "${loop.plan.search}" takes ${kilobytes(bytes)}, and at most ${kilobytes(stateLimit)} can be ` +
    `carried on (${kilobytes(open)} are the trials that wait for their turn or were the last, ${kilobytes(candidates)} ` +
    `the best ones, ${kilobytes(algorithm)} the algorithm): start a search with a smaller window or a smaller space.`
  );
}

/** Bytes of the parts of a state that can become large. */
function sizesOf({ algorithm, arrivals, candidates, enqueued, last, open }: Readonly<LoopState>): {
  readonly algorithm: number;
  readonly candidates: number;
  readonly open: number;
} {
  return {
    algorithm: encodeState(algorithm).length,
    candidates: utf8Bytes(JSON.stringify(candidates)).length,
    open: utf8Bytes(JSON.stringify([open, arrivals, enqueued, last])).length,
  };
}

function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1000)} kB`;
}
