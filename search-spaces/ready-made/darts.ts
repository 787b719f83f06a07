import { manyOf, object, oneOf } from '../language/builders.js';

/** The operations of an edge of DARTS, without `none`, which a derived cell never has. */
export const dartsOperations = [
  'max_pool_3x3',
  'avg_pool_3x3',
  'skip_connect',
  'sep_conv_3x3',
  'sep_conv_5x5',
  'dil_conv_3x3',
  'dil_conv_5x5',
] as const;

const operation = oneOf(dartsOperations);
const pair = { sorted: true } as const;

function input(from: number): { readonly input: number; readonly operation: typeof operation } {
  return { input: from, operation };
}

/**
 * A cell of DARTS (Liu et al., ICLR 2019): each of four nodes adds two different earlier outputs (0 and 1 are the inputs
 * of the cell), each through an operation; 1,037,664,180 points.
 */
export const dartsCell = object({
  node2: manyOf(2, [input(0), input(1)], pair),
  node3: manyOf(2, [input(0), input(1), input(2)], pair),
  node4: manyOf(2, [input(0), input(1), input(2), input(3)], pair),
  node5: manyOf(2, [input(0), input(1), input(2), input(3), input(4)], pair),
});

/** The normal and the reduction cell of DARTS; 1,037,664,180² points. */
export const dartsCells = object({ normal: dartsCell, reduction: dartsCell });
