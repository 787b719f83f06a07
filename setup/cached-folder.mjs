import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** Moves a finished folder to its place in the cache in one step; a damaged copy there steps aside first. */
export async function moveIntoPlace(ready, folder) {
  // A rename does not replace a folder that has files in it.
  const aside = `${ready}-replaced`;
  await rename(folder, aside).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(ready, folder).catch((error) => {
    // Another installation was quicker: its result passed the same checks.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}

/** Removes what installations that were killed over an hour ago have left in `parent`. */
export async function removeAbandoned(parent) {
  const oldest = Date.now() - 3_600_000;
  for (const name of await readdir(parent)) {
    if (!name.startsWith('.install-')) continue;
    const folder = path.join(parent, name);
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Date.now() }));
    if (mtimeMs < oldest) await rm(folder, { recursive: true, force: true });
  }
}
