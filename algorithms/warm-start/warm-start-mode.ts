/**
 * What a search takes over from the record that it starts from.
 *  - `alpha`: the first logits.
 *  - `alpha+weights`: the first logits and the weights of the supernetwork, but those of its classifier.
 *  - `mask`: which options of each choice are left; logits and weights begin anew (Grobelnik and Vanschoren, 2022).
 *  - `mask+weights`: which options are left, and the weights.
 *  - `genotype`: the architecture alone. Nothing is searched: one epoch trains the weights that evaluate it.
 *  - `meta`: the mask of a record that was searched over several tasks in turn. No task of the record needs to be near.
 */
export type WarmStartMode = (typeof warmStartModes)[number];

export const warmStartModes = ['alpha', 'alpha+weights', 'mask', 'mask+weights', 'genotype', 'meta'] as const;

/** Whether a mode goes on with the weights of the source. */
export function takesWeights(mode: WarmStartMode): boolean {
  return mode === 'alpha+weights' || mode === 'mask+weights';
}

/** Whether a mode goes on with the logits of the source. */
export function takesLogits(mode: WarmStartMode): boolean {
  return mode === 'alpha' || mode === 'alpha+weights';
}

/** Whether a mode leaves out options of choices. */
export function takesMask(mode: WarmStartMode): boolean {
  return mode === 'mask' || mode === 'mask+weights' || mode === 'genotype' || mode === 'meta';
}
