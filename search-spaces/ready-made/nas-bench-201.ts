import { oneOf, space } from '../language/builders.js';

/** The operations of an edge, in the order in which the tables of NAS-Bench-201 number them. */
export const nasBench201Operations = [
  'none',
  'skip_connect',
  'nor_conv_1x1',
  'nor_conv_3x3',
  'avg_pool_3x3',
] as const;

const edge = oneOf(nasBench201Operations);

/**
 * The cell of NAS-Bench-201 (Dong and Yang, ICLR 2020): one operation for each edge 0→1, 0→2, 1→2, 0→3, 1→3, 2→3
 * between four nodes; 15,625 points.
 */
export const nasBench201Cell = space([edge, edge, edge, edge, edge, edge]);
