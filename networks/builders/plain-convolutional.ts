import type { FieldReader } from '../ground/index.js';
import type { NetworkGraph } from '../network-graph/index.js';
import type { ActivationFunction } from '../operations/index.js';
import { convolutionUnit, readActivation, readClassifier, withDropout } from './classifier.js';
import type { ClassifierParameters } from './classifier.js';
import { NetworkBuilder } from './network-builder.js';

export interface PlainConvolutionalParameters extends ClassifierParameters {
  /** Filters of each stage; every stage ends by halving height and width. */
  readonly widths: readonly number[];
  /** Convolutions in each stage; default 1. */
  readonly layersPerStage?: number;
  /** Size of the square kernels; default 3. */
  readonly kernel?: number;
  /** Default `relu`. */
  readonly activation?: ActivationFunction;
  /** After each convolution; default true. */
  readonly batchNormalization?: boolean;
  /** How a stage halves its image: a pooling, or stride 2 in its last convolution; default `max`. */
  readonly reduction?: 'max' | 'average' | 'stride';
  /** What makes a vector of the last image; default `flatten`. */
  readonly head?: 'flatten' | 'globalAveragePooling';
  /** Units of the dense layer before the logits; 0, the default, leaves it out. */
  readonly denseUnits?: number;
  /** Dropout rate before each dense layer; default 0. */
  readonly dropout?: number;
}

/** Stages of convolutions without branches, then dense layers. */
export function plainConvolutional(fields: FieldReader): NetworkGraph {
  const { inputShape, classes } = readClassifier(fields, 'image');
  const widths = fields.counts('widths', 1, 12);
  const layers = fields.count('layersPerStage', 1);
  const kernel = fields.count('kernel', 3);
  const activation = readActivation(fields);
  const batchNormalization = fields.flag('batchNormalization', true);
  const reduction = fields.choice('reduction', ['max', 'average', 'stride'], 'max');
  const head = fields.choice('head', ['flatten', 'globalAveragePooling'], 'flatten');
  const denseUnits = fields.count('denseUnits', 0, 0);
  const dropout = fields.rate('dropout', 0);
  fields.finish();

  const builder = new NetworkBuilder();
  let last = builder.input('input', inputShape);
  widths.forEach((filters, stage) => {
    for (let layer = 1; layer <= layers; layer++) {
      const stride = reduction === 'stride' && layer === layers ? 2 : 1;
      const unit = { filters, kernel, stride, activation, batchNormalization };
      last = convolutionUnit(builder, `stage${stage + 1}/layer${layer}`, last, unit);
    }
    if (reduction === 'stride') return;
    const op = reduction === 'max' ? 'maxPooling' : 'averagePooling';
    last = builder.node(`stage${stage + 1}/${op}`, op, last, { kernel: [2, 2], stride: 2 });
  });
  last = builder.node(head, head, last, {});
  if (denseUnits > 0) {
    last = withDropout(builder, 'hidden/dropout', last, dropout);
    last = builder.node('hidden/dense', 'dense', last, { units: denseUnits });
    last = builder.node('hidden/activation', 'activation', last, { function: activation });
  }
  last = withDropout(builder, 'dropout', last, dropout);
  return builder.build([builder.node('logits', 'dense', last, { units: classes })]);
}
