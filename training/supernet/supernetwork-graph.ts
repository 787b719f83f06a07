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
import type { Supernetwork, SupernetworkChoice } from '../../networks/supernetwork/index.js';
import type { AverageUpdate } from '../operations/index.js';
import { checkFits, imagesForNetwork, normalizedPixels } from '../step/model-inputs.js';
import { isRandom } from '../step/network.js';
import type { NetworkValues } from '../step/network.js';
import {
  clippingFactor,
  clipTogether,
  fedNumberCount,
  numberValues,
  writeUpdate,
} from '../step/optimizers.js';
import type { NumberValues, Optimizer } from '../step/optimizers.js';
import type { Pack } from '../step/packed-parameters.js';
import { stepForm } from '../step/step-graph.js';
import type { StepForm } from '../step/step-graph.js';
import { seedAt, writeAverages, writeData, writeEvaluation, writeTrainingLoss } from '../step/step-parts.js';
import type { Batch, TrainingBatch, WriteNetwork } from '../step/step-parts.js';
import { flag, type } from '../tensorflow-graph/attribute.js';
import { entered } from '../tensorflow-graph/choice-operations.js';
import { merged, switched } from '../tensorflow-graph/conditional-sum.js';
import { GraphWriter } from '../tensorflow-graph/graph-writer.js';
import type { GraphVariable, Value } from '../tensorflow-graph/graph-writer.js';
import { some } from '../tensorflow-graph/non-empty-list.js';
import { Tape } from '../tensorflow-graph/tape.js';
import { BranchPacks } from './branch-packs.js';
import type { BranchGroup, BranchPack } from './branch-packs.js';
import { Conditions } from './conditions.js';
import { logitPacks, logitsName } from './logit-packs.js';
import { writeSupernetwork } from './supernetwork-writer.js';
import type { ChoiceFactors } from './supernetwork-writer.js';
import {
  selected,
  shiftedAndScaled,
  softmaxWeights,
  straightThrough,
} from '../tensorflow-graph/mixture-operations.js';

/** What is written for a supernetwork beside it. */
export interface SupernetworkForm extends StepForm {
  readonly data: TrainingData;
  readonly optimizer: Optimizer;
  /** Acts on the images of training steps, never on those of evaluations; default: none. */
  readonly augmentation?: AugmentationPolicy | undefined;
  /**
   * Writes steps of logits of the choices along a path that was sampled from them (GDAS, Dong and Yang, CVPR 2019);
   * default: none.
   */
  readonly architecture?: { readonly optimizer: Optimizer; readonly clips: boolean } | undefined;
}

/** A pack with the gradient of a batch; the gradient is there when the pack's branch is taken. */
interface Slope {
  readonly own: BranchPack;
  readonly group: BranchGroup;
  readonly gradient: Value;
}

/**
 * Writes the graph of a supernetwork: feeds, a step on one path, gradients of several paths and one step along their sum,
 * evaluation and running averages of a path, and reading and writing the state. Only what belongs to the path runs.
 */
export class SupernetworkGraph {
  readonly graph: GraphWriter;
  readonly choices: readonly SupernetworkChoice[];
  readonly uses: readonly string[];
  /** The logits of all choices; null where there are none to train. */
  readonly logits: BranchPacks | null;
  private written: BranchPacks | null = null;
  private readonly sums = new Map<Pack, GraphVariable>();

  constructor(
    private readonly supernetwork: Supernetwork,
    private readonly form: SupernetworkForm,
  ) {
    checkFits(supernetwork, form.data, () => supernetworkShapes(supernetwork));
    this.graph = new GraphWriter(form.kernels);
    this.choices = choicesOf(supernetwork);
    this.logits =
      form.architecture === undefined
        ? null
        : logitPacks(this.graph, this.choices, false, form.architecture.optimizer);
    const nodes = [...nodesWithConditions(supernetwork.nodes)];
    this.uses = [
      ...nodes.flatMap(({ node }) => (!isChoice(node) && isRandom(node) ? [node.name] : [])),
      ...augmentationUses(form.augmentation ?? []),
    ];
  }

  /** The state: parameters, running averages and slots of the optimiser. */
  get packs(): BranchPacks {
    if (this.written === null) throw new Error('The graph of the supernetwork is not written yet.');
    return this.written;
  }

  write(): void {
    const { graph, choices, uses, supernetwork, form } = this;
    const { data, optimizer, decays = true, parts = 1 } = form;
    const indices = graph.placeholder('indices', 'int32', [-1]);
    const batch = writeData(graph, data)(indices);
    const path = graph.placeholder('path', 'int32', [choices.length]);
    const conditions = new Conditions(graph, choices, path);
    const packs = new BranchPacks(
      graph,
      supernetworkParameters(supernetwork),
      { whenAll: (under) => conditions.whenAll(under) },
      optimizer,
      decays,
    );
    this.written = packs;
    const numbers = graph.placeholder('numbers', 'float', [fedNumberCount]);
    const seeds = uses.length === 0 ? null : graph.placeholder('seeds', 'int32', [uses.length, 2]);
    const share = graph.placeholder('share', 'float', []);
    const values = numberValues(graph, numbers);
    this.writeStepOfSums(packs, values);
    for (const count of new Set([1, parts])) {
      this.writeSteps(stepForm(count), count, { batch, values, seeds, conditions });
      this.writeEvaluations(stepForm(count), count, batch, share, conditions);
    }
    if (this.logits !== null && form.architecture !== undefined) {
      const fed = this.feedsOfLogits(this.logits);
      for (const count of new Set([1, parts])) {
        const feeds = { batch, values: fed.numbers, seeds, conditions, path };
        this.writeArchitectureStep(stepForm(count), count, feeds, { ...fed, ...form.architecture });
      }
    }
    for (const { variable } of this.allPacks) graph.result(`value/${variable.name}`, graph.read(variable));
    const assigned = this.allPacks.map(({ variable }) =>
      graph.assign(variable, graph.placeholder(`new/${variable.name}`, 'float', variable.sizes)),
    );
    graph.result('state/written', graph.integer(1), assigned);
  }

  /** The packs of the weights and those of the logits. */
  get allPacks(): readonly Pack[] {
    return [...this.packs.packs, ...(this.logits?.packs ?? [])];
  }

  private feedsOfLogits(logits: BranchPacks): FedLogits {
    const { graph } = this;
    const pack = logits.groups.flatMap(({ trained }) => trained)[0];
    if (pack === undefined) throw new Error('A supernetwork without choices has no logits.');
    return {
      pack,
      numbers: numberValues(graph, graph.placeholder('architecture/numbers', 'float', [fedNumberCount])),
      noise: graph.placeholder('architecture/noise', 'float', pack.pack.variable.sizes),
      sharpness: graph.placeholder('architecture/sharpness', 'float', []),
    };
  }

  /** A step of the logits along the path, each of whose choices is multiplied by 1 with the slope of its share. */
  private writeArchitectureStep(
    name: string,
    parts: number,
    fed: TrainingFeeds & { readonly path: Value },
    own: FedLogits & NonNullable<SupernetworkForm['architecture']>,
  ): void {
    const { graph, logits } = this;
    const { pack, slots, decayed } = own.pack;
    const tape = new Tape(graph);
    const values = pack.parts.map((part) => {
      if (logits === null) throw new Error('There are no logits.');
      return tape.watch(logits.value(part.name));
    });
    const noise = pack.split(own.noise);
    const outcomes = graph.ops(
      'Unpack',
      [fed.path],
      this.choices.map(() => ({ type: 'int32', sizes: [] })),
      { T: type('int32'), num: { kind: 'int', value: this.choices.length } },
    );
    const factors = new Map(
      this.choices.map(({ name: choice, allowed, outcomes: count }, i) => {
        const [value, shift, outcome] = [values[i], noise.get(logitsName(choice)), outcomes[i]];
        if (value === undefined || shift === undefined || outcome === undefined)
          throw new Error(`The choice ${choice} has no logits.`);
        const sampled = shiftedAndScaled(tape, value, shift, own.sharpness);
        const shares = softmaxWeights(
          tape,
          allowed.length === count ? sampled : selected(tape, sampled, allowed),
        );
        const gates = allowed.map((option) => isOutcome(graph, outcome, option));
        return [choice, straightThrough(tape, some(shares), gates)] as const;
      }),
    );
    const { loss } = writeTrainingLoss(
      tape,
      this.trainingBatch(fed, parts),
      this.network(tape, fed.conditions, factors),
    );
    const gradient = pack.join(tape.gradients(loss, values));
    const [clipped = gradient] = own.clips ? clipTogether(graph, [gradient], fed.values.clipNorm) : [];
    const update = { variable: pack.variable, slots, gradient: clipped, decayed };
    graph.result(`architecture/${name}/loss`, loss, [writeUpdate(graph, own.optimizer, update, fed.values)]);
  }

  private trainingBatch(fed: TrainingFeeds, parts: number): TrainingBatch {
    const { graph, form } = this;
    return {
      data: form.data,
      augmentation: form.augmentation ?? [],
      smooths: form.smooths ?? true,
      labelSmoothing: fed.values.labelSmoothing,
      batch: fed.batch,
      parts,
      seedOf: (use) => {
        if (fed.seeds === null) throw new Error('The step has no use of random numbers.');
        return seedAt(graph, fed.seeds, this.uses.indexOf(use));
      },
    };
  }

  /** A step on the path, and the same without its last part: gradients are added to sums. */
  private writeSteps(name: string, parts: number, fed: TrainingFeeds): void {
    const { graph, packs } = this;
    const tape = new Tape(graph);
    const trained = packs.groups.flatMap((group) => group.trained.map((own) => ({ own, group })));
    const weights = trained.map(({ own: { pack } }) =>
      pack.parts.map((part) => tape.watch(packs.value(part.name))),
    );
    const { loss, averageUpdates } = writeTrainingLoss(
      tape,
      this.trainingBatch(fed, parts),
      this.network(tape, fed.conditions),
    );
    const gradients = [...tape.gradients(loss, weights.flat())];
    const slopes = trained.map(({ own, group }) => ({
      own,
      group,
      gradient: own.pack.join(gradients.splice(0, own.pack.parts.length)),
    }));
    const moved = this.moveAverages(averageUpdates);
    const updated = this.update(slopes, fed.values);
    graph.result(`train/${name}/loss`, loss, this.done([...moved, ...updated]));
    const added = slopes.map(({ own: { pack }, group, gradient }) => {
      const { handle } = this.sumOf(pack);
      const node = graph.effect('AssignAddVariableOp', [handle, gradient], { dtype: type('float') });
      return { node, when: group.when };
    });
    graph.result(`add/${name}/loss`, loss, this.done([...moved, ...added]));
  }

  /** One step along the sums of gradients, which are zero again then; `touched` tells the groups that have any. */
  private writeStepOfSums(packs: BranchPacks, values: NumberValues): void {
    const { graph } = this;
    const { groups } = packs;
    const touched = graph.placeholder('touched', 'int32', [groups.length]);
    const each = graph.ops(
      'Unpack',
      [touched],
      groups.map(() => ({ type: 'int32', sizes: [] })),
      { T: type('int32'), num: { kind: 'int', value: groups.length } },
    );
    const slopes = groups.flatMap((group, i) => {
      const outcome = each[i];
      if (outcome === undefined) throw new Error('A group has no place among those that are told.');
      const isTouched = graph.op(
        'Equal',
        [outcome, graph.integer(1)],
        { type: 'bool', sizes: [] },
        { T: type('int32') },
      );
      const when = group.when === null ? null : isTouched;
      return group.trained.map((own): Slope => {
        const sum = graph.read(this.sumOf(own.pack));
        return { own, group: { ...group, when }, gradient: packs.enter(sum, when) };
      });
    });
    const updated = this.update(slopes, values);
    const cleared = slopes.map(({ own, group: { when }, gradient }, i) => {
      const zeros = graph.float('ZerosLike', [gradient], gradient.sizes);
      const attributes = { dtype: type('float'), validate_shape: flag(false) };
      const after = updated[i] === undefined ? [] : [updated[i].node];
      return {
        node: graph.effect('AssignVariableOp', [this.sumOf(own.pack).handle, zeros], attributes, after),
        when,
      };
    });
    graph.result('stepped', graph.integer(1), this.done([...updated, ...cleared]));
    const empty = [...this.sums.values()].map((variable) => {
      const length = variable.sizes[0] ?? 0;
      const zeros = graph.op(
        'Fill',
        [graph.integers(length), graph.number(0)],
        { type: 'float', sizes: variable.sizes },
        { T: type('float'), index_type: type('int32') },
      );
      return graph.assign(variable, zeros);
    });
    graph.result('sums/cleared', graph.integer(1), empty);
  }

  /** Sums over a batch by its own moments, and the same moments moving the path's running averages by `share`. */
  private writeEvaluations(
    name: string,
    parts: number,
    batch: Batch,
    share: Value,
    conditions: Conditions,
  ): void {
    const { graph } = this;
    const tape = new Tape(graph);
    const { sums, averageUpdates } = writeEvaluation(
      tape,
      batch,
      parts,
      'batch',
      this.network(tape, conditions),
    );
    graph.result(`evaluate/${name}/sums`, sums);
    graph.result(
      `recalibrate/${name}`,
      graph.integer(1),
      this.done(this.moveAverages(averageUpdates, share)),
    );
  }

  private network(tape: Tape, conditions: Conditions, factors?: ChoiceFactors): WriteNetwork {
    const { graph, supernetwork, form, packs } = this;
    return (images, mode) => {
      const normalized = some(images.map((part) => normalizedPixels(graph, part, form.data)));
      const values: NetworkValues = {
        inputs: imagesForNetwork(tape, supernetwork, normalized),
        parameter: (parameter) => packs.value(parameter),
      };
      return writeSupernetwork(tape, supernetwork, values, mode, conditions, factors);
    };
  }

  /** Lets the optimiser act on each pack whose gradient is there; returns the nodes of the updates. */
  private update(slopes: readonly Slope[], numbers: NumberValues): readonly Conditional[] {
    const { graph, form, packs } = this;
    const factor = form.clips ? clippingFactor(graph, this.halfNorms(slopes), numbers.clipNorm) : null;
    return slopes.map(({ own: { pack, slots, decayed }, group: { when }, gradient }) => {
      const { variable } = pack;
      const clipped = factor === null ? gradient : graph.float('Mul', [gradient, factor], gradient.sizes);
      const value = packs.enter(graph.read(variable), when);
      const update = { variable, slots, gradient: clipped, decayed, value };
      return { node: writeUpdate(graph, form.optimizer, update, numbers), when };
    });
  }

  /** Half of each gradient's squared norm, 0 where it is not there. */
  private halfNorms(slopes: readonly Slope[]): readonly Value[] {
    const { graph } = this;
    return slopes.map(({ gradient, group: { when } }) => {
      const half = graph.float('L2Loss', [gradient], []);
      if (when === null) return half;
      const [none] = switched(graph, graph.number(0), when);
      return merged(graph, [none, half]);
    });
  }

  private moveAverages(updates: readonly AverageUpdate[], share?: Value): readonly Conditional[] {
    return this.packs.groups.flatMap(({ averages, when }) =>
      averages === null ? [] : [{ node: writeAverages(this.graph, averages, updates, share), when }],
    );
  }

  /** Nodes that have run when all of the given ones have that are there at all. */
  private done(nodes: readonly Conditional[]): readonly string[] {
    const { graph } = this;
    const always = nodes.flatMap(({ node, when }) => (when === null ? [node] : []));
    const conditions = new Map(
      nodes.flatMap(({ when }) => (when === null ? [] : [[when.name, when] as const])),
    );
    const tokens = [...conditions.values()].map((when) => {
      const own = nodes.flatMap(({ node, when: other }) => (other?.name === when.name ? [node] : []));
      const zero = graph.number(0);
      const [without] = switched(graph, zero, when);
      // What waits for a node that is not there would not be there itself: one of the two always is.
      const within = graph.result(`taken/${graph.nodes.length}`, entered(graph, zero, when), own);
      return nodeOf(merged(graph, [without, within]));
    });
    return [...always, ...tokens];
  }

  private sumOf(pack: Pack): GraphVariable {
    const { name, sizes } = pack.variable;
    const known = this.sums.get(pack);
    if (known !== undefined) return known;
    const made = this.graph.variable(`gradients/${name}`, 'float', sizes);
    this.sums.set(pack, made);
    return made;
  }
}

/** What a step reads beside the state. */
interface TrainingFeeds {
  readonly batch: Batch;
  readonly values: NumberValues;
  readonly seeds: Value | null;
  readonly conditions: Conditions;
}

/** The logits with what is fed to their steps. */
interface FedLogits {
  readonly pack: BranchPack;
  readonly numbers: NumberValues;
  /** What was added to the logits when the path was sampled. */
  readonly noise: Value;
  /** The inverse of the temperature. */
  readonly sharpness: Value;
}

/** 1 where a choice has an outcome on the path, else 0. */
function isOutcome(graph: GraphWriter, outcome: Value, option: number): Value {
  const equal = graph.op(
    'Equal',
    [outcome, graph.integer(option)],
    { type: 'bool', sizes: [] },
    { T: type('int32') },
  );
  return graph.op('Cast', [equal], { type: 'float', sizes: [] }, { SrcT: type('bool'), DstT: type('float') });
}

/** A node with an effect, there when a condition holds; null: always. */
interface Conditional {
  readonly node: string;
  readonly when: Value | null;
}

function nodeOf({ name }: Value): string {
  return name.slice(0, name.lastIndexOf(':'));
}
