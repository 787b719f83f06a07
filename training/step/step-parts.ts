import type { AugmentationPolicy } from '../augmentation/augmentation-policy.js';
import { writeAugmentation } from '../augmentation/augmentation-writer.js';
import { isStreamed } from '../data/data-set.js';
import type { TrainingData } from '../data/data-set.js';
import { elementCount } from '../../networks/network-graph/index.js';
import type { AverageUpdate, NetworkMode } from '../operations/index.js';
import { flag, int, type } from '../tensorflow-graph/attribute.js';
import type { DataType, Sizes } from '../tensorflow-graph/attribute.js';
import { runtimeSizes, size } from '../tensorflow-graph/basic-operations.js';
import { crossEntropy } from '../tensorflow-graph/cross-entropy.js';
import { BatchParts } from '../tensorflow-graph/batch-parts.js';
import type { Parts } from '../tensorflow-graph/batch-parts.js';
import type { GraphVariable, GraphWriter, Value } from '../tensorflow-graph/graph-writer.js';
import { some } from '../tensorflow-graph/non-empty-list.js';
import type { Tape } from '../tensorflow-graph/tape.js';
import type { NetworkOutputs } from './network.js';
import type { Pack } from './packed-parameters.js';

/** A batch of the data set in a graph. */
export interface Batch {
  /** Whole values from 0 to 255. */
  readonly images: Value;
  readonly labels: Value;
}

/**
 * Writes the data set's variables and their only assignment, the result `data/written`. Returns what makes batches of
 * indices: pixels of a data set in memory are gathered from a variable, those of a streamed one are fed.
 */
export function writeData(graph: GraphWriter, data: TrainingData): (indices: Value) => Batch {
  const writes: string[] = [];
  const variableOf = (part: 'images' | 'labels', kind: DataType, sizes: Sizes): GraphVariable => {
    const variable = graph.variable(`data/${part}`, kind, sizes);
    writes.push(graph.assign(variable, graph.placeholder(`data/new/${part}`, kind, sizes)));
    return variable;
  };
  const labels = variableOf('labels', 'int32', [data.labels.length]);
  const imagesOf = ((): ((indices: Value) => Value) => {
    if (isStreamed(data)) {
      const images = graph.placeholder('images', 'uint8', [-1, ...data.imageShape]);
      return () => images;
    }
    const variable = variableOf('images', 'uint8', [data.labels.length, ...data.imageShape]);
    return (indices) => gather(graph, variable, indices);
  })();
  graph.result('data/written', graph.integer(1), writes);
  return (indices) => ({ images: imagesOf(indices), labels: gather(graph, labels, indices) });
}

function gather(graph: GraphWriter, variable: GraphVariable, indices: Value): Value {
  const output = { type: variable.type, sizes: [-1, ...variable.sizes.slice(1)] };
  return graph.op('ResourceGather', [variable.handle, indices], output, {
    dtype: type(variable.type),
    Tindices: type('int32'),
    validate_indices: flag(true),
  });
}

/** The seed of one use of random numbers, out of those that are fed. */
export function seedAt(graph: GraphWriter, seeds: Value, place: number): Value {
  return graph.op(
    'GatherV2',
    [seeds, graph.integer(place), graph.integer(0)],
    { type: 'int32', sizes: [2] },
    { Tparams: type('int32'), Tindices: type('int32'), Taxis: type('int32') },
  );
}

/** Labels as shares of the classes, of which all but the label's have an equal part of `smoothing`. */
function smoothedTargets(graph: GraphWriter, labels: Value, classes: number, smoothing: Value): Value {
  const off = graph.float('Mul', [smoothing, graph.number(1 / classes)], []);
  const on = graph.float('AddV2', [graph.float('Sub', [graph.number(1), smoothing], []), off], []);
  return graph.float('OneHot', [labels, graph.integer(classes), on, off], [-1, classes], {
    TI: type('int32'),
  });
}

/** The mean of the losses of all parts of a batch. */
function meanLoss(tape: Tape, losses: Parts, examples: Value, division: BatchParts): Value {
  const { graph } = tape;
  const count = asFloat(graph, examples);
  const total = division.total(losses.map((each) => sum(tape, each)));
  const mean = graph.float('RealDiv', [total, count], []);
  return tape.record(mean, losses, (gradient) => {
    const share = graph.float('RealDiv', [gradient, count], []);
    return losses.map((each) =>
      graph.float('BroadcastTo', [share, runtimeSizes(tape, each)], [-1], { Tidx: type('int32') }),
    );
  });
}

/** What a training batch goes through beside the network. */
export interface TrainingBatch {
  readonly data: TrainingData;
  readonly augmentation: AugmentationPolicy;
  /** Whether labels are smoothed by `labelSmoothing`. */
  readonly smooths: boolean;
  readonly labelSmoothing: Value;
  readonly batch: Batch;
  /** Parts that are computed side by side. */
  readonly parts: number;
  readonly seedOf: (use: string) => Value;
}

/** What a network computes of images in parts. */
export type WriteNetwork = (images: Parts, mode: NetworkMode) => NetworkOutputs;

/** The mean loss of a training batch, before the step, and what it moves running averages to. */
export function writeTrainingLoss(
  tape: Tape,
  { data, augmentation, smooths, labelSmoothing, batch, parts, seedOf }: TrainingBatch,
  network: WriteNetwork,
): { readonly loss: Value; readonly averageUpdates: NetworkOutputs['averageUpdates'] } {
  const { graph } = tape;
  const { imageShape, mean } = data;
  const { images, mixTargets } = writeAugmentation(graph, augmentation, batch.images, {
    imageShape,
    mean,
    seedOf,
  });
  const examples = batchSize(graph, batch.labels);
  const division = new BatchParts(graph, examples, parts);
  const { outputs, averageUpdates } = network(division.split(images), {
    kind: 'training',
    seedOf,
    batch: division,
  });
  const logits = onlyOne(outputs);
  // An augmentation may mix targets, which then are no classes.
  const areShares = smooths || augmentation.length > 0;
  const { labels } = batch;
  const targets = division.split(
    areShares ? mixTargets(smoothedTargets(graph, labels, size(logits[0], 1), labelSmoothing)) : labels,
  );
  const losses = some(logits.map((own, i) => crossEntropy(tape, own, targets[i] ?? targets[0])));
  return { loss: meanLoss(tape, losses, examples, division), averageUpdates };
}

/** Sums of the losses and of the right answers of a batch, which `network` computes as `moments` tells. */
export function writeEvaluation(
  tape: Tape,
  batch: Batch,
  parts: number,
  moments: 'averages' | 'batch',
  network: WriteNetwork,
): { readonly sums: Value; readonly averageUpdates: NetworkOutputs['averageUpdates'] } {
  const { graph } = tape;
  const division = new BatchParts(graph, batchSize(graph, batch.labels), parts);
  const labels = division.split(batch.labels);
  const mode: NetworkMode =
    moments === 'batch' ? { kind: 'inference', moments, batch: division } : { kind: 'inference', moments };
  const { outputs, averageUpdates } = network(division.split(batch.images), mode);
  const sums = onlyOne(outputs).map((logits, i) => {
    const own = labels[i] ?? labels[0];
    const losses = crossEntropy(tape, logits, own);
    const right = sum(tape, rightAnswers(graph, logits, own));
    return graph.float('Pack', [sum(tape, losses), right], [2], { N: int(2) });
  });
  return { sums: division.total(sums), averageUpdates };
}

function onlyOne([output]: readonly Parts[]): Parts {
  if (output === undefined) throw new Error('The network has no output.');
  return output;
}

/**
 * Moves the running averages of a pack towards the values of a batch, by the share that each gives up or by `share`.
 * Returns the node that has run then.
 */
export function writeAverages(
  graph: GraphWriter,
  pack: Pack,
  updates: readonly AverageUpdate[],
  share?: Value,
): string {
  const ordered = pack.parts.map(({ name }) => {
    const update = updates.find(({ parameter }) => parameter === name);
    if (update === undefined) throw new Error(`${name} has no update.`);
    return update;
  });
  const [first] = ordered;
  const { variable } = pack;
  const distance = graph.float(
    'Sub',
    [graph.read(variable), pack.join(ordered.map(({ batchValue }) => batchValue))],
    variable.sizes,
  );
  const isOne = ordered.every(({ momentum }) => momentum === first?.momentum);
  const own =
    share ??
    (isOne && first !== undefined
      ? graph.number(1 - first.momentum)
      : graph.constant(
          'float',
          variable.sizes,
          Float32Array.from(
            pack.parts.flatMap(({ sizes }, i) =>
              Array.from({ length: elementCount(sizes) }, () => 1 - (ordered[i]?.momentum ?? 0)),
            ),
          ),
        ));
  const step = graph.float('Mul', [distance, own], variable.sizes);
  return graph.effect('AssignSubVariableOp', [variable.handle, step], { dtype: type('float') });
}

/** 1 for each example whose largest logit is that of its class, 0 for the others. */
function rightAnswers(graph: GraphWriter, logits: Value, labels: Value): Value {
  const chosen = graph.op(
    'ArgMax',
    [logits, graph.integer(1)],
    { type: 'int32', sizes: [-1] },
    { T: type('float'), Tidx: type('int32'), output_type: type('int32') },
  );
  const hits = graph.op('Equal', [chosen, labels], { type: 'bool', sizes: [-1] }, { T: type('int32') });
  return graph.op(
    'Cast',
    [hits],
    { type: 'float', sizes: [-1] },
    { SrcT: type('bool'), DstT: type('float') },
  );
}

function sum({ graph }: Tape, values: Value): Value {
  return graph.float('Sum', [values, graph.integers(0)], [], { Tidx: type('int32'), keep_dims: flag(false) });
}

/** How many examples a vector has one number for. */
function batchSize(graph: GraphWriter, vector: Value): Value {
  const output = { type: 'int32', sizes: [] } as const;
  return graph.op('Size', [vector], output, { T: type(vector.type), out_type: type('int32') });
}

function asFloat(graph: GraphWriter, value: Value): Value {
  const output = { type: 'float', sizes: value.sizes } as const;
  return graph.op('Cast', [value], output, { SrcT: type(value.type), DstT: type('float') });
}
