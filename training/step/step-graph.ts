import type { AugmentationPolicy } from '../augmentation/augmentation-policy.js';
import { augmentationUses, writeAugmentation } from '../augmentation/augmentation-writer.js';
import { isStreamed } from '../data/data-set.js';
import type { TrainingData } from '../data/data-set.js';
import { checkFits, imagesForNetwork, normalizedPixels } from './model-inputs.js';
import { elementCount, type NetworkGraph } from '../../networks/network-graph/index.js';
import { type NetworkParameter, networkParameters } from '../../networks/index.js';
import { randomUses, writeNetwork } from './network.js';
import type { NetworkValues } from './network.js';
import { clipTogether, fedNumberCount, numberValues, slotNames, writeUpdate } from './optimizers.js';
import type { Optimizer } from './optimizers.js';
import { Pack } from './packed-parameters.js';
import type { PackedPart } from './packed-parameters.js';
import { stepsPerCall } from './steps-per-call.js';
import type { AverageUpdate, NetworkMode } from '../operations/index.js';
import { flag, int, type } from '../tensorflow-graph/attribute.js';
import type { DataType, Sizes } from '../tensorflow-graph/attribute.js';
import { runtimeSizes, size } from '../tensorflow-graph/basic-operations.js';
import { crossEntropy } from '../tensorflow-graph/cross-entropy.js';
import { BatchParts } from '../tensorflow-graph/batch-parts.js';
import type { Parts } from '../tensorflow-graph/batch-parts.js';
import { GraphWriter } from '../tensorflow-graph/graph-writer.js';
import type { GraphVariable, Kernels, Value } from '../tensorflow-graph/graph-writer.js';
import { some } from '../tensorflow-graph/non-empty-list.js';
import { Tape } from '../tensorflow-graph/tape.js';

/** What a step's graph has besides the network; without it there are fewer nodes. */
export interface StepForm {
  /** Whether gradients are clipped by their common norm. */
  readonly clips: boolean;
  /** Whether the step applies the weight decay that is fed; default true. */
  readonly decays?: boolean | undefined;
  /** Whether the step applies the label smoothing that is fed; default true. */
  readonly smooths?: boolean | undefined;
  /** Parts of a batch that are computed side by side; default 1. Smaller batches are computed whole. */
  readonly parts?: number | undefined;
  /** By default `any`, but `deterministicOnGpus` for a repeatable training on a GPU. */
  readonly kernels?: Kernels | undefined;
}

/** The form of a step's results in their names: the graph has them for whole batches and for divided ones. */
export function stepForm(parts: number): 'whole' | 'divided' {
  return parts === 1 ? 'whole' : 'divided';
}

/** Writes the graph of a step: feeds, the three ways of using it, and reading and writing its state. */
export class StepGraph {
  readonly graph: GraphWriter;
  /** The state: parameters, running averages and slots of the optimiser. */
  readonly packs: Pack[] = [];
  readonly uses: readonly string[];
  /** Steps of one run of `steps/losses`; 1: there is no such result. */
  readonly stepsPerCall: number;
  private readonly parameters: readonly NetworkParameter[];
  private readonly dataWrites: string[] = [];

  constructor(
    private readonly network: NetworkGraph,
    private readonly data: TrainingData,
    private readonly optimizer: Optimizer,
    private readonly form: StepForm,
    private readonly augmentation: AugmentationPolicy = [],
  ) {
    checkFits(network, data);
    this.graph = new GraphWriter(form.kernels);
    this.uses = [...randomUses(network), ...augmentationUses(augmentation)];
    this.parameters = networkParameters(network);
    this.stepsPerCall = stepsPerCall(network, data);
  }

  write(): void {
    const { graph, data } = this;
    const indices = graph.placeholder('indices', 'int32', [-1]);
    const labels = this.dataVariable('labels', 'int32', [data.labels.length]);
    const imagesOf = this.batchImages();
    const batchOf = (chosen: Value): Batch => ({
      images: imagesOf(chosen),
      labels: gather(graph, labels, chosen),
    });
    graph.result('data/written', graph.integer(1), this.dataWrites);

    const trained = this.parameters.filter((parameter) => parameter.trained);
    const decayed = this.addPack(
      'parameters/decayed',
      trained.filter((parameter) => parameter.decayed),
    );
    const others = this.addPack(
      'parameters/others',
      trained.filter((parameter) => !parameter.decayed),
    );
    const averages = this.addPack(
      'averages',
      this.parameters.filter((parameter) => !parameter.trained),
    );
    const packs = {
      trained: [this.trainedPack(decayed, this.form.decays ?? true), this.trainedPack(others, false)].flat(),
      averages,
    };
    const { uses } = this;
    const numbers = graph.placeholder('numbers', 'float', [fedNumberCount]);
    const seeds = uses.length === 0 ? null : graph.placeholder('seeds', 'int32', [uses.length, 2]);
    const batch = batchOf(indices);
    const { parts = 1 } = this.form;
    for (const count of new Set([1, parts])) {
      const form = stepForm(count);
      const { loss, updates } = this.writeStep({ batch, numbers, seeds }, packs, count);
      graph.result(`train/${form}/loss`, loss, updates);
      graph.result(`evaluate/${form}/sums`, this.evaluation(batch, count));
    }

    for (const { variable } of this.packs) graph.result(`value/${variable.name}`, graph.read(variable));
    const assigned = this.packs.map(({ variable }) =>
      graph.assign(variable, graph.placeholder(`new/${variable.name}`, 'float', variable.sizes)),
    );
    graph.result('state/written', graph.integer(1), assigned);
    // Write several steps last, because each of them changes how the graph writer reads variables from there on.
    if (this.stepsPerCall > 1) this.writeSteps(batchOf, packs);
  }

  /** Several steps, one after the other, with the same nodes as a single one. */
  private writeSteps(batchOf: (indices: Value) => Batch, packs: ParameterPacks): void {
    const { graph, uses, stepsPerCall: count } = this;
    const fed = (name: string, kind: DataType, sizes: Sizes): readonly Value[] =>
      graph.ops(
        'Unpack',
        [graph.placeholder(`steps/${name}`, kind, [count, ...sizes])],
        Array.from({ length: count }, () => ({ type: kind, sizes })),
        { T: type(kind), num: int(count) },
      );
    const numbers = fed('numbers', 'float', [fedNumberCount]);
    const seeds = uses.length === 0 ? [] : fed('seeds', 'int32', [uses.length, 2]);
    const losses: Value[] = [];
    let done: readonly string[] = [];
    fed('indices', 'int32', [-1]).forEach((indices, i) => {
      const feeds = { batch: batchOf(indices), numbers: existing(numbers[i]), seeds: seeds[i] ?? null };
      const { loss, updates } = this.writeStep(feeds, packs, this.form.parts ?? 1);
      losses.push(loss);
      done = updates;
      graph.continueAfter(updates);
    });
    graph.result('steps/losses', graph.float('Pack', losses, [count], { N: int(count) }), done);
  }

  /** One step; returns its loss and the nodes that have run when the state is that after the step. */
  private writeStep(
    { batch, numbers: fed, seeds }: StepFeeds,
    { trained, averages }: ParameterPacks,
    parts: number,
  ): { readonly loss: Value; readonly updates: readonly string[] } {
    const { graph } = this;
    const tape = new Tape(graph);
    const numbers = numberValues(graph, fed);
    const weights = trained.map(({ pack }) => pack.parts.map(({ name }) => tape.watch(this.value(name))));
    const seedOf = (use: string): Value => {
      if (seeds === null) throw new Error('The step has no use of random numbers.');
      return graph.op(
        'GatherV2',
        [seeds, graph.integer(this.uses.indexOf(use)), graph.integer(0)],
        { type: 'int32', sizes: [2] },
        { Tparams: type('int32'), Tindices: type('int32'), Taxis: type('int32') },
      );
    };
    const { imageShape, mean } = this.data;
    const { images, mixTargets } = writeAugmentation(graph, this.augmentation, batch.images, {
      imageShape,
      mean,
      seedOf,
    });
    const examples = batchSize(graph, batch.labels);
    const division = new BatchParts(graph, examples, parts);
    const mode: NetworkMode = { kind: 'training', seedOf, batch: division };
    const { outputs, averageUpdates } = writeNetwork(
      tape,
      this.network,
      this.values(tape, division.split(images)),
      mode,
    );
    const logits = onlyOne(outputs);
    // An augmentation may mix targets, which then are no classes.
    const areShares = (this.form.smooths ?? true) || this.augmentation.length > 0;
    const { labels } = batch;
    const targets = division.split(
      areShares
        ? mixTargets(smoothedTargets(graph, labels, size(logits[0], 1), numbers.labelSmoothing))
        : labels,
    );
    const losses = logits.map((own, i) => crossEntropy(tape, own, existing(targets[i])));
    const count = asFloat(graph, examples);
    const total = division.total(losses.map((each) => sum(tape, each)));
    const meanLoss = graph.float('RealDiv', [total, count], []);
    tape.record(meanLoss, losses, (gradient) => {
      const share = graph.float('RealDiv', [gradient, count], []);
      return losses.map((each) =>
        graph.float('BroadcastTo', [share, runtimeSizes(tape, each)], [-1], { Tidx: type('int32') }),
      );
    });
    const slopes = [...tape.gradients(meanLoss, weights.flat())];
    const raw = trained.map(({ pack }) => pack.join(slopes.splice(0, pack.parts.length)));
    const gradients = this.form.clips ? clipTogether(graph, raw, numbers.clipNorm) : raw;
    const updates = trained.map(({ pack: { variable }, slots, decayed }, i) => {
      const update = { variable, slots, gradient: existing(gradients[i]), decayed };
      return writeUpdate(graph, this.optimizer, update, numbers);
    });
    const moved = averages === null ? [] : [this.writeAverages(averages, averageUpdates)];
    return { loss: meanLoss, updates: [...updates, ...moved] };
  }

  /** A pack with the slots that the optimiser keeps for it. */
  private trainedPack(pack: Pack | null, decayed: boolean): readonly TrainedPack[] {
    if (pack === null) return [];
    const slots = slotNames(this.optimizer).map((slot) => {
      const names = pack.parts.map(({ name, sizes }) => ({ name: `${slot}/${name}`, sizes }));
      return this.addPack(`${slot}/${pack.variable.name}`, names)?.variable ?? pack.variable;
    });
    return [{ pack, slots, decayed }];
  }

  private writeAverages(pack: Pack, updates: readonly AverageUpdate[]): string {
    const { graph } = this;
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
    const share =
      isOne && first !== undefined
        ? graph.number(1 - first.momentum)
        : graph.constant(
            'float',
            variable.sizes,
            Float32Array.from(
              pack.parts.flatMap(({ sizes }, i) =>
                Array.from({ length: elementCount(sizes) }, () => 1 - (ordered[i]?.momentum ?? 0)),
              ),
            ),
          );
    const step = graph.float('Mul', [distance, share], variable.sizes);
    return graph.effect('AssignSubVariableOp', [variable.handle, step], { dtype: type('float') });
  }

  /** Sums of the losses and of the right answers. */
  private evaluation(batch: Batch, parts: number): Value {
    const { graph } = this;
    const tape = new Tape(graph);
    const division = new BatchParts(graph, batchSize(graph, batch.labels), parts);
    const labels = division.split(batch.labels);
    const { outputs } = writeNetwork(tape, this.network, this.values(tape, division.split(batch.images)), {
      kind: 'inference',
    });
    const sums = onlyOne(outputs).map((logits, i) => {
      const own = existing(labels[i]);
      const losses = crossEntropy(tape, logits, own);
      const right = sum(tape, rightAnswers(graph, logits, own));
      return graph.float('Pack', [sum(tape, losses), right], [2], { N: int(2) });
    });
    return division.total(sums);
  }

  /** Pixels of a batch: of a data set in memory gathered from a variable, of a streamed one fed. */
  private batchImages(): (indices: Value) => Value {
    const { graph, data } = this;
    if (isStreamed(data)) {
      const images = graph.placeholder('images', 'uint8', [-1, ...data.imageShape]);
      return () => images;
    }
    const variable = this.dataVariable('images', 'uint8', [data.labels.length, ...data.imageShape]);
    return (indices) => gather(graph, variable, indices);
  }

  /** A part of the data set that is written once. */
  private dataVariable(part: 'images' | 'labels', kind: DataType, sizes: Sizes): GraphVariable {
    const { graph } = this;
    const variable = graph.variable(`data/${part}`, kind, sizes);
    this.dataWrites.push(graph.assign(variable, graph.placeholder(`data/new/${part}`, kind, sizes)));
    return variable;
  }

  private values(tape: Tape, images: Parts): NetworkValues {
    const normalized = some(images.map((part) => normalizedPixels(this.graph, part, this.data)));
    return {
      inputs: imagesForNetwork(tape, this.network, normalized),
      parameter: (name) => this.value(name),
    };
  }

  private addPack(name: string, parts: readonly PackedPart[]): Pack | null {
    if (parts.length === 0) return null;
    const pack = new Pack(this.graph, name, parts);
    this.packs.push(pack);
    return pack;
  }

  private value(name: string): Value {
    for (const pack of this.packs) {
      const value = pack.read(name);
      if (value !== null) return value;
    }
    throw new Error(`The network has no parameter ${name}.`);
  }
}

interface TrainedPack {
  readonly pack: Pack;
  readonly slots: readonly GraphVariable[];
  /** Whether weight decay acts on it. */
  readonly decayed: boolean;
}

interface ParameterPacks {
  readonly trained: readonly TrainedPack[];
  /** Running averages; null: there are none. */
  readonly averages: Pack | null;
}

/** What a step depends on besides the state; no seeds where nothing is random. */
interface StepFeeds {
  readonly batch: Batch;
  readonly numbers: Value;
  readonly seeds: Value | null;
}

interface Batch {
  /** Whole values from 0 to 255. */
  readonly images: Value;
  readonly labels: Value;
}

function gather(graph: GraphWriter, variable: GraphVariable, indices: Value): Value {
  const output = { type: variable.type, sizes: [-1, ...variable.sizes.slice(1)] };
  return graph.op('ResourceGather', [variable.handle, indices], output, {
    dtype: type(variable.type),
    Tindices: type('int32'),
    validate_indices: flag(true),
  });
}

function smoothedTargets(graph: GraphWriter, labels: Value, classes: number, smoothing: Value): Value {
  const off = graph.float('Mul', [smoothing, graph.number(1 / classes)], []);
  const on = graph.float('AddV2', [graph.float('Sub', [graph.number(1), smoothing], []), off], []);
  return graph.float('OneHot', [labels, graph.integer(classes), on, off], [-1, classes], {
    TI: type('int32'),
  });
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

function batchSize(graph: GraphWriter, vector: Value): Value {
  const output = { type: 'int32', sizes: [] } as const;
  return graph.op('Size', [vector], output, { T: type(vector.type), out_type: type('int32') });
}

function asFloat(graph: GraphWriter, value: Value): Value {
  const output = { type: 'float', sizes: value.sizes } as const;
  return graph.op('Cast', [value], output, { SrcT: type(value.type), DstT: type('float') });
}

function onlyOne([output]: readonly Parts[]): Parts {
  if (output === undefined) throw new Error('The network has no output.');
  return output;
}

function existing(value: Value | undefined): Value {
  if (value === undefined) throw new Error('A value of the step is not there.');
  return value;
}
