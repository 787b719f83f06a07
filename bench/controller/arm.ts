import type { ControllerOptions } from '../../algorithms/index.js';
import type { TableName } from './accuracy-table.js';

/** How architectures are chosen. */
export type Arm =
  | { readonly kind: 'random' }
  | { readonly kind: 'controller'; readonly options: ControllerOptions }
  /** PPO with the mean of all ratios times the mean of all advantages, a mistake of a public implementation. */
  | { readonly kind: 'mean-ratio'; readonly learningRate: number; readonly passes: number };

/** One search of a table. */
export interface Task {
  readonly table: TableName;
  readonly arm: Arm;
  readonly seed: number;
  readonly evaluations: number;
}

/** What a search came to; accuracies are means of the table in per cent. */
export interface TaskResult {
  /** Mean accuracy of the last fifth of the first so many architectures. */
  readonly policyAt: Readonly<Record<string, number>>;
  /** Of architectures that the last policy draws. */
  readonly final: number;
  /** The first number of architectures at which the mean of the last five batches reached the target; null: never. */
  readonly reached: number | null;
  /** Entropy of the last policy in nats. */
  readonly entropy: number;
  /** The best mean accuracy that was met. */
  readonly best: number;
}

/** What all arms of the sweep share: neither a stop nor a bound of the gradient. */
export const plain = {
  batchSize: 10,
  entropyWeight: 1e-4,
  gradientNorm: null,
} as const satisfies ControllerOptions;

export function ppo(learningRate: number, more: ControllerOptions = {}): Arm {
  return { kind: 'controller', options: { ...plain, update: 'ppo', klStop: null, learningRate, ...more } };
}

export function reinforce(learningRate: number, more: ControllerOptions = {}): Arm {
  return { kind: 'controller', options: { ...plain, update: 'reinforce', learningRate, ...more } };
}
