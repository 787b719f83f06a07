import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The folder with conformance cases and benchmark tables that is laid beside a checkout: the environment
 * variable `DURAMEN_SHARED`, else `../shared` relative to the repository. `undefined` when it is absent,
 * in which case the tests that read it are skipped.
 */
export function sharedDirectory(): string | undefined {
  const configured = process.env['DURAMEN_SHARED'];
  const directory = path.resolve(
    repositoryRoot,
    configured === undefined || configured === '' ? '../shared' : configured,
  );
  return existsSync(directory) ? directory : undefined;
}
