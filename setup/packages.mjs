import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { packageRoot } from './folders.mjs';
import { isMainModule, runAsScript, SetupProblem } from './setup-problem.mjs';
import { runProgram } from './subprocess.mjs';

/**
 * Why the installed packages are not those of the lock file, or `undefined` when they are. npm writes its
 * own list of what is installed last, so an installation that was killed has none.
 */
export function packagesProblem(root = packageRoot) {
  const wanted = readPackages(path.join(root, 'package-lock.json'));
  if (wanted === undefined) return 'there is no readable package-lock.json';
  const installed = readPackages(path.join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return 'the packages are not installed';
  for (const [location, entry] of Object.entries(wanted)) {
    if (location === '') continue;
    const present = installed[location];
    if (present === undefined) {
      if (isNeeded(entry)) return `${nameOf(location)} is not installed`;
    } else if (present.version !== entry.version || present.integrity !== entry.integrity) {
      return `${nameOf(location)} is not the one of the lock file`;
    } else if (!existsSync(path.join(root, location, 'package.json'))) {
      return `${nameOf(location)} is damaged`;
    }
  }
  return undefined;
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

// An optional package may be absent, unless it is the one that holds a native part for this machine.
function isNeeded(entry) {
  if (entry.optional !== true) return true;
  if (entry.libc !== undefined || (entry.os === undefined && entry.cpu === undefined)) return false;
  const allows = (list, value) => list === undefined || list.includes(value);
  return allows(entry.os, process.platform) && allows(entry.cpu, process.arch);
}

function nameOf(location) {
  return location.slice(location.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** Installs the packages of the lock file with `npm ci`, unless they are there already. */
export async function installPackages(options = {}) {
  const { root = packageRoot, say = () => {} } = options;
  if (packagesProblem(root) === undefined) return;
  say('installing the npm packages of the lock file');
  const npmArguments = ['ci', '--no-audit', '--no-fund', '--loglevel', 'error'];
  const npmScript = process.env.npm_execpath;
  const [program, programArguments] =
    npmScript !== undefined && /npm-cli\.c?js$/.test(npmScript)
      ? [process.execPath, [npmScript, ...npmArguments]]
      : ['npm', npmArguments];
  const { code, output } = await runProgram(program, programArguments, { folder: root });
  if (code !== 0 && output.includes('EUSAGE')) {
    throw new SetupProblem(
      `The package.json and package-lock.json in ${root} do not agree: run "npm install" there to renew the lock file.`,
    );
  }
  if (code !== 0) {
    const detail = output
      .split('\n')
      .map((line) => line.replace(/^npm (error|warn) ?/i, '').trim())
      .find((line) => line !== '' && !/^code /.test(line));
    throw new SetupProblem(
      `"npm ci" could not install the packages (${detail ?? 'no message'}): connect to the network, make sure that the disk has room, and run it in ${root} to see more.`,
    );
  }
  const problem = packagesProblem(root);
  if (problem !== undefined) {
    throw new SetupProblem(`After "npm ci" in ${root} ${problem}: remove node_modules and try again.`);
  }
}

if (isMainModule(import.meta.url)) {
  await runAsScript(() => installPackages({ say: (line) => console.log(`duramen: ${line}`) }));
}
