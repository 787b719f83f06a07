import type { FieldReader } from '../ground/index.js';
import type { NetworkGraph } from '../network-graph/index.js';
import type { ActivationFunction } from '../operations/index.js';
import { readActivation, readClassifier, withDropout } from './classifier.js';
import type { ClassifierParameters } from './classifier.js';
import { NetworkBuilder } from './network-builder.js';

export interface MultilayerPerceptronParameters extends ClassifierParameters {
  /** Units of each hidden layer; none makes a linear classifier. */
  readonly units: readonly number[];
  /** Default `relu`. */
  readonly activation?: ActivationFunction;
  /** After each hidden dense layer; default false. */
  readonly batchNormalization?: boolean;
  /** Dropout rate after each hidden layer; default 0. */
  readonly dropout?: number;
}

/** Dense layers one after another; images are flattened. */
export function multilayerPerceptron(fields: FieldReader): NetworkGraph {
  const { inputShape, classes } = readClassifier(fields, 'any');
  const units = fields.counts('units', 0, 64);
  const activation = readActivation(fields);
  const batchNormalization = fields.flag('batchNormalization', false);
  const dropout = fields.rate('dropout', 0);
  fields.finish();

  const builder = new NetworkBuilder();
  let last = builder.input('input', inputShape);
  if (inputShape.length > 1) last = builder.node('flatten', 'flatten', last, {});
  units.forEach((width, i) => {
    const scope = `hidden${i + 1}`;
    last = builder.node(`${scope}/dense`, 'dense', last, { units: width, bias: !batchNormalization });
    if (batchNormalization)
      last = builder.node(`${scope}/batchNormalization`, 'batchNormalization', last, {});
    last = builder.node(`${scope}/activation`, 'activation', last, { function: activation });
    last = withDropout(builder, `${scope}/dropout`, last, dropout);
  });
  return builder.build([builder.node('logits', 'dense', last, { units: classes })]);
}
