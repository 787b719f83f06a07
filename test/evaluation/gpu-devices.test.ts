import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gpuDevices } from '../../evaluation/processes/gpu-devices.js';

// No GPU is needed: a stand-in script answers for `nvidia-smi`.
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'duramen-stand-in-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function standIn(script: string): Promise<void> {
  const file = join(folder, 'nvidia-smi');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

const two = `[ "$1" = --query-gpu=index,uuid ] && echo '0, GPU-aa11' && echo '1, GPU-bb22'`;

test.each([
  ['as many as the stand-in lists', two, undefined, ['0', '1']],
  ['those that the worker may see, by number', two, '1', ['GPU-bb22']],
  ['those that the worker may see, by the beginning of a UUID', two, 'GPU-bb,0', ['GPU-bb22', 'GPU-aa11']],
  ['none after one that is not there', two, '0,7,1', ['GPU-aa11']],
  ['none when they are hidden', two, '', []],
  ['none when the driver does not answer', 'echo "NVIDIA-SMI has failed"; exit 9', undefined, []],
  ['none when it says something else', 'echo "No devices were found"', undefined, []],
])('devices: %s', async (_what, script, visible, expected) => {
  await standIn(script);
  const environment = { PATH: folder, ...(visible === undefined ? {} : { CUDA_VISIBLE_DEVICES: visible }) };
  expect(await gpuDevices(environment)).toEqual(expected);
});

test('without nvidia-smi there is no device', async () => {
  expect(await gpuDevices({ PATH: join(folder, 'nowhere') })).toEqual([]);
});
