import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';

const program = fileURLToPath(new URL('./fixtures/realm-program.ts', import.meta.url));

describe('in a realm of its own, with the globals of the workflow sandbox alone', () => {
  let script: vm.Script;
  beforeAll(async () => {
    const result = await build({
      entryPoints: [program],
      bundle: true,
      format: 'iife',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      conditions: ['import'],
      write: false,
    });
    script = new vm.Script(result.outputFiles[0]?.text ?? '');
  });

  const run = (globals: Record<string, unknown>): string => {
    let hash = '';
    // Bytes come back from a payload as arrays of the outer realm.
    const outer = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);
    const context = { ...globals, outer, report: (text: string) => (hash = text) };
    script.runInContext(vm.createContext(context));
    return hash;
  };

  test('states survive the codec and searches give the same bits as outside', () => {
    const inside = run({ TextEncoder, TextDecoder });
    expect(inside).toMatch(/^[0-9a-f]{64}$/);
    let outside = '';
    const outer = (bytes: Uint8Array): Uint8Array => bytes;
    Object.assign(globalThis, { outer, report: (text: string) => (outside = text) });
    script.runInThisContext();
    expect(outside).toBe(inside);
  });
});
