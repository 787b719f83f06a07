import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { dexp, dlog } from '../../../foundation/numbers/index.js';
import { goldenHashes } from './golden.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const golden = {
  after10: '2ea357224989442e0ebcec88eba5067bc2a2893a7847b0273b11303b1e86fdd7',
  after100: 'ba377bfd1713e7f018cf2dedd04ae3ea2b01fe72539bfdf5073a807aee938120',
};

test('100 rounds give the same bits on every machine', () => {
  expect(goldenHashes([10, 100])).toEqual([golden.after10, golden.after100]);
});

test('another process without a compiler of machine code gives the same bits', async () => {
  const bundle = await build({
    stdin: {
      contents: `import { goldenHashes } from './golden.js'; console.log(goldenHashes([10])[0]);`,
      resolveDir: path.join(root, 'test', 'algorithms', 'ma2ml'),
      loader: 'js',
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  const program = bundle.outputFiles[0]?.text ?? '';
  const running = promisify(execFile)(process.execPath, [
    '--jitless',
    '--no-warnings',
    '--input-type=module',
  ]);
  running.child.stdin?.end(program);
  const { stdout } = await running;
  expect(stdout.trim()).toBe(golden.after10);
});

test('exp and log are as exact as the agents need them', () => {
  for (let step = -4_000; step <= 4_000; step += 7) {
    const x = step / 100;
    expect(Math.abs(dexp(x) / Math.exp(x) - 1)).toBeLessThan(3 * 2 ** -52);
    const y = Math.exp(x / 4);
    // Relative where the logarithm is large, absolute around 0.
    expect(Math.abs(dlog(y) - Math.log(y))).toBeLessThan(3 * 2 ** -52 * Math.max(1, Math.abs(x / 4)));
  }
});
