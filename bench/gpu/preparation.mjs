import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { prepare } from '../../setup/prepare.mjs';
import { SetupProblem } from '../../setup/setup-problem.mjs';
import { findOnPath, runProgram } from '../../setup/subprocess.mjs';

/**
 * Prepares the bench: `--from PACK` runs what a pack brings, set-up and all, in `--into FOLDER`, and answers its exit
 * status; else the build of TensorFlow for GPUs is set up. `--pack` needs no GPU for that, since another machine has it.
 */
export async function prepareBench(benchArguments) {
  const { values } = parseArgs({
    args: benchArguments,
    strict: false,
    options: { from: { type: 'string' }, into: { type: 'string' }, pack: { type: 'string' } },
  });
  if (values.from === undefined) {
    if (values.pack !== undefined) process.env.DURAMEN_TENSORFLOW ??= 'gpu';
    await prepare({ gpu: true });
    return undefined;
  }
  const script = path.resolve(values.from, 'start.sh');
  if (!existsSync(script)) {
    throw new SetupProblem(
      `${path.resolve(values.from)} is no pack, because start.sh is not there: name its folder.`,
    );
  }
  const shell = findOnPath('sh');
  if (shell === undefined)
    throw new SetupProblem('A pack is put together by sh, which is not on PATH: install it.');
  const into = path.resolve(values.into ?? 'duramen-gpu');
  const { code } = await runProgram(
    shell,
    [script, into, ...withoutOptions(benchArguments, ['from', 'into'])],
    {
      inherit: true,
    },
  );
  return code;
}

function withoutOptions(words, names) {
  const kept = [];
  for (let i = 0; i < words.length; i += 1) {
    const [option] = words[i].split('=', 1);
    if (!names.some((name) => option === `--${name}`)) kept.push(words[i]);
    else if (!words[i].includes('=')) i += 1;
  }
  return kept;
}
