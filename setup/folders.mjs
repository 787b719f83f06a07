import { existsSync, statfsSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout or of the installed package, without a slash at the end. */
export const packageRoot = path.resolve(fileURLToPath(new URL('..', import.meta.url)));

/** True in a checkout of the repository, false in the installed package. */
export const isCheckout = existsSync(path.join(packageRoot, 'package-lock.json'));

/** What a user types to get a part that the set-up fetches; in a checkout `script` of `setup/` does it. */
export function setupCommand(part, script = 'prepare.mjs') {
  return isCheckout ? `node ${path.join(packageRoot, 'setup', script)}` : `npx duramen setup ${part}`;
}

/** The folder for things that can be fetched again: `XDG_CACHE_HOME` or `~/.cache`, with `duramen` below. */
export function cacheFolder(environment = process.env) {
  const configured = environment.XDG_CACHE_HOME;
  const base =
    configured !== undefined && path.isAbsolute(configured)
      ? configured
      : path.join(environment.HOME || os.homedir(), '.cache');
  return path.join(base, 'duramen');
}

/** The folder of searches and the server: `DURAMEN_HOME`, else the nearest `.duramen` upwards, else a new one here. */
export function homeFolder(environment = process.env, start = process.cwd()) {
  if (environment.DURAMEN_HOME) return path.resolve(start, environment.DURAMEN_HOME);
  for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, '.duramen');
    if (existsSync(candidate) && statSync(candidate).isDirectory()) return candidate;
    if (path.dirname(folder) === folder) return path.resolve(start, '.duramen');
  }
}

/** Bytes that this user may still write on the disk that holds `folder`, or would hold it once it is made. */
export function freeBytes(folder) {
  let existing = path.resolve(folder);
  while (!existsSync(existing)) existing = path.dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return bavail * bsize;
}
