import { float, flag, type } from './attribute.js';
import type { Attributes } from './attribute.js';
import { reduce, reshape, size } from './basic-operations.js';
import type { BatchParts, Parts } from './batch-parts.js';
import type { Output, Value } from './graph-writer.js';
import { maxima } from './image-operations.js';
import type { Pool } from './image-operations.js';
import { some } from './non-empty-list.js';
import type { Tape } from './tape.js';

/** Scale and offset of a normalisation, one number per channel. */
export interface ScaleAndOffset {
  readonly scale: Value;
  readonly offset: Value;
}

/** Parts of a batch of images that were normalised by all of it, with its mean and unbiased variance per channel. */
export interface NormalizedBatch {
  readonly outputs: Parts;
  readonly mean: Value;
  readonly variance: Value;
}

/** Normalises channels by the mean and variance of the batch. */
export function normalizeBatch(
  tape: Tape,
  values: Parts,
  affine: ScaleAndOffset,
  epsilon: number,
  batch: BatchParts,
): NormalizedBatch {
  const [value, ...others] = values;
  return others.length === 0
    ? normalizeWhole(tape, value, affine, epsilon)
    : normalizeParts(tape, values, affine, epsilon, batch);
}

function normalizeWhole(
  tape: Tape,
  value: Value,
  { scale, offset }: ScaleAndOffset,
  epsilon: number,
): NormalizedBatch {
  const image = asImage(tape, value);
  const { output, mean, variance, reserved } = byOwnMoments(tape, image, { scale, offset }, epsilon);
  tape.record(output, [image, scale, offset], (gradient) =>
    gradientsOf(tape, gradient, image, scale, reserved, { ...fused(epsilon), is_training: flag(true) }),
  );
  return { outputs: [likeBefore(tape, output, value)], mean, variance };
}

/**
 * Parts normalised by the moments of all of them, which come from the moments of each (Chan, Golub and LeVeque 1983): mean
 * Σ nᵢ·mᵢ / n and variance Σ nᵢ·(vᵢ + (mᵢ − m)²) / n. The gradient of a part is that for fixed moments, less what all
 * parts together move the moments: scale / σ · (Σ dy + x̂ · Σ dy·x̂) / n.
 */
function normalizeParts(
  tape: Tape,
  values: Parts,
  affine: ScaleAndOffset,
  epsilon: number,
  batch: BatchParts,
): NormalizedBatch {
  const images = some(values.map((value) => asImage(tape, value)));
  const whole = images.map((image) => ({ output: image, gradient: (slope: Value) => slope }));
  const { outputs, mean, variance } = normalizeChosen(tape, images, whole, affine, epsilon, batch);
  return {
    outputs: some(outputs.map((output, i) => likeBefore(tape, output, values[i] ?? output))),
    mean,
    variance,
  };
}

/**
 * The maxima over windows of parts, normalised by the moments of all pixels: for scales that are not negative they are the
 * maxima of the normalised parts, from fewer numbers.
 */
export function normalizeMaxima(
  tape: Tape,
  images: Parts,
  pool: Pool,
  affine: ScaleAndOffset,
  epsilon: number,
  batch: BatchParts,
): NormalizedBatch {
  const pooled = images.map((image) => maxima(tape, image, pool));
  return normalizeChosen(tape, images, pooled, affine, epsilon, batch);
}

/** Pixels that are chosen from an image, with the gradient of the image from theirs. */
interface ChosenPixels {
  readonly output: Value;
  readonly gradient: (slope: Value) => Value;
}

/** Chosen pixels of images, normalised by the moments of all their pixels. */
function normalizeChosen(
  tape: Tape,
  images: Parts,
  chosen: readonly ChosenPixels[],
  { scale, offset }: ScaleAndOffset,
  epsilon: number,
  batch: BatchParts,
): NormalizedBatch {
  const { graph } = tape;
  const [first] = images;
  const channels = [size(first, 3)];
  const apply = (op: string, ...inputs: readonly Value[]): Value => graph.float(op, inputs, channels);
  const scalar = (op: string, ...inputs: readonly Value[]): Value => graph.float(op, inputs, []);
  const pixels = size(first, 1) * size(first, 2);
  const inverse = scalar('Mul', batch.inverse(), graph.number(1 / pixels));

  const moments = batch.shares().map((share, i) => {
    const { mean, variance } = byOwnMoments(tape, images[i] ?? first, { scale, offset }, epsilon);
    // A variance is unbiased: its sum has been divided by nᵢ − 1.
    return { mean, variance, share, freedom: scalar('Sub', share, inverse) };
  });
  const mean = batch.total(moments.map(({ mean: own, share }) => apply('Mul', own, share)));
  const variance = batch.total(
    moments.flatMap(({ mean: own, variance: ofPart, share, freedom }) => [
      apply('Mul', ofPart, freedom),
      apply('Mul', apply('SquaredDifference', own, mean), share),
    ]),
  );
  const outputs = some(
    chosen.map(({ output }) => byMoments(tape, output, { scale, offset }, { mean, variance }, epsilon)),
  );
  tape.recordTogether(outputs, [...images, scale, offset], (gradients, needed) => {
    const none = graph.constant('float', [0], new Float32Array(0));
    const attributes = { ...fused(epsilon), is_training: flag(false) };
    const ofChosen = chosen.map(({ output }, i) =>
      gradientsOf(tape, gradients[i] ?? output, output, scale, [mean, variance, none], attributes),
    );
    const scaleGradient = batch.total(ofChosen.map(([, ofScale]) => ofScale));
    const offsetGradient = batch.total(ofChosen.map(([, , ofOffset]) => ofOffset));
    const factor = apply('Mul', scale, apply('Rsqrt', apply('AddV2', variance, graph.number(epsilon))));
    const share = apply('Mul', factor, scalar('Neg', inverse));
    const moved = { scale: apply('Mul', share, scaleGradient), offset: apply('Mul', share, offsetGradient) };
    const ofImages = images.map((image, i) => {
      const [own, of] = [chosen[i], ofChosen[i]];
      if (needed[i] !== true || own === undefined || of === undefined) return null;
      const correction = byMoments(tape, image, moved, { mean, variance }, epsilon);
      return graph.float('AddV2', [own.gradient(of[0]), correction], image.sizes);
    });
    return [...ofImages, scaleGradient, offsetGradient];
  });
  const unbiased = scalar('Reciprocal', scalar('Sub', graph.number(1), inverse));
  return { outputs, mean, variance: apply('Mul', variance, unbiased) };
}

/** Normalises channels by given means and variances; not differentiated. */
export function normalizeByAverages(
  tape: Tape,
  value: Value,
  affine: ScaleAndOffset,
  averages: Moments,
  epsilon: number,
): Value {
  return likeBefore(tape, byMoments(tape, asImage(tape, value), affine, averages, epsilon), value);
}

interface Moments {
  readonly mean: Value;
  readonly variance: Value;
}

const fused = (epsilon: number): Attributes => ({
  T: type('float'),
  U: type('float'),
  epsilon: float(epsilon),
});

function byMoments(
  { graph }: Tape,
  image: Value,
  { scale, offset }: ScaleAndOffset,
  { mean, variance }: Moments,
  epsilon: number,
): Value {
  const [output] = graph.ops(
    'FusedBatchNormV3',
    [image, scale, offset, mean, variance],
    normalizedAndFive(image),
    { ...fused(epsilon), is_training: flag(false) },
  );
  if (output === undefined) throw new Error('No outputs.');
  return output;
}

/** An image normalised by its own moments; these, the variance unbiased, and what the gradient needs of them. */
function byOwnMoments(
  { graph }: Tape,
  image: Value,
  { scale, offset }: ScaleAndOffset,
  epsilon: number,
): Moments & { readonly output: Value; readonly reserved: readonly Value[] } {
  const none = graph.constant('float', [0], new Float32Array(0));
  const [output, mean, variance, ...reserved] = graph.ops(
    'FusedBatchNormV3',
    [image, scale, offset, none, none],
    normalizedAndFive(image),
    { ...fused(epsilon), is_training: flag(true), exponential_avg_factor: float(1) },
  );
  if (output === undefined || mean === undefined || variance === undefined) throw new Error('No outputs.');
  return { output, mean, variance, reserved };
}

/** Gradients of an image, its scale and its offset. */
function gradientsOf(
  { graph }: Tape,
  gradient: Value,
  image: Value,
  scale: Value,
  reserved: readonly Value[],
  attributes: Attributes,
): readonly [Value, Value, Value] {
  const [ofImage, ofScale, ofOffset] = graph.ops(
    'FusedBatchNormGradV3',
    [gradient, image, scale, ...reserved],
    normalizedAndFive(image).slice(0, 5),
    attributes,
  );
  if (ofImage === undefined || ofScale === undefined || ofOffset === undefined)
    throw new Error('No outputs.');
  return [ofImage, ofScale, ofOffset];
}

function normalizedAndFive(image: Value): readonly Output[] {
  const perChannel = { type: 'float', sizes: [size(image, 3)] } as const;
  return [{ type: 'float', sizes: image.sizes }, ...Array.from({ length: 5 }, () => perChannel)];
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
