import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { TrainingError } from '../training-error.js';

const run = promisify(execFile);

/**
 * The folder in the user's cache with the files of a data set, which are fetched if they are not there. Throws
 * `TrainingError` of class `BadInput` when that fails.
 */
export async function fetchedFolder(name: string, signal?: AbortSignal): Promise<string> {
  // Fetch in a program of its own, so that a training process loads no module for HTTP.
  const script = createRequire(import.meta.url).resolve('#setup/data-sets.mjs');
  try {
    const { stdout } = await run(process.execPath, [script, name], signal === undefined ? {} : { signal });
    return stdout.trim().split('\n').at(-1) ?? '';
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    const said = output.trim().split('\n').at(-1) ?? '';
    throw new TrainingError('BadInput', said.replace(/^duramen: /, '') || `${name} could not be fetched.`, {
      cause: error,
    });
  }
}
