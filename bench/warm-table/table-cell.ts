import { oneOf, space } from '../../search-spaces/index.js';
import { NetworkBuilder, type DataSet } from '../../training/index.js';
import { smallChannels, smallOperations, writeOperation } from '../warm-darts/small-network.js';

const edge = oneOf(smallOperations);

/** A cell of two nodes and three edges, each of five operations: 125 cells, few enough to train all of them. */
export const tableCell = space({ first: edge, direct: edge, second: edge });

/** The network of a cell for a data set. */
export function tableNetwork({ imageShape, classes }: DataSet, parameters: unknown) {
  const { first, direct, second } = parameters as Readonly<Record<'first' | 'direct' | 'second', string>>;
  const builder = new NetworkBuilder();
  const write = (own: string, scope: string, from: string): string =>
    writeOperation(builder, own, scope, from);
  const convolved = builder.node('stem/convolution', 'convolution', builder.input('input', imageShape), {
    filters: smallChannels,
    kernel: [3, 3],
    bias: false,
  });
  const stem = builder.node('stem/normal', 'batchNormalization', convolved, {});
  const middle = builder.choose('first', first, stem, write);
  const sum = builder.node(
    'sum',
    'add',
    [builder.choose('direct', direct, stem, write), builder.choose('second', second, middle, write)],
    {},
  );
  const joined = builder.node('joined', 'concatenate', [middle, sum], {});
  const pooled = builder.node('pooled', 'globalAveragePooling', joined, {});
  return builder.buildWithChoices([builder.node('logits', 'dense', pooled, { units: classes })]);
}
