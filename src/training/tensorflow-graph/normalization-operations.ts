import { float, flag, type } from './attribute.js';
import { reduce, reshape, size } from './basic-operations.js';
import type { Value } from './graph-writer.js';
import type { Tape } from './tape.js';

/** Scale and offset of a normalisation, one number per channel. */
export interface ScaleAndOffset {
  readonly scale: Value;
  readonly offset: Value;
}

/** An image that was normalised by its batch, with the batch's mean and its unbiased variance per channel. */
export interface NormalizedBatch {
  readonly output: Value;
  readonly mean: Value;
  readonly variance: Value;
}

/** Normalises channels by the mean and variance of the batch. */
export function normalizeBatch(
  tape: Tape,
  value: Value,
  { scale, offset }: ScaleAndOffset,
  epsilon: number,
): NormalizedBatch {
  const { graph } = tape;
  const image = asImage(tape, value);
  const channels = size(image, 3);
  const perChannel = { type: 'float', sizes: [channels] } as const;
  const attributes = { T: type('float'), U: type('float'), epsilon: float(epsilon), is_training: flag(true) };
  const none = graph.constant('float', [0], new Float32Array(0));
  const [output, mean, variance, ...reserved] = graph.ops(
    'FusedBatchNormV3',
    [image, scale, offset, none, none],
    [{ type: 'float', sizes: image.sizes }, ...Array.from({ length: 5 }, () => perChannel)],
    { ...attributes, exponential_avg_factor: float(1) },
  );
  if (output === undefined || mean === undefined || variance === undefined) throw new Error('No outputs.');
  tape.record(output, [image, scale, offset], (gradient) =>
    graph
      .ops(
        'FusedBatchNormGradV3',
        [gradient, image, scale, ...reserved],
        [{ type: 'float', sizes: image.sizes }, ...Array.from({ length: 4 }, () => perChannel)],
        attributes,
      )
      .slice(0, 3),
  );
  return { output: likeBefore(tape, output, value), mean, variance };
}

/** Normalises channels by given means and variances; not differentiated. */
export function normalizeByAverages(
  tape: Tape,
  value: Value,
  { scale, offset }: ScaleAndOffset,
  averages: { readonly mean: Value; readonly variance: Value },
  epsilon: number,
): Value {
  const image = asImage(tape, value);
  const perChannel = { type: 'float', sizes: [size(image, 3)] } as const;
  const [output] = tape.graph.ops(
    'FusedBatchNormV3',
    [image, scale, offset, averages.mean, averages.variance],
    [{ type: 'float', sizes: image.sizes }, ...Array.from({ length: 5 }, () => perChannel)],
    { T: type('float'), U: type('float'), epsilon: float(epsilon), is_training: flag(false) },
  );
  if (output === undefined) throw new Error('No outputs.');
  return likeBefore(tape, output, value);
}

/** Normalises each position over its channels. */
export function normalizeLayer(
  tape: Tape,
  value: Value,
  { scale, offset }: ScaleAndOffset,
  epsilon: number,
): Value {
  const { graph } = tape;
  const axis = value.sizes.length - 1;
  const one = [...value.sizes.slice(0, axis), 1];
  const mean = (of: Value): Value => reduce(tape, 'Mean', of, [axis], one);
  const apply = (op: string, ...inputs: readonly Value[]): Value => graph.float(op, inputs, value.sizes);
  const centered = apply('Sub', value, mean(value));
  const variance = mean(apply('Square', centered));
  const inverse = graph.float('Rsqrt', [graph.float('AddV2', [variance, graph.number(epsilon)], one)], one);
  const normal = apply('Mul', centered, inverse);
  const output = apply('AddV2', apply('Mul', normal, scale), offset);
  return tape.record(output, [value, scale, offset], (gradient, needed) => {
    const inner = apply('Mul', gradient, scale);
    const along = apply('Mul', normal, mean(apply('Mul', inner, normal)));
    const before = value.sizes.map((_size, i) => i).slice(0, axis);
    const total = (of: Value): Value =>
      graph.float('Sum', [of, graph.integers(...before)], scale.sizes, {
        Tidx: type('int32'),
        keep_dims: flag(false),
      });
    return [
      needed[0] === true
        ? apply('Mul', apply('Sub', apply('Sub', inner, mean(inner)), along), inverse)
        : null,
      needed[1] === true ? total(apply('Mul', gradient, normal)) : null,
      needed[2] === true ? total(gradient) : null,
    ];
  });
}

// The fused kernels take images only.
function asImage(tape: Tape, value: Value): Value {
  return value.sizes.length === 4
    ? value
    : reshape(tape, value, [-1, 1, 1, size(value, value.sizes.length - 1)]);
}

function likeBefore(tape: Tape, output: Value, value: Value): Value {
  return value.sizes.length === 4 ? output : reshape(tape, output, value.sizes);
}
