import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { tensorflowFolder } from '../../setup/tensorflow.mjs';

/** Puts stand-ins of the libraries into a cache that pass every check of a whole installation. */
export async function fillTensorflowCache(
  environment: Record<string, string>,
  kind: 'cpu' | 'gpu' = 'cpu',
): Promise<string> {
  const folder = tensorflowFolder(environment, kind);
  const lib = path.join(folder, 'lib');
  await mkdir(lib, { recursive: true });
  const recorded: Record<string, { bytes: number; sha256: string }> = {};
  const names = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
  for (const name of kind === 'gpu' ? [...names, 'libcudart.so.12'] : names) {
    await writeFile(path.join(lib, name), name);
    recorded[name] = { bytes: name.length, sha256: createHash('sha256').update(name).digest('hex') };
  }
  await writeFile(path.join(folder, 'libraries.json'), JSON.stringify(recorded));
  return folder;
}
