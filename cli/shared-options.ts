import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { ClientError } from '../client/errors/index.js';
import type { SearchClient, SearchHandle, ServerOptions } from '../client/index.js';

/** Options that every command which talks to a server has. */
export type SharedOptions = ServerOptions;

/** Adds the options that say which server and home to use. */
export function withServerOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--address <host:port>',
        'Temporal server (default: TEMPORAL_ADDRESS, else the embedded one)',
      ),
    )
    .addOption(new Option('--namespace <name>', 'Temporal namespace'))
    .addOption(
      new Option(
        '--home <folder>',
        'folder of journals and artifacts (default: DURAMEN_HOME, else .duramen)',
      ),
    );
}

/** Runs an action with a connected client, which is closed afterwards. */
export async function withClient(
  options: SharedOptions,
  action: (client: SearchClient) => Promise<void>,
): Promise<void> {
  // Loaded here: the client is slow to load, and neither help nor wrong usage needs it.
  const { connect } = await import('../client/index.js');
  const client = await connect(options);
  try {
    await action(client);
  } finally {
    await client.close();
  }
}

/** What is read of a search, from its server or from its journal. */
export type SearchReading = Pick<SearchHandle, 'best' | 'journal' | 'learned' | 'progress'>;

/**
 * Runs an action that only reads a search: with a client where a server answers, else from the journal in the home, and
 * then `client` is null. Where there is no journal either, the error tells of the server.
 */
export async function withReading(
  options: SharedOptions,
  id: string,
  action: (search: SearchReading, client: SearchClient | null) => Promise<void>,
): Promise<void> {
  try {
    await withClient(options, (client) => action(client.handle(id), client));
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    const { duramenHome, RecordedSearch } = await import('../client/index.js');
    const recorded = new RecordedSearch(options.home ?? duramenHome(), id);
    if (!(await recorded.exists())) throw error;
    await action(recorded, null);
  }
}

/** Whether an error says that no server answers. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof ClientError && error.kind === 'unreachable';
}

/** Argument of an option: a whole number of at least 1. */
export function countArgument(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return value;
}

/** Argument of an option: a trial's index. */
export function indexArgument(text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('It must be a whole number of at least 0.');
  return value;
}

/** Argument of an option: a number above 0. */
export function amountArgument(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

/** Argument of an option: a TCP port. */
export function portArgument(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1 || value > 65535)
    throw new InvalidArgumentError('It must be a port, 1 to 65535.');
  return value;
}

/** Argument of an option: `metric=value`. */
export function targetArgument(text: string): { readonly metric: string; readonly value: number } {
  const sign = text.lastIndexOf('=');
  const value = Number(text.slice(sign + 1));
  if (sign < 1 || text.slice(sign + 1).trim() === '' || !Number.isFinite(value)) {
    throw new InvalidArgumentError('It must be metric=value, such as accuracy=0.95.');
  }
  return { metric: text.slice(0, sign), value };
}
