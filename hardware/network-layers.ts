import { unreachable } from '../foundation/errors/index.js';
import { inferShapes, inputShapes, shapeOf } from '../networks/network-graph/index.js';
import type { NetworkGraph, NetworkNode, NodeOf, Shape } from '../networks/network-graph/index.js';
import { operationKinds } from '../networks/operations/index.js';
import type { ConvolutionWork, Operation } from '../networks/operations/index.js';
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
 * The work of a network, node by node: what its operations describe, as layers of this accelerator model for a batch.
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

function workOf<O extends Operation>(
  node: NodeOf<O>,
  inputs: readonly Shape[],
  output: Shape,
  batch: number,
): readonly Work[] {
  return operationKinds[node.op].acceleratorWork(node, inputs, output).map((work): Work => {
    switch (work.kind) {
      case 'convolution':
        return { kind: 'layer', layer: convolution(work), times: work.times * batch };
      case 'matrixProduct':
        return { kind: 'layer', layer: matrixProduct(batch, work.inputs, work.outputs), times: 1 };
      case 'elementwise':
        return { kind: 'elementwise', wordsIn: batch * work.wordsIn, wordsOut: batch * work.wordsOut };
      default:
        return unreachable(work, 'work');
    }
  });
}

/** The layer with the smallest padded input that has these outputs. */
function convolution({ output, kernel, stride, dilation, channels, filters }: ConvolutionWork): Layer {
  return {
    inputHeight: (output[0] - 1) * stride + (kernel[0] - 1) * dilation + 1,
    inputWidth: (output[1] - 1) * stride + (kernel[1] - 1) * dilation + 1,
    kernelHeight: kernel[0],
    kernelWidth: kernel[1],
    channels,
    filters,
    stride,
    dilation,
  };
}
