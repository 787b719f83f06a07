import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Where the folder with conformance cases and benchmark tables is, or would be: the environment variable `DURAMEN_SHARED`,
 * else `../shared` relative to the repository.
 */
export function sharedPlace(): string {
  const configured = process.env['DURAMEN_SHARED'];
  return path.resolve(
    repositoryRoot,
    configured === undefined || configured === '' ? '../shared' : configured,
  );
}

/** That folder; `undefined` when it is absent, in which case the tests that read it are skipped. */
export function sharedDirectory(): string | undefined {
  const directory = sharedPlace();
  return existsSync(directory) ? directory : undefined;
}
