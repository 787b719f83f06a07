/** Where a usable Temporal CLI is. */
export interface FoundTemporalCli {
  readonly kind: 'found';
  readonly path: string;
  readonly version: string;
  /** `path`: the user's own on PATH; `cache`: the pinned one that the set-up installed. */
  readonly source: 'path' | 'cache';
}

/** Why there is no usable Temporal CLI, and what to do; both are parts of a sentence. */
export interface MissingTemporalCli {
  readonly kind: 'missing';
  readonly reason: string;
  readonly remedy: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The version that is installed, and the oldest one on PATH that is used instead. */
export const temporalCliVersion: string;

/** Size in bytes and SHA-256 of the pinned binary for this machine, or `undefined` where there is none. */
export const pinnedTemporalCli: { readonly size: number; readonly sha256: string } | undefined;

/** The folder of the cached CLI. */
export function temporalCliFolder(environment?: Environment): string;

/** Looks for the Temporal CLI without installing or fetching anything; `thorough` hashes the cached file. */
export function findTemporalCli(options?: {
  readonly environment?: Environment;
  readonly thorough?: boolean;
}): Promise<FoundTemporalCli | MissingTemporalCli>;

/**
 * Finds the Temporal CLI, or fetches the pinned one into the user's cache; it calls `say` before it fetches
 * something. Throws an error with one sentence that says what to install when it cannot.
 */
export function installTemporalCli(options?: {
  readonly environment?: Environment;
  readonly say?: (line: string) => void;
}): Promise<FoundTemporalCli>;
