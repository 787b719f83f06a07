import { homedir } from 'node:os';
import path from 'node:path';

/** The folder for things that can be made again, the one that the set-up uses: `XDG_CACHE_HOME` or `~/.cache`. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const configured = environment['XDG_CACHE_HOME'];
  const isUsable = configured !== undefined && path.isAbsolute(configured);
  return path.join(isUsable ? configured : path.join(environment['HOME'] || homedir(), '.cache'), 'duramen');
}
