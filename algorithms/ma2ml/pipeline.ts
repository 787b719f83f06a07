import type { ChoiceSource } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/index.js';
import { drawOption, type CategoricalPolicy } from '../policy-gradient/categorical-policy.js';
import { decisionsIn, isActive } from '../policy-gradient/decisions.js';
import type { HeadTree } from '../policy-gradient/heads.js';

/** The option of an inactive head in a pipeline's actions. */
export const inactive = 255;

/** Draws an option for every head, active or not: heads are independent. */
export function drawOptions(
  { heads }: Pick<HeadTree, 'heads'>,
  policy: CategoricalPolicy,
  source: ChoiceSource,
): Uint8Array {
  const actions = new Uint8Array(heads.length);
  for (const [place, head] of heads.entries()) actions[place] = drawOption(head, policy, source);
  return actions;
}

/** The pipeline of an option for every head: those that it leaves out become `inactive`. */
export function withoutInactive({ heads }: Pick<HeadTree, 'heads'>, actions: Uint8Array): Uint8Array {
  return actions.map((option, place) => (isActive(heads, actions, place) ? option : inactive));
}

/** The pipeline of a genome; null when the agents cannot have drawn it, such as a float between two levels. */
export function actionsOf(tree: HeadTree, genome: Genome): Uint8Array | null {
  const made = decisionsIn(tree, genome);
  if (made.kind !== 'drawable') return null;
  const actions = new Uint8Array(tree.heads.length).fill(inactive);
  for (const { place, option } of made.decisions) actions[place] = option;
  return actions;
}
