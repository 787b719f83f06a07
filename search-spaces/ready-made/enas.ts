import { oneOf, space } from '../language/builders.js';
import type { OneOf } from '../language/space.js';

/** The operations of a layer of the macro space of ENAS, in the order of the published code. */
export const enasMacroOperations = [
  'conv_3x3',
  'sep_conv_3x3',
  'conv_5x5',
  'sep_conv_5x5',
  'avg_pool_3x3',
  'max_pool_3x3',
] as const;

/** The operations of the micro space of ENAS, in the order of the published code. */
export const enasMicroOperations = [
  'sep_conv_3x3',
  'sep_conv_5x5',
  'avg_pool_3x3',
  'max_pool_3x3',
  'identity',
] as const;

const skip = oneOf([0, 1]);
const microOperation = oneOf(enasMicroOperations);

/** Names of operations, at least one. */
type Names = readonly [string, ...string[]];

/** A layer of the macro space: its operation, and whether it adds the output of each earlier layer. */
export interface EnasMacroLayer<O extends Names = typeof enasMacroOperations> {
  readonly [key: string]: OneOf<O> | readonly OneOf<readonly [0, 1]>[];
  readonly operation: OneOf<O>;
  readonly skips: readonly OneOf<readonly [0, 1]>[];
}

/**
 * The macro space of ENAS (Pham et al., ICML 2018): an operation for each layer and a skip bit for each earlier layer;
 * 6^L · 2^(L(L−1)/2) points, 1.6 · 10²⁹ for the published 12 layers. Other operations may take the place of the six
 * published ones. `enasMacroNetwork` of duramen/training makes networks of the points.
 */
export function enasMacro(layers?: number): readonly EnasMacroLayer[];
export function enasMacro<const O extends Names>(
  layers: number,
  options: { readonly operations: O },
): readonly EnasMacroLayer<O>[];
export function enasMacro(
  layers = 12,
  { operations = enasMacroOperations }: { readonly operations?: Names } = {},
): readonly EnasMacroLayer<Names>[] {
  const operation = oneOf(operations);
  return space(
    Array.from({ length: layers }, (_, layer) => ({
      operation,
      skips: Array.from({ length: layer }, () => skip),
    })),
  );
}

type Index = OneOf<readonly [number, ...number[]]>;

/** A block of the micro space: two earlier outputs, each through an operation. */
export interface EnasMicroBlock {
  readonly [key: string]: Index | OneOf<typeof enasMicroOperations>;
  readonly index1: Index;
  readonly operation1: OneOf<typeof enasMicroOperations>;
  readonly index2: Index;
  readonly operation2: OneOf<typeof enasMicroOperations>;
}

function microCell(blocks: number): readonly EnasMicroBlock[] {
  return Array.from({ length: blocks }, (_, block) => {
    const index = oneOf([0, ...Array.from({ length: block + 1 }, (_unused, earlier) => earlier + 1)]);
    return { index1: index, operation1: microOperation, index2: index, operation2: microOperation };
  });
}

/**
 * The micro space of ENAS: a normal and a reduction cell of blocks that add two earlier outputs (0 and 1 are the inputs
 * of the cell); (6! · 5⁵)⁴ points for the published five blocks, of which many are the same network. `enasMicroNetwork` of
 * duramen/training makes networks of them.
 */
export function enasMicro(blocks = 5): {
  readonly normal: readonly EnasMicroBlock[];
  readonly reduction: readonly EnasMicroBlock[];
} {
  return space({ normal: microCell(blocks), reduction: microCell(blocks) });
}
