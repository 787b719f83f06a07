import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { build } from 'esbuild';
import type { SearchDefinition } from '../../../searches/index.js';
import { TestInstallation } from '../test-installation.js';
import { toyOptions } from './toy-search.js';
import type { ToyConfig } from './toy-slices.js';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** A build of the package whose processes all know the toy: its workers, their workflows and the evaluating processes. */
export class ToyInstallation {
  private constructor(
    readonly installation: TestInstallation,
    /** The built package. */
    readonly dist: string,
  ) {}

  /** Makes the build, from `dist/` and the toy, and starts a server and workers. */
  static async start(temporalCliPath: string): Promise<ToyInstallation> {
    const folder = join(repository, 'test-output');
    mkdirSync(folder, { recursive: true });
    // Inside the repository, so that the packages of its modules are found.
    const dist = mkdtempSync(join(folder, 'toy-'));
    cpSync(join(repository, 'dist'), dist, { recursive: true });
    await build({
      entryPoints: [fileURLToPath(new URL('./toy-program.ts', import.meta.url))],
      bundle: true,
      format: 'esm',
      outfile: join(dist, 'toy.js'),
      plugins: [
        {
          name: 'rooms',
          setup(builder) {
            builder.onResolve({ filter: /^\.\.\/\.\.\/\.\.\// }, ({ path }) => ({
              path: path.replace('../../../', './'),
              external: true,
            }));
          },
        },
      ],
    });
    const entry = join(dist, 'toy-workflows.js');
    // A bundle leaves out a module of the package from which nothing is exported.
    const exported = ["{ toyEvaluation } from './toy.js'", "{ search } from './workflows/bundle-entry.js'"];
    writeFileSync(entry, exported.map((each) => `export ${each};\n`).join(''));
    const { code } = await bundleWorkflowCode({ workflowsPath: entry, logger: new DefaultLogger('ERROR') });
    writeFileSync(join(dist, 'workflow-bundle.js'), code);
    const installation = new TestInstallation(temporalCliPath, dist);
    const made = new ToyInstallation(installation, dist);
    await installation.start(made.environment, ['search', 'trainer']);
    return made;
  }

  /** Variables under which a process of the build knows the toy. */
  get environment(): Readonly<Record<string, string>> {
    return { NODE_OPTIONS: `--import ${pathToFileURL(join(this.dist, 'toy.js')).href}` };
  }

  /** A search of the toy, each of whose steps takes so many milliseconds. */
  async define(
    name: string,
    changes: object = {},
    config: Partial<ToyConfig> = {},
    pause = 30,
  ): Promise<SearchDefinition> {
    const toy = JSON.stringify(pathToFileURL(join(this.dist, 'toy.js')).href);
    return this.installation.define(
      toyOptions(name, changes, config),
      `async (parameters, trial) => (await import(${toy})).toyEvaluation(${pause})(parameters, trial)`,
    );
  }

  async close(): Promise<void> {
    await this.installation.close();
    rmSync(this.dist, { recursive: true, force: true });
  }
}
