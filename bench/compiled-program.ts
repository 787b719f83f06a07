import { mkdir, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { packageRoot } from '../setup/folders.mjs';

/** A new folder for what a bench writes; programs in it find the packages that they import. */
export async function programFolder(): Promise<string> {
  const cache = path.join(packageRoot, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  return mkdtemp(path.join(cache, 'duramen-bench-'));
}

/** Compiles a program of a bench, with Duramen's sources inside, into a folder; the path of the compiled file. */
export async function compiledProgram(source: string, folder: string): Promise<string> {
  const outfile = path.join(folder, `${path.basename(source, '.ts')}.mjs`);
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
  return outfile;
}
