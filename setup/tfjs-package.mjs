import { existsSync, readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

import { fetchIntoCache } from './fetch-into-cache.mjs';
import { hashFile } from './file-hash.mjs';
import { cacheFolder, packageRoot } from './folders.mjs';
import { downloadNpmPackage } from './npm-package.mjs';
import { SetupProblem } from './setup-problem.mjs';
import { findOnPath, lastLine } from './subprocess.mjs';

const require = createRequire(import.meta.url);
const name = '@tensorflow/tfjs-node-gpu';
const version = '4.22.0';

// What is made from the package: its manifest stands in the hash of every binding.
const pinnedFiles = {
  'package.json': 'c6132b94584b2ce2d03f8a5511b8feeed94db9394069c47c01759798bbcd087d',
  'binding/napi_auto_ref.h': '775e602b81ce9c7ee5c69f0177fa0f4672921c7860b16783674f531a1057f167',
  'binding/tf_auto_status.h': 'a9dbf9e92fe9c1decbf9c0418c2439bd157c5e81e761c2803a3d20d9c64206d1',
  'binding/tf_auto_tensor.h': '9a34980cf9ffa904c1039a57fb0c73adf4342efd31068d6aac8deab8bfb98e0a',
  'binding/tfe_auto_op.h': 'b0c12024598081e6879dc5580755512e3d5594562e9b754a91e0ff94e7c305e4',
  'binding/tfjs_backend.cc': '37a6a6f29e0be5e6ba17fe2b7c943a730f1069eaa8a536fd42ea22b0c56695f7',
  'binding/tfjs_backend.h': '51a1cb1db170f78edca4edcd1245b600251f88fba9c5fdea340fb13d9e4cc728',
  'binding/tfjs_binding.cc': '352e096779ac9c9cfe0648ea887e8991828375e2b11955b4e220b7ab5b9fb690',
  'binding/utils.h': 'f78f6292b022d9a58fa46701f69a8d6c27da83951ba0c9aa1e60bc9879e71d6a',
};

/**
 * The folder of the npm package `@tensorflow/tfjs-node-gpu`, whose sources TensorFlow's binding is compiled from and below
 * which the binding is found: the installed one, so that programs which import the package run with the same binding, else
 * the copy that the set-up keeps in the user's cache; undefined when there is neither.
 */
export function tfjsFolder(environment = process.env) {
  const installed = installedFolder();
  if (installed !== undefined) return installed;
  const copy = copyFolder(environment);
  return existsSync(path.join(copy, 'package.json')) ? copy : undefined;
}

function installedFolder() {
  try {
    const manifest = require.resolve(`${name}/package.json`);
    // The binding of another version has other functions.
    return versionIn(manifest) === version ? path.dirname(manifest) : undefined;
  } catch {
    return undefined;
  }
}

// One copy for each version of Duramen, because the links to the binding in it are made by that version.
function copyFolder(environment) {
  const own = versionIn(path.join(packageRoot, 'package.json'));
  return path.join(cacheFolder(environment), 'npm-packages', `tfjs-node-gpu-${version}-of-duramen-${own}`);
}

function versionIn(manifest) {
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}

/** Makes sure that the package is there, and returns its folder; throws `SetupProblem`. */
export async function installTfjsPackage({ environment = process.env, say = () => {} } = {}) {
  const found = tfjsFolder(environment);
  if (found !== undefined) return found;
  const title = `the npm package ${name}`;
  const programs = {};
  for (const program of ['npm', 'tar']) {
    programs[program] = findOnPath(program, environment);
    if (programs[program] === undefined) {
      throw new SetupProblem(`${title} is fetched by ${program}, which is not on PATH: install it.`);
    }
  }
  const folder = copyFolder(environment);
  await fetchIntoCache(
    { title, folder, megabytes: 0.2, bytesNeeded: 20e6, say },
    async ({ temporary, ready }) => {
      const fetched = await downloadNpmPackage(`${name}@${version}`, { temporary, environment, ...programs });
      if (fetched.kind === 'failed') {
        throw new SetupProblem(
          `${fetched.program} could not fetch ${title} (${lastLine(fetched.output)}): connect to the network and try again.`,
        );
      }
      await cp(path.join(fetched.folder, 'binding'), path.join(ready, 'binding'), { recursive: true });
      await cp(path.join(fetched.folder, 'package.json'), path.join(ready, 'package.json'));
      for (const [file, sha256] of Object.entries(pinnedFiles)) {
        if ((await hashFile(path.join(ready, file))) !== sha256) return `${file} is another one`;
      }
      return undefined;
    },
  );
  return folder;
}
