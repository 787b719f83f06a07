import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { BuildFailure, Plugin } from 'esbuild';
import { isPlainObject, type Json } from '../foundation/json/index.js';
import { sha256Hex } from '../foundation/numbers/index.js';
import {
  type HashFile,
  isSearch,
  type Search,
  type SearchBundle,
  toDefinition,
} from '../searches/search-files/index.js';
import { DefinitionError, type SearchDefinition } from '../searches/definition/index.js';
import { ArtifactStore, FileBlobStore, writeFileAtomically } from '../storage/index.js';
import { ClientError } from './errors/client-error.js';
import { snapshotsForSearch } from './library/index.js';
import { weightsForSearch } from './kept-weights.js';

/** A search file, loaded, with its bundle in the artifact store. */
export interface LoadedSearchFile {
  readonly search: Search;
  readonly definition: SearchDefinition;
  readonly bundle: SearchBundle;
}

/** What the caller of a search file adds to it. */
export interface DefineOptions {
  /** Points of the outermost level to try first, as parameters, before those of the file. */
  readonly initial?: readonly Json[];
}

const installation = fileURLToPath(new URL('..', import.meta.url));
const lockFiles = ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock'];

/**
 * Bundles a search file with its own imports, loads it and stores the bundle. The hash of the bundle is that of the
 * code alone: it depends neither on where the file lies nor on the packages, whose lock file is hashed beside it.
 * Throws `ClientError`, one sentence with file and line where the file is at fault.
 */
export async function loadSearchFile(
  path: string,
  home: string,
  { initial = [] }: DefineOptions = {},
): Promise<LoadedSearchFile> {
  const file = resolve(path);
  if (!existsSync(file)) throw new ClientError('input', `There is no file ${path}.`);
  const bytes = await bundleFile(file, []);
  const search = withInitial(await importSearch(file, home), initial);
  const hash = await new ArtifactStore(new FileBlobStore(home)).put(bytes);
  const bundle = { hash, packages: await lockFileHash(dirname(file)) };
  try {
    const findWeights = await weightsForSearch(search, home);
    const findSnapshot = await snapshotsForSearch(search, home);
    const definition = toDefinition(search, bundle, hashedBeside(file), findWeights, findSnapshot);
    return { search, definition, bundle };
  } catch (error) {
    if (error instanceof DefinitionError) {
      throw new ClientError('input', `${shownPath(file)}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** The search with further points to try first; whoever reads its options checks them. */
function withInitial(search: Search, points: readonly Json[]): Search {
  const { options } = search;
  if (points.length === 0 || !isPlainObject(options)) return search;
  const { levels } = options;
  if (!Array.isArray(levels)) return { ...search, options: prefixed(options, points) };
  const [outermost, ...inner] = levels as readonly unknown[];
  if (!isPlainObject(outermost) || !isPlainObject(outermost['options'])) return search;
  const first = { ...outermost, options: prefixed(outermost['options'], points) };
  return { ...search, options: { ...options, levels: [first, ...inner] } };
}

function prefixed(options: Readonly<Record<string, unknown>>, points: readonly Json[]): object {
  const own = options['initial'] ?? [];
  return { ...options, initial: Array.isArray(own) ? [...points, ...(own as readonly unknown[])] : own };
}

/** Finds and hashes the files that a search file names, relative to itself. */
function hashedBeside(searchFile: string): HashFile {
  return (path) => {
    const absolute = resolve(dirname(searchFile), path);
    try {
      return { path: absolute, sha256: createHash('sha256').update(readFileSync(absolute)).digest('hex') };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      const reason = code === 'ENOENT' ? 'there is no such file' : code;
      return { problem: `${absolute} cannot be read: ${reason}.` };
    }
  };
}

async function bundleFile(file: string, plugins: Plugin[]): Promise<Uint8Array> {
  try {
    const { outputFiles } = await build({
      entryPoints: [file],
      // Comments in the bundle name files relative to this folder, so that moving it changes no byte.
      absWorkingDir: dirname(file),
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      // Named because a path alias of the user's tsconfig.json would otherwise come first.
      external: plugins.length === 0 ? ['duramen', 'duramen/*'] : [],
      charset: 'utf8',
      logLevel: 'silent',
      plugins,
    });
    const output = outputFiles[0];
    if (output === undefined) throw new Error(`esbuild wrote nothing for ${file}.`);
    return output.contents;
  } catch (error) {
    if (isBuildFailure(error))
      throw new ClientError('input', `${buildProblem(error, file)}`, { cause: error });
    throw error;
  }
}

/** Loads the file with `duramen` resolved to this installation, from where its other packages resolve as usual. */
async function importSearch(file: string, home: string): Promise<Search> {
  const bytes = await bundleFile(file, [resolveToInstallation]);
  const folder = cacheFolder(dirname(file), home);
  const path = join(folder, `${sha256Hex(bytes)}.mjs`);
  await mkdir(folder, { recursive: true });
  // Not durable, because each start writes the file anew.
  await writeFileAtomically(path, bytes, { durable: false });
  let imported: { readonly default?: unknown };
  try {
    imported = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as typeof imported;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new ClientError('input', `${shownPath(file)} cannot be loaded: ${reason ?? ''}`.trimEnd(), {
      cause: error,
    });
  }
  if (!isSearch(imported.default)) {
    throw new ClientError(
      'input',
      `${shownPath(file)} has to end in "export default defineSearch({ … })": its default export is something else.`,
    );
  }
  return imported.default;
}

const resolveToInstallation: Plugin = {
  name: 'duramen',
  setup(builder) {
    builder.onResolve({ filter: /^duramen(\/[a-z-]+)?$/ }, ({ path }) => ({
      path: pathToFileURL(join(installation, path.slice('duramen'.length), entryName())).href,
      external: true,
    }));
  },
};

/** Compiled code has `.js` files; sources (under a test runner) are loaded as they are. */
function entryName(): string {
  return import.meta.url.endsWith('.ts') ? 'index.ts' : 'index.js';
}

/** A folder from which the packages of the file's project resolve. */
function cacheFolder(from: string, home: string): string {
  const modules = nearest(from, 'node_modules');
  return modules === null ? join(home, 'cache', 'search-files') : join(modules, '.cache', 'duramen');
}

async function lockFileHash(from: string): Promise<string> {
  for (let folder = from; ; folder = dirname(folder)) {
    for (const name of lockFiles) {
      const path = join(folder, name);
      if (existsSync(path)) return sha256Hex(await readFile(path));
    }
    if (dirname(folder) === folder) return '';
  }
}

function nearest(from: string, name: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, name);
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) return null;
  }
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

function buildProblem({ errors }: BuildFailure, file: string): string {
  const first = errors[0];
  if (first === undefined) return `${shownPath(file)} does not compile.`;
  const { location, text } = first;
  const place =
    location === null
      ? shownPath(file)
      : `${shownPath(resolve(dirname(file), location.file))}:${location.line}:${location.column + 1}`;
  const more = errors.length === 1 ? '' : ` (and ${errors.length - 1} more)`;
  return `${place} does not compile: ${text}${more}`;
}

/** A path as a person in the working directory would write it. */
function shownPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}
