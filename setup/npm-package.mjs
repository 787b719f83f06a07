import { readdir } from 'node:fs/promises';
import path from 'node:path';

import { runProgram } from './subprocess.mjs';

/**
 * Fetches an npm package, such as `name@1.0.0`, into the folder `temporary` and unpacks it there, all of it or the
 * `members` that are named; nothing of it is run, and none of its dependencies fetched. `npm` and `tar` are the paths of
 * these programs. Answers the unpacked folder, or which program failed and what it said.
 */
export async function downloadNpmPackage(name, { temporary, environment, npm, tar, members = [] }) {
  const download = await runProgram(
    npm,
    [
      ...['pack', name, '--ignore-scripts', '--silent', '--no-audit', '--no-fund'],
      ...['--cache', path.join(temporary, 'npm-cache'), '--pack-destination', temporary],
    ],
    { environment, folder: temporary },
  );
  const archive = (await readdir(temporary)).find((each) => each.endsWith('.tgz'));
  if (download.code !== 0 || archive === undefined) {
    return { kind: 'failed', program: 'npm', output: download.output };
  }
  const unpack = await runProgram(tar, ['-xzf', archive, ...members], { environment, folder: temporary });
  if (unpack.code !== 0) return { kind: 'failed', program: 'tar', archive, output: unpack.output };
  return { kind: 'unpacked', folder: path.join(temporary, 'package') };
}
