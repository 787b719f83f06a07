import type { Genome } from '../../search-spaces/views/index.js';
import type { RowRole } from './operation-roles.js';
import type { Mixture } from './discretisation.js';

/** A measurement of the largest eigenvalue, with the architecture of that time. */
export type EigenvalueMeasurement = {
  /** Epochs of the search before it. */
  readonly epoch: number;
  readonly value: number;
  readonly genome: Genome;
};

/** Measurements that a mean is over, and how many measurements lie between the two means that are compared. */
const window = 5;
const delay = 4;

/** Most measurements that the rule looks at. */
export const keptMeasurements = window + delay;

/**
 * The rule of RobustDARTS (Zela et al., ICLR 2020): the measurement to go back to once the mean of the last 5 is more than
 * `factor` times that of 4 measurements before; null while it is not, while there are fewer than 9, and where the former
 * mean is not positive.
 */
export function eigenvalueStop(
  measurements: readonly EigenvalueMeasurement[],
  { factor, from }: { readonly factor: number; readonly from: number },
): EigenvalueMeasurement | null {
  const last = measurements.at(-1);
  const earlier = measurements.at(-1 - delay);
  if (last === undefined || earlier === undefined) return null;
  if (last.epoch < from || measurements.length < keptMeasurements) return null;
  const before = meanOf(measurements.slice(-keptMeasurements, -delay));
  const now = meanOf(measurements.slice(-window));
  return before > 0 && now / before > factor ? earlier : null;
}

function meanOf(measurements: readonly EigenvalueMeasurement[]): number {
  return measurements.reduce((sum, { value }) => sum + value / measurements.length, 0);
}

/** The order of the learnable options of each row, the largest logit first, and for how many epochs it was the same. */
export type Ranking = { readonly unchanged: number; readonly order: readonly number[] };

/** The ranking after one more epoch (DARTS+, Liang et al., 2019, criterion 2). The lower option of equals comes first. */
export function nextRanking(
  before: Ranking | null,
  { relaxation, logits, left }: Mixture,
  roles: readonly (RowRole | null)[],
): Ranking {
  const order = relaxation.rows.flatMap(({ offset }, row) => {
    const learnable = (left[row] ?? []).filter((option) => roles[row]?.learnable.includes(option) ?? false);
    const logitOf = (option: number): number => logits[offset + option] ?? 0;
    return learnable.sort((a, b) => logitOf(b) - logitOf(a) || a - b);
  });
  const isSame =
    before !== null &&
    before.order.length === order.length &&
    order.every((option, place) => option === before.order[place]);
  return { unchanged: isSame ? before.unchanged + 1 : 0, order };
}
