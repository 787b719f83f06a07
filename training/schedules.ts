import { dcos, dpow } from '../foundation/numbers/index.js';

/**
 * How the learning rate goes through a training: `warmUp` steps rising in a line to the full rate, then
 * `constant`; `cosine` falls to `final` (a share of the full rate); `step` multiplies by `factor` at each share of the
 * whole training in `at`.
 */
export type Schedule = { readonly warmUpSteps?: number } & (
  | { readonly kind: 'constant' }
  | { readonly kind: 'cosine'; readonly final?: number }
  | { readonly kind: 'step'; readonly at: readonly number[]; readonly factor: number }
);

/** The learning rate of a step (counted from 1) of a training of `steps` steps. */
export function learningRateAt(schedule: Schedule, fullRate: number, step: number, steps: number): number {
  const { warmUpSteps = 0 } = schedule;
  if (step <= warmUpSteps) return (fullRate * step) / warmUpSteps;
  switch (schedule.kind) {
    case 'constant':
      return fullRate;
    case 'cosine': {
      const { final = 0 } = schedule;
      const length = Math.max(1, steps - warmUpSteps);
      const progress = Math.min(1, (step - 1 - warmUpSteps) / length);
      return fullRate * (final + ((1 - final) * (1 + dcos(Math.PI * progress))) / 2);
    }
    case 'step': {
      const passed = schedule.at.filter((share) => step - 1 >= share * steps).length;
      return fullRate * dpow(schedule.factor, passed);
    }
    default: {
      const never: never = schedule;
      throw new Error(`Unknown schedule ${JSON.stringify(never)}.`);
    }
  }
}
