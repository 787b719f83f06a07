import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** The first executable file called `name` in the folders of `PATH`, or `undefined`. */
export function findOnPath(name, environment = process.env) {
  for (const folder of (environment.PATH ?? '').split(path.delimiter)) {
    if (folder === '') continue;
    const candidate = path.resolve(folder, name);
    try {
      accessSync(candidate, constants.X_OK);
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // Not there or not executable: the next folder may have it.
    }
  }
  return undefined;
}

/**
 * Runs a program to its end and returns `{ code, output }`, where `output` is what it wrote to both
 * streams. A program that cannot be started, or that a signal ended, has a code other than 0.
 * With `inherit` the output goes straight to the terminal instead.
 */
export function runProgram(program, programArguments, options = {}) {
  const { inherit = false, environment = process.env, folder } = options;
  return new Promise((resolve) => {
    const child = spawn(program, programArguments, {
      cwd: folder,
      env: environment,
      stdio: inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout?.setEncoding('utf8').on('data', collect);
    child.stderr?.setEncoding('utf8').on('data', collect);
    child.once('error', (error) => resolve({ code: 127, output: output + error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** The last line of a program's output that says anything, for use inside a message. */
export function lastLine(output) {
  const lines = output.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').at(-1) ?? 'no message';
}
