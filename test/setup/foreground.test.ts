import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { expect, test } from 'vitest';

import { packageRoot } from '../../setup/folders.mjs';
import { runInForeground } from '../../setup/foreground.mjs';
import { temporaryFolder } from '../support/temporary-folder.js';

test('the exit code is that of the script', async () => {
  expect(await runInForeground(['-e', 'process.exit(7)'])).toBe(7);
});

test('a script that a signal ended has the code that shells give it', async () => {
  expect(await runInForeground(['-e', "process.kill(process.pid, 'SIGKILL')"])).toBe(137);
});

/**
 * Interrupts a script through `runInForeground`, once more when it says that it was interrupted, and then
 * ends it; returns how many interrupts the script saw.
 */
async function interruptTwice(sameSignalWithinMs: number): Promise<unknown> {
  const folder = temporaryFolder();
  const counting = path.join(folder, 'counting.mjs');
  await writeFile(
    counting,
    `let interrupts = 0;
     process.on('SIGINT', () => { interrupts += 1; console.log('interrupted ' + interrupts); });
     process.on('SIGTERM', () => process.exit(interrupts));
     setInterval(() => {}, 1000);
     console.log('ready');`,
  );
  const outer = path.join(folder, 'outer.mjs');
  const foreground = path.join(packageRoot, 'setup', 'foreground.mjs');
  await writeFile(
    outer,
    `import { runInForeground } from ${JSON.stringify(foreground)};
     const options = { sameSignalWithinMs: ${sameSignalWithinMs} };
     process.on('SIGINT', () => console.log('outer'));
     process.exitCode = await runInForeground([${JSON.stringify(counting)}], options);`,
  );
  const running = spawn(process.execPath, [outer], { stdio: ['ignore', 'pipe', 'inherit'] });
  const code = new Promise((resolve) => running.once('close', resolve));
  let output = '';
  let sent = 0;
  for await (const chunk of running.stdout.setEncoding('utf8')) {
    output += String(chunk);
    const arrived = output.split('outer').length - 1;
    const passedOn = /interrupted \d/.test(output);
    if (sent === 0 && output.includes('ready')) {
      sent = 1;
      running.kill('SIGINT');
    } else if (sent === 1 && arrived === 1 && passedOn) {
      sent = 2;
      running.kill('SIGINT');
    } else if (sent === 2 && arrived === 2 && (sameSignalWithinMs > 0 || output.includes('interrupted 2'))) {
      sent = 3;
      running.kill('SIGTERM');
    }
  }
  return code;
}

test('a signal that comes from the terminal and again from npm is passed on once', async () => {
  expect(await interruptTwice(3_600_000)).toBe(1);
});

test('a signal that somebody sends again later is passed on again', async () => {
  expect(await interruptTwice(0)).toBe(2);
});
