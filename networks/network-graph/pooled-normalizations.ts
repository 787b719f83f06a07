import type { ActivationFunction } from '../operations/index.js';
import type { NetworkGraph, NetworkNode, NodeOf } from './network-graph.js';

/** A convolution, normalisation, activation and max pooling in a row, without other readers in between. */
export interface PooledNormalization {
  readonly convolution: NodeOf<'convolution'>;
  readonly normalization: NodeOf<'batchNormalization'>;
  readonly activation: NodeOf<'activation'>;
  readonly pooling: NodeOf<'maxPooling'>;
}

/** Functions that never fall: the maximum of their values is the value of the maximum. */
const rising: readonly ActivationFunction[] = ['relu', 'relu6', 'tanh', 'sigmoid'];

/** The chains of a network whose pooling may as well come first: it then leaves fewer pixels to normalise. */
export function pooledNormalizations({ nodes, outputs }: NetworkGraph): readonly PooledNormalization[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const uses = new Map<string, number>();
  for (const name of [...nodes.flatMap(({ inputs }) => inputs), ...outputs])
    uses.set(name, (uses.get(name) ?? 0) + 1);
  const before = (node: NetworkNode): NetworkNode | undefined => {
    const [input = ''] = node.inputs;
    return uses.get(input) === 1 ? byName.get(input) : undefined;
  };
  return nodes.flatMap((pooling) => {
    if (pooling.op !== 'maxPooling' || pooling.attributes.stride === 1) return [];
    const activation = before(pooling);
    if (activation?.op !== 'activation' || !rising.includes(activation.attributes.function)) return [];
    const normalization = before(activation);
    if (normalization?.op !== 'batchNormalization') return [];
    const convolution = before(normalization);
    return convolution?.op === 'convolution' ? [{ convolution, normalization, activation, pooling }] : [];
  });
}
