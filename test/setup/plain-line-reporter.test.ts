import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { expect, test } from 'vitest';

import { packageRoot } from '../../setup/folders.mjs';
import { temporaryFolder } from '../support/temporary-folder.js';

const reporter = path.join(packageRoot, 'test', 'plain-line-reporter.ts');
const vitest = path.join(packageRoot, 'node_modules', 'vitest', 'vitest.mjs');

/** Runs vitest on some test files, with the reporter; returns its exit code and its last two lines. */
async function report(files: Readonly<Record<string, string>>) {
  const folder = temporaryFolder();
  await mkdir(path.join(folder, 'shared'));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  const options = { globals: true, include: ['*.test.js'], reporters: ['default', reporter] };
  await writeFile(
    path.join(folder, 'vitest.config.mjs'),
    `export default ${JSON.stringify({ test: options })};\n`,
  );
  return new Promise<{ code: unknown; lines: string[] }>((resolve) => {
    const env = { ...process.env, DURAMEN_SHARED: path.join(folder, 'shared'), NO_COLOR: '1' };
    execFile(process.execPath, [vitest, 'run'], { cwd: folder, env }, (error, stdout) => {
      resolve({ code: error?.code ?? 0, lines: stdout.trimEnd().split('\n').slice(-2) });
    });
  });
}

test('counts passed, failed and skipped tests, files that do not load, and shared cases', async () => {
  const result = await report({
    'a.test.js': `
      describe('shared: cases', () => {
        test('one', () => {});
        describe('inner', () => {
          test('many', ({ task }) => { task.meta.sharedCases = 150; });
          test('wrong', () => { expect(1).toBe(2); });
          test.skip('left out', () => {});
        });
      });
      test('shared: is no suite', () => {});`,
    'b.test.js': `throw new Error('does not load');`,
  });
  expect(result).toEqual({
    code: 1,
    lines: ['shared conformance cases run: 152', '3 passed, 2 failed, 1 skipped'],
  });
});

test('a run without failures says so', async () => {
  const result = await report({ 'a.test.js': `test('one', () => {});` });
  expect(result).toEqual({ code: 0, lines: ['shared conformance cases run: 0', '1 passed, 0 failed'] });
});

test('a run without tests is no success', async () => {
  expect(await report({})).toMatchObject({ code: 1, lines: [expect.any(String), '0 passed, 1 failed'] });
});
