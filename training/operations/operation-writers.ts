import type { Operation } from '../../networks/network-graph/index.js';
import { activation, normalizedFor } from '../tensorflow-graph/activation-operations.js';
import {
  addBias,
  channelsOf,
  concatenate,
  matrixProduct,
  reshape,
  scaleChannels,
  shuffledChannels,
  size,
  sumOf,
} from '../tensorflow-graph/basic-operations.js';
import {
  averagePooling,
  convolution,
  depthwiseConvolution,
  everyPixel,
  factorizedReduction,
  globalAverage,
  maximumPooling,
  resized,
} from '../tensorflow-graph/image-operations.js';
import { dropout, dropPath } from './dropping.js';
import { batchNormalization, layerNormalization } from './normalizations.js';
import { biased, eachPart, extentOf } from './operation-writer.js';
import type { OperationWriter } from './operation-writer.js';

/** How each operation computes in TensorFlow. */
export const operationWriters: { readonly [O in Operation]: OperationWriter<O> } = {
  convolution: eachPart((written, [input]) => {
    const { tape, parameter, shape, node } = written;
    const { groups } = node.attributes;
    const kernel = parameter('kernel');
    return biased(written, convolution(tape, input, kernel, node.attributes, extentOf(shape), groups));
  }),
  depthwiseConvolution: eachPart((written, [input]) => {
    const { tape, parameter, shape, node } = written;
    const kernel = parameter('kernel');
    return biased(written, depthwiseConvolution(tape, input, kernel, node.attributes, extentOf(shape)));
  }),
  separableConvolution: eachPart((written, [input]) => {
    const { tape, parameter, shape, node } = written;
    const extent = extentOf(shape);
    const depthwise = parameter('depthwiseKernel');
    const spatial = depthwiseConvolution(tape, input, depthwise, node.attributes, extent);
    const windows = { stride: 1, padding: 'same', dilation: 1 } as const;
    return biased(written, convolution(tape, spatial, parameter('pointwiseKernel'), windows, extent));
  }),
  factorizedReduction: eachPart(({ tape, parameter, shape }, [input]) =>
    factorizedReduction(tape, input, parameter('kernel'), parameter('shiftedKernel'), extentOf(shape)),
  ),
  maxPooling: eachPart(({ tape, shape, node }, [input]) =>
    maximumPooling(tape, input, { ...node.attributes, extent: extentOf(shape) }),
  ),
  averagePooling: eachPart(({ tape, shape, node }, [input]) =>
    averagePooling(tape, input, { ...node.attributes, extent: extentOf(shape) }),
  ),
  globalAveragePooling: eachPart(({ tape }, [input]) => globalAverage(tape, input)),
  resize: eachPart(({ tape, shape }, [input]) => resized(tape, input, extentOf(shape))),
  batchNormalization,
  layerNormalization,
  dropout,
  dropPath,
  dense: eachPart((written, [input]) =>
    biased(written, matrixProduct(written.tape, input, written.parameter('kernel'))),
  ),
  activation: eachPart(({ tape, node, mode }, [input]) => {
    const { function: kind } = node.attributes;
    const isByAverages = mode.kind === 'inference' && mode.moments === 'averages';
    return activation(tape, kind, isByAverages ? normalizedFor(tape, kind, input) : input);
  }),
  squeezeExcite: eachPart(({ tape, parameter, node }, [input]) => {
    const mean = globalAverage(tape, input);
    const squeezed = matrixProduct(tape, mean, parameter('squeezeKernel'));
    const inner = addBias(tape, squeezed, parameter('squeezeBias'));
    const active = activation(tape, node.attributes.activation, inner);
    const excited = matrixProduct(tape, active, parameter('exciteKernel'));
    const outer = addBias(tape, excited, parameter('exciteBias'));
    const gate = activation(tape, node.attributes.gate, outer);
    return scaleChannels(tape, input, reshape(tape, gate, [-1, 1, 1, size(input, 3)]));
  }),
  add: eachPart(({ tape }, inputs) => sumOf(tape, inputs)),
  concatenate: eachPart(({ tape }, inputs) => concatenate(tape, inputs)),
  identity: eachPart((_written, [input]) => input),
  flatten: eachPart(({ tape, shape }, [input]) => reshape(tape, input, [-1, ...shape])),
  channels: eachPart(({ tape, node }, [input]) =>
    channelsOf(tape, input, node.attributes.start, node.attributes.count),
  ),
  shuffleChannels: eachPart(({ tape, node }, [input]) =>
    shuffledChannels(tape, input, node.attributes.groups),
  ),
  zero: eachPart(({ tape, shape, node }, [input]) => {
    const { stride } = node.attributes;
    const from = stride === 1 ? input : everyPixel(tape, input, stride);
    return tape.graph.float('ZerosLike', [from], [-1, ...shape]);
  }),
};
