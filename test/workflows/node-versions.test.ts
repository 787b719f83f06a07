import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';
import { errorText } from '../../foundation/errors/index.js';
import { installPackagedBinary, packagedBinaries } from '../../setup/packaged-binaries.mjs';
import { historiesFolder } from '../support/search-laboratory.js';

/** Fixed for ever: a change of one of these changes every search that is open while Duramen is upgraded. */
const golden = {
  numbers: 'd89af99723d400d0fe689ac592964203fc0352cdb42e63f57a0f17b5777ba939',
  random: '9f87d9a2c51e0e955038b28aaff8c89c9d8547fbfccef63779216a05b16c6622',
  regularizedEvolution: '5c0b3b0557b5b6afeeedb6e470954d7535b874397fabad3b91e434aac9eaa81a',
  reinforce: '13dbaeb459d70f2128916234fddf167e75fbdfe6cec674f7219c810180dc660c',
};

// The other versions are fetched once into the user's cache. Without a network they are skipped; where the tests must
// not skip them (`CI`), a version that cannot be fetched is a failure.
async function programOf(name: string): Promise<{ readonly path: string } | { readonly problem: string }> {
  if (name === 'this version') return { path: process.execPath };
  try {
    const say = (line: string): void => console.log(`duramen: ${line}`);
    return { path: await installPackagedBinary(name, { say }) };
  } catch (error) {
    if (process.env['CI'] !== undefined) throw error;
    const problem = errorText(error);
    console.log(`duramen: the tests of ${name} are skipped: ${problem}`);
    return { problem };
  }
}

describe.each([
  ['this version', process.versions.node],
  ['node-22', packagedBinaries['node-22'].version],
  ['node-24', packagedBinaries['node-24'].version],
])('%s', (name, version) => {
  test('the same bits, the same trajectories, and every recorded history is replayed', async ({ skip }) => {
    const program = await programOf(name);
    if ('problem' in program) return skip(program.problem);
    const script = fileURLToPath(new URL('./same-on-this-node.mjs', import.meta.url));
    const dist = dirname(inject('workflowBundlePath'));
    const { stdout } = await promisify(execFile)(program.path, [script, dist, historiesFolder]);
    const replayed = readdirSync(historiesFolder).filter((file) => file.endsWith('.json.gz')).length;
    expect(JSON.parse(stdout)).toEqual({ node: version, hashes: golden, replayed });
  }, 300_000);
});
