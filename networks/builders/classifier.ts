import type { FieldReader, Shape } from '../ground/index.js';
import { activationFunctions } from '../operations/index.js';
import type { ActivationFunction } from '../operations/index.js';
import { Choice } from '../supernetwork/index.js';
import type { NetworkBuilder } from './network-builder.js';

/** The parameters that every builder of a classifier takes. */
export interface ClassifierParameters {
  /** Shape of an example: `[height, width, channels]`, or `[features]` where the builder allows it. */
  readonly inputShape: Shape;
  /** Number of classes: the width of the logits. */
  readonly classes: number;
}

/** Reads the parameters that all classifiers share; `axes` says whether vectors are allowed beside images. */
export function readClassifier(fields: FieldReader, axes: 'image' | 'any'): ClassifierParameters {
  return {
    inputShape: fields.counts('inputShape', axes === 'image' ? 3 : 1, axes === 'image' ? 3 : 4),
    classes: fields.count('classes', undefined, 2),
  };
}

/** Reads the activation function of a builder. */
export function readActivation(fields: FieldReader): ActivationFunction {
  return fields.choice('activation', activationFunctions, 'relu');
}

/** A parameter that is one value or a choice of such values; null where one of them is not valid. */
export function readChoice<T>(value: unknown, read: (option: unknown) => T | null): T | Choice<T> | null {
  if (!(value instanceof Choice)) return read(value);
  const own = value.options.flatMap((option) => read(option) ?? []);
  return own.length === value.options.length ? Choice.of(value.id, own) : null;
}

/** Appends a convolution without bias, batch normalisation and an activation; returns the last node. */
export function convolutionUnit(
  builder: NetworkBuilder,
  scope: string,
  from: string,
  unit: {
    readonly filters: number;
    readonly kernel: number;
    readonly stride: number;
    /** null: none. */
    readonly activation: ActivationFunction | null;
    readonly batchNormalization: boolean;
    /** Share of the running averages that a step keeps; default: the operation's own. */
    readonly averageMomentum?: number;
  },
): string {
  const { filters, stride, activation, batchNormalization, averageMomentum } = unit;
  let last = builder.node(`${scope}/convolution`, 'convolution', from, {
    filters,
    kernel: [unit.kernel, unit.kernel],
    stride,
    bias: !batchNormalization,
  });
  if (batchNormalization) {
    const attributes = averageMomentum === undefined ? {} : { momentum: averageMomentum };
    last = builder.node(`${scope}/batchNormalization`, 'batchNormalization', last, attributes);
  }
  if (activation !== null) {
    last = builder.node(`${scope}/activation`, 'activation', last, { function: activation });
  }
  return last;
}

/** Appends dropout when there is any. */
export function withDropout(builder: NetworkBuilder, name: string, from: string, rate: number): string {
  return rate === 0 ? from : builder.node(name, 'dropout', from, { rate });
}
