import type { AugmentationPolicy } from '../augmentation/augmentation-policy.js';
import { augmentationUses } from '../augmentation/augmentation-writer.js';
import type { TrainingData } from '../data/data-set.js';
import { checkFits, imagesForNetwork, normalizedPixels } from './model-inputs.js';
import { inferShapes, type NetworkGraph } from '../../networks/network-graph/index.js';
import { type NetworkParameter, networkParameters } from '../../networks/index.js';
import { randomUses, writeNetwork } from './network.js';
import type { NetworkValues } from './network.js';
import { clipTogether, fedNumberCount, numberValues, slotNames, writeUpdate } from './optimizers.js';
import type { Optimizer } from './optimizers.js';
import { Pack } from './packed-parameters.js';
import type { PackedPart } from './packed-parameters.js';
import { seedAt, writeAverages, writeData, writeEvaluation, writeTrainingLoss } from './step-parts.js';
import type { Batch } from './step-parts.js';
import { stepsPerCall } from './steps-per-call.js';
import { int, type } from '../tensorflow-graph/attribute.js';
import type { DataType, Sizes } from '../tensorflow-graph/attribute.js';
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

/** The form for a batch: one that is smaller than its parts is computed whole. */
export function batchForm(parts: number, examples: number): ReturnType<typeof stepForm> {
  return stepForm(examples < parts ? 1 : parts);
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

  constructor(
    private readonly network: NetworkGraph,
    private readonly data: TrainingData,
    private readonly optimizer: Optimizer,
    private readonly form: StepForm,
    private readonly augmentation: AugmentationPolicy = [],
  ) {
    checkFits(network, data, () => inferShapes(network));
    this.graph = new GraphWriter(form.kernels);
    this.uses = [...randomUses(network), ...augmentationUses(augmentation)];
    this.parameters = networkParameters(network);
    this.stepsPerCall = stepsPerCall(network, data);
  }

  write(): void {
    const { graph, data } = this;
    const indices = graph.placeholder('indices', 'int32', [-1]);
    const batchOf = writeData(graph, data);

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
    const { loss, averageUpdates } = writeTrainingLoss(
      tape,
      {
        data: this.data,
        augmentation: this.augmentation,
        smooths: this.form.smooths ?? true,
        labelSmoothing: numbers.labelSmoothing,
        batch,
        parts,
        seedOf: (use) => {
          if (seeds === null) throw new Error('The step has no use of random numbers.');
          return seedAt(graph, seeds, this.uses.indexOf(use));
        },
      },
      (images, mode) => writeNetwork(tape, this.network, this.values(tape, images), mode),
    );
    const slopes = [...tape.gradients(loss, weights.flat())];
    const raw = trained.map(({ pack }) => pack.join(slopes.splice(0, pack.parts.length)));
    const gradients = this.form.clips ? clipTogether(graph, raw, numbers.clipNorm) : raw;
    const updates = trained.map(({ pack: { variable }, slots, decayed }, i) => {
      const update = { variable, slots, gradient: existing(gradients[i]), decayed };
      return writeUpdate(graph, this.optimizer, update, numbers);
    });
    const moved = averages === null ? [] : [writeAverages(graph, averages, averageUpdates)];
    return { loss, updates: [...updates, ...moved] };
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

  /** Sums of the losses and of the right answers. */
  private evaluation(batch: Batch, parts: number): Value {
    const tape = new Tape(this.graph);
    const { sums } = writeEvaluation(tape, batch, parts, 'averages', (images, mode) =>
      writeNetwork(tape, this.network, this.values(tape, images), mode),
    );
    return sums;
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

function existing(value: Value | undefined): Value {
  if (value === undefined) throw new Error('A value of the step is not there.');
  return value;
}
