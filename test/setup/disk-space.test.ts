import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import { expect, test, vi } from 'vitest';

import { examine } from '../../setup/doctor.mjs';
import { installTemporalCli, pinnedTemporalCli } from '../../setup/temporal-cli.mjs';
import { installTensorflow } from '../../setup/tensorflow.mjs';
import { writeShellScript } from '../support/shell-script.js';
import { temporaryFolder } from '../support/temporary-folder.js';

vi.mock(import('../../setup/folders.mjs'), async (importOriginal) => ({
  ...(await importOriginal()),
  freeBytes: () => 100e6,
}));

test.skipIf(pinnedTemporalCli === undefined)('the Temporal CLI is not fetched onto a full disk', async () => {
  const folder = temporaryFolder();
  const bin = path.join(folder, 'bin');
  await mkdir(bin);
  await writeShellScript(bin, 'python3', 'exit 0');
  await expect(installTemporalCli({ environment: { PATH: bin, HOME: folder } })).rejects.toThrow(
    /needs 400 MB in .* but the disk has less: make room there or point XDG_CACHE_HOME to another disk/,
  );
});

test('the doctor names a disk without room', async () => {
  const folder = temporaryFolder();
  const findings = await examine({ environment: { PATH: folder, HOME: folder }, folder });
  expect(findings).toContainEqual({
    part: 'space in the cache',
    status: 'missing',
    found: `0.1 GB free, ${path.join(folder, '.cache', 'duramen')}`,
    remedy: 'make room: 1700 MB are needed there',
  });
});

test('TensorFlow is not fetched onto a disk without room', async () => {
  const folder = temporaryFolder();
  const bin = path.join(folder, 'bin');
  for (const program of ['c++', 'python3']) await writeShellScript(bin, program, 'exit 0');
  await expect(installTensorflow({ environment: { PATH: bin, HOME: folder } })).rejects.toThrow(
    process.platform === 'linux' && process.arch === 'x64'
      ? /TensorFlow needs 1\.3 GB in .* but the disk has less: make room there or point XDG_CACHE_HOME/
      : /There is no pinned TensorFlow/,
  );
});
