import { mkdir, readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isPlainObject } from '../../foundation/json/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';
import type { EvaluateFunction, MeasureFunction, SearchModule } from '../../searches/search-files/index.js';
import { type ArtifactStore, writeFileAtomically } from '../../storage/index.js';
import type { BundleHooksData } from './bundle-hooks.js';

/** Where bundles come from, and what they import. */
export interface SearchModulesOptions {
  readonly home: string;
  readonly artifacts: ArtifactStore;
  /** Folder whose packages the bundles import. */
  readonly projectRoot: string;
  /** Folder of the built package; by default the one this module is part of. */
  readonly installation?: string;
}

const registered = new Set<string>();

/** Bundled search files by hash, each imported once in this process. */
export class SearchModules {
  private readonly loading = new Map<string, Promise<SearchModule>>();
  private readonly loaded = new Map<string, SearchModule>();

  constructor(private readonly options: SearchModulesOptions) {}

  /** The module if it has been loaded. */
  cached(bundle: string): SearchModule | undefined {
    return this.loaded.get(bundle);
  }

  /** Loads a bundle; errors say what is wrong with it. A failed load may be tried again. */
  async load(bundle: string): Promise<SearchModule> {
    let loading = this.loading.get(bundle);
    if (loading === undefined) {
      loading = this.import(bundle);
      this.loading.set(bundle, loading);
      loading.then(
        (module) => this.loaded.set(bundle, module),
        () => this.loading.delete(bundle),
      );
    }
    return loading;
  }

  private async import(bundle: string): Promise<SearchModule> {
    const folder = join(this.options.home, 'cache', 'bundles');
    const file = join(folder, `${bundle}.mjs`);
    const cached = await readFile(file).catch(() => null);
    if (cached === null || sha256Hex(cached) !== bundle) {
      const bytes = await this.options.artifacts.get(bundle);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // The hash is compared whenever the file is read.
      await writeFileAtomically(file, bytes, { durable: false, ownerOnly: true });
    }
    this.registerHooks(folder);
    const imported = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
      readonly default?: unknown;
    };
    return searchModule(imported.default, bundle);
  }

  private registerHooks(folder: string): void {
    const installation = this.options.installation ?? fileURLToPath(new URL('../..', import.meta.url));
    const data: BundleHooksData = {
      bundles: folderUrl(folder),
      projectRoot: folderUrl(this.options.projectRoot),
      installation: folderUrl(installation),
    };
    const key = JSON.stringify(data);
    if (registered.has(key)) return;
    registered.add(key);
    register(pathToFileURL(join(installation, 'evaluation', 'inside', 'bundle-hooks.js')), { data });
  }
}

function folderUrl(folder: string): string {
  const { href } = pathToFileURL(folder);
  return href.endsWith('/') ? href : `${href}/`;
}

function searchModule(exported: unknown, bundle: string): SearchModule {
  const functions =
    typeof exported === 'object' && exported !== null && 'functions' in exported ? exported.functions : null;
  if (!isPlainObject(functions)) {
    throw new Error(
      `Bundle ${bundle.slice(0, 12)} of a search file does not export by default what defineSearch returned.`,
    );
  }
  const { evaluate, retraining } = functions;
  const measures = functions['measures'] ?? functions['measure'] ?? {};
  if (evaluate !== undefined && typeof evaluate !== 'function')
    throw new Error('`evaluate` of the search file is no function.');
  if (retraining !== undefined && typeof retraining !== 'function')
    throw new Error('`retraining.evaluate` of the search file is no function.');
  if (!isPlainObject(measures))
    throw new Error('The measures of the search file are no object of functions.');
  for (const [level, measure] of Object.entries(measures)) {
    if (typeof measure !== 'function') throw new Error(`The measure of level "${level}" is no function.`);
  }
  const { algorithms } = functions;
  if (algorithms !== undefined && !isPlainObject(algorithms))
    throw new Error('The algorithms of the search file are no object of functions.');
  return {
    functions: {
      ...(algorithms === undefined
        ? {}
        : { algorithms: algorithms as NonNullable<SearchModule['functions']['algorithms']> }),
      ...(evaluate === undefined ? {} : { evaluate: evaluate as EvaluateFunction }),
      ...(retraining === undefined ? {} : { retraining: retraining as EvaluateFunction }),
      measures: measures as Readonly<Record<string, MeasureFunction>>,
    },
  };
}

/** The function of a search file that evaluates trials, or the one that retrains candidates. */
export function evaluateFunction(
  { functions }: SearchModule,
  called: 'retraining' | undefined,
): EvaluateFunction {
  const found = called === undefined ? functions.evaluate : functions.retraining;
  if (found !== undefined) return found;
  throw new Error(
    called === undefined
      ? 'The search file has no evaluate function.'
      : 'The search file has no function `retraining.evaluate`.',
  );
}

/** The functions of the `custom` algorithm that a level of a search file has. */
export function algorithmFunctions(
  { functions }: SearchModule,
  level: string,
): NonNullable<SearchModule['functions']['algorithms']>[string] {
  const found = functions.algorithms?.[level];
  if (typeof found?.ask === 'function') return found;
  throw new Error(`The search file has no custom algorithm for level "${level}".`);
}
