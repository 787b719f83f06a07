/*
 * The same networks a second time, op by op through tfjs with its own gradients: what the compiled steps are
 * compared with. It shares no code with them.
 */
import { createRequire } from 'node:module';
import type * as Tf from '@tensorflow/tfjs';
import type { DataSet } from '../../training/data/data-set.js';
import type { ActivationFunction, NetworkGraph, NetworkNode } from '../../networks/network-graph/index.js';

// As in our own processes: read when the library is loaded.
process.env['TF_CPP_MIN_LOG_LEVEL'] = '3';
process.env['TF_NUM_INTRAOP_THREADS'] = '1';
export const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu') as typeof Tf;

export type EagerWeights = Readonly<Record<string, Tf.Variable>>;

/** Images of a batch as the network sees them, and their labels. */
export function eagerBatch(data: DataSet, indices: readonly number[]): { x: Tf.Tensor4D; y: Tf.Tensor1D } {
  const size = data.imageShape[0] * data.imageShape[1] * data.imageShape[2];
  const pixels = Float32Array.from(
    indices.flatMap((i) => [...data.images.subarray(i * size, (i + 1) * size)]),
    (pixel) => (pixel / 255 - data.mean) / data.deviation,
  );
  return {
    x: tf.tensor4d(pixels, [indices.length, ...data.imageShape]),
    y: tf.tensor1d(
      indices.map((i) => data.labels[i] ?? 0),
      'int32',
    ),
  };
}

export function eagerLoss(logits: Tf.Tensor2D, labels: Tf.Tensor1D, classes: number): Tf.Scalar {
  const targets = tf.oneHot(labels, classes);
  return tf.losses.softmaxCrossEntropy(targets, logits).asScalar();
}

/** Logits in training mode (batch statistics). */
export function eagerLogits(graph: NetworkGraph, weights: EagerWeights, x: Tf.Tensor4D): Tf.Tensor2D {
  const values = new Map<string, Tf.Tensor>([['input', x]]);
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => values.get(name) as Tf.Tensor);
    values.set(
      node.name,
      eagerNode(node, inputs, (what) => weights[`${node.name}/${what}`] as Tf.Variable),
    );
  }
  return values.get(graph.outputs[0] ?? '') as Tf.Tensor2D;
}

function eagerNode(
  node: NetworkNode,
  inputs: readonly Tf.Tensor[],
  weight: (what: string) => Tf.Tensor,
): Tf.Tensor {
  const input = inputs[0] as Tf.Tensor4D;
  const biased = (value: Tf.Tensor, bias: boolean): Tf.Tensor => (bias ? value.add(weight('bias')) : value);
  switch (node.op) {
    case 'convolution': {
      const { stride, padding, groups, bias } = node.attributes;
      const kernel = weight('kernel') as Tf.Tensor4D;
      if (groups === 1) return biased(tf.conv2d(input, kernel, stride, padding), bias);
      const outputs = Array.from({ length: groups }, (_none, group) =>
        tf.conv2d(group4d(input, group, groups), group4d(kernel, group, groups), stride, padding),
      );
      return biased(tf.concat(outputs, 3), bias);
    }
    case 'depthwiseConvolution': {
      const { stride, padding, bias } = node.attributes;
      return biased(tf.depthwiseConv2d(input, weight('kernel') as Tf.Tensor4D, stride, padding), bias);
    }
    case 'separableConvolution': {
      const { stride, padding, bias } = node.attributes;
      const spatial = tf.depthwiseConv2d(input, weight('depthwiseKernel') as Tf.Tensor4D, stride, padding);
      return biased(tf.conv2d(spatial, weight('pointwiseKernel') as Tf.Tensor4D, 1, 'same'), bias);
    }
    case 'factorizedReduction': {
      const shifted = tf.pad(input.slice([0, 1, 1, 0]), [
        [0, 0],
        [0, 1],
        [0, 1],
        [0, 0],
      ]);
      return tf.concat(
        [
          tf.conv2d(input, weight('kernel') as Tf.Tensor4D, 2, 'same'),
          tf.conv2d(shifted, weight('shiftedKernel') as Tf.Tensor4D, 2, 'same'),
        ],
        3,
      );
    }
    case 'maxPooling':
      return tf.maxPool(input, [...node.attributes.kernel], node.attributes.stride, node.attributes.padding);
    case 'averagePooling':
      return tf.avgPool(input, [...node.attributes.kernel], node.attributes.stride, node.attributes.padding);
    case 'zero': {
      const [batch, height, width, channels] = input.shape;
      const { stride } = node.attributes;
      return tf.zeros([batch, Math.ceil(height / stride), Math.ceil(width / stride), channels]);
    }
    case 'batchNormalization': {
      const axes = input.shape.slice(0, -1).map((_size, i) => i);
      const { mean, variance } = tf.moments(input, axes);
      const normal = input.sub(mean).div(variance.add(node.attributes.epsilon).sqrt());
      const scaled = node.attributes.scale ? normal.mul(weight('scale')) : normal;
      return node.attributes.center ? scaled.add(weight('offset')) : scaled;
    }
    case 'layerNormalization': {
      const { mean, variance } = tf.moments(input, -1, true);
      return input
        .sub(mean)
        .div(variance.add(node.attributes.epsilon).sqrt())
        .mul(weight('scale'))
        .add(weight('offset'));
    }
    case 'dense':
      return biased(tf.matMul(input, weight('kernel')), node.attributes.bias);
    case 'globalAveragePooling':
      return tf.mean(input, [1, 2]);
    case 'flatten':
      return input.reshape([input.shape[0], -1]);
    case 'activation':
      return eagerActivation(node.attributes.function, input);
    case 'resize':
      // The gradient that tfjs has of its own resizing takes the pixels' corners for their centres.
      return [node.attributes.height, node.attributes.width].reduce<Tf.Tensor>(
        (image, size) => resizedRows(image, size).transpose([0, 2, 1, 3]),
        input,
      );
    case 'squeezeExcite': {
      const mean = tf.mean(input, [1, 2]);
      const inner = tf.matMul(mean, weight('squeezeKernel')).add(weight('squeezeBias'));
      const active = eagerActivation(node.attributes.activation, inner);
      const outer = tf.matMul(active as Tf.Tensor2D, weight('exciteKernel')).add(weight('exciteBias'));
      const gate = node.attributes.gate === 'sigmoid' ? outer.sigmoid() : outer.add(3).relu6().div(6);
      return input.mul(gate.reshape([-1, 1, 1, input.shape[3]]));
    }
    case 'add':
      return tf.addN([...inputs]);
    case 'concatenate':
      return tf.concat([...inputs], -1);
    case 'channels': {
      const { start, count } = node.attributes;
      return tf.split(input, [start, count, (input.shape.at(-1) ?? 0) - start - count], -1)[1] ?? input;
    }
    case 'shuffleChannels': {
      const { groups } = node.attributes;
      const outer = input.shape.slice(0, -1);
      const axes = outer.map((_size, i) => i);
      const apart = input.reshape([...outer, groups, (input.shape.at(-1) ?? 0) / groups]);
      return apart.transpose([...axes, outer.length + 1, outer.length]).reshape(input.shape);
    }
    case 'identity':
    case 'dropout':
    case 'dropPath':
      return input;
    default: {
      const never: never = node;
      throw new Error(String(never));
    }
  }
}

function group4d(value: Tf.Tensor4D, group: number, groups: number): Tf.Tensor4D {
  const size = value.shape[3] / groups;
  return value.slice([0, 0, 0, group * size], [-1, -1, -1, size]);
}

function eagerActivation(kind: ActivationFunction, x: Tf.Tensor): Tf.Tensor {
  switch (kind) {
    case 'relu':
      return x.relu();
    case 'relu6':
      return x.relu6();
    case 'tanh':
      return x.tanh();
    case 'sigmoid':
      return x.sigmoid();
    case 'silu':
      return x.mul(x.sigmoid());
    case 'hardSwish':
      return x.mul(x.add(3).relu6().div(6));
    case 'gelu':
      return x.mul(x.div(Math.SQRT2).erf().add(1)).mul(0.5);
    default: {
      const never: never = kind;
      throw new Error(String(never));
    }
  }
}

/** Images with another number of rows, as a matrix product with the weights of the rows that lie around each new one. */
function resizedRows(image: Tf.Tensor, rows: number): Tf.Tensor {
  const [, height = 1, width = 1, channels = 1] = image.shape;
  const weights = Array.from({ length: rows }, (_none, row) => {
    const place = Math.min(height - 1, Math.max(0, ((row + 0.5) * height) / rows - 0.5));
    return Array.from({ length: height }, (_unused, from) => Math.max(0, 1 - Math.abs(place - from)));
  });
  const lines = image.transpose([0, 2, 3, 1]).reshape<Tf.Tensor2D>([-1, height]);
  const resized = tf.matMul(lines, tf.tensor2d(weights), false, true);
  return resized.reshape([-1, width, channels, rows]).transpose([0, 3, 1, 2]);
}
