import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test, vi } from 'vitest';

import { build, isBuilt } from '../../setup/build.mjs';
import { temporaryFolder } from '../support/temporary-folder.js';

const typescript = fileURLToPath(new URL('../../node_modules/typescript', import.meta.url));

async function project() {
  const root = temporaryFolder();
  await mkdir(path.join(root, 'storage'));
  await mkdir(path.join(root, 'setup'));
  await mkdir(path.join(root, 'node_modules'));
  await symlink(typescript, path.join(root, 'node_modules', 'typescript'));
  await writeFile(
    path.join(root, 'setup', 'tsconfig.build.json'),
    JSON.stringify({
      compilerOptions: { rootDir: '..', outDir: '../dist', types: [], lib: ['ES5'], noLib: false },
      include: ['../storage'],
    }),
  );
  await writeFile(path.join(root, 'storage', 'answer.ts'), 'export const answer: number = 42;\n');
  return root;
}

test.each(['', '1', String(process.pid)])(
  'a lock %j that another build left does not stop it',
  async (content) => {
    const root = await project();
    const locks = path.join(root, 'node_modules', '.cache');
    await mkdir(locks);
    await writeFile(path.join(locks, 'duramen-build.lock'), content);
    await build({ root });
    expect(isBuilt(root)).toBe(true);
  },
);

test('dist/ is made when the sources changed, and only then', async () => {
  const root = await project();
  const compiled = path.join(root, 'dist', 'storage', 'answer.js');
  const say = vi.fn();

  expect(isBuilt(root)).toBe(false);
  await build({ root, say });
  expect(readFileSync(compiled, 'utf8')).toContain('42');
  expect(isBuilt(root)).toBe(true);
  await build({ root, say });
  expect(say).toHaveBeenCalledTimes(1);

  // What a build leaves that was killed before its end: everything but the hash.
  await rm(path.join(root, 'dist', '.build-hash'));
  await build({ root, say });
  expect(say).toHaveBeenCalledTimes(2);

  // The output of a source that was removed goes with it.
  await rm(path.join(root, 'storage', 'answer.ts'));
  await writeFile(path.join(root, 'storage', 'question.ts'), 'export const question: number = 6;\n');
  await build({ root, say });
  expect(existsSync(compiled)).toBe(false);

  const listed = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  await writeFile(path.join(root, 'storage', 'question.ts'), "export const question: number = 'six';\n");
  await expect(build({ root })).rejects.toThrow('The sources do not compile');
  expect(listed.mock.calls.join('')).toContain('question.ts');
  listed.mockRestore();
  expect(readFileSync(path.join(root, 'dist', 'storage', 'question.js'), 'utf8')).toContain('6');
});
