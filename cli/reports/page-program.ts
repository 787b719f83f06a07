import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** File of the built package that holds the program of its pages. */
export const pageProgramFile = 'page-program.bundle.js';

let made: Promise<string> | null = null;

/** The program of the pages with its drawing library as one script: from the built package, else put together now. */
export async function pageProgram(): Promise<string> {
  made ??= readFile(fileURLToPath(new URL(`./${pageProgramFile}`, import.meta.url)), 'utf8').catch(
    bundlePageProgram,
  );
  return made;
}

/** Puts the program and the drawing library together. */
export async function bundlePageProgram(): Promise<string> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    // An import and no entry point: esbuild then finds the program in sources and in built files alike.
    stdin: {
      contents: "import { startPage } from './page/main.js'; startPage();",
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      loader: 'ts',
    },
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}
