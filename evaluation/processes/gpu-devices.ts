import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tfjsFolder } from '#setup/tfjs-package.mjs';

const execute = promisify(execFile);

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The GPUs that this worker may use, as values of `CUDA_VISIBLE_DEVICES`: those that `nvidia-smi` lists, and of these
 * only the ones that the worker's own `CUDA_VISIBLE_DEVICES` names, by number or UUID. Empty where there is none.
 */
export async function gpuDevices(environment: Environment = process.env): Promise<readonly string[]> {
  let listed: string;
  try {
    const query = ['--query-gpu=index,uuid', '--format=csv,noheader'];
    listed = (await execute('nvidia-smi', query, { env: { ...environment }, timeout: 30_000 })).stdout;
  } catch {
    // Not installed, or its driver does not answer.
    return [];
  }
  const devices = listed.split('\n').flatMap((line) => {
    const [index, uuid] = line.split(',').map((field) => field.trim());
    return index !== undefined && /^\d+$/.test(index) && uuid?.startsWith('GPU-') === true
      ? [{ index, uuid }]
      : [];
  });
  const allowed = environment['CUDA_VISIBLE_DEVICES'];
  if (allowed === undefined) return devices.map(({ index }) => index);
  const wanted: string[] = [];
  for (const name of allowed.split(',').map((each) => each.trim())) {
    const found = devices.find(({ index, uuid }) => name === index || (name !== '' && uuid.startsWith(name)));
    // CUDA, too, sees only what stands before the first device that is none.
    if (found === undefined) break;
    wanted.push(found.uuid);
  }
  return wanted;
}

/** The folder with TensorFlow's CUDA libraries; null where the set-up did not fetch the build for GPUs. */
export function cudaLibraries(): string | null {
  const tfjs = tfjsFolder();
  if (tfjs === undefined) return null;
  const folder = join(tfjs, 'deps', 'lib');
  return existsSync(join(folder, 'libcudart.so.12')) ? folder : null;
}
