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
    ['foundation/numbers/file.ts', importing('../../search-spaces/index.js')],
    ['foundation/numbers/file.ts', importing('../../storage/index.js')],
    ['algorithms/file.ts', importing('../storage/index.js')],
    ['algorithms/evolution/file.ts', importing('../../searches/index.js')],
    ['storage/file.ts', importing('duramen/algorithms')],
    ['workflows/file.ts', importing('../activities/index.js')],
    ['workflows/file.ts', "export { thing } from '../activities/index.js';\n"],
    ['workflows/file.ts', "export const thing: unknown = await import('../activities/index.js');\n"],
    ['workflows/file.ts', importingType('../evaluation/index.js')],
    ['activities/file.ts', importingType('../workflows/index.js')],
    ['client/file.ts', importing('../workflows/index.js')],
    ['hardware/file.ts', importing('../training/index.js')],
    ['cli/file.ts', importing('../searches/index.js')],
    ['storage/file.ts', importing('#setup/doctor.mjs')],
  ])('%s may not say %s', async (file, text) => {
    expect(await reportedRules(file, text)).toContain('boundaries/dependencies');
  });

  test.each([
    ['past the index of the room', 'activities/file.ts', importing('../storage/artifact-store.js')],
    ['past the index of a sub-room', 'client/file.ts', importing('../searches/loop/search-loop.js')],
    ['past it for a type', 'client/file.ts', importingType('../searches/loop/search-loop.js')],
  ])('none goes %s', async (_where, file, text) => {
    expect(await reportedRules(file, text)).toContain('boundaries/dependencies');
  });

  test.each([
    ['search-spaces/ground/file.ts', importing('../language/space.js')],
    ['searches/definition/file.ts', importingType('../loop/search-loop.js')],
    ['evaluation/processes/file.ts', importing('../inside/search-modules.js')],
  ])('a sub-room stands on those below it alone: %s may not say %s', async (file, text) => {
    expect(await reportedRules(file, text)).toContain('boundaries/dependencies');
  });

  test.each(['bench/file.js', 'test/support/temporary-folder.js', 'index.js'])(
    'what is no room may not be imported: %s',
    async (file) => {
      expect(await reportedRules('cli/file.ts', importing(`../${file}`))).toContain(
        'boundaries/no-unknown-dependencies',
      );
    },
  );

  test('the package opens the doors of its four public rooms alone', async () => {
    expect(await reportedRules('index.ts', "export { thing } from './storage/index.js';\n")).toEqual([
      'no-restricted-imports',
    ]);
    expect(await reportedRules('index.ts', "export { thing } from './client/index.js';\n")).toEqual([]);
    expect(await reportedRules('index.ts', "export { thing } from './searches/loop/index.js';\n")).toEqual(
      [],
    );
  });

  test.each([
    ['algorithms/file.ts', importing('../foundation/numbers/index.js')],
    ['algorithms/file.ts', importing('./contract/trial.js')],
    ['search-spaces/language/file.ts', importing('../ground/space-error.js')],
    ['workflows/file.ts', importing('../searches/index.js')],
    ['workflows/file.ts', importingType('../activities/index.js')],
    ['client/file.ts', importing('../workflows/messages/index.js')],
    ['hardware/file.ts', importing('../networks/network-graph/index.js')],
    ['cli/commands/file.ts', importing('#setup/doctor.mjs')],
    ['activities/file.ts', importing('../foundation/index.js')],
  ])('%s may say %s', async (file, text) => {
    expect(await reportedRules(file, text)).toEqual([]);
  });
});

describe('imports between tests, benches and what both share', () => {
  test.each([
    ['bench/file.ts', importing('../test/bench/kill-matrix.test.js')],
    ['bench/kill-matrix/file.ts', importingType('../../test/golden/golden.js')],
    ['bench/file.ts', "export const thing: unknown = await import('../test/golden/golden.js');\n"],
    ['test/support/file.ts', importing('../golden/golden.js')],
    ['test/support/file.ts', importing('../global-setup.js')],
    ['test/support/folder/file.ts', importing('../../golden/golden.js')],
    ['test/support/file.ts', importing('../../bench/lone-trial.js')],
    ['test/support/file.ts', importingType('../../bench/kill-matrix/victims.js')],
  ])('%s may not say %s', async (file, text) => {
    expect(await reportedRules(file, text)).toEqual(['boundaries/dependencies']);
  });

  test.each([
    ['bench/file.ts', importing('../test/support/process-tree.js')],
    ['bench/kill-matrix/file.ts', importing('../lone-trial.js')],
    ['bench/file.ts', importing('../searches/index.js')],
    ['test/support/file.ts', importing('./process-tree.js')],
    ['test/support/file.ts', importing('../../searches/index.js')],
    ['test/training/file.test.ts', importing('../../bench/lone-trial.js')],
    ['test/training/file.test.ts', importing('../support/process-tree.js')],
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
    expect(await reportedRules('algorithms/file.ts', text)).toContain(rule);
  });

  test('may use what is exact everywhere', async () => {
    expect(
      await reportedRules(
        'algorithms/file.ts',
        'export const root = Math.sqrt(2 ** 32) + Number(3n ** BigInt(40));\n',
      ),
    ).toEqual([]);
  });

  test('may read the recorded time of a workflow', async () => {
    expect(await reportedRules('workflows/file.ts', 'export const now = Date.now();\n')).toEqual([]);
  });

  test('is not asked for where Node runs it', async () => {
    expect(await reportedRules('storage/file.ts', importing('node:fs'))).toEqual([]);
  });
});

test('one hand: members say private', async () => {
  const text = 'export class Wait {\n  #longest = 3;\n}\n';
  for (const file of ['storage/file.ts', 'workflows/file.ts', 'bench/file.ts'])
    expect(await reportedRules(file, text)).toEqual(['no-restricted-syntax']);
});

test('one hand: constants are in camelCase, except names of the protocol', async () => {
  const withTypes = new ESLint({ cwd: root });
  const formatsIn = async (file: string): Promise<unknown> => {
    const config: { rules: Record<string, [unknown, { readonly format: readonly string[] }]> } =
      await withTypes.calculateConfigForFile(file);
    return config.rules['@typescript-eslint/naming-convention']?.[1].format;
  };
  for (const file of ['storage/file.ts', 'workflows/file.ts', 'bench/file.ts'])
    expect(await formatsIn(file)).toEqual(['camelCase', 'PascalCase']);
  expect(await formatsIn('workflows/messages/file.ts')).toEqual(['camelCase', 'UPPER_CASE']);
});

test('a promise that nobody waits for is an error everywhere', async () => {
  const withTypes = new ESLint({ cwd: root });
  for (const file of ['storage/file.ts', 'test/storage/file.test.ts', 'bench/file.ts']) {
    const config: { rules: Record<string, unknown[]> } = await withTypes.calculateConfigForFile(file);
    expect(config.rules['@typescript-eslint/no-floating-promises']?.[0]).toBe(2);
  }
});
