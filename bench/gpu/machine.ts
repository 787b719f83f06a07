import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { cudaLibraries } from '../../evaluation/processes/index.js';
import { trainingProcessEnvironment } from '../../training/index.js';

const execute = promisify(execFile);

/** CUDA that the libraries of the set-up are made for. */
const cudaVersion = 12;
/** Free memory without which a device is not used: TensorFlow's libraries alone take some hundred megabytes. */
const leastFreeMegabytes = 2_000;

/** A GPU as `nvidia-smi` describes it. */
export interface Device {
  readonly index: string;
  readonly name: string;
  readonly totalMegabytes: number;
  readonly freeMegabytes: number;
}

/** The GPUs of a machine that the proof can use, or why there is none. */
export type Gpus =
  | {
      readonly kind: 'usable';
      readonly driver: string;
      readonly cuda: string;
      readonly devices: readonly Device[];
    }
  | { readonly kind: 'none'; readonly reason: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** Looks at driver and devices. A device that cannot be used makes the proof run on processors, with the reason. */
export async function findUsableGpus(environment: Environment = process.env): Promise<Gpus> {
  const none = (reason: string): Gpus => ({ kind: 'none', reason });
  const ask = async (...words: readonly string[]): Promise<string> => {
    const { stdout } = await execute('nvidia-smi', words, { env: { ...environment }, timeout: 30_000 });
    return stdout;
  };
  let overview: string;
  let listed: string;
  try {
    overview = await ask();
    const query = '--query-gpu=index,name,driver_version,memory.total,memory.free,compute_mode';
    listed = await ask(query, '--format=csv,noheader,nounits');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return none(
      isMissing
        ? 'This machine has no NVIDIA driver (nvidia-smi is not on PATH): install one for CUDA 12 or later.'
        : 'The NVIDIA driver does not answer (nvidia-smi failed): restart the machine or install the driver again.',
    );
  }
  const cuda = /CUDA Version:\s*([\d.]+)/.exec(overview)?.[1] ?? '';
  if (Number.parseInt(cuda, 10) < cudaVersion) {
    return none(
      `The driver supports CUDA ${cuda}, and the libraries need ${cudaVersion}: install a newer driver.`,
    );
  }
  const lines = listed.split('\n').filter((line) => line.trim() !== '');
  const devices = lines.map(readDevice);
  const [first] = devices;
  if (first === undefined) return none('nvidia-smi lists no GPU: the driver is there, a device is not.');
  const usable = devices.filter(
    ({ device, computeMode }) => device.freeMegabytes >= leastFreeMegabytes && computeMode !== 'Prohibited',
  );
  if (usable.length > 0) {
    return { kind: 'usable', driver: first.driver, cuda, devices: usable.map(({ device }) => device) };
  }
  const { name, totalMegabytes, freeMegabytes } = first.device;
  if (first.computeMode === 'Prohibited') {
    return none(
      `${name} is closed to programs (compute mode ${first.computeMode}): open it with nvidia-smi -c.`,
    );
  }
  return none(
    totalMegabytes < leastFreeMegabytes
      ? `${name} has ${totalMegabytes} MB of memory, and trainings need ${leastFreeMegabytes}: use a larger device.`
      : `${name} has ${freeMegabytes} of ${totalMegabytes} MB of memory left, because another process uses it: wait for its end or choose another device by CUDA_VISIBLE_DEVICES.`,
  );
}

const row = z.tuple([z.string(), z.string(), z.string(), z.coerce.number(), z.coerce.number(), z.string()]);

function readDevice(line: string): {
  readonly device: Device;
  readonly driver: string;
  readonly computeMode: string;
} {
  const fields = line.split(',').map((field) => field.trim());
  const read = row.safeParse(fields);
  if (!read.success)
    throw new Error(`nvidia-smi describes a GPU in a way that is not known: ${line.trim()}.`);
  const [index, name, driver, totalMegabytes, freeMegabytes, computeMode] = read.data;
  return { device: { index, name, totalMegabytes, freeMegabytes }, driver, computeMode };
}

/** The environment of a process that trains on a device, or with null on processors alone. */
export function deviceEnvironment(device: Device | null): Readonly<Record<string, string>> {
  const libraries = cudaLibraries();
  const path = process.env['LD_LIBRARY_PATH'];
  return {
    ...trainingProcessEnvironment,
    CUDA_VISIBLE_DEVICES: device?.index ?? '-1',
    ...(libraries === null
      ? {}
      : { LD_LIBRARY_PATH: path === undefined ? libraries : `${libraries}:${path}` }),
  };
}
