import { type } from '../tensorflow-graph/attribute.js';
import { product, size } from '../tensorflow-graph/basic-operations.js';
import type { Parts } from '../tensorflow-graph/batch-parts.js';
import type { Value } from '../tensorflow-graph/graph-writer.js';
import type { Pool } from '../tensorflow-graph/image-operations.js';
import { weighted } from '../tensorflow-graph/mixture-operations.js';
import { some } from '../tensorflow-graph/non-empty-list.js';
import {
  normalizeBatch,
  normalizeByAverages,
  normalizeLayer,
  normalizeMaxima,
} from '../tensorflow-graph/normalization-operations.js';
import type { ScaleAndOffset } from '../tensorflow-graph/normalization-operations.js';
import { eachPart } from './operation-writer.js';
import type { OperationWriter, WrittenNode } from './operation-writer.js';

type BatchNormalization = WrittenNode<'batchNormalization'>;

export const batchNormalization: OperationWriter<'batchNormalization'> = {
  write: (written, [input]) => {
    const { mode, tape, parameter } = written;
    const { epsilon } = written.node.attributes;
    const affine = scaleAndOffset(written, input[0]);
    if (mode.kind === 'inference' && mode.moments === 'averages') {
      const averages = { mean: parameter('movingMean'), variance: parameter('movingVariance') };
      return some(input.map((part) => normalizeByAverages(tape, part, affine, averages, epsilon)));
    }
    const { outputs, mean, variance } = normalizeBatch(tape, input, affine, epsilon, mode.batch);
    moveAverages(written, mean, variance);
    return outputs;
  },
};

export const layerNormalization: OperationWriter<'layerNormalization'> = eachPart((written, [input]) =>
  normalizeLayer(written.tape, input, scaleAndOffset(written, input), written.node.attributes.epsilon),
);

/** −1 for each channel with a negative scale, 1 for the others; null: there is no scale. */
export function signOfScale({ tape: { graph }, node, parameter }: BatchNormalization): Value | null {
  if (!node.attributes.scale) return null;
  const value = parameter('scale');
  const isNegative = graph.op(
    'Less',
    [value, graph.number(0)],
    { type: 'bool', sizes: value.sizes },
    { T: type('float') },
  );
  return graph.float('SelectV2', [isNegative, graph.number(-1), graph.number(1)], value.sizes);
}

/** The maxima of the normalised images, of which channels with a negative scale come with the other sign. */
export function normalizedMaxima(
  written: BatchNormalization,
  images: Parts,
  sign: Value | null,
  pool: Pool,
): Parts {
  const { mode, tape } = written;
  if (mode.kind === 'inference') throw new Error('An inference normalises by running averages.');
  const { scale, offset } = scaleAndOffset(written, images[0]);
  const affine = { scale: sign === null ? scale : product(tape, scale, sign), offset };
  const { epsilon } = written.node.attributes;
  const { outputs, mean, variance } = normalizeMaxima(tape, images, pool, affine, epsilon, mode.batch);
  const unsigned = sign === null ? mean : tape.graph.float('Mul', [mean, sign], mean.sizes);
  moveAverages(written, unsigned, variance);
  return outputs;
}

function scaleAndOffset(
  { tape, node, parameter, weight }: WrittenNode<'batchNormalization' | 'layerNormalization'>,
  input: Value,
): ScaleAndOffset {
  const { scale, center } = node.attributes;
  const { graph } = tape;
  const sizes = [size(input, input.sizes.length - 1)];
  const own = {
    scale: scale ? parameter('scale') : graph.constant('float', sizes, 1),
    offset: center ? parameter('offset') : graph.constant('float', sizes, 0),
  };
  if (weight === undefined) return own;
  // Two short products instead of one of all pixels.
  return {
    scale: weighted(tape, own.scale, weight),
    offset: center ? weighted(tape, own.offset, weight) : own.offset,
  };
}

function moveAverages({ node, moveAverage }: BatchNormalization, mean: Value, variance: Value): void {
  const { momentum } = node.attributes;
  moveAverage({ parameter: `${node.name}/movingMean`, batchValue: mean, momentum });
  moveAverage({ parameter: `${node.name}/movingVariance`, batchValue: variance, momentum });
}
