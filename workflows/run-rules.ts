import { patched } from '@temporalio/workflow';

/**
 * The rules by which a run turns what happens to it into commands. A run keeps the rules under which it began, because
 * its history has to replay: `former` for a run that an earlier build began.
 */
export type RunRules = 'former' | 'current';

/** The rules of this run; to be asked once, before its first command. */
export function rulesOfRun(): RunRules {
  return patched('rules-of-events') ? 'current' : 'former';
}
