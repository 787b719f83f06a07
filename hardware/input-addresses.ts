import type { MeasuredLayer } from './layer.js';

/** Address of the first word of each output pixel's window. */
export function pixelAddresses({ M, outputWidth, inputWidth, stride, channels }: MeasuredLayer): Int32Array {
  const addresses = new Int32Array(M);
  for (let pixel = 0; pixel < M; pixel++) {
    const x = pixel % outputWidth;
    const y = (pixel - x) / outputWidth;
    addresses[pixel] = (y * inputWidth + x) * stride * channels;
  }
  return addresses;
}

/** Address of each window element relative to the first. */
export function windowOffsets({ K, kernelWidth, inputWidth, channels, dilation }: MeasuredLayer): Int32Array {
  const offsets = new Int32Array(K);
  for (let element = 0; element < K; element++) {
    const channel = element % channels;
    const tap = (element - channel) / channels;
    const dx = tap % kernelWidth;
    const dy = (tap - dx) / kernelWidth;
    offsets[element] = (dy * inputWidth + dx) * dilation * channels + channel;
  }
  return offsets;
}
