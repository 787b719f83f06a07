import { z } from 'zod';
import { TrainingError } from '../training-error.js';
import { dataSetNames } from './named-data-sets.js';

const file = z.string().min(1);
const share = z.number().gt(0).max(1);
const arrayPair = z.strictObject({ images: file, labels: file });
const sha256 = z
  .record(z.string(), z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 has 64 hexadecimal digits'))
  .optional();
const range = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low < high, 'the first number is the smaller one')
  .optional();
const size = z.tuple([z.number().int().min(1), z.number().int().min(1)]);
const classCount = z.number().int().min(1).max(1_000_000).optional();

const filesSchema = z.discriminatedUnion('format', [
  z.strictObject({
    format: z.literal('idx'),
    training: arrayPair,
    test: arrayPair.optional(),
    classCount,
    sha256,
  }),
  z.strictObject({
    format: z.literal('npy'),
    training: arrayPair,
    test: arrayPair.optional(),
    range,
    classCount,
    sha256,
  }),
  z.strictObject({
    format: z.literal('npz'),
    file,
    training: arrayPair,
    test: arrayPair.optional(),
    range,
    classCount,
    sha256,
  }),
  z.strictObject({
    format: z.literal('imageFolder'),
    training: file,
    test: file.optional(),
    size,
    channels: z.union([z.literal(1), z.literal(3)]).default(3),
  }),
]);

const severity = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)]);
const corruption = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.enum([
      ...(['gaussianNoise', 'shotNoise', 'impulseNoise', 'blur'] as const),
      ...(['contrast', 'rotation', 'permutedPixels'] as const),
    ]),
    severity,
  }),
  z.strictObject({ kind: z.literal('inversion') }),
]);

const schema = z.strictObject({
  source: z.union([z.enum(dataSetNames), filesSchema]),
  name: z.string().min(1).optional(),
  classes: z.array(z.number().int().min(0)).min(1).optional(),
  fraction: share.optional(),
  labelNoise: z.number().min(0).max(1).optional(),
  corruptions: z.array(corruption).optional(),
  seed: z.number().int().default(0),
  memoryLimit: z.number().min(0).optional(),
});

/**
 * Files with a data set of one's own, by format. Paths are relative to the folder in which the search runs; in an
 * archive (`npz`) `images` and `labels` are names of arrays. `sha256` gives the hashes that files must have, by the
 * paths as they are written here. `range` are the numbers that are black and white.
 */
export type DataFiles = z.input<typeof filesSchema>;

/**
 * A data set, what is taken of it and what is done to it, as plain JSON:
 * `classes` are kept and get the labels 0, 1, 2 … in this order; `fraction` is the share of each class that is kept, and
 * `labelNoise` the share of examples that get the label of another class, both without the examples for testing;
 * `corruptions` change all images, one after the other; all of it depends on `seed` (default 0). Above `memoryLimit`
 * bytes of images (default: a quarter of the memory that is free) they are read from a file batch by batch.
 */
export type DataSetOptions = z.input<typeof schema>;
/** Options of a data set, checked and with defaults. */
export type ReadDataSetOptions = z.output<typeof schema>;
/** Files of a data set, checked and with defaults. */
export type ReadDataFiles = z.output<typeof filesSchema>;

/** Checks options. Throws `TrainingError` of class `BadInput` that names what does not fit. */
export function readDataSetOptions(options: unknown): ReadDataSetOptions {
  const given = typeof options === 'string' ? { source: options } : options;
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const place = issue?.path.join('.') ?? '';
  throw new TrainingError(
    'BadInput',
    `The option dataset${place === '' ? '' : `.${place}`} of trainClassifier does not fit: ${issue?.message ?? 'it cannot be read'} (sets known by name: ${dataSetNames.join(', ')}).`,
  );
}
