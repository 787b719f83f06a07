import { unreachable } from '../../foundation/errors/index.js';
import type { NetworkNode } from './network-graph.js';

/** A node in a few words, such as `convolution 3 × 3, 16 filters`. */
export function nodeLabel(node: NetworkNode): string {
  switch (node.op) {
    case 'convolution': {
      const { groups } = node.attributes;
      return `convolution ${windowText(node.attributes)}, ${node.attributes.filters} filters${groups > 1 ? `, ${groups} groups` : ''}`;
    }
    case 'depthwiseConvolution':
      return `depthwise convolution ${windowText(node.attributes)}`;
    case 'separableConvolution':
      return `separable convolution ${windowText(node.attributes)}, ${node.attributes.filters} filters`;
    case 'maxPooling':
      return `max pooling ${windowText(node.attributes)}`;
    case 'averagePooling':
      return `average pooling ${windowText(node.attributes)}`;
    case 'factorizedReduction':
      return `factorized reduction, ${node.attributes.filters} filters`;
    case 'resize':
      return `resize to ${node.attributes.height} × ${node.attributes.width}`;
    case 'zero':
      return node.attributes.stride === 1 ? 'zero' : `zero, stride ${node.attributes.stride}`;
    case 'batchNormalization':
      return 'batch normalization';
    case 'layerNormalization':
      return 'layer normalization';
    case 'dropout':
      return `dropout ${node.attributes.rate}`;
    case 'dropPath':
      return `drop path ${node.attributes.rate}`;
    case 'dense':
      return `dense, ${node.attributes.units} units`;
    case 'globalAveragePooling':
      return 'global average pooling';
    case 'activation':
      return node.attributes.function;
    case 'squeezeExcite':
      return `squeeze and excite, ${node.attributes.units} units`;
    case 'identity':
    case 'flatten':
    case 'add':
    case 'concatenate':
      return node.op;
    default:
      return unreachable(node, 'node');
  }
}

interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly dilation?: number;
}

function windowText({ kernel, stride, dilation = 1 }: Window): string {
  const strided = stride > 1 ? `, stride ${stride}` : '';
  const dilated = dilation > 1 ? `, dilation ${dilation}` : '';
  return `${kernel[0]} × ${kernel[1]}${strided}${dilated}`;
}
