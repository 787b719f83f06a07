import { CommanderError } from 'commander';
import { unreachable } from '../foundation/errors/index.js';
import { ClientError } from '../client/errors/index.js';

/** What the exit status of the command tells a script. */
export const exitCode = {
  ok: 0,
  /** The search stopped, or an unforeseen error occurred. */
  failed: 1,
  /** Bad usage or bad input; nothing was changed. */
  input: 2,
  /** No server or no worker answers. */
  unreachable: 3,
  cancelled: 4,
  /** Detached by Ctrl-C; the search goes on. */
  detached: 130,
} as const;

/** The exit status for an error. */
export async function exitCodeOf(error: unknown): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.input;
  if (!(error instanceof ClientError)) {
    // Loaded only now: the client is slow to load, and the other errors do not need it.
    const { DefinitionError } = await import('../client/index.js');
    return error instanceof DefinitionError ? exitCode.input : exitCode.failed;
  }
  switch (error.kind) {
    case 'input':
      return exitCode.input;
    case 'unreachable':
      return exitCode.unreachable;
    case 'cancelled':
      return exitCode.cancelled;
    case 'stopped':
      return exitCode.failed;
    default:
      return unreachable(error.kind, 'kind of error');
  }
}
