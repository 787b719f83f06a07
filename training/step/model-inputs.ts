import type { DataDescription } from '../data/data-set.js';
import {
  elementCount,
  type NetworkGraph,
  shapeOf,
  shapeText,
  type Shape,
} from '../../networks/network-graph/index.js';
import { type } from '../tensorflow-graph/attribute.js';
import { reshape } from '../tensorflow-graph/basic-operations.js';
import type { Parts } from '../tensorflow-graph/batch-parts.js';
import type { GraphWriter, Value } from '../tensorflow-graph/graph-writer.js';
import { some } from '../tensorflow-graph/non-empty-list.js';
import type { Tape } from '../tensorflow-graph/tape.js';
import { TrainingError } from '../training-error.js';

/** Pixels in 0 … 255 as the network sees them. */
export function normalizedPixels(
  graph: GraphWriter,
  raw: Value,
  { mean, deviation }: Pick<DataDescription, 'mean' | 'deviation'>,
): Value {
  const floats =
    raw.type === 'float'
      ? raw
      : graph.op(
          'Cast',
          [raw],
          { type: 'float', sizes: raw.sizes },
          { SrcT: type(raw.type), DstT: type('float') },
        );
  const scaled = graph.float('Mul', [floats, graph.number(1 / (255 * deviation))], raw.sizes);
  return graph.float('Sub', [scaled, graph.number(mean / deviation)], raw.sizes);
}

/** The images as the only input of a network, as vectors if it takes these. */
export function imagesForNetwork(
  tape: Tape,
  { inputs }: Pick<NetworkGraph, 'inputs'>,
  images: Parts,
): Readonly<Record<string, Parts>> {
  const entries = Object.entries(inputs).map(([name, { shape }]) => {
    const isVector = shape.length === 1 && images[0].sizes.length > 2;
    const vectors = (): Parts => some(images.map((part) => reshape(tape, part, [-1, ...shape])));
    return [name, isVector ? vectors() : images] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * Refuses a network that does not take the data set's images or does not tell its classes apart; `shapes` gives the shapes
 * of its nodes.
 */
export function checkFits(
  network: Pick<NetworkGraph, 'inputs' | 'outputs'>,
  data: DataDescription,
  shapes: () => ReadonlyMap<string, Shape>,
): void {
  const refuse = (why: string): never => {
    throw new TrainingError('InvalidArchitecture', `The network cannot be trained on ${data.name}: ${why}.`);
  };
  const inputs = Object.entries(network.inputs);
  const [input] = inputs;
  if (input === undefined || inputs.length > 1)
    return refuse(`it has ${inputs.length} inputs instead of one`);
  const [name, { shape }] = input;
  const isVector = shape.length === 1 && shape[0] === elementCount(data.imageShape);
  if (!isVector && String(shape) !== String(data.imageShape)) {
    refuse(`its input "${name}" is ${shapeText(shape)}, the images are ${shapeText(data.imageShape)}`);
  }
  const [output] = network.outputs;
  if (output === undefined || network.outputs.length > 1) {
    return refuse(`it has ${network.outputs.length} outputs instead of one`);
  }
  const logits = shapeOf(output, shapes());
  if (logits.length !== 1 || logits[0] !== data.classes) {
    refuse(`its output "${output}" is ${shapeText(logits)}, but there are ${data.classes} classes`);
  }
}
