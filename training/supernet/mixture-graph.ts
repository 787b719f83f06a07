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
import { checkFits, imagesForNetwork, normalizedPixels } from '../step/model-inputs.js';
import { isRandom } from '../step/network.js';
import { clipTogether, fedNumberCount, numberValues, writeUpdate } from '../step/optimizers.js';
import type { Optimizer } from '../step/optimizers.js';
import { stepForm } from '../step/step-graph.js';
import type { StepForm } from '../step/step-graph.js';
import { seedAt, writeAverages, writeData, writeEvaluation, writeTrainingLoss } from '../step/step-parts.js';
import type { Batch, WriteNetwork } from '../step/step-parts.js';
import { GraphWriter } from '../tensorflow-graph/graph-writer.js';
import type { Value } from '../tensorflow-graph/graph-writer.js';
import { selected, softmaxWeights } from '../tensorflow-graph/mixture-operations.js';
import { some } from '../tensorflow-graph/non-empty-list.js';
import { Tape } from '../tensorflow-graph/tape.js';
import { TrainingError } from '../training-error.js';
import { BranchPacks } from './branch-packs.js';
import { writeMixture } from './mixture-writer.js';
import type { OutcomeWeights } from './mixture-writer.js';

/** What is written for a mixture beside its supernetwork. */
export interface MixtureForm extends StepForm {
  readonly data: TrainingData;
  readonly optimizer: Optimizer;
  /** Acts on the logits of the choices. */
  readonly architectureOptimizer: Optimizer;
  /** Gives each choice one more logit, of a branch that is zero; default false. */
  readonly none?: boolean | undefined;
  readonly augmentation?: AugmentationPolicy | undefined;
}

/** The name of a choice's logits in the state. */
export function logitsName(choice: string): string {
  return `architecture/${choice}`;
}

/** What a step reads beside the batch. */
interface Fed {
  readonly weightNumbers: Value;
  readonly architectureNumbers: Value;
  readonly seeds: Value | null;
}

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
      ...augmentationUses(form.augmentation ?? []),
    ];
    const mixed = new Set(nodes.flatMap((node) => (node.op === 'choice' ? [node.choice] : [])));
    this.choices = choicesOf(supernetwork).filter(({ name }) => mixed.has(name));
    const always = { whenAll: () => null };
    const shared = supernetworkParameters(supernetwork).map(({ parameter }) => ({ parameter, under: [] }));
    this.weights = new BranchPacks(this.graph, shared, always, optimizer, decays);
    const logits = this.choices.map(({ name, outcomes }) => ({
      under: [],
      parameter: {
        name: logitsName(name),
        sizes: [outcomes + Number(none)],
        trained: true,
        decayed: true,
        initial: { kind: 'fixed', value: 0 },
      } as const,
    }));
    this.architecture = new BranchPacks(
      this.graph,
      logits,
      always,
      architectureOptimizer,
      true,
      'architecture/',
    );
  }

  write(): void {
    const { graph, form, uses } = this;
    const { data, parts = 1 } = form;
    const batch = writeData(graph, data)(graph.placeholder('indices', 'int32', [-1]));
    const fed: Fed = {
      weightNumbers: graph.placeholder('numbers', 'float', [fedNumberCount]),
      architectureNumbers: graph.placeholder('architecture/numbers', 'float', [fedNumberCount]),
      seeds: uses.length === 0 ? null : graph.placeholder('seeds', 'int32', [uses.length, 2]),
    };
    for (const count of new Set([1, parts])) {
      const name = stepForm(count);
      this.writeStep(`train/${name}/loss`, 'weights', count, batch, fed);
      this.writeStep(`architecture/${name}/loss`, 'architecture', count, batch, fed);
      const tape = new Tape(graph);
      const { sums } = writeEvaluation(tape, batch, count, 'batch', this.network(tape));
      graph.result(`evaluate/${name}/sums`, sums);
    }
    const packs = [...this.weights.packs, ...this.architecture.packs];
    for (const { variable } of packs) graph.result(`value/${variable.name}`, graph.read(variable));
    const assigned = packs.map(({ variable }) =>
      graph.assign(variable, graph.placeholder(`new/${variable.name}`, 'float', variable.sizes)),
    );
    graph.result('state/written', graph.integer(1), assigned);
  }

  /**
   * A step of the weights or of the logits. Both write one forward pass, which the graph has once; a tape that watches
   * the logits alone leaves out the gradients of the weights.
   */
  private writeStep(
    name: string,
    of: 'weights' | 'architecture',
    parts: number,
    batch: Batch,
    fed: Fed,
  ): void {
    const { graph, form } = this;
    const isOfWeights = of === 'weights';
    const packs = isOfWeights ? this.weights : this.architecture;
    const tape = new Tape(graph);
    const trained = packs.groups.flatMap((group) => group.trained);
    const watched = trained.map(({ pack }) => pack.parts.map((part) => tape.watch(packs.value(part.name))));
    const numbers = numberValues(graph, isOfWeights ? fed.weightNumbers : fed.architectureNumbers);
    const { loss, averageUpdates } = writeTrainingLoss(
      tape,
      {
        data: form.data,
        augmentation: form.augmentation ?? [],
        smooths: form.smooths ?? true,
        labelSmoothing: numbers.labelSmoothing,
        batch,
        parts,
        seedOf: (use) => {
          if (fed.seeds === null) throw new Error('The step has no use of random numbers.');
          return seedAt(graph, fed.seeds, this.uses.indexOf(use));
        },
      },
      this.network(tape),
    );
    const slopes = [...tape.gradients(loss, watched.flat())];
    const raw = trained.map(({ pack }) => pack.join(slopes.splice(0, pack.parts.length)));
    const gradients = isOfWeights && form.clips ? clipTogether(graph, raw, numbers.clipNorm) : raw;
    const updates = trained.flatMap(({ pack: { variable }, slots, decayed }, i) => {
      const gradient = gradients[i];
      const optimizer = isOfWeights ? form.optimizer : form.architectureOptimizer;
      if (gradient === undefined) return [];
      return [writeUpdate(graph, optimizer, { variable, slots, gradient, decayed }, numbers)];
    });
    // Only steps of the weights move running averages.
    const moved = isOfWeights
      ? packs.groups.flatMap(({ averages }) =>
          averages === null ? [] : [writeAverages(graph, averages, averageUpdates)],
        )
      : [];
    graph.result(name, loss, [...updates, ...moved]);
  }

  private network(tape: Tape): WriteNetwork {
    const { graph, supernetwork, form } = this;
    return (images, mode) => {
      const normalized = some(images.map((part) => normalizedPixels(graph, part, form.data)));
      const values = {
        inputs: imagesForNetwork(tape, supernetwork, normalized),
        parameter: (name: string) => this.weights.value(name),
      };
      return writeMixture(tape, supernetwork, values, mode, this.outcomeWeights(tape));
    };
  }

  private outcomeWeights(tape: Tape): OutcomeWeights {
    const { none = false } = this.form;
    return new Map(
      this.choices.map(({ name, outcomes, allowed }) => {
        const logits = this.architecture.value(logitsName(name));
        const places = none ? [...allowed, outcomes] : allowed;
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
