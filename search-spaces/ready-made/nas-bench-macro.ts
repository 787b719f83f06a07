import { oneOf, space } from '../language/builders.js';

/**
 * The blocks of a layer, in the order in which the table of NAS-Bench-Macro numbers them: nothing, or an inverted
 * bottleneck of expansion 3 and kernel 3, or of expansion 6 and kernel 5.
 */
export const nasBenchMacroBlocks = ['identity', 'mb3_k3', 'mb6_k5'] as const;

const layer = oneOf(nasBenchMacroBlocks);

/** The networks of NAS-Bench-Macro (Su et al., 2021): a block for each of eight layers; 6,561 points. */
export const nasBenchMacro = space([layer, layer, layer, layer, layer, layer, layer, layer]);
