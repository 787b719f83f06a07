import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundlePageProgram, pageProgramFile } from './page-program.js';

/** Puts the program of the pages together once, at build time: the package then needs no drawing library. */
async function buildPageProgram(): Promise<void> {
  const file = fileURLToPath(new URL(`./${pageProgramFile}`, import.meta.url));
  await writeFile(file, await bundlePageProgram());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPageProgram();
