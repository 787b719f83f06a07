import { patched } from '@temporalio/workflow';

/**
 * The rules by which a run turns what happens to it into commands. A run keeps the rules under which it began, because
 * its history has to replay.
 *
 * `current`: all that decides a command is what happened to the search: counts of its own, and durable timers.
 * `former`: as earlier builds, a run decides by the workflow's clock and by the length of its history, too. Both say
 * how the server cut the history into workflow tasks, and the SDK may hand two tasks to a cold worker as one.
 */
export type RunRules = 'former' | 'current';

/** The rules of this run; to be asked once, before its first command. */
export function rulesOfRun(): RunRules {
  return patched('rules-of-events') ? 'current' : 'former';
}

/** Milliseconds of the workflow's clock, by which runs under the former rules decide. */
export function formerClock(): number {
  return Date.now();
}
