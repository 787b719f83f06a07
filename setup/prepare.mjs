import { build } from './build.mjs';
import { checkNodeVersion } from './node-version.mjs';
import { installPackages } from './packages.mjs';
import { setUpMachine } from './set-up.mjs';
import { isMainModule, runAsScript } from './setup-problem.mjs';

/** Makes a fresh checkout ready to run, with `gpu` also to train on GPUs; what is there already is only checked. */
export async function prepare({ gpu = false } = {}) {
  const say = (line) => console.log(`duramen: ${line}`);
  checkNodeVersion();
  await installPackages({ say });
  await setUpMachine({ gpu, say });
  await build({ say });
}

if (isMainModule(import.meta.url)) {
  await runAsScript(() => prepare({ gpu: process.argv.includes('--gpu') }));
}
