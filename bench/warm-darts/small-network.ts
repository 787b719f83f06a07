import { manyOf, oneOf, space } from '../../search-spaces/index.js';
import { NetworkBuilder } from '../../training/index.js';
import type { DataSet } from '../../training/index.js';

export const smallOperations = ['skip', 'average', 'maximum', 'conv1', 'conv3'] as const;
export const smallChannels = 6;
const edge = (input: number) => ({ input, operation: oneOf(smallOperations) });

/** One cell of three nodes, each of which adds the two best of its edges; the first has one. */
export const smallCell = space({
  node1: oneOf(smallOperations),
  node2: manyOf(2, [edge(0), edge(1)], { sorted: true }),
  node3: manyOf(2, [edge(0), edge(1), edge(2)], { sorted: true }),
});

/** Edges, and operations of each but that of zero: what a minibatch runs of a whole mixture. */
export const smallCellEdges = 6;
export const smallCellOperations = smallOperations.length;

interface Cell {
  readonly node1: string;
  readonly node2: readonly Pick[];
  readonly node3: readonly Pick[];
}

interface Pick {
  readonly input: number;
  readonly operation: string;
}

/** The network of a cell for a data set, or with choices in place of decisions the supernetwork of all cells. */
export function smallNetwork({ imageShape, classes }: DataSet, parameters: unknown) {
  const { node1, node2, node3 } = parameters as Cell;
  const builder = new NetworkBuilder();
  const write = (own: string, scope: string, from: string): string =>
    writeOperation(builder, own, scope, from);
  const stem = builder.node('stem/convolution', 'convolution', builder.input('input', imageShape), {
    filters: smallChannels,
    kernel: [3, 3],
    bias: false,
  });
  const states = [builder.node('stem/normal', 'batchNormalization', stem, {})];
  states.push(builder.choose('node1', node1, states[0] ?? '', write));
  for (const [name, picks] of [
    ['node2', node2],
    ['node3', node3],
  ] as const) {
    const sum = builder.sum(
      name,
      picks,
      [...states],
      (pick, scope, all) =>
        builder.choose(scope, pick.operation, all[pick.input] ?? '', (own, inner, from) =>
          write(own, inner, from),
        ),
      (pick) => `state${pick.input}`,
    );
    states.push(sum);
  }
  const joined = builder.node('joined', 'concatenate', states.slice(1), {});
  const pooled = builder.node('pooled', 'globalAveragePooling', joined, {});
  return builder.buildWithChoices([builder.node('logits', 'dense', pooled, { units: classes })]);
}

/** One operation of a cell, below the name that tells its parameters from those of others. */
export function writeOperation(
  builder: NetworkBuilder,
  operation: string,
  scope: string,
  from: string,
): string {
  const normal = (input: string): string =>
    builder.node(`${scope}/normal`, 'batchNormalization', input, { scale: false, center: false });
  switch (operation) {
    case 'skip':
      return builder.node(`${scope}/identity`, 'identity', from, {});
    case 'average':
      return normal(builder.node(`${scope}/pool`, 'averagePooling', from, { kernel: [3, 3] }));
    case 'maximum':
      return normal(builder.node(`${scope}/pool`, 'maxPooling', from, { kernel: [3, 3] }));
    default: {
      const active = builder.node(`${scope}/active`, 'activation', from, { function: 'relu' });
      const own = operation === 'conv1' ? 1 : 3;
      const convolved = builder.node(`${scope}/convolution`, 'convolution', active, {
        filters: smallChannels,
        kernel: [own, own],
        bias: false,
      });
      return normal(convolved);
    }
  }
}
