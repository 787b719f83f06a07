import { z } from 'zod';

/** How the paths of a training are drawn: uniformly, strictly fair, or by the controller of ENAS after a warm-up. */
export const pathKinds = ['uniform', 'fair', 'enas'] as const;
export type PathKind = (typeof pathKinds)[number];

/** What is the same in all arms of a comparison. */
export const common = {
  channels: 16,
  cellsPerStage: 1,
  batchSize: 96,
  learningRate: 0.05,
  momentum: 0.9,
  weightDecay: 5e-4,
  clipNorm: 5,
  threads: 2,
  validationExamples: 1000,
  /** Random cells are scored so often, the last time after the training. */
  milestones: 5,
} as const;

const controllerSchema = z.object({
  learningRate: z.number(),
  /** Of an update. */
  architectures: z.int(),
  stepsPerUpdate: z.int(),
  /** Validation images that an architecture of an update is scored on. */
  scoredExamples: z.int(),
  /** Share of the training that goes on uniform paths, during which the controller does not learn. */
  warmUp: z.number(),
  /** Draws of the last policy of which one is derived, besides the most probable cell. */
  derivedFrom: z.int(),
});

/**
 * The controller of the arm `enas`, decided before any run. It has the default learning rate of the controller: the larger one of
 * the published micro search (0.0035) lost its entropy within 100 updates on small images, and an arm here makes some
 * hundred. It learns after the warm-up only, because the first weights rank nothing. An update every 20 steps takes about
 * a fifth of the time for scores.
 */
export const enasController: z.output<typeof controllerSchema> = {
  ...{ learningRate: 1e-3, architectures: 10, stepsPerUpdate: 20, scoredExamples: 128 },
  ...{ warmUp: 1 / 3, derivedFrom: 10 },
};

const settingSchema = z.object({
  paths: z.enum(pathKinds),
  seed: z.int().positive(),
  /** Of training on both cores, by processor time, the updates of a controller included; other scores are counted apart. */
  minutes: z.number().positive(),
  /** Random cells that are scored, and evaluations of the evolution. */
  cells: z.int().min(10),
  common: z.record(z.string(), z.number()),
  /** Only in the arm `enas`. */
  controller: controllerSchema.optional(),
});

/** A supernetwork that is trained, and what is done with it. */
export type ArmSetting = z.output<typeof settingSchema>;

const cellSchema = z.array(z.int().min(0).max(4)).length(6);

/** A cell of NAS-Bench-201 as the numbers of its six operations. */
export type Cell = z.output<typeof cellSchema>;

const milestoneSchema = z.object({
  minutes: z.number(),
  steps: z.int(),
  /** Mean loss of the steps since the milestone before. */
  loss: z.number(),
  /** Shared accuracy of each of the random cells. */
  accuracies: z.array(z.number()),
});

export type Milestone = z.output<typeof milestoneSchema>;

/** What is known of an arm whose training is not over; `weights` names the file of its checkpoint. */
export const progressSchema = z.object({
  setting: settingSchema,
  weights: z.string(),
  steps: z.int(),
  /** Processor time of the training, divided by its threads. */
  seconds: z.number(),
  clockSeconds: z.number(),
  scoreSeconds: z.number(),
  lossSum: z.number(),
  milestones: z.array(milestoneSchema),
  /** Of the updates of a controller so far. */
  rewards: z.array(z.array(z.number())).optional(),
});

export type Progress = z.output<typeof progressSchema>;

const scoredSchema = z.object({ cell: cellSchema, accuracy: z.number() });

/** A cell with its shared accuracy. */
export type ScoredCell = z.output<typeof scoredSchema>;

const policySchema = z.object({
  updates: z.int(),
  /** Mean of the last 20 updates; null where there was none. */
  reward: z.number().nullable(),
  /** Of the last policy in nats, and of a uniform one. */
  entropy: z.number(),
  largestEntropy: z.number(),
});

export type PolicyFigures = z.output<typeof policySchema>;

const measuredSchema = z.object({
  setting: settingSchema,
  steps: z.int(),
  /** Processor time of the training, divided by its threads. */
  seconds: z.number(),
  clockSeconds: z.number(),
  scoreSeconds: z.number(),
  randomCells: z.array(cellSchema),
  milestones: z.array(milestoneSchema),
});

/** A finished arm, before anything is looked up. */
export const resultSchema = z.union([
  /** Distinct cells that the evolution evaluated, in this order. */
  measuredSchema.extend({ evolution: z.array(scoredSchema) }),
  /** Cells of the last policy, and what the controller did. */
  measuredSchema.extend({ derivation: z.array(scoredSchema), policy: policySchema }),
]);

export type ArmResult = z.output<typeof resultSchema>;

/** The name of an arm, which its files have. */
export function armName({ paths, seed, minutes, cells }: ArmSetting): string {
  return `${paths}-${seed}-${minutes}min-${cells}cells`;
}

/** The best cell by shared accuracy, the first of equals. */
export function bestOf(scored: readonly ScoredCell[]): ScoredCell {
  const [first, ...others] = scored;
  if (first === undefined) throw new Error('No cell was scored.');
  return others.reduce((best, each) => (each.accuracy > best.accuracy ? each : best), first);
}
