import { fork, RandomStream } from '../foundation/numbers/index.js';
import type { Rng } from '../foundation/numbers/index.js';
import { inferShapes, inputShapes } from './network-graph/index.js';
import type { NetworkGraph, NodeOf, Operation, Shape } from './network-graph/index.js';
import { operationKinds } from './operations/index.js';
import type { NetworkParameter } from './operations/index.js';

/** The parameters of a network, in the order of its nodes. Throws `GraphError` where shapes do not fit. */
export function networkParameters(graph: NetworkGraph): readonly NetworkParameter[] {
  const shapes = inferShapes(graph);
  return graph.nodes.flatMap((node) =>
    nodeParameters(node, inputShapes(node, shapes), graph.outputs.includes(node.name)),
  );
}

/** The parameters of one node; `isOutput`: its value leaves the network. */
export function nodeParameters<O extends Operation>(
  node: NodeOf<O>,
  inputs: readonly Shape[],
  isOutput: boolean,
): readonly NetworkParameter[] {
  return operationKinds[node.op].parameters(node, inputs, isOutput);
}

/** Initial values of parameters: each has a stream of its own, so that a change of one leaves the others. */
export function initialValues(
  parameters: readonly NetworkParameter[],
  rng: Rng,
): ReadonlyMap<string, Float32Array> {
  return new Map(
    parameters.map(({ name, sizes, initial }) => {
      const values = new Float32Array(sizes.reduce((product, size) => product * size, 1));
      if (initial.kind === 'fixed') return [name, values.fill(initial.value)];
      const stream = new RandomStream(fork(rng, name));
      const limit = Math.sqrt((3 * initial.gain) / initial.inputs);
      for (let i = 0; i < values.length; i++) values[i] = limit * (stream.word() / 0x8000_0000 - 1);
      return [name, values];
    }),
  );
}
