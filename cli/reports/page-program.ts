import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The program and the library style sheets that go into every page. */
export interface PageProgram {
  readonly program: string;
  readonly styles: string;
}

/** Puts the page's program and the plotting library together into one script. */
export async function pageProgram(): Promise<PageProgram> {
  const { outputFiles } = await build({
    // An import and no entry point: esbuild then finds the program in sources and in built files alike.
    stdin: {
      contents: "import './page/main.js';",
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
  const style = createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css');
  return { program: outputFiles[0]?.text ?? '', styles: await readFile(style, 'utf8') };
}
