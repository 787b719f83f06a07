import { unreachable } from '../foundation/errors/index.js';
import {
  elementCount,
  imageInput,
  inferShapes,
  inputShapes,
  type NetworkGraph,
  type NetworkNode,
  onlyInput,
  type Shape,
  shapeOf,
} from '../networks/network-graph/index.js';
import { HardwareError } from './hardware-error.js';
import type { Layer } from './layer.js';
import { matrixProduct } from './layer.js';

/** What the accelerator has to do for a node of a network. */
export type Work =
  /** A layer that runs `times` times with different weights and inputs. */
  | { readonly kind: 'layer'; readonly layer: Layer; readonly times: number }
  /** Numbers that pass through the array without multiply-accumulates. */
  | { readonly kind: 'elementwise'; readonly wordsIn: number; readonly wordsOut: number };

/** A node with its work for a batch. */
export interface NodeWork {
  readonly node: NetworkNode;
  readonly work: readonly Work[];
}

/**
 * The work of a network, node by node. Batch normalisation folds into the weights before it, biases and activations
 * into the writing of outputs, dropping exists in training only: none of them is work.
 * Throws `GraphError` where shapes do not fit, `HardwareError` for what an accelerator cannot do.
 */
export function networkWork(graph: NetworkGraph, batch: number): readonly NodeWork[] {
  if (!Number.isInteger(batch) || batch < 1) {
    throw new HardwareError('BadInput', `the batch must be an integer of at least 1, not ${batch}.`);
  }
  const shapes = inferShapes(graph);
  return graph.nodes.map((node) => {
    const output = shapeOf(node.name, shapes);
    return { node, work: workOf(node, inputShapes(node, shapes), output, batch) };
  });
}

function workOf(node: NetworkNode, inputs: readonly Shape[], output: Shape, batch: number): readonly Work[] {
  const [height = 1, width = 1] = output;
  const wordsIn = batch * inputs.reduce((sum, shape) => sum + elementCount(shape), 0);
  const wordsOut = batch * elementCount(output);
  const windows = { outputHeight: height, outputWidth: width };
  switch (node.op) {
    case 'convolution': {
      const { groups, filters, kernel, stride, dilation } = node.attributes;
      const channels = imageInput(node, inputs).channels / groups;
      const layer = convolution({
        ...windows,
        kernel,
        stride,
        dilation,
        channels,
        filters: filters / groups,
      });
      return [{ kind: 'layer', layer, times: groups * batch }];
    }
    case 'depthwiseConvolution': {
      const { multiplier, kernel, stride, dilation } = node.attributes;
      const layer = convolution({ ...windows, kernel, stride, dilation, channels: 1, filters: multiplier });
      return [{ kind: 'layer', layer, times: imageInput(node, inputs).channels * batch }];
    }
    case 'separableConvolution': {
      const { filters, kernel, stride, dilation } = node.attributes;
      const { channels } = imageInput(node, inputs);
      const single = convolution({ ...windows, kernel, stride, dilation, channels: 1, filters: 1 });
      return [
        { kind: 'layer', layer: single, times: channels * batch },
        { kind: 'layer', layer: pointwise(height, width, channels, filters, 1), times: batch },
      ];
    }
    case 'factorizedReduction': {
      const { filters } = node.attributes;
      const { channels } = imageInput(node, inputs);
      const half = Math.floor(filters / 2);
      return [half, filters - half].map((part) => ({
        kind: 'layer' as const,
        layer: pointwise(height, width, channels, part, 2),
        times: batch,
      }));
    }
    case 'dense': {
      const features = elementCount(onlyInput(node, inputs));
      return [{ kind: 'layer', layer: matrixProduct(batch, features, node.attributes.units), times: 1 }];
    }
    case 'squeezeExcite': {
      const { channels } = imageInput(node, inputs);
      const { units } = node.attributes;
      return [
        { kind: 'elementwise', wordsIn, wordsOut: batch * channels },
        { kind: 'layer', layer: matrixProduct(batch, channels, units), times: 1 },
        { kind: 'layer', layer: matrixProduct(batch, units, channels), times: 1 },
        { kind: 'elementwise', wordsIn: wordsIn + batch * channels, wordsOut },
      ];
    }
    case 'maxPooling':
    case 'averagePooling':
    case 'globalAveragePooling':
    case 'resize':
    case 'layerNormalization':
    case 'add':
      return [{ kind: 'elementwise', wordsIn, wordsOut }];
    case 'batchNormalization':
    case 'activation':
    case 'dropout':
    case 'dropPath':
    case 'identity':
    case 'zero':
    case 'flatten':
    case 'concatenate':
      return [];
    default:
      return unreachable(node, 'node');
  }
}

interface Windows {
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly dilation: number;
  readonly channels: number;
  readonly filters: number;
}

/** The layer with the smallest padded input that has these outputs. */
function convolution(windows: Windows): Layer {
  const { outputHeight, outputWidth, kernel, stride, dilation, channels, filters } = windows;
  return {
    inputHeight: (outputHeight - 1) * stride + (kernel[0] - 1) * dilation + 1,
    inputWidth: (outputWidth - 1) * stride + (kernel[1] - 1) * dilation + 1,
    kernelHeight: kernel[0],
    kernelWidth: kernel[1],
    channels,
    filters,
    stride,
    dilation,
  };
}

function pointwise(height: number, width: number, channels: number, filters: number, stride: number): Layer {
  const kernel = [1, 1] as const;
  return convolution({
    outputHeight: height,
    outputWidth: width,
    kernel,
    stride,
    dilation: 1,
    channels,
    filters,
  });
}
