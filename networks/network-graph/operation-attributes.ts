import type { Operation, OperationAttributes } from './network-graph.js';
import { activationFunctions } from './network-graph.js';
import type { FieldReader } from './field-reader.js';

/** Reads the attributes of one operation and fills in its defaults. */
type AttributeReaders = { readonly [O in Operation]: (fields: FieldReader) => OperationAttributes[O] };

const paddings = ['same', 'valid'] as const;

const readers: AttributeReaders = {
  convolution: (fields) => ({
    filters: fields.count('filters'),
    kernel: fields.extent('kernel'),
    stride: fields.count('stride', 1),
    padding: fields.choice('padding', paddings, 'same'),
    dilation: fields.count('dilation', 1),
    groups: fields.count('groups', 1),
    bias: fields.flag('bias', true),
  }),
  depthwiseConvolution: (fields) => ({
    multiplier: fields.count('multiplier', 1),
    kernel: fields.extent('kernel'),
    stride: fields.count('stride', 1),
    padding: fields.choice('padding', paddings, 'same'),
    dilation: fields.count('dilation', 1),
    bias: fields.flag('bias', true),
  }),
  separableConvolution: (fields) => ({
    filters: fields.count('filters'),
    kernel: fields.extent('kernel'),
    stride: fields.count('stride', 1),
    padding: fields.choice('padding', paddings, 'same'),
    dilation: fields.count('dilation', 1),
    bias: fields.flag('bias', true),
  }),
  maxPooling: readPooling,
  averagePooling: readPooling,
  factorizedReduction: (fields) => ({ filters: fields.count('filters', undefined, 2) }),
  resize: (fields) => ({ height: fields.count('height'), width: fields.count('width') }),
  identity: () => ({}),
  zero: (fields) => ({ stride: fields.count('stride', 1) }),
  batchNormalization: (fields) => ({
    epsilon: fields.positive('epsilon', 1e-5),
    momentum: fields.rate('momentum', 0.9),
    scale: fields.flag('scale', true),
    center: fields.flag('center', true),
  }),
  layerNormalization: (fields) => ({
    epsilon: fields.positive('epsilon', 1e-5),
    scale: fields.flag('scale', true),
    center: fields.flag('center', true),
  }),
  dropout: (fields) => ({ rate: fields.rate('rate') }),
  dropPath: (fields) => ({ rate: fields.rate('rate') }),
  dense: (fields) => ({ units: fields.count('units'), bias: fields.flag('bias', true) }),
  globalAveragePooling: () => ({}),
  flatten: () => ({}),
  activation: (fields) => ({ function: fields.choice('function', activationFunctions) }),
  squeezeExcite: (fields) => ({
    units: fields.count('units'),
    activation: fields.choice('activation', activationFunctions, 'relu'),
    gate: fields.choice('gate', ['sigmoid', 'hardSigmoid'], 'sigmoid'),
  }),
  add: () => ({}),
  concatenate: () => ({}),
};

/** Every operation that a graph may use. */
export const operations = Object.keys(readers) as readonly Operation[];

/** The operation with this name; null when there is none. */
export function operationNamed(name: string): Operation | null {
  return operations.find((operation) => operation === name) ?? null;
}

/** The attributes of a node of this operation, checked one by one. Throws `GraphError`. */
export function readAttributes<O extends Operation>(
  operation: O,
  fields: FieldReader,
): OperationAttributes[O] {
  const attributes = readers[operation](fields);
  fields.finish();
  return attributes;
}

function readPooling(fields: FieldReader): OperationAttributes['maxPooling'] {
  const kernel = fields.extent('kernel');
  return {
    kernel,
    stride: fields.count('stride', 1),
    padding: fields.choice('padding', paddings, 'same'),
  };
}
