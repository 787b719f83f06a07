/*
 * The package as a user gets it: packed, installed by npm with its install scripts into a project that `npm create duramen`
 * made, checked by the compiler with the types of all packages, and run.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { expect, test } from 'vitest';

import { cacheFolder, packageRoot } from '../../setup/folders.mjs';
import { temporaryFolder } from '../support/temporary-folder.js';

const minutes = 60_000;
const networkFailure = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED/;

/** Bytes that the package may add to what Temporal's packages take. */
const mostBytes = 100e6;

interface Ran {
  readonly code: number;
  readonly output: string;
  readonly stdout: string;
}

/** What a shell of the user has: nothing that npm told the test run. */
function userEnvironment(more: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const kept = Object.entries(process.env).filter(
    ([name, value]) =>
      value !== undefined &&
      name !== 'DURAMEN_HOME' &&
      (!/^npm_/i.test(name) || /^npm_config_(registry|cafile|cache|userconfig)$/i.test(name)),
  );
  return { ...Object.fromEntries(kept), ...more } as Readonly<Record<string, string>>;
}

function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(program, [...args], { ...options, maxBuffer: 64e6 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, output: `${stdout}${stderr}` });
    });
  });
}

async function succeed(
  program: string,
  args: readonly string[],
  options: Parameters<typeof run>[2],
): Promise<Ran> {
  const ran = await run(program, args, options);
  if (ran.code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${ran.code}:\n${ran.output}`);
  return ran;
}

interface LockedPackage {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Folders of the packages that are installed for others, with all that they need themselves. */
function closure(installed: Readonly<Record<string, LockedPackage>>, starts: readonly string[]): Set<string> {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    for (
      let folder = from;
      ;
      folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))
    ) {
      const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
      const entry = installed[place];
      if (entry !== undefined) {
        if (found.has(place)) return;
        found.add(place);
        const { dependencies, peerDependencies, optionalDependencies } = entry;
        for (const each of Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies }))
          visit(each, place);
        return;
      }
      // An optional package for another machine.
      if (folder === '') return;
    }
  };
  for (const start of starts) visit(start, '');
  return found;
}

/** Bytes of a package without the packages inside it. */
async function bytesOf(folder: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) sum += entry.name === 'node_modules' ? 0 : await bytesOf(full);
    else if (entry.isFile()) sum += (await stat(full)).size;
  }
  return sum;
}

/** A cache of its own with the large downloads of this machine, so that the test fetches only what is small. */
async function cacheOfDownloads(folder: string): Promise<string> {
  const cache = path.join(folder, 'duramen');
  await mkdir(cache, { recursive: true });
  for (const name of ['temporal-cli', 'tensorflow']) {
    const target = path.join(cacheFolder(), name);
    if (existsSync(target)) symlinkSync(target, path.join(cache, name));
  }
  return folder;
}

test(
  'a packed Duramen installs into a new project, whose search compiles and runs, and trains after "duramen setup"',
  async ({ skip }) => {
    const folder = temporaryFolder();
    const environment = userEnvironment({
      XDG_CACHE_HOME: await cacheOfDownloads(path.join(folder, 'cache')),
      npm_config_fund: 'false',
      npm_config_audit: 'false',
      npm_config_update_notifier: 'false',
    });

    // "npm run pack" builds what is packed; the template's project is made by the packed create-duramen.
    await succeed('npm', ['run', 'pack', '--', '--pack-destination', folder], {
      cwd: packageRoot,
      env: environment,
    });
    await succeed('npm', ['pack', '--pack-destination', folder], {
      cwd: path.join(packageRoot, 'create-duramen'),
      env: environment,
    });
    const archives = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    expect(archives.map((name) => name.replace(/-\d.*/, '')).sort()).toEqual(['create-duramen', 'duramen']);
    const archive = (start: string): string =>
      path.join(folder, archives.find((name) => /^(.*?)-\d/.exec(name)?.[1] === start) ?? '');
    await succeed('tar', ['-xzf', archive('create-duramen')], { cwd: folder, env: environment });
    const created = await succeed(process.execPath, ['package/create.mjs', 'My search'], {
      cwd: folder,
      env: environment,
    });
    expect(created.output).toContain('npx duramen setup temporal');
    const project = path.join(folder, 'My search');
    const inProject = { cwd: project, env: environment };
    const again = await run(process.execPath, ['package/create.mjs', 'My search'], {
      cwd: folder,
      env: environment,
    });
    expect(again).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^create-duramen: .* is not empty/),
    });

    const install = await run(
      'npm',
      ['install', '--prefer-offline', '--no-progress', archive('duramen')],
      inProject,
    );
    if (install.code !== 0 && networkFailure.test(install.output)) {
      skip('The package registry does not answer, so nothing can be installed.');
    }
    expect(install).toMatchObject({ code: 0 });
    const lock = JSON.parse(readFileSync(path.join(project, 'node_modules/.package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, LockedPackage>>;
    };
    const { packages } = lock;
    const ofTemporal = closure(
      packages,
      ['activity', 'client', 'common', 'envconfig', 'worker', 'workflow'].map(
        (name) => `@temporalio/${name}`,
      ),
    );
    const added = [...closure(packages, ['duramen'])].filter((place) => !ofTemporal.has(place));
    let bytes = 0;
    for (const place of added) bytes += await bytesOf(path.join(project, place));
    console.log(`Duramen adds ${(bytes / 1e6).toFixed(1)} MB to the packages of Temporal.`);
    expect(added).toContain('node_modules/duramen');
    expect(bytes).toBeLessThan(mostBytes);
    // Two copies of Temporal's packages would not know each other's values.
    expect(Object.keys(packages).filter((place) => /@temporalio\/common$/.test(place))).toHaveLength(1);
    for (const file of ['docs/search-files.md', 'examples/branin.search.ts', 'dist/workflow-bundle.js'])
      expect(existsSync(path.join(project, 'node_modules/duramen', file))).toBe(true);

    // Without skipLibCheck: all entries of the package, and whatever they import.
    const entries = ['', '/algorithms', '/hardware', '/search-spaces', '/training', '/workflows'];
    await writeFile(
      path.join(project, 'entries.ts'),
      entries.map((entry, i) => `export * as entry${i} from 'duramen${entry}';\n`).join(''),
    );
    await succeed('npm', ['run', 'typecheck'], inProject);

    const ran = await succeed('npx', ['duramen', 'run', 'tune.search.ts', '--json'], inProject);
    try {
      expect(JSON.parse(ran.stdout)).toMatchObject({ search: 'tune', trials: 40 });

      await writeFile(
        path.join(project, 'train.search.ts'),
        `import { defineSearch } from 'duramen';
import { random } from 'duramen/algorithms';
import { float, space } from 'duramen/search-spaces';
import { trainClassifier } from 'duramen/training';

export default defineSearch({
  name: 'train',
  space: space({ learningRate: float(1e-3, 1e-2, { scale: 'log' }) }),
  metrics: { accuracy: 'maximize' },
  algorithm: random(),
  budget: { trials: 1 },
  seed: 1,
  evaluate: trainClassifier({
    dataset: 'mnist',
    trainingExamples: 1000,
    network: () => ({ builder: 'multilayerPerceptron', units: [16] }),
    epochs: 1,
  }),
});
`,
      );
      const early = await run('npx', ['duramen', 'run', 'train.search.ts'], inProject);
      expect(early).toMatchObject({
        code: 2,
        output: expect.stringMatching(
          /^duramen: The search trains networks, .* run "npx duramen setup tensorflow"\.$/m,
        ),
      });
      const doctor = await run('npx', ['duramen', 'doctor'], inProject);
      expect(doctor.output).toMatch(
        /TensorFlow binding .*run "npx duramen setup tensorflow" to train networks/,
      );
      await succeed('npx', ['duramen', 'setup'], inProject);
      const trained = await succeed('npx', ['duramen', 'run', 'train.search.ts', '--json'], inProject);
      expect(JSON.parse(trained.stdout)).toMatchObject({
        trials: 1,
        best: { metrics: { accuracy: expect.any(Number) } },
      });
    } finally {
      await run('npx', ['duramen', 'server', 'stop'], inProject);
    }
  },
  5 * minutes,
);
