import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { prepare } from '../setup/prepare.mjs';
import { roomFolders } from '../setup/rooms.mjs';
import { runAsScript, SetupProblem } from '../setup/setup-problem.mjs';

const benchFolder = fileURLToPath(new URL('.', import.meta.url));
const root = path.resolve(benchFolder, '..');

// Declared first, because `runAsScript` below uses it while it waits at the top level.
const builtDuramen = {
  name: 'built-duramen',
  setup(build) {
    const external = (file) => ({ path: pathToFileURL(file).href, external: true });
    build.onResolve({ filter: /^duramen(\/|$)/ }, ({ path: source }) =>
      external(path.join(root, 'dist', source.slice('duramen/'.length), 'index.js')),
    );
    build.onResolve({ filter: /^\./ }, ({ path: source, resolveDir }) => {
      const file = path.resolve(resolveDir, source);
      const inRepository = path.relative(root, file);
      if (roomFolders.includes(inRepository.split(path.sep)[0]))
        return external(path.join(root, 'dist', inRepository.replace(/\.ts$/, '.js')));
      return file.endsWith('.mjs') ? external(file) : undefined;
    });
    build.onResolve({ filter: /^[^./]/ }, ({ path: source, kind }) =>
      kind === 'entry-point' ? undefined : { path: source, external: true },
    );
    // A compiled file lies elsewhere; it still finds what lies beside its source.
    build.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
      const text = await readFile(file, 'utf8');
      const contents = text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href));
      return { contents, loader: 'ts' };
    });
  },
};

await runAsScript(async () => {
  const [name, ...benchArguments] = process.argv.slice(2);
  const benches = findBenches();
  const entry = benches.get(name);
  if (entry === undefined) {
    const names = [...benches.keys()].join(', ');
    throw new SetupProblem(`"npm run bench -- NAME" takes one of these names: ${names}.`);
  }
  const ended = await prepareFor(entry, benchArguments);
  if (ended !== undefined) return ended;
  const { run } = await importCompiled(entry);
  if (typeof run !== 'function') throw new SetupProblem(`${entry} exports no function "run".`);
  return run(benchArguments);
});

/**
 * Makes the checkout ready. A bench in a folder may do so in its own way, in `preparation.mjs`; an exit status says that
 * nothing is left to do.
 */
async function prepareFor(entry, benchArguments) {
  const own = path.join(path.dirname(entry), 'preparation.mjs');
  if (!existsSync(own)) return prepare();
  const { prepareBench } = await import(pathToFileURL(own).href);
  return prepareBench(benchArguments);
}

/** Entry files by name: a bench is a file of this folder, or the index of a folder, that exports `run`. */
function findBenches() {
  const entries = readdirSync(benchFolder, { withFileTypes: true })
    .map((entry) =>
      entry.isDirectory()
        ? [entry.name, path.join(benchFolder, entry.name, 'index.ts')]
        : [path.basename(entry.name, '.ts'), path.join(benchFolder, entry.name)],
    )
    .filter(([, file]) => file.endsWith('.ts') && existsSync(file));
  return new Map(entries.filter(([, file]) => isBench(file)));
}

// Modules that several benches share lie beside them and export no `run`.
function isBench(file) {
  return /^export (async )?function run\b/m.test(readFileSync(file, 'utf8'));
}

/**
 * Compiles a TypeScript file of this folder with what it imports from here and imports the result. What it
 * imports of Duramen itself comes from `dist/`, so that a bench measures what users run.
 */
async function importCompiled(entry) {
  const { build } = await import('esbuild');
  const cache = path.join(root, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(path.join(cache, 'duramen-bench-'));
  try {
    const outfile = path.join(folder, 'bench.mjs');
    await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      sourcemap: 'inline',
      logLevel: 'silent',
      plugins: [builtDuramen],
    }).catch((error) => {
      throw new SetupProblem(`${entry} does not compile: ${error.message}`);
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
