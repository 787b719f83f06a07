import { HardwareError } from './hardware-error.js';

/**
 * A convolution without padding of its own: `inputHeight` and `inputWidth` count the padding. A matrix product M × K
 * by K × N is one with `inputHeight` M, `inputWidth` and kernel width K, one channel and N filters.
 */
export interface Layer {
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly channels: number;
  readonly filters: number;
  readonly stride: number;
  /** Distance of neighbouring taps of the kernel; only a stride of 1 goes with more than 1. */
  readonly dilation: number;
}

/** A layer with its output and the matrix product M × K by K × N that it is. */
export interface MeasuredLayer extends Layer {
  readonly outputHeight: number;
  readonly outputWidth: number;
  /** Output pixels. */
  readonly M: number;
  /** Numbers in one window. */
  readonly K: number;
  /** Filters. */
  readonly N: number;
}

/** A matrix product M × K by K × N as a layer. */
export function matrixProduct(M: number, K: number, N: number): Layer {
  return {
    inputHeight: M,
    inputWidth: K,
    kernelHeight: 1,
    kernelWidth: K,
    channels: 1,
    filters: N,
    stride: 1,
    dilation: 1,
  };
}

/** A key that only layers of the same shape share. */
export function layerKey(layer: Layer): string {
  const { inputHeight, inputWidth, kernelHeight, kernelWidth, channels, filters, stride, dilation } = layer;
  return `${inputHeight} ${inputWidth} ${kernelHeight} ${kernelWidth} ${channels} ${filters} ${stride} ${dilation}`;
}

const sizes = [
  'inputHeight',
  'inputWidth',
  'kernelHeight',
  'kernelWidth',
  'channels',
  'filters',
  'stride',
  'dilation',
] as const;

/** Checks the sizes of a layer and measures it. Throws `HardwareError` of class `InvalidArchitecture`. */
export function measureLayer(layer: Layer): MeasuredLayer {
  for (const name of sizes) {
    if (!Number.isInteger(layer[name]) || layer[name] < 1) {
      refuse(layer, `${name} must be an integer of at least 1`);
    }
  }
  const { inputHeight, inputWidth, kernelHeight, kernelWidth, channels, filters, stride, dilation } = layer;
  if (dilation > 1 && stride > 1) refuse(layer, 'stride and dilation cannot both be more than 1');
  const height = inputHeight - (kernelHeight - 1) * dilation - 1;
  const width = inputWidth - (kernelWidth - 1) * dilation - 1;
  if (height < 0 || width < 0) refuse(layer, 'the kernel is larger than the input');
  if (height % stride !== 0 || width % stride !== 0) {
    refuse(
      layer,
      'the stride does not divide input − kernel; leave out the rows and columns that no window reaches',
    );
  }
  const outputHeight = height / stride + 1;
  const outputWidth = width / stride + 1;
  const M = outputHeight * outputWidth;
  const K = kernelHeight * kernelWidth * channels;
  if (!Number.isSafeInteger(M * K * filters)) refuse(layer, 'it has more than 2⁵³ multiply-accumulates');
  return {
    inputHeight,
    inputWidth,
    kernelHeight,
    kernelWidth,
    channels,
    filters,
    stride,
    dilation,
    outputHeight,
    outputWidth,
    M,
    K,
    N: filters,
  };
}

/** Distinct input words that the layer touches. */
export function distinctInputWords(layer: MeasuredLayer): number {
  const { outputHeight, outputWidth, kernelHeight, kernelWidth, stride, dilation, channels } = layer;
  return (
    coverage(outputHeight, kernelHeight, stride, dilation) *
    coverage(outputWidth, kernelWidth, stride, dilation) *
    channels
  );
}

/** Whether two windows of the layer share an input word. */
export function windowsOverlap(layer: MeasuredLayer): boolean {
  const { outputHeight, outputWidth, kernelHeight, kernelWidth, stride, dilation } = layer;
  return (
    axisOverlaps(outputHeight, kernelHeight, stride, dilation) ||
    axisOverlaps(outputWidth, kernelWidth, stride, dilation)
  );
}

function axisOverlaps(outputs: number, kernel: number, stride: number, dilation: number): boolean {
  return coverage(outputs, kernel, stride, dilation) < outputs * kernel;
}

/** Positions along one axis that some window touches. */
function coverage(outputs: number, kernel: number, stride: number, dilation: number): number {
  // With a dilation the stride is 1: each tap covers a run of `outputs` positions that starts `dilation` further on.
  if (dilation > 1) return (kernel - 1) * Math.min(dilation, outputs) + outputs;
  return (outputs - 1) * Math.min(stride, kernel) + kernel;
}

function refuse(layer: Layer, sentence: string): never {
  const { inputHeight, inputWidth, kernelHeight, kernelWidth, channels, filters, stride } = layer;
  throw new HardwareError(
    'InvalidArchitecture',
    `layer with input ${inputHeight} × ${inputWidth} × ${channels}, kernel ${kernelHeight} × ${kernelWidth}, ${filters} filters, stride ${stride}: ${sentence}.`,
  );
}
