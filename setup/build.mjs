import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { packageRoot } from './folders.mjs';
import { takeLock } from './process-lock.mjs';
import { roomFolders } from './rooms.mjs';
import { isMainModule, runAsScript, SetupProblem } from './setup-problem.mjs';
import { runProgram } from './subprocess.mjs';

/** One hash of everything that `dist/` is made from. */
export function hashSources(root = packageRoot) {
  const files = [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'index.ts',
    'setup/tsconfig.build.json',
    'setup/build.mjs',
  ];
  for (const folder of [...roomFolders, 'setup']) {
    if (!existsSync(path.join(root, folder))) continue;
    for (const entry of readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      if (folder === 'setup' && !entry.name.endsWith('.d.mts')) continue;
      files.push(path.relative(root, path.join(entry.parentPath, entry.name)));
    }
  }
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    const full = path.join(root, file);
    if (!existsSync(full)) continue;
    const content = readFileSync(full);
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** True when `dist/` was completely built from the sources as they are now. */
export function isBuilt(root = packageRoot) {
  try {
    return readFileSync(path.join(root, 'dist', '.build-hash'), 'utf8') === hashSources(root);
  } catch {
    return false;
  }
}

/**
 * Makes `dist/` from the rooms when the sources changed: the compiled modules, then the workflow bundle and the
 * program of the pages. The hash of the sources is written last, so a build that was killed is made again.
 */
export async function build(options = {}) {
  const { root = packageRoot, say = () => {} } = options;
  if (isBuilt(root)) return;
  // Two commands started together must not build into each other's folder.
  const unlock = await takeLock(path.join(root, 'node_modules', '.cache', 'duramen-build.lock'), { say });
  try {
    if (isBuilt(root)) return;
    say('building dist/ from the sources');
    await buildUnderLock(root);
  } finally {
    await unlock();
  }
}

async function buildUnderLock(root) {
  const hash = hashSources(root);
  const fresh = path.join(root, 'dist.new');
  const dist = path.join(root, 'dist');
  await rm(fresh, { recursive: true, force: true });
  const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await runStep(
    'The sources do not compile',
    [compiler, '-p', path.join('setup', 'tsconfig.build.json'), '--outDir', fresh],
    root,
  );
  // The command of package.json's "bin" is run as a program.
  const command = path.join(fresh, 'cli', 'main.js');
  if (existsSync(command)) await chmod(command, 0o755);
  await rm(dist, { recursive: true, force: true });
  await rename(fresh, dist);

  const bundler = path.join(dist, 'workers', 'build-workflow-bundle.js');
  if (existsSync(bundler)) await runStep('The workflow bundle could not be made', [bundler], root);
  const pages = path.join(dist, 'cli', 'reports', 'build-page-program.js');
  if (existsSync(pages)) await runStep('The program of the pages could not be made', [pages], root);
  await writeFile(path.join(dist, '.build-hash'), hash);
}

async function runStep(failure, nodeArguments, root) {
  const { code, output } = await runProgram(process.execPath, nodeArguments, { folder: root });
  if (code === 0) return;
  process.stderr.write(output.endsWith('\n') ? output : `${output}\n`);
  throw new SetupProblem(`${failure}: put right what is listed above and try again.`);
}

if (isMainModule(import.meta.url)) {
  await runAsScript(() => build({ say: (line) => console.log(`duramen: ${line}`) }));
}
