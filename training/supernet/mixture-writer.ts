import { shapeOf } from '../../networks/network-graph/index.js';
import type { NodeOf, Operation, Shape } from '../../networks/network-graph/index.js';
import { branchesOf, isChoice, supernetworkShapes } from '../../networks/supernetwork/index.js';
import type {
  Branch,
  ChoiceNode,
  Supernetwork,
  SupernetworkNode,
} from '../../networks/supernetwork/index.js';
import { droppedAtFedRate, operationWriters } from '../operations/index.js';
import type { AverageUpdate, NetworkMode } from '../operations/index.js';
import type { NetworkOutputs, NetworkValues } from '../step/network.js';
import { sumOf } from '../tensorflow-graph/basic-operations.js';
import type { Parts } from '../tensorflow-graph/batch-parts.js';
import type { Value } from '../tensorflow-graph/graph-writer.js';
import { weighted } from '../tensorflow-graph/mixture-operations.js';
import { some } from '../tensorflow-graph/non-empty-list.js';
import { addAll } from '../tensorflow-graph/tape.js';
import type { Tape } from '../tensorflow-graph/tape.js';

/** The weight of each outcome of a choice by its name, 0 (null) for those that are dropped. */
export type OutcomeWeights = ReadonlyMap<string, readonly (Value | null)[]>;

/** What happens to branches that only pass on what is around their choice; null: nothing. */
export interface SkipTreatment {
  /** The rate at which their numbers are dropped in training. */
  readonly dropout: Value | null;
  /** By what their input is multiplied that is added beside all branches. */
  readonly auxiliary: Value | null;
}

/**
 * Writes a supernetwork in which all branches run: a choice is the sum of its branches by their weights, a sum of picks
 * that of all candidates. The weight of a branch that ends in a batch normalisation goes into its scale and offset.
 */
export function writeMixture(
  tape: Tape,
  supernetwork: Supernetwork,
  values: NetworkValues,
  mode: NetworkMode,
  weights: OutcomeWeights,
  skips: SkipTreatment,
): NetworkOutputs {
  return new MixtureWriter(tape, supernetwork, values, mode, weights, skips).write();
}

/** The name of the value that a branch only passes on; null where it does something to it. */
export function passedOn({ nodes, output }: Branch): string | null {
  let from = output;
  for (const node of [...nodes].reverse()) {
    if (node.name !== from) continue;
    const [input, ...others] = isChoice(node) || node.op !== 'identity' ? [] : node.inputs;
    if (input === undefined || others.length > 0) return null;
    from = input;
  }
  return from;
}

/** The use of random numbers behind a branch that passes on its input. */
export function skipUse(choice: string, branch: number): string {
  return `${choice}/branch${branch}/dropout`;
}

class MixtureWriter {
  private readonly shapes: ReadonlyMap<string, Shape>;
  private readonly values: Map<string, Parts>;
  private readonly averageUpdates: AverageUpdate[] = [];

  constructor(
    private readonly tape: Tape,
    private readonly supernetwork: Supernetwork,
    private readonly given: NetworkValues,
    private readonly mode: NetworkMode,
    private readonly weights: OutcomeWeights,
    private readonly skips: SkipTreatment,
  ) {
    this.shapes = supernetworkShapes(supernetwork);
    this.values = new Map(Object.entries(given.inputs));
  }

  write(): NetworkOutputs {
    const { nodes, outputs } = this.supernetwork;
    this.writeNodes(nodes);
    return {
      outputs: outputs.map((name) => this.valueOf(name)),
      averageUpdates: this.averageUpdates,
    };
  }

  /** `last` is the normalisation of a branch that takes its weight. */
  private writeNodes(nodes: readonly SupernetworkNode[], last?: Weighted): void {
    for (const node of nodes) {
      if (isChoice(node)) this.values.set(node.name, this.choice(node));
      else
        this.values.set(node.name, this.operation(node, last?.name === node.name ? last.weight : undefined));
    }
  }

  private operation<O extends Operation>(node: NodeOf<O>, weight: Value | undefined): Parts {
    const { tape, shapes, given, mode, averageUpdates } = this;
    return operationWriters[node.op].write(
      {
        tape,
        node,
        shape: shapeOf(node.name, shapes),
        parameter: (what) => given.parameter(`${node.name}/${what}`),
        mode,
        ...(weight === undefined ? {} : { weight }),
        moveAverage: (update) => averageUpdates.push(update),
      },
      some(node.inputs.map((name) => this.valueOf(name))),
    );
  }

  private choice(node: ChoiceNode): Parts {
    if (node.op === 'termSum')
      throw new Error(`A mixture has the sum of terms ${JSON.stringify(node.name)}.`);
    if (node.op === 'sumChoice') {
      const left = node.branches.flatMap((branch) => branch ?? []);
      return this.total(left.map((branch) => this.branch(branch, null)));
    }
    const [only, ...more] = node.branches;
    const ofOutcome = this.weights.get(node.choice) ?? [];
    if (only !== undefined && more.length === 0 && !ofOutcome.some((weight) => weight !== null))
      return this.branch(only, null);
    const terms = node.branches.map((branch, place) => {
      const own = ofOutcome.flatMap((weight, outcome) =>
        weight !== null && node.branchOf[outcome] === place ? [weight] : [],
      );
      return this.branch(branch, this.sumOfWeights(own), skipUse(node.name, place));
    });
    const { auxiliary } = this.skips;
    const skipped = node.branches.map(passedOn).find((name) => name !== null);
    if (auxiliary !== null && skipped !== undefined)
      terms.push(some(this.valueOf(skipped).map((part) => weighted(this.tape, part, auxiliary))));
    return this.total(terms);
  }

  private sumOfWeights(weights: readonly Value[]): Value {
    const [first, ...others] = some(weights);
    if (others.length === 0) return first;
    const sum = addAll(this.tape.graph, [first, ...others]);
    return this.tape.record(sum, weights, (gradient) => weights.map(() => gradient));
  }

  /** The value of a branch times its weight; null: 1. */
  private branch(branch: Branch, weight: Value | null, use?: string): Parts {
    const { nodes, output } = branch;
    const end = nodes.find(({ name }) => name === output);
    const isRead = nodes.some((node) => readsOf(node).includes(output));
    const takesWeight = end?.op === 'batchNormalization' && !isRead;
    if (weight === null || !takesWeight) {
      this.writeNodes(nodes);
      const value = this.ofSkip(branch, this.valueOf(output), use);
      return weight === null ? value : some(value.map((part) => weighted(this.tape, part, weight)));
    }
    this.writeNodes(nodes, { name: output, weight });
    return this.valueOf(output);
  }

  /** The value of a branch, some of whose numbers are dropped where it only passes on its input. */
  private ofSkip(branch: Branch, value: Parts, use: string | undefined): Parts {
    const { dropout } = this.skips;
    if (dropout === null || use === undefined || passedOn(branch) === null) return value;
    return droppedAtFedRate(this.tape, this.mode, use, value, dropout);
  }

  private total(terms: readonly Parts[]): Parts {
    const [first, ...others] = some(terms);
    if (others.length === 0) return first;
    return some(
      first.map((own, i) => sumOf(this.tape, some([first, ...others].map((term) => term[i] ?? own)))),
    );
  }

  private valueOf(name: string): Parts {
    const value = this.values.get(name);
    if (value === undefined) throw new Error(`The supernetwork has no value ${JSON.stringify(name)}.`);
    return value;
  }
}

/** A node whose output is multiplied by a weight. */
interface Weighted {
  readonly name: string;
  readonly weight: Value;
}

/** The names that a node reads, a choice those of its branches. */
function readsOf(node: SupernetworkNode): readonly string[] {
  if (!isChoice(node)) return node.inputs;
  return branchesOf(node).flatMap(({ nodes, output }) => [output, ...nodes.flatMap(readsOf)]);
}
