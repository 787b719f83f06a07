/**
 * Runs a Node script as the visible part of this process: same terminal, signals passed on once each, and
 * its exit code as result (128 + n when signal n ended it).
 */
export function runInForeground(
  nodeArguments: readonly string[],
  options?: {
    readonly folder?: string;
    /** A signal that comes again sooner is taken for the same one. */
    readonly sameSignalWithinMs?: number;
  },
): Promise<number>;
