import type { Probe, ProbeLayer } from './probe.js';

/** Values of an image or of a layer: [height, width, channels]. */
export interface Plane {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly values: Float64Array;
}

/** What a layer keeps of a pass for the gradient of it. */
interface LayerPass {
  readonly layer: ProbeLayer;
  /** The input with its border of zeros. */
  readonly padded: Plane;
  readonly top: number;
  readonly left: number;
  readonly input: Plane;
  readonly output: Plane;
}

const kernel = 3;

/**
 * One pass of an image through a probe, in plain double arithmetic, so that an embedding, which decides what a search
 * starts from, has the same bits on every machine, with every number of threads and on GPUs.
 */
export class ProbePass {
  private readonly passes: readonly LayerPass[];
  /** The global average of the last layer, a number for each of its outputs. */
  readonly features: Float64Array;

  constructor({ layers }: Probe, image: Plane) {
    let plane = image;
    this.passes = layers.map((layer) => {
      const pass = forwards(layer, plane);
      plane = pass.output;
      return pass;
    });
    this.features = averages(plane);
  }

  /**
   * Adds the squares of the gradient by each kernel to `sums`, averaged over the inputs of each filter, layer after layer;
   * `slopes` is the gradient by the features.
   */
  addSquares(slopes: Float64Array, sums: Float64Array): void {
    const last = this.passes.at(-1);
    if (last === undefined) return;
    const { height, width, channels } = last.output;
    const positions = height * width;
    let gradient = Float64Array.from(
      { length: positions * channels },
      (_none, i) => (slopes[i % channels] ?? 0) / positions,
    );
    let end = sums.length;
    for (const pass of [...this.passes].reverse()) {
      end -= pass.layer.outputs;
      gradient = backwards(pass, gradient, sums, end);
    }
  }
}

function forwards(layer: ProbeLayer, input: Plane): LayerPass {
  const { stride, outputs, inputs } = layer;
  const height = Math.ceil(input.height / stride);
  const width = Math.ceil(input.width / stride);
  const { padded, top, left } = withBorder(input, height, width, stride);
  const values = new Float64Array(height * width * outputs);
  const sum = new Float64Array(outputs);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      sum.fill(0);
      for (let row = 0; row < kernel; row++) {
        const from = ((y * stride + row) * padded.width + x * stride) * inputs;
        for (let i = 0; i < kernel * inputs; i++) {
          const value = padded.values[from + i] ?? 0;
          if (value === 0) continue;
          const weights = (row * kernel * inputs + i) * outputs;
          for (let o = 0; o < outputs; o++) sum[o] = (sum[o] ?? 0) + value * (layer.kernel[weights + o] ?? 0);
        }
      }
      const at = (y * width + x) * outputs;
      for (let o = 0; o < outputs; o++) {
        const normal = (sum[o] ?? 0) * (layer.scale[o] ?? 0) + (layer.shift[o] ?? 0);
        values[at + o] = normal > 0 ? normal : 0;
      }
    }
  }
  return { layer, input, padded, top, left, output: { height, width, channels: outputs, values } };
}

/** Adds the squares of one layer and returns the gradient by its input. */
function backwards(
  pass: LayerPass,
  gradient: Float64Array,
  sums: Float64Array,
  at: number,
): Float64Array<ArrayBuffer> {
  const { layer, padded, output, input } = pass;
  const { stride, inputs, outputs } = layer;
  const byKernel = new Float64Array(layer.kernel.length);
  const byPadded = new Float64Array(padded.values.length);
  const slope = new Float64Array(outputs);
  for (let y = 0; y < output.height; y++) {
    for (let x = 0; x < output.width; x++) {
      const place = (y * output.width + x) * outputs;
      for (let o = 0; o < outputs; o++) {
        const isActive = (output.values[place + o] ?? 0) > 0;
        slope[o] = isActive ? (gradient[place + o] ?? 0) * (layer.scale[o] ?? 0) : 0;
      }
      for (let row = 0; row < kernel; row++) {
        const from = ((y * stride + row) * padded.width + x * stride) * inputs;
        for (let i = 0; i < kernel * inputs; i++) {
          const value = padded.values[from + i] ?? 0;
          const weights = (row * kernel * inputs + i) * outputs;
          let back = 0;
          for (let o = 0; o < outputs; o++) {
            const own = slope[o] ?? 0;
            byKernel[weights + o] = (byKernel[weights + o] ?? 0) + value * own;
            back += own * (layer.kernel[weights + o] ?? 0);
          }
          byPadded[from + i] = (byPadded[from + i] ?? 0) + back;
        }
      }
    }
  }
  const perFilter = kernel * kernel * inputs;
  byKernel.forEach((own, i) => {
    const filter = at + (i % outputs);
    sums[filter] = (sums[filter] ?? 0) + (own * own) / perFilter;
  });
  return withoutBorder(byPadded, pass, input);
}

/** The input with zeros around it, as TensorFlow's padding SAME has them: the odd one lies at the end. */
function withBorder(
  input: Plane,
  height: number,
  width: number,
  stride: number,
): { readonly padded: Plane; readonly top: number; readonly left: number } {
  const high = (height - 1) * stride + kernel;
  const wide = (width - 1) * stride + kernel;
  const top = Math.floor(Math.max(0, high - input.height) / 2);
  const left = Math.floor(Math.max(0, wide - input.width) / 2);
  const { channels } = input;
  const values = new Float64Array(high * wide * channels);
  const rows = Math.min(input.height, high - top);
  const length = Math.min(input.width, wide - left) * channels;
  for (let y = 0; y < rows; y++) {
    const from = y * input.width * channels;
    values.set(input.values.subarray(from, from + length), ((y + top) * wide + left) * channels);
  }
  return { padded: { height: high, width: wide, channels, values }, top, left };
}

function withoutBorder(
  values: Float64Array,
  { padded, top, left }: LayerPass,
  input: Plane,
): Float64Array<ArrayBuffer> {
  const { channels } = input;
  const own = new Float64Array(input.values.length);
  const length = Math.min(input.width, padded.width - left) * channels;
  for (let y = 0; y < Math.min(input.height, padded.height - top); y++) {
    const from = ((y + top) * padded.width + left) * channels;
    own.set(values.subarray(from, from + length), y * input.width * channels);
  }
  return own;
}

function averages({ height, width, channels, values }: Plane): Float64Array {
  const sums = new Float64Array(channels);
  values.forEach((value, i) => {
    sums[i % channels] = (sums[i % channels] ?? 0) + value;
  });
  return sums.map((sum) => sum / (height * width));
}
