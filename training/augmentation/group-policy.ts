import { isPlainObject, unknownField } from '../../foundation/json/index.js';
import { show } from '../../networks/network-graph/index.js';
import type { AugmentationOperationName } from './augmentation-operations.js';
import type { OperationInput, OperationsInput } from './operation-input.js';

/** Groups of operations. `identity` is an alternative that leaves an image as it is. */
export const operationGroups = {
  identity: ['identity'],
  shear: ['shearX', 'shearY'],
  translate: ['translateX', 'translateY'],
  rotate: ['rotate'],
  colour: ['contrast', 'color', 'brightness', 'sharpness'],
  tone: ['autoContrast', 'equalize', 'posterize', 'solarize'],
  invert: ['invert'],
} as const satisfies Readonly<Record<string, readonly AugmentationOperationName[]>>;

export type OperationGroup = keyof typeof operationGroups;

/**
 * A policy as the space `trivialAugment` has it: for each image one operation of the chosen groups, with a random
 * strength; then a square is cut out.
 */
export interface GroupPolicyInput {
  readonly groups: Readonly<Record<OperationGroup, boolean>>;
  /** Largest level, from 0 to 1. */
  readonly maximumStrength: number;
  /** Share of the images that their operation acts on. */
  readonly probability: number;
  /** Side of the square that is cut out, as a part of the image's side; 0: none. */
  readonly cutout: number;
  /** Whether half of the images are flipped first. */
  readonly horizontalFlip: boolean;
}

const fields = ['groups', 'maximumStrength', 'probability', 'cutout', 'horizontalFlip'];
const groupNames = Object.keys(operationGroups) as readonly OperationGroup[];

/** The steps of such a policy, without those that never act. Calls `refuse` with the field that does not fit, and why. */
export function groupSteps(
  policy: Readonly<Record<string, unknown>>,
  refuse: (field: string, why: string) => never,
): readonly OperationsInput[] {
  const unknown = unknownField(policy, fields);
  if (unknown !== undefined)
    refuse('', `has an unknown field ${show(unknown)}; known are ${fields.join(', ')}`);
  const share = (field: string): number => {
    const value = policy[field];
    if (typeof value === 'number' && value >= 0 && value <= 1) return value;
    return refuse(`.${field}`, `must be a number from 0 to 1, not ${show(value)}`);
  };
  const { groups, horizontalFlip } = policy;
  if (
    !isPlainObject(groups) ||
    Object.keys(groups).length !== groupNames.length ||
    !groupNames.every((name) => typeof groups[name] === 'boolean')
  ) {
    return refuse('.groups', `must have true or false for each of ${groupNames.join(', ')}`);
  }
  if (typeof horizontalFlip !== 'boolean')
    return refuse('.horizontalFlip', `must be true or false, not ${show(horizontalFlip)}`);
  const [maximumStrength, probability, cutout] = [
    share('maximumStrength'),
    share('probability'),
    share('cutout'),
  ];
  const chosen = groupNames.filter((name) => groups[name] === true);
  const acts = probability > 0 && chosen.some((name) => name !== 'identity');
  const oneOf = chosen.flatMap((name) =>
    operationGroups[name].map((op): OperationInput => ({
      op,
      probability,
      level: [0, maximumStrength],
      // Weaker or stronger at random: their strength is the distance from the image as it is.
      ...(name === 'colour' ? { randomSign: true } : {}),
    })),
  );
  return [
    ...(horizontalFlip ? [{ op: 'horizontalFlip', probability: 0.5 } as const] : []),
    ...(acts ? [{ oneOf }] : []),
    ...(cutout > 0 ? [{ op: 'cutout', magnitude: cutout } as const] : []),
  ];
}
