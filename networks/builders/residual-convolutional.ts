import type { FieldReader } from '../ground/index.js';
import type { NetworkGraph } from '../network-graph/index.js';
import type { ActivationFunction } from '../operations/index.js';
import { convolutionUnit, readActivation, readClassifier, withDropout } from './classifier.js';
import type { ClassifierParameters } from './classifier.js';
import { NetworkBuilder } from './network-builder.js';

export interface ResidualConvolutionalParameters extends ClassifierParameters {
  /** Filters of each stage; every stage but the first starts by halving height and width. */
  readonly widths: readonly number[];
  /** Residual blocks in each stage; default 1. */
  readonly blocksPerStage?: number;
  /** Size of the square kernels; default 3. */
  readonly kernel?: number;
  /** Default `relu`. */
  readonly activation?: ActivationFunction;
  /** Probability that the last block's branch is dropped; it rises linearly from the first block on; default 0. */
  readonly dropPath?: number;
  /** Dropout rate before the logits; default 0. */
  readonly dropout?: number;
}

/**
 * Blocks of two convolutions with a shortcut around them, activation after the sum (He et al., CVPR 2016); where the
 * shape changes the shortcut is a 1 × 1 convolution with batch normalisation.
 */
export function residualConvolutional(fields: FieldReader): NetworkGraph {
  const { inputShape, classes } = readClassifier(fields, 'image');
  const widths = fields.counts('widths', 1, 12);
  const blocks = fields.count('blocksPerStage', 1);
  const kernel = fields.count('kernel', 3);
  const activation = readActivation(fields);
  const dropPath = fields.rate('dropPath', 0);
  const dropout = fields.rate('dropout', 0);
  fields.finish();

  const builder = new NetworkBuilder();
  const input = builder.input('input', inputShape);
  const [stemWidth = 1] = widths;
  const unit = { filters: stemWidth, kernel, stride: 1, activation, batchNormalization: true };
  let last = convolutionUnit(builder, 'stem', input, unit);
  let channels = stemWidth;
  widths.forEach((filters, stage) => {
    for (let block = 1; block <= blocks; block++) {
      const scope = `stage${stage + 1}/block${block}`;
      const stride = stage > 0 && block === 1 ? 2 : 1;
      const shape = { filters, kernel, batchNormalization: true };
      let branch = convolutionUnit(builder, `${scope}/first`, last, { ...shape, stride, activation });
      branch = convolutionUnit(builder, `${scope}/second`, branch, { ...shape, stride: 1, activation: null });
      const depth = (stage * blocks + block) / (widths.length * blocks);
      if (dropPath > 0)
        branch = builder.node(`${scope}/dropPath`, 'dropPath', branch, { rate: dropPath * depth });
      const changes = stride !== 1 || channels !== filters;
      const shortcut = { filters, kernel: 1, stride, activation: null, batchNormalization: true };
      const around = changes ? convolutionUnit(builder, `${scope}/shortcut`, last, shortcut) : last;
      const sum = builder.node(`${scope}/add`, 'add', [around, branch], {});
      last = builder.node(`${scope}/activation`, 'activation', sum, { function: activation });
      channels = filters;
    }
  });
  last = builder.node('globalAveragePooling', 'globalAveragePooling', last, {});
  last = withDropout(builder, 'dropout', last, dropout);
  return builder.build([builder.node('logits', 'dense', last, { units: classes })]);
}
