import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';

import { moveIntoPlace, removeAbandoned } from './cached-folder.mjs';
import { freeBytes } from './folders.mjs';
import { SetupProblem } from './setup-problem.mjs';

/**
 * Fetches something pinned into a folder of the user's cache, which appears whole or not at all. `fill` downloads into
 * a temporary folder, puts what is wanted into `ready`, and answers what is wrong with it, or `undefined`.
 */
export async function fetchIntoCache({ title, folder, megabytes, bytesNeeded, say }, fill) {
  const parent = path.dirname(folder);
  if (freeBytes(parent) < bytesNeeded) {
    throw new SetupProblem(
      `${title} needs ${bytesNeeded / 1e6} MB in ${parent}, but the disk has less: make room there or point XDG_CACHE_HOME to another disk.`,
    );
  }
  try {
    await mkdir(parent, { recursive: true });
    await removeAbandoned(parent);
    const temporary = await mkdtemp(path.join(parent, '.install-'));
    try {
      say(`fetching ${title} (${megabytes} MB) into ${folder}`);
      const ready = path.join(temporary, 'ready');
      await mkdir(ready);
      const problem = await fill({ temporary, ready });
      if (problem !== undefined) {
        throw new SetupProblem(
          `What was fetched for ${title} is not what is pinned (${problem}) and was thrown away: check which registries this machine uses.`,
        );
      }
      await moveIntoPlace(ready, folder);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  } catch (error) {
    if (error instanceof SetupProblem) throw error;
    throw new SetupProblem(
      `${title} could not be put into ${folder} (${error.message}): make that folder writable or point XDG_CACHE_HOME elsewhere.`,
    );
  }
}
