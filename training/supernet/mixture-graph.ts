import type { AugmentationPolicy } from '../augmentation/augmentation-policy.js';
import { augmentationUses } from '../augmentation/augmentation-writer.js';
import type { TrainingData } from '../data/data-set.js';
import {
  choicesOf,
  isChoice,
  nodesWithConditions,
  supernetworkParameters,
  supernetworkShapes,
} from '../../networks/supernetwork/index.js';
import type {
  Supernetwork,
  SupernetworkChoice,
  SupernetworkNode,
} from '../../networks/supernetwork/index.js';
import { checkFits, imagesForNetwork, normalizedPixels } from '../step/model-inputs.js';
import { isRandom } from '../step/network.js';
import { clipTogether, fedNumberCount, numberValues, writeUpdate } from '../step/optimizers.js';
import type { NumberValues, Optimizer } from '../step/optimizers.js';
import type { Pack } from '../step/packed-parameters.js';
import type { AverageUpdate } from '../operations/index.js';
import { stepForm } from '../step/step-graph.js';
import type { StepForm } from '../step/step-graph.js';
import { seedAt, writeAverages, writeData, writeEvaluation, writeTrainingLoss } from '../step/step-parts.js';
import type { Batch, WriteNetwork } from '../step/step-parts.js';
import { GraphWriter } from '../tensorflow-graph/graph-writer.js';
import type { GraphVariable, Value } from '../tensorflow-graph/graph-writer.js';
import { int } from '../tensorflow-graph/attribute.js';
import { selected, softmaxWeights } from '../tensorflow-graph/mixture-operations.js';
import { some } from '../tensorflow-graph/non-empty-list.js';
import { Tape } from '../tensorflow-graph/tape.js';
import { TrainingError } from '../training-error.js';
import { BranchPacks } from './branch-packs.js';
import type { BranchPack } from './branch-packs.js';
import { logitPacks, logitsName } from './logit-packs.js';
import { passedOn, skipUse, writeMixture } from './mixture-writer.js';
import type { OutcomeWeights, SkipTreatment } from './mixture-writer.js';

/** What is written for a mixture beside its supernetwork. */
export interface MixtureForm extends StepForm {
  readonly data: TrainingData;
  readonly optimizer: Optimizer;
  /** Acts on the logits of the choices. */
  readonly architectureOptimizer: Optimizer;
  /** Gives each choice one more logit, of a branch that is zero; default false. */
  readonly none?: boolean | undefined;
  /** Choices whose branch of zero is dropped. */
  readonly withoutNone?: ReadonlySet<string> | undefined;
  /** Clips the gradient of the logits by its norm; default false. */
  readonly clipsArchitecture?: boolean | undefined;
  /** Drops numbers behind branches that only pass on their input, at a rate that is fed; default false. */
  readonly skipDropout?: boolean | undefined;
  /** Adds the input of such branches beside their choice, times a number that is fed; default false. */
  readonly auxiliarySkip?: boolean | undefined;
  /** Writes what steps of the second order need; default false. */
  readonly secondOrder?: boolean | undefined;
  readonly augmentation?: AugmentationPolicy | undefined;
}

/** What a step reads beside the batch. */
interface Fed {
  readonly batch: Batch;
  readonly weightNumbers: NumberValues;
  readonly architectureNumbers: NumberValues;
  readonly seeds: Value | null;
  readonly skips: SkipTreatment;
}

/** The packs whose gradients a step takes. */
type Watched = 'weights' | 'architecture';

/** Writes the graph of a mixture: steps of its weights and of its logits, evaluation, and its state. */
export class MixtureGraph {
  readonly graph: GraphWriter;
  readonly uses: readonly string[];
  /** The choices that have logits: picks of sums have none. */
  readonly choices: readonly SupernetworkChoice[];
  readonly weights: BranchPacks;
  readonly architecture: BranchPacks;

  constructor(
    private readonly supernetwork: Supernetwork,
    private readonly form: MixtureForm,
  ) {
    const { data, optimizer, architectureOptimizer, decays = true, none = false } = form;
    checkFits(supernetwork, data, () => supernetworkShapes(supernetwork));
    this.graph = new GraphWriter(form.kernels);
    const nodes = [...nodesWithConditions(supernetwork.nodes)].map(({ node }) => node);
    const sum = nodes.find(({ op }) => op === 'termSum');
    if (sum !== undefined) {
      throw new TrainingError(
        'InvalidArchitecture',
        `The sum ${JSON.stringify(sum.name)} has terms that not all children have, and a mixture has no weights for these: train the supernetwork on paths.`,
      );
    }
    this.uses = [
      ...nodes.flatMap((node) => (!isChoice(node) && isRandom(node) ? [node.name] : [])),
      ...(form.skipDropout === true ? nodes.flatMap(skipUses) : []),
      ...augmentationUses(form.augmentation ?? []),
    ];
    const mixed = new Set(nodes.flatMap((node) => (node.op === 'choice' ? [node.choice] : [])));
    this.choices = choicesOf(supernetwork).filter(({ name }) => mixed.has(name));
    const always = { whenAll: () => null };
    const shared = supernetworkParameters(supernetwork).map(({ parameter }) => ({ parameter, under: [] }));
    this.weights = new BranchPacks(this.graph, shared, always, optimizer, decays);
    this.architecture = logitPacks(this.graph, this.choices, none, architectureOptimizer);
  }

  write(): void {
    const { graph, form, uses } = this;
    const { data, parts = 1 } = form;
    const fed: Fed = {
      batch: writeData(graph, data)(graph.placeholder('indices', 'int32', [-1])),
      weightNumbers: numberValues(graph, graph.placeholder('numbers', 'float', [fedNumberCount])),
      architectureNumbers: numberValues(
        graph,
        graph.placeholder('architecture/numbers', 'float', [fedNumberCount]),
      ),
      seeds: uses.length === 0 ? null : graph.placeholder('seeds', 'int32', [uses.length, 2]),
      skips: {
        dropout: form.skipDropout === true ? graph.placeholder('skips/dropout', 'float', []) : null,
        auxiliary: form.auxiliarySkip === true ? graph.placeholder('skips/auxiliary', 'float', []) : null,
      },
    };
    const secondOrder = form.secondOrder === true ? new SecondOrderState(graph, this) : null;
    for (const count of new Set([1, parts])) {
      const name = stepForm(count);
      this.writeWeightStep(`train/${name}/loss`, count, fed);
      this.writeArchitectureStep(name, count, fed);
      if (secondOrder !== null) this.writeSecondOrder(secondOrder, name, count, fed);
      const tape = new Tape(graph);
      const { sums } = writeEvaluation(tape, fed.batch, count, 'batch', this.network(tape, fed.skips));
      graph.result(`evaluate/${name}/sums`, sums);
    }
    const packs = [...this.weights.packs, ...this.architecture.packs];
    for (const { variable } of packs) graph.result(`value/${variable.name}`, graph.read(variable));
    const assign = ({ variable }: Pack): string =>
      graph.assign(variable, graph.placeholder(`new/${variable.name}`, 'float', variable.sizes));
    const logits = trainedPacks(this.architecture).map(({ pack }) => pack);
    const written = logits.map(assign);
    graph.result('logits/written', graph.integer(1), written);
    const others = packs.filter((pack) => !logits.includes(pack)).map(assign);
    graph.result('state/written', graph.integer(1), [...written, ...others]);
  }

  private writeWeightStep(name: string, parts: number, fed: Fed): void {
    const { graph, form, weights } = this;
    const { weightNumbers: numbers } = fed;
    const { loss, gradients, averageUpdates } = this.slopes(['weights'], parts, fed, numbers);
    const clipped = form.clips ? clipTogether(graph, gradients.weights, numbers.clipNorm) : gradients.weights;
    const updates = trainedPacks(weights).map(({ pack: { variable }, slots, decayed }, i) =>
      writeUpdate(
        graph,
        form.optimizer,
        { variable, slots, gradient: existing(clipped[i]), decayed },
        numbers,
      ),
    );
    // Only steps of the weights move running averages.
    const moved = weights.groups.flatMap(({ averages }) =>
      averages === null ? [] : [writeAverages(graph, averages, averageUpdates)],
    );
    graph.result(name, loss, [...updates, ...moved]);
  }

  /**
   * A step of the logits, and their gradient alone. The forward pass is that of the weights, which the graph has once; a
   * tape that watches the logits alone leaves out the gradients of the weights.
   */
  private writeArchitectureStep(form: string, parts: number, fed: Fed): void {
    const { graph } = this;
    const { architectureNumbers: numbers } = fed;
    const { loss, gradients } = this.slopes(['architecture'], parts, fed, numbers);
    graph.result(`architecture/${form}/loss`, loss, this.architectureUpdates(gradients.architecture, fed));
    const [slopes] = gradients.architecture;
    if (slopes !== undefined) graph.result(`architecture/${form}/slopes`, slopes);
  }

  private architectureUpdates(gradients: readonly Value[], fed: Fed): readonly string[] {
    const { graph, form } = this;
    const { architectureNumbers: numbers } = fed;
    const clipped =
      form.clipsArchitecture === true ? clipTogether(graph, gradients, numbers.clipNorm) : gradients;
    return trainedPacks(this.architecture).map(({ pack: { variable }, slots, decayed }, i) =>
      writeUpdate(
        graph,
        form.architectureOptimizer,
        { variable, slots, gradient: existing(clipped[i]), decayed },
        numbers,
      ),
    );
  }

  /**
   * The gradient of the logits at the weights after a step of theirs (DARTS, equations 7 and 8), in four runs: the step
   * (w'), the gradients of the validation loss there (g, v), and the logits' gradients of the training loss at w + εv and
   * w − εv, after which the weights are the copy that the first run made, to the bit.
   */
  private writeSecondOrder(held: SecondOrderState, form: string, parts: number, fed: Fed): void {
    const { graph, weights } = this;
    const { weightNumbers, architectureNumbers } = fed;
    const packs = trainedPacks(weights);
    const minus = (a: Value, b: Value): Value => graph.float('Sub', [a, b], a.sizes);
    const times = (a: Value, b: Value): Value => graph.float('Mul', [a, b], a.sizes);
    const plus = (a: Value, b: Value): Value => graph.float('AddV2', [a, b], a.sizes);
    // The forward pass has read the weights before they move, also where their new values do not depend on it.
    const moveTo = (valueOf: (place: number) => Value): readonly string[] =>
      packs.map(({ pack: { variable } }, i) => {
        const [read] = graph.read(variable).name.split(':');
        return graph.assign(variable, valueOf(i), read === undefined ? [] : [read]);
      });
    const copyAt = (i: number): Value => graph.read(existing(held.copies[i]));

    const step = this.slopes(['weights'], parts, fed, weightNumbers);
    const moved = packs.map(({ pack: { variable }, slots, decayed }, i) => {
      const value = graph.read(variable);
      const [momentum] = this.form.optimizer.kind === 'sgd' ? slots : [];
      const slope = existing(step.gradients.weights[i]);
      const decaying = decayed ? plus(slope, times(value, weightNumbers.weightDecay)) : slope;
      const direction =
        momentum === undefined ? decaying : plus(decaying, times(graph.read(momentum), weightNumbers.first));
      return minus(value, times(direction, weightNumbers.learningRate));
    });
    const copied = packs.map(({ pack }, i) =>
      graph.assign(existing(held.copies[i]), graph.read(pack.variable)),
    );
    graph.result(`second/${form}/step`, step.loss, [...copied, ...moveTo((i) => existing(moved[i]))]);

    const outer = this.slopes(['weights', 'architecture'], parts, fed, architectureNumbers);
    const half = graph.float(
      'AddN',
      outer.gradients.weights.map((slope) => graph.float('L2Loss', [slope], [])),
      [],
      { N: int(packs.length) },
    );
    const norm = graph.float('Sqrt', [times(half, graph.number(2))], []);
    const shift = graph.float(
      'RealDiv',
      [graph.number(shiftLength), graph.float('Maximum', [norm, graph.number(leastNorm)], [])],
      [],
    );
    const kept = [
      graph.assign(held.shift, shift),
      ...outer.gradients.weights.map((slope, i) => graph.assign(existing(held.directions[i]), slope)),
      ...outer.gradients.architecture.map((slope, i) => graph.assign(existing(held.outer[i]), slope)),
      ...moveTo((i) => plus(copyAt(i), times(existing(outer.gradients.weights[i]), shift))),
    ];
    graph.result(`second/${form}/outer`, outer.loss, kept);

    const inner = this.slopes(['architecture'], parts, fed, weightNumbers);
    const distance = graph.read(held.shift);
    graph.result(`second/${form}/plus`, inner.loss, [
      ...inner.gradients.architecture.map((slope, i) => graph.assign(existing(held.plus[i]), slope)),
      ...moveTo((i) => minus(copyAt(i), times(graph.read(existing(held.directions[i])), distance))),
    ]);

    const factor = graph.float('RealDiv', [weightNumbers.learningRate, times(distance, graph.number(2))], []);
    const total = inner.gradients.architecture.map((slope, i) =>
      minus(
        graph.read(existing(held.outer[i])),
        times(minus(graph.read(existing(held.plus[i])), slope), factor),
      ),
    );
    graph.result(`second/${form}/minus`, inner.loss, [
      ...this.architectureUpdates(total, fed),
      ...moveTo(copyAt),
    ]);
  }

  /** The loss of a training batch and its gradients, one vector for each watched pack. */
  private slopes(
    watched: readonly Watched[],
    parts: number,
    fed: Fed,
    { labelSmoothing }: NumberValues,
  ): {
    readonly loss: Value;
    readonly gradients: Readonly<Record<Watched, readonly Value[]>>;
    readonly averageUpdates: readonly AverageUpdate[];
  } {
    const { graph, form } = this;
    const tape = new Tape(graph);
    const packsOf = (of: Watched): readonly Pack[] =>
      watched.includes(of) ? trainedPacks(this[of]).map(({ pack }) => pack) : [];
    const packs = { weights: packsOf('weights'), architecture: packsOf('architecture') };
    const values = (of: Watched): readonly Value[] =>
      packs[of].flatMap((pack) => pack.parts.map((part) => tape.watch(this[of].value(part.name))));
    const watchedValues = [...values('weights'), ...values('architecture')];
    const { loss, averageUpdates } = writeTrainingLoss(
      tape,
      {
        data: form.data,
        augmentation: form.augmentation ?? [],
        smooths: form.smooths ?? true,
        labelSmoothing,
        batch: fed.batch,
        parts,
        seedOf: (use) => {
          if (fed.seeds === null) throw new Error('The step has no use of random numbers.');
          return seedAt(graph, fed.seeds, this.uses.indexOf(use));
        },
      },
      this.network(tape, fed.skips),
    );
    const slopes = [...tape.gradients(loss, watchedValues)];
    const join = (pack: Pack): Value => pack.join(slopes.splice(0, pack.parts.length));
    const weights = packs.weights.map(join);
    return { loss, gradients: { weights, architecture: packs.architecture.map(join) }, averageUpdates };
  }

  private network(tape: Tape, skips: SkipTreatment): WriteNetwork {
    const { graph, supernetwork, form } = this;
    return (images, mode) => {
      const normalized = some(images.map((part) => normalizedPixels(graph, part, form.data)));
      const values = {
        inputs: imagesForNetwork(tape, supernetwork, normalized),
        parameter: (name: string) => this.weights.value(name),
      };
      return writeMixture(tape, supernetwork, values, mode, this.outcomeWeights(tape), skips);
    };
  }

  private outcomeWeights(tape: Tape): OutcomeWeights {
    const { none = false, withoutNone } = this.form;
    return new Map(
      this.choices.map(({ name, outcomes, allowed }) => {
        const logits = this.architecture.value(logitsName(name));
        const hasNone = none && withoutNone?.has(name) !== true;
        const places = hasNone ? [...allowed, outcomes] : allowed;
        const own = places.length === outcomes + Number(none) ? logits : selected(tape, logits, places);
        const weights = softmaxWeights(tape, own);
        return [
          name,
          Array.from({ length: outcomes }, (_none, outcome) => weights[allowed.indexOf(outcome)] ?? null),
        ];
      }),
    );
  }
}

/** Length of the steps that second-order differences take, and the least norm of a direction that is divided by. */
const shiftLength = 0.01;
const leastNorm = 1e-12;

/** What steps of the second order keep from one run to the next. */
class SecondOrderState {
  readonly copies: readonly GraphVariable[];
  readonly directions: readonly GraphVariable[];
  readonly outer: readonly GraphVariable[];
  readonly plus: readonly GraphVariable[];
  readonly shift: GraphVariable;

  constructor(graph: GraphWriter, { weights, architecture }: Pick<MixtureGraph, Watched>) {
    const like = (packs: BranchPacks, use: string): readonly GraphVariable[] =>
      trainedPacks(packs).map(({ pack: { variable } }) =>
        graph.variable(`second/${use}/${variable.name}`, 'float', variable.sizes),
      );
    this.copies = like(weights, 'copy');
    this.directions = like(weights, 'direction');
    this.outer = like(architecture, 'outer');
    this.plus = like(architecture, 'plus');
    this.shift = graph.variable('second/shift', 'float', []);
  }
}

function trainedPacks({ groups }: BranchPacks): readonly BranchPack[] {
  return groups.flatMap((group) => group.trained);
}

function skipUses(node: SupernetworkNode): readonly string[] {
  if (node.op !== 'choice') return [];
  return node.branches.flatMap((branch, place) =>
    passedOn(branch) === null ? [] : [skipUse(node.name, place)],
  );
}

function existing<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('A value of the mixture is not there.');
  return value;
}
