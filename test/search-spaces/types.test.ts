import { fileURLToPath } from 'node:url';

import ts from 'typescript';
import { expect, test } from 'vitest';

test(
  'the types of spaces and of their points are those that types.test-d.ts names',
  { timeout: 120_000 },
  () => {
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path));
    const { options } = ts.parseJsonConfigFileContent(
      { ...config, include: [], files: ['test/search-spaces/types.test-d.ts'] },
      ts.sys,
      root,
    );
    const program = ts.createProgram([`${root}test/search-spaces/types.test-d.ts`], options);
    const found = ts.getPreEmitDiagnostics(
      program,
      program.getSourceFile(`${root}test/search-spaces/types.test-d.ts`),
    );
    expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  },
);
