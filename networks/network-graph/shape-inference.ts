import { unreachable } from '../../foundation/errors/index.js';
import type { Extent, NetworkGraph, NetworkNode, Padding, Shape } from './network-graph.js';
import { GraphError, nodePlace, shapeText } from './graph-error.js';
import { topologicalOrder } from './graph-order.js';

/** Numbers in one tensor; more are refused, so that counts stay exact. */
const tensorLimit = 2 ** 31;

/**
 * The shape of every input and node by name, without the batch.
 * Throws `GraphError` naming the first node whose inputs do not fit it.
 */
export function inferShapes(graph: NetworkGraph): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>(
    Object.entries(graph.inputs).map(([name, { shape }]) => [name, shape]),
  );
  for (const node of topologicalOrder(graph))
    shapes.set(node.name, outputShape(node, inputShapes(node, shapes)));
  return shapes;
}

/** The shapes of a node's inputs. */
export function inputShapes(node: NetworkNode, shapes: ReadonlyMap<string, Shape>): readonly Shape[] {
  return node.inputs.map((input) => shapeOf(input, shapes));
}

/** The shape with this name. */
export function shapeOf(name: string, shapes: ReadonlyMap<string, Shape>): Shape {
  const shape = shapes.get(name);
  if (shape === undefined) throw new Error(`No shape is known for ${JSON.stringify(name)}.`);
  return shape;
}

/** How many numbers a tensor of this shape holds. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Height, width and channels of an image. */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** The only input of a node, as an image. Throws `GraphError`. */
export function imageInput(node: NetworkNode, inputs: readonly Shape[]): ImageShape {
  const shape = onlyInput(node, inputs);
  const [height, width, channels] = shape;
  if (shape.length !== 3 || height === undefined || width === undefined || channels === undefined) {
    refuse(
      node,
      `${node.op} needs an image (height × width × channels), but its input ${nameOfInput(node)} is ${shapeText(shape)}.`,
    );
  }
  return { height, width, channels };
}

/** The only input of a node. Throws `GraphError`. */
export function onlyInput(node: NetworkNode, inputs: readonly Shape[]): Shape {
  const [shape] = inputs;
  if (shape === undefined || inputs.length !== 1) {
    refuse(node, `${node.op} takes exactly one input, not ${inputs.length}.`);
  }
  return shape;
}

/** Shape of a node's output for these input shapes. Throws `GraphError`. */
export function outputShape(node: NetworkNode, inputs: readonly Shape[]): Shape {
  const shape = shapeAfter(node, inputs);
  if (elementCount(shape) > tensorLimit) {
    refuse(node, `its output ${shapeText(shape)} has more than 2³¹ numbers; make the network smaller.`);
  }
  return shape;
}

function shapeAfter(node: NetworkNode, inputs: readonly Shape[]): Shape {
  switch (node.op) {
    case 'convolution': {
      const { filters, groups } = node.attributes;
      const { channels } = imageInput(node, inputs);
      if (channels % groups !== 0)
        refuse(node, `${channels} input channels do not divide into ${groups} groups.`);
      if (filters % groups !== 0) refuse(node, `${filters} filters do not divide into ${groups} groups.`);
      return [...windowsOf(node, inputs, node.attributes), filters];
    }
    case 'depthwiseConvolution': {
      const { channels } = imageInput(node, inputs);
      return [...windowsOf(node, inputs, node.attributes), channels * node.attributes.multiplier];
    }
    case 'separableConvolution':
      return [...windowsOf(node, inputs, node.attributes), node.attributes.filters];
    case 'maxPooling':
    case 'averagePooling':
      return [...windowsOf(node, inputs, node.attributes), imageInput(node, inputs).channels];
    case 'factorizedReduction': {
      const { height, width } = imageInput(node, inputs);
      return [Math.ceil(height / 2), Math.ceil(width / 2), node.attributes.filters];
    }
    case 'resize':
      return [node.attributes.height, node.attributes.width, imageInput(node, inputs).channels];
    case 'zero': {
      const { stride } = node.attributes;
      if (stride === 1) return onlyInput(node, inputs);
      const { height, width, channels } = imageInput(node, inputs);
      return [Math.ceil(height / stride), Math.ceil(width / stride), channels];
    }
    case 'identity':
    case 'activation':
    case 'dropout':
    case 'dropPath':
      return onlyInput(node, inputs);
    case 'batchNormalization':
    case 'layerNormalization': {
      const shape = onlyInput(node, inputs);
      if (shape.length === 0)
        refuse(node, `${node.op} needs channels, but its input is ${shapeText(shape)}.`);
      return shape;
    }
    case 'dense': {
      const shape = onlyInput(node, inputs);
      if (shape.length !== 1) {
        refuse(
          node,
          `dense needs a vector, but its input ${nameOfInput(node)} is ${shapeText(shape)}; put flatten or globalAveragePooling before it.`,
        );
      }
      return [node.attributes.units];
    }
    case 'globalAveragePooling':
      return [imageInput(node, inputs).channels];
    case 'flatten':
      return [elementCount(onlyInput(node, inputs))];
    case 'squeezeExcite': {
      imageInput(node, inputs);
      return onlyInput(node, inputs);
    }
    case 'add': {
      const [first, ...others] = severalInputs(node, inputs);
      others.forEach((other, i) => {
        if (!sameSizes(first, other))
          refuseShapes(node, first, other, i + 1, 'add needs inputs of one shape');
      });
      return first;
    }
    case 'concatenate': {
      const [first, ...others] = severalInputs(node, inputs);
      if (first.length === 0) refuse(node, 'concatenate needs tensors with at least one axis.');
      const leading = first.slice(0, -1);
      others.forEach((other, i) => {
        if (other.length !== first.length || !sameSizes(leading, other.slice(0, -1))) {
          refuseShapes(
            node,
            first,
            other,
            i + 1,
            'concatenate needs inputs that differ in their last axis only',
          );
        }
      });
      return [...leading, inputs.reduce((sum, shape) => sum + (shape.at(-1) ?? 0), 0)];
    }
    default:
      return unreachable(node, 'node');
  }
}

/** How far the windows of a convolution or pooling reach and how many there are along each axis. */
interface Windows {
  readonly kernel: Extent;
  readonly stride: number;
  readonly padding: Padding;
  readonly dilation?: number;
}

function windowsOf(node: NetworkNode, inputs: readonly Shape[], windows: Windows): readonly [number, number] {
  const { height, width } = imageInput(node, inputs);
  const { kernel, stride, padding, dilation = 1 } = windows;
  const reach = [(kernel[0] - 1) * dilation + 1, (kernel[1] - 1) * dilation + 1] as const;
  if (padding === 'valid' && (reach[0] > height || reach[1] > width)) {
    const dilated = dilation === 1 ? '' : ` with dilation ${dilation}`;
    refuse(
      node,
      `the kernel ${kernel[0]} × ${kernel[1]}${dilated} is larger than its input ${height} × ${width}; use padding "same" or a smaller kernel.`,
    );
  }
  return [windowCount(height, reach[0], stride, padding), windowCount(width, reach[1], stride, padding)];
}

/** How many windows of a reach fit along an axis. */
export function windowCount(size: number, reach: number, stride: number, padding: Padding): number {
  return padding === 'same' ? Math.ceil(size / stride) : Math.floor((size - reach) / stride) + 1;
}

function severalInputs(node: NetworkNode, inputs: readonly Shape[]): readonly [Shape, ...Shape[]] {
  const [first, ...others] = inputs;
  if (first === undefined || others.length === 0) {
    refuse(node, `${node.op} takes two or more inputs, not ${inputs.length}.`);
  }
  return [first, ...others];
}

function sameSizes(one: Shape, other: Shape): boolean {
  return one.length === other.length && one.every((size, i) => size === other[i]);
}

function refuseShapes(node: NetworkNode, first: Shape, other: Shape, index: number, need: string): never {
  const names = [node.inputs[0], node.inputs[index]].map((name) => JSON.stringify(name));
  refuse(node, `${need}, but ${names[0]} is ${shapeText(first)} and ${names[1]} is ${shapeText(other)}.`);
}

function nameOfInput(node: NetworkNode): string {
  return JSON.stringify(node.inputs[0] ?? '');
}

function refuse(node: NetworkNode, sentence: string): never {
  throw new GraphError(nodePlace(node.name), sentence);
}
