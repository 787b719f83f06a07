import { z } from 'zod';
import { parseAugmentationPolicy } from './augmentation/augmentation-policy.js';
import type { AugmentationPolicy } from './augmentation/augmentation-policy.js';
import type { Optimizer } from './step/optimizers.js';
import type { Schedule } from './schedules.js';
import { TrainingError } from './training-error.js';
import type { TrainingSettings } from './trainer.js';

const share = z.number().min(0).max(1);
const below = z.number().min(0).lt(1);

const optimizerSchema = z.enum(['sgd', 'adam', 'adamw']);
const scheduleSchema = z.enum(['constant', 'cosine', 'step']);

const schema = z.object({
  epochs: z.number().int().min(1).max(100_000).default(3),
  batchSize: z.number().int().min(1).max(65_536).default(128),
  optimizer: optimizerSchema.default('sgd'),
  learningRate: z.number().gt(0).optional(),
  momentum: below.default(0.9),
  nesterov: z.boolean().default(true),
  beta1: below.default(0.9),
  beta2: below.default(0.999),
  epsilon: z.number().gt(0).default(1e-8),
  weightDecay: z.number().min(0).default(0),
  labelSmoothing: below.default(0),
  dropout: below.default(0),
  clipNorm: z.number().gt(0).nullable().default(null),
  schedule: scheduleSchema.default('cosine'),
  warmUpEpochs: z.number().min(0).default(0),
  finalLearningRate: share.default(0),
  stepAt: z.array(share).default([0.5, 0.75]),
  stepFactor: share.default(0.1),
});

/**
 * Hyper-parameters of a training by name, as the parameters of a search or as the fixed ones of `trainClassifier`.
 * `warmUpEpochs` may be a fraction; `finalLearningRate` is the share that `cosine` ends with; `step` multiplies the
 * learning rate by `stepFactor` at each share of the training in `stepAt`. `dropout` is the rate before the last dense
 * layer of a network that has no dropout of its own.
 */
export type TrainingParameters = z.input<typeof schema>;

/** Names of the hyper-parameters. */
export const trainingParameterNames = Object.keys(schema.shape) as readonly (keyof TrainingParameters)[];

const defaultLearningRates = { sgd: 0.05, adam: 0.001, adamw: 0.001 } as const;

/**
 * Settings from hyper-parameters: of several sources that have a name, the first one wins. Throws `TrainingError` of
 * class `BadInput` that names what does not fit.
 */
export function trainingSettings(
  sources: readonly Readonly<Record<string, unknown>>[],
  trainingExamples: number,
): TrainingSettings {
  const data = readParameters(sources);
  const stepsPerEpoch = Math.ceil(trainingExamples / data.batchSize);
  return {
    epochs: data.epochs,
    batchSize: data.batchSize,
    optimizer: optimizerOf(data),
    learningRate: data.learningRate ?? defaultLearningRates[data.optimizer],
    schedule: scheduleOf(data, stepsPerEpoch),
    weightDecay: data.weightDecay,
    labelSmoothing: data.labelSmoothing,
    clipNorm: data.clipNorm,
  };
}

/** The rate of dropout that a training adds to its network. Throws as `trainingSettings`. */
export function trainingDropout(sources: readonly Readonly<Record<string, unknown>>[]): number {
  return readParameters(sources).dropout;
}

function readParameters(sources: readonly Readonly<Record<string, unknown>>[]): Read {
  const given = Object.fromEntries(
    trainingParameterNames.flatMap((name) => {
      const source = sources.find((each) => each[name] !== undefined);
      return source === undefined ? [] : [[name, source[name]]];
    }),
  );
  const read = schema.safeParse(given);
  if (!read.success) {
    const [issue] = read.error.issues;
    const name = issue?.path.join('.') ?? '';
    throw new TrainingError(
      'BadInput',
      `The hyper-parameter ${name} of the training does not fit: ${issue?.message}.`,
    );
  }
  return read.data;
}

/** The augmentation policy of a training: that of the first source that has one; by default there is none. */
export function trainingAugmentation(
  sources: readonly Readonly<Record<string, unknown>>[],
): AugmentationPolicy {
  const source = sources.find(({ augmentation }) => augmentation !== undefined);
  return parseAugmentationPolicy(source?.['augmentation'] ?? null);
}

type Read = z.output<typeof schema>;

function optimizerOf({ optimizer, momentum, nesterov, beta1, beta2, epsilon }: Read): Optimizer {
  return optimizer === 'sgd'
    ? { kind: optimizer, momentum, nesterov }
    : { kind: optimizer, beta1, beta2, epsilon };
}

function scheduleOf(read: Read, stepsPerEpoch: number): Schedule {
  const warmUpSteps = Math.round(read.warmUpEpochs * stepsPerEpoch);
  switch (read.schedule) {
    case 'constant':
      return { kind: 'constant', warmUpSteps };
    case 'cosine':
      return { kind: 'cosine', warmUpSteps, final: read.finalLearningRate };
    case 'step':
      return { kind: 'step', warmUpSteps, at: read.stepAt, factor: read.stepFactor };
    default: {
      const never: never = read.schedule;
      throw new Error(`Unknown schedule ${String(never)}.`);
    }
  }
}
