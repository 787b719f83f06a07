import { NetworkBuilder } from '../../../training/index.js';
import type { NetworkGraph } from '../../../training/index.js';

/** What an edge of a cell does to its image. */
export const cellOperations = [
  'identity',
  'averagePooling',
  'convolution1x1',
  'convolution3x3',
  'separable3x3',
] as const;

export type CellOperation = (typeof cellOperations)[number];

/** A network of equal cells, as the search proposes it. */
export interface Architecture {
  /** The three edges of a cell: input to middle, input to output, middle to output. */
  readonly cell: readonly [CellOperation, CellOperation, CellOperation];
  /** Channels of the first stage; the second has twice as many. */
  readonly width: number;
  /** Cells in each of the two stages. */
  readonly depth: number;
}

/** The network for images of 28 × 28 pixels in ten classes: a stem, two stages of cells at 14 × 14 and 7 × 7, a head. */
export function cellNetwork({ cell, width, depth }: Architecture): NetworkGraph {
  const builder = new NetworkBuilder();
  let last = convolution(builder, 'stem', builder.input('input', [28, 28, 1]), {
    filters: width,
    kernel: 3,
    stride: 2,
  });
  for (const stage of [1, 2]) {
    const filters = width * stage;
    if (stage > 1) last = convolution(builder, 'reduction', last, { filters, kernel: 3, stride: 2 });
    for (let place = 1; place <= depth; place++) {
      const scope = `stage${stage}/cell${place}`;
      const middle = edge(builder, `${scope}/inputToMiddle`, last, cell[0], filters);
      const direct = edge(builder, `${scope}/inputToOutput`, last, cell[1], filters);
      const indirect = edge(builder, `${scope}/middleToOutput`, middle, cell[2], filters);
      last = builder.node(`${scope}/output`, 'add', [direct, indirect], {});
    }
  }
  last = builder.node('head/activation', 'activation', last, { function: 'relu' });
  last = builder.node('head/globalAveragePooling', 'globalAveragePooling', last, {});
  return builder.build([builder.node('logits', 'dense', last, { units: 10 })]);
}

function edge(
  builder: NetworkBuilder,
  scope: string,
  from: string,
  operation: CellOperation,
  filters: number,
): string {
  switch (operation) {
    case 'identity':
      return builder.node(scope, 'identity', from, {});
    case 'averagePooling':
      return builder.node(scope, 'averagePooling', from, { kernel: [3, 3] });
    case 'convolution1x1':
      return convolution(builder, scope, from, { filters, kernel: 1, stride: 1 });
    case 'convolution3x3':
      return convolution(builder, scope, from, { filters, kernel: 3, stride: 1 });
    case 'separable3x3': {
      const separable = builder.node(`${scope}/separable`, 'separableConvolution', from, {
        filters,
        kernel: [3, 3],
        bias: false,
      });
      return normalized(builder, scope, separable);
    }
    default: {
      const never: never = operation;
      return never;
    }
  }
}

function convolution(
  builder: NetworkBuilder,
  scope: string,
  from: string,
  shape: { readonly filters: number; readonly kernel: number; readonly stride: number },
): string {
  const { filters, kernel, stride } = shape;
  const attributes = { filters, kernel: [kernel, kernel], stride, bias: false } as const;
  return normalized(builder, scope, builder.node(`${scope}/convolution`, 'convolution', from, attributes));
}

function normalized(builder: NetworkBuilder, scope: string, from: string): string {
  // Trainings are short: running averages of a higher momentum would still remember the beginning.
  const normal = builder.node(`${scope}/batchNormalization`, 'batchNormalization', from, { momentum: 0.9 });
  return builder.node(`${scope}/activation`, 'activation', normal, { function: 'relu' });
}
