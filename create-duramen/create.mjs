#!/usr/bin/env node
import { existsSync, readdirSync } from 'node:fs';
import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const template = fileURLToPath(new URL('./template', import.meta.url));

/** Makes a project in a new or empty folder; throws an error with one sentence. */
async function createProject(folder) {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new Error(`${folder} is not empty: name a new folder, as in "npm create duramen my-search".`);
  }
  await cp(template, folder, { recursive: true });
  // npm leaves a file with the real name out of a package.
  await rename(path.join(folder, 'gitignore'), path.join(folder, '.gitignore'));
  const file = path.join(folder, 'package.json');
  const manifest = { name: packageName(path.basename(folder)), ...JSON.parse(await readFile(file, 'utf8')) };
  await writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** A folder's name as the name of an npm package. */
function packageName(folder) {
  const name = folder.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, '-');
  return name.replace(/^[.-]+/, '').replace(/-+$/, '') || 'my-search';
}

const given = process.argv[2] ?? 'my-search';
try {
  await createProject(path.resolve(given));
  console.log(`Made ${given}. Next:

  cd ${given}
  npm install
  npx duramen setup temporal   # a Temporal server for this user, 45 MB, once
  npm start                    # the search; Ctrl-C detaches, the same command goes on`);
} catch (error) {
  console.error(`create-duramen: ${error.message}`);
  process.exitCode = 1;
}
