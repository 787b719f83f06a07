import type { ControllerOptions } from '../../algorithms/index.js';
import type { Setting } from './setting.js';

/** How architectures are chosen: by a controller that never learns, or by one that learns by a rule. */
export type Arm =
  { readonly kind: 'random' } | { readonly kind: 'reinforce' | 'ppo'; readonly learningRate: number };

const learningRates = [1e-3, 3.5e-3, 1e-2] as const;

/** The learning rate of the bars, at which architectures are trained alone, too. */
export const barLearningRate = 1e-3;

/** The arms of the bars. */
export const barArms: readonly Arm[] = [
  { kind: 'random' },
  { kind: 'reinforce', learningRate: barLearningRate },
  { kind: 'ppo', learningRate: barLearningRate },
];

/** The rest of the sweep of learning rates. */
export const sweepArms: readonly Arm[] = (['reinforce', 'ppo'] as const).flatMap((kind) =>
  learningRates
    .filter((learningRate) => learningRate !== barLearningRate)
    .map((learningRate): Arm => ({ kind, learningRate })),
);

export function armName(arm: Arm): string {
  return arm.kind === 'random' ? arm.kind : `${arm.kind} ${arm.learningRate}`;
}

/** Options of the controller of an arm; the controller that never learns begins as the others do. */
export function controllerOptions(arm: Arm, { architectures }: Setting): ControllerOptions {
  const common = { batchSize: architectures };
  switch (arm.kind) {
    case 'random':
      return common;
    case 'reinforce':
    case 'ppo':
      return { ...common, update: arm.kind, learningRate: arm.learningRate };
    default:
      return arm satisfies never;
  }
}
