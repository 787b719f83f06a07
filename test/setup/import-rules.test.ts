import { fileURLToPath } from 'node:url';

import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

// The rules that need types look at whole programs; those tested here look at one text.
let eslint: ESLint;
beforeAll(() => {
  eslint = new ESLint({
    cwd: root,
    overrideConfig: [{ ...tseslint.configs.disableTypeChecked, files: ['**/*.ts'] }],
  });
});

async function reportedRules(filePath: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath });
  return (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message);
}

const importing = (address: string) =>
  `import { thing } from '${address}';\nexport const same: unknown = thing;\n`;
const importingType = (address: string) =>
  `import type { Thing } from '${address}';\nexport type Same = Thing;\n`;

describe('imports between rooms', () => {
  test.each([
    ['src/numerics/file.ts', importing('../search-spaces/index.js')],
    ['src/algorithms/file.ts', importing('../storage/index.js')],
    ['src/algorithms/folder/file.ts', importing('../../searches/index.js')],
    ['src/storage/file.ts', importing('duramen/algorithms')],
    ['src/workflows/file.ts', importing('../activities/index.js')],
    ['src/workflows/file.ts', "export { thing } from '../activities/index.js';\n"],
    ['src/workflows/file.ts', "export const thing: unknown = await import('../activities/index.js');\n"],
    ['src/activities/file.ts', importingType('../workflows/index.js')],
    ['src/client/file.ts', importing('../workflows/search-workflow.js')],
    ['src/hardware/file.ts', importing('../training/index.js')],
    ['src/index.ts', "export { thing } from './storage/index.js';\n"],
    ['src/activities/file.ts', importing('../index.js')],
    ['src/numerics/file.ts', importing('../version.js')],
    ['src/cli/file.ts', importing('../searches/index.js')],
  ])('%s may not say %s', async (file, text) => {
    expect(await reportedRules(file, text)).toContain('boundaries/dependencies');
  });

  test('a folder that is no room of the design may not be imported', async () => {
    expect(await reportedRules('src/cli/file.ts', importing('../../bench/file.js'))).toContain(
      'boundaries/no-unknown-dependencies',
    );
  });

  test.each([
    ['src/algorithms/file.ts', importing('../numerics/index.js')],
    ['src/algorithms/file.ts', importing('./folder/index.js')],
    ['src/workflows/file.ts', importing('../searches/index.js')],
    ['src/workflows/file.ts', importingType('../activities/index.js')],
    ['src/client/file.ts', importing('../workflows/messages.js')],
    ['src/hardware/file.ts', importing('../training/network-graph.js')],
    ['src/cli/file.ts', importing('../../setup/doctor.mjs')],
    ['src/index.ts', "export { thing } from './client/index.js';\n"],
    ['src/activities/file.ts', importing('../version.js')],
  ])('%s may say %s', async (file, text) => {
    expect(await reportedRules(file, text)).toEqual([]);
  });
});

describe('code of the workflow sandbox', () => {
  test.each([
    ['no-restricted-imports', importing('node:fs')],
    ['no-restricted-imports', importing('fs')],
    ['no-restricted-globals', 'export const bytes: unknown = Buffer.alloc(1);\n'],
    ['no-restricted-properties', 'export const number = Math.random();\n'],
    ['no-restricted-properties', 'export const number = Math.exp(1);\n'],
    ['no-restricted-properties', 'export const number = Date.now();\n'],
    ['no-restricted-syntax', 'export const square = (x: number): number => x ** 2;\n'],
    ['no-restricted-syntax', 'export const today = new Date();\n'],
  ])('is reported by %s: %s', async (rule, text) => {
    expect(await reportedRules('src/algorithms/file.ts', text)).toContain(rule);
  });

  test('may use what is exact everywhere', async () => {
    expect(
      await reportedRules(
        'src/algorithms/file.ts',
        'export const root = Math.sqrt(2 ** 32) + Number(3n ** BigInt(40));\n',
      ),
    ).toEqual([]);
  });

  test('may read the recorded time of a workflow', async () => {
    expect(await reportedRules('src/workflows/file.ts', 'export const now = Date.now();\n')).toEqual([]);
  });

  test('is not asked for where Node runs it', async () => {
    expect(await reportedRules('src/storage/file.ts', importing('node:fs'))).toEqual([]);
  });
});

test('a promise that nobody waits for is an error everywhere', async () => {
  const withTypes = new ESLint({ cwd: root });
  for (const file of ['src/storage/file.ts', 'test/storage/file.test.ts', 'bench/file.ts']) {
    const config: { rules: Record<string, unknown[]> } = await withTypes.calculateConfigForFile(file);
    expect(config.rules['@typescript-eslint/no-floating-promises']?.[0]).toBe(2);
  }
});
