import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { appendFile, cp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tensorflowKind } from '../../setup/tensorflow.mjs';
import { temporaryFolder } from '../support/temporary-folder.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Runs the bench of the GPU path; the build of TensorFlow for processors stands for the one with CUDA. */
function gpuBench(...words: readonly string[]) {
  return spawnSync(process.execPath, [path.join(root, 'bench', 'run.mjs'), 'gpu', ...words], {
    encoding: 'utf8',
    env: { ...process.env, DURAMEN_TENSORFLOW: 'cpu' },
  });
}

/** Runs a pack where neither Node nor a cache is at hand. */
function start(pack: string, into: string, ...words: readonly string[]) {
  return spawnSync('sh', [path.join(pack, 'start.sh'), into, ...words], {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', HOME: path.dirname(into) },
  });
}

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64' || tensorflowKind() === 'gpu')(
  'a pack of the GPU proof',
  () => {
    const home = mkdtempSync(path.join(tmpdir(), 'duramen-test-'));
    const pack = path.join(home, 'pack');
    const into = path.join(home, 'into');
    afterAll(() => rmSync(home, { recursive: true, force: true }), 300_000);
    beforeAll(() => {
      const made = gpuBench('--pack', pack, '--part-size', '40');
      expect(made.stderr).toContain('the pack is complete');
      expect(made.status).toBe(0);
    }, 400_000);

    test('parts are no larger than asked for, and unchanged pieces are kept', async () => {
      const parts = (await readdir(pack)).filter((name) => name.endsWith('.gz'));
      expect(parts.length).toBeGreaterThan(10);
      const sizes = await Promise.all(parts.map(async (name) => (await stat(path.join(pack, name))).size));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(40 * 2 ** 20);
      const sums = await readFile(path.join(pack, 'SHA256SUMS'), 'utf8');
      const node = path.join(pack, 'node.0001.gz');
      const before = (await stat(node)).mtimeMs;
      await truncate(path.join(pack, 'temporal.0001.gz'), 1_000);
      const again = gpuBench('--pack', pack, '--part-size', '40');
      expect(again.stderr).toContain('packing temporal');
      expect(again.stderr).not.toContain('packing node');
      expect((await stat(node)).mtimeMs).toBe(before);
      expect(await readFile(path.join(pack, 'SHA256SUMS'), 'utf8')).toBe(sums);
    }, 400_000);

    test('a part with another hash, a missing part and a full disk: one sentence each, and nothing is unpacked', async () => {
      const broken = path.join(temporaryFolder(), 'broken');
      await cp(pack, broken, { recursive: true, filter: (file) => !/library|packages/.test(file) });
      const elsewhere = path.join(temporaryFolder(), 'elsewhere');
      await appendFile(path.join(broken, 'node.0001.gz'), 'x');
      expect(start(broken, elsewhere).stderr).toBe(
        'duramen: The part node.0001.gz has another SHA-256 than SHA256SUMS names: copy it again.\n',
      );
      await rm(path.join(broken, 'node.0001.gz'));
      expect(start(broken, elsewhere).stderr).toMatch(
        /^duramen: The part node\.0001\.gz is not in .*: copy it, too\.\n$/,
      );
      const pieces = await readFile(path.join(broken, 'pieces.txt'), 'utf8');
      await writeFile(
        path.join(broken, 'pieces.txt'),
        pieces.replace(/^node node \d+/, 'node node 9000000000000000'),
      );
      expect(start(broken, elsewhere).stderr).toMatch(
        /^duramen: The pack needs \d+ MB in .* make room or name another folder\.\n$/,
      );
      await rm(path.join(broken, 'SHA256SUMS'));
      expect(start(broken, elsewhere).stderr).toMatch(/holds no whole pack, because SHA256SUMS is not there/);
      expect(existsSync(path.join(elsewhere, 'node'))).toBe(false);
      expect(gpuBench('--from', elsewhere).stderr).toMatch(
        /is no pack, because start\.sh is not there: name its folder\.\n$/,
      );
    }, 60_000);

    test('it runs in an empty folder, and what was done is kept', () => {
      const words = ['--quick', '--only', 'load,repetition,two-devices'];
      const first = start(pack, into, ...words);
      expect(first.stderr).toContain('Until then the proof runs on processors');
      const lines = first.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { status: string });
      expect(lines.map(({ status }) => status)).toEqual(['passed', 'passed', 'untried']);
      expect(first.status).toBe(0);
      const second = start(pack, into, ...words);
      expect(second.stderr).not.toContain('unpacking');
      expect(second.stderr).not.toContain('repetition:');
      expect(second.stdout).toBe(first.stdout);
    }, 400_000);
  },
);
