import { darts, operationRoles, type AlgorithmReference, type DartsOptions } from '../../algorithms/index.js';
import { nasBench201Cell } from '../../search-spaces/index.js';

/** Differentiable searches of the cell: DARTS of the first order, and GDAS, which samples single paths. */
export const mixtureKinds = ['darts', 'gdas'] as const;
export type MixtureKind = (typeof mixtureKinds)[number];

/** What is the same in all differentiable arms, decided before any run. */
export const mixtureCommon = {
  ...{ epochs: 50, trainingExamples: 5_120, validationExamples: 1_000, batchSize: 64 },
  ...{ channels: 16, cellsPerStage: 1, learningRate: 0.025, weightDecay: 3e-4, clipNorm: 5, threads: 2 },
} as const;

/** A differentiable search as the bench runs it. */
export interface MixtureSetting {
  readonly kind: MixtureKind;
  readonly seed: number;
  readonly epochs: number;
  readonly trainingExamples: number;
}

export function mixtureName({ kind, seed, epochs, trainingExamples }: MixtureSetting): string {
  return `${kind}-${seed}-${epochs}epochs-${trainingExamples}examples`;
}

const operations = operationRoles(nasBench201Cell, {
  skip: ['skip_connect'],
  learnable: ['nor_conv_1x1', 'nor_conv_3x3'],
});

/** Rules that are read off the journal of the one undisturbed run: logits do not depend on them. */
export const stopRules = {
  'at most 1 skip': { skips: { most: 1 } },
  'one ranking for 10 epochs': { ranking: { epochs: 10 } },
} as const satisfies Readonly<Record<string, DartsOptions['stop']>>;

/**
 * The search without a rule, or with one. Zero is an operation of the space, so that no branch of zero is mixed in, and the
 * cell may have it. GDAS has the temperature of its paper, from 10 to 0.1.
 */
export function mixtureAlgorithm(
  { kind, epochs }: MixtureSetting,
  stop: NonNullable<DartsOptions['stop']> = {},
): AlgorithmReference {
  const common = { epochs, none: false, operations, stop, learningRate: 3e-4, weightDecay: 1e-3 };
  return darts(kind === 'gdas' ? { ...common, mode: 'sampled' } : common);
}
