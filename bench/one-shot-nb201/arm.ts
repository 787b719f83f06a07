import { z } from 'zod';

/** How the paths of a training are drawn. */
export const pathKinds = ['uniform', 'fair'] as const;
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

const settingSchema = z.object({
  paths: z.enum(pathKinds),
  seed: z.int().positive(),
  /** Of training on both cores, by processor time; scores are counted apart. */
  minutes: z.number().positive(),
  /** Random cells that are scored, and evaluations of the evolution. */
  cells: z.int().min(10),
  common: z.record(z.string(), z.number()),
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
});

export type Progress = z.output<typeof progressSchema>;

const scoredSchema = z.object({ cell: cellSchema, accuracy: z.number() });

/** A cell with its shared accuracy. */
export type ScoredCell = z.output<typeof scoredSchema>;

/** A finished arm, before anything is looked up. */
export const resultSchema = z.object({
  setting: settingSchema,
  steps: z.int(),
  /** Processor time of the training, divided by its threads. */
  seconds: z.number(),
  clockSeconds: z.number(),
  scoreSeconds: z.number(),
  randomCells: z.array(cellSchema),
  milestones: z.array(milestoneSchema),
  /** Distinct cells that the evolution evaluated, in this order. */
  evolution: z.array(scoredSchema),
});

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
