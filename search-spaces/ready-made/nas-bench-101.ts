import { constrained, manyOf, oneOf } from '../language/builders.js';

/** The operations of an inner vertex of NAS-Bench-101. */
export const nasBench101Operations = ['conv3x3-bn-relu', 'conv1x1-bn-relu', 'maxpool3x3'] as const;

const operation = oneOf(nasBench101Operations);

/**
 * Cells like those of NAS-Bench-101 (Ying et al., ICML 2019): the upper triangle of a 7 × 7 adjacency matrix, row by
 * row (`edges`), at most 9 edges, and an operation for each of the five inner vertices; 509,607,936 points, of which
 * the constraint leaves 169,093,980. Cells whose output is not reached from the input are not excluded.
 */
export const nasBench101 = constrained(
  {
    edges: manyOf(21, [0, 1], { distinct: false }),
    operations: [operation, operation, operation, operation, operation],
  },
  [{ expr: ['<=', ['sum', ['path', 'edges']], 9], reason: 'a cell has at most 9 edges' }],
);
