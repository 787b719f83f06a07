import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomicallySync } from '../storage/index.js';
import type { DataDescription } from './data/data-set.js';
import { imagesForNetwork, normalizedPixels } from './step/model-inputs.js';
import type { NetworkGraph } from '../networks/network-graph/index.js';
import { networkParameters } from '../networks/index.js';
import { writeNetwork } from './step/network.js';
import { encodeSavedModel } from './tensorflow-graph/encode-graph.js';
import { GraphWriter } from './tensorflow-graph/graph-writer.js';
import { Tape } from './tensorflow-graph/tape.js';
import type { TrainingState } from './step/training-step.js';

/** What a model was trained on, as far as its inputs are concerned. */
export type ModelInputs = Pick<DataDescription, 'imageShape' | 'mean' | 'deviation'>;

/**
 * A trained network as the bytes of a `saved_model.pb`, weights inside. Its signature `serving_default` takes `images`
 * (floats in 0 … 255, batch first) and gives `logits` and `probabilities`.
 */
export function encodeModel(network: NetworkGraph, state: TrainingState, inputs: ModelInputs): Uint8Array {
  const graph = new GraphWriter();
  const tape = new Tape(graph);
  const sizes = new Map(networkParameters(network).map((parameter) => [parameter.name, parameter.sizes]));
  const images = graph.placeholder('images', 'float', [-1, ...inputs.imageShape]);
  const { outputs } = writeNetwork(
    tape,
    network,
    {
      inputs: imagesForNetwork(tape, network, [normalizedPixels(graph, images, inputs)]),
      parameter: (name) => {
        const values = state.get(name);
        const shape = sizes.get(name);
        if (values === undefined || shape === undefined) throw new Error(`The state has no ${name}.`);
        return graph.constant('float', shape, values);
      },
    },
    { kind: 'inference', moments: 'averages' },
  );
  const [[output] = []] = outputs;
  if (output === undefined) throw new Error('The network has no output.');
  const logits = graph.result('logits', output);
  const probabilities = graph.result('probabilities', graph.float('Softmax', [logits], logits.sizes));
  return encodeSavedModel(graph.nodes, { inputs: { images }, outputs: { logits, probabilities } });
}

/**
 * Writes a trained network as a SavedModel folder with its network graph beside it (`network.json`). Not durable: the
 * artifact store keeps what a trial saves.
 */
export function writeSavedModel(
  folder: string,
  network: NetworkGraph,
  state: TrainingState,
  inputs: ModelInputs,
): void {
  mkdirSync(folder, { recursive: true });
  writeFileAtomicallySync(path.join(folder, 'saved_model.pb'), encodeModel(network, state, inputs));
  writeFileAtomicallySync(path.join(folder, 'network.json'), `${JSON.stringify(network, null, 2)}\n`);
}
