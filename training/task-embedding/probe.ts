import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { shippedProbes } from '../../algorithms/contract/index.js';
import { isIntegerFrom, isPlainObject } from '../../foundation/json/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';
import { TrainingError } from '../training-error.js';

/** A convolution of 3 × 3 without bias, a normalisation by running averages, and ReLU. */
export interface ProbeLayer {
  /** Values of [3, 3, inputs, outputs]. */
  readonly kernel: Float64Array;
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
  /** The normalisation of each output: times `scale`, plus `shift`. */
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** A frozen network of layers and a global average, whose filters describe a task. */
export interface Probe {
  /** SHA-256 of its file. */
  readonly hash: string;
  /** Channels of its images. */
  readonly channels: number;
  readonly layers: readonly ProbeLayer[];
}

/** What a layer is, as the file says. */
export interface ProbeForm {
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
}

/** The numbers of a layer, as a training leaves them. */
export interface ProbeNumbers extends ProbeForm {
  readonly kernel: Float32Array;
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

const format = 'duramen-probe/1';
const kernelSize = 9;
const parts = 4;

/** What the normalisation adds to the variance: that of the networks that are trained here. */
export const probeEpsilon = 1e-5;

/** A probe as bytes: a line of JSON, then the numbers of its layers as little-endian float32. */
export function encodeProbe(layers: readonly ProbeNumbers[]): Uint8Array {
  const forms: readonly ProbeForm[] = layers.map(({ inputs, outputs, stride }) => ({
    inputs,
    outputs,
    stride,
  }));
  const head = Buffer.from(`${JSON.stringify({ format, epsilon: probeEpsilon, layers: forms })}\n`);
  const numbers = layers.flatMap(({ kernel, gamma, beta, mean, variance }) => [
    ...[kernel, gamma, beta, mean, variance].flatMap((list) => [...list]),
  ]);
  const body = Buffer.alloc(4 * numbers.length);
  numbers.forEach((number, place) => body.writeFloatLE(number, 4 * place));
  return Buffer.concat([head, body]);
}

/** Reads a probe; throws `TrainingError` of class `BadInput` where the bytes are none. */
export function decodeProbe(bytes: Uint8Array): Probe {
  const buffer = Buffer.from(bytes);
  const end = buffer.indexOf('\n');
  const head = headOf(buffer.subarray(0, Math.max(0, end)).toString('utf8'));
  let place = end + 1;
  const take = (count: number): Float64Array => {
    if (place + 4 * count > buffer.length) return refuse('it is cut off');
    const own = Float64Array.from({ length: count }, (_none, i) => buffer.readFloatLE(place + 4 * i));
    place += 4 * count;
    return own;
  };
  const layers = head.layers.map((form) => {
    const { inputs, outputs } = form;
    const kernel = take(kernelSize * inputs * outputs);
    const [gamma, beta, mean, variance] = Array.from({ length: parts }, () => take(outputs));
    const scale = Float64Array.from(
      { length: outputs },
      (_none, i) => (gamma?.[i] ?? 0) / Math.sqrt((variance?.[i] ?? 0) + head.epsilon),
    );
    const shift = scale.map((factor, i) => (beta?.[i] ?? 0) - (mean?.[i] ?? 0) * factor);
    return { ...form, kernel, scale, shift };
  });
  if (place !== buffer.length) refuse('it has more numbers than its layers');
  return { hash: sha256Hex(bytes), channels: layers[0]?.inputs ?? 1, layers };
}

function headOf(text: string): { readonly epsilon: number; readonly layers: readonly ProbeForm[] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('its first line is no JSON');
  }
  const { format: found, epsilon, layers } = isPlainObject(value) ? value : {};
  if (found !== format || typeof epsilon !== 'number' || !Array.isArray(layers) || layers.length === 0)
    return refuse(`it is not of the format ${format}`);
  return {
    epsilon,
    layers: layers.map((layer: unknown) => {
      const { inputs, outputs, stride } = isPlainObject(layer) ? layer : {};
      const isForm =
        isIntegerFrom(inputs, 1, 1024) && isIntegerFrom(outputs, 1, 1024) && isIntegerFrom(stride, 1, 8);
      return isForm ? { inputs, outputs, stride } : refuse('a layer has no sizes');
    }),
  };
}

function refuse(why: string): never {
  throw new TrainingError('BadInput', `The file of the probe cannot be read: ${why}.`);
}

const loaded = new Map<string, Probe>();

/** The shipped probe with this hash; throws `TrainingError` of class `BadInput` where this build ships none. */
export function shippedProbe(hash: string): Probe {
  const known = loaded.get(hash);
  if (known !== undefined) return known;
  const found = Object.entries(shippedProbes).find(([, probe]) => probe.hash === hash);
  if (found === undefined) {
    throw new TrainingError(
      'BadInput',
      `This build has no probe ${hash.slice(0, 12)}: use the build that began the search, or start a new search.`,
    );
  }
  const file = createRequire(import.meta.url).resolve(`#setup/probes/${found[0]}.probe`);
  const probe = decodeProbe(readFileSync(file));
  if (probe.hash !== hash) {
    throw new TrainingError('BadInput', `The probe ${file} is damaged: install Duramen again.`);
  }
  loaded.set(hash, probe);
  return probe;
}
