import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Files of the repository that the command loads before it does anything. */
async function filesLoadedAtStart(): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: repository,
    entryPoints: ['cli/main.ts'],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outdir: 'never-written',
    write: false,
    metafile: true,
  });
  const { outputs } = metafile;
  const waiting = Object.keys(outputs).filter((name) => outputs[name]?.entryPoint === 'cli/main.ts');
  expect(waiting).toHaveLength(1);
  for (const name of waiting) {
    for (const { kind, path } of outputs[name]?.imports ?? []) {
      if (kind === 'import-statement' && path in outputs && !waiting.includes(path)) waiting.push(path);
    }
  }
  return waiting.flatMap((name) => Object.keys(outputs[name]?.inputs ?? {}));
}

test('the command starts without the client and all that it stands on', async () => {
  const files = await filesLoadedAtStart();
  expect(files).toContain('cli/commands/run.ts');
  expect(files).toContain('client/errors/client-error.ts');
  const rooms = new Set(
    files.filter((file) => !file.startsWith('client/errors/')).map((file) => file.split('/')[0]),
  );
  expect([...rooms].sort()).toEqual(['cli', 'foundation', 'setup']);
});
