import { shapeOf } from '../../networks/network-graph/index.js';
import type { NodeOf, Operation, Shape } from '../../networks/network-graph/index.js';
import { isChoice, supernetworkShapes, takenBranches } from '../../networks/supernetwork/index.js';
import type {
  Branch,
  ChoiceNode,
  Condition,
  Supernetwork,
  SupernetworkNode,
  TakenBranch,
} from '../../networks/supernetwork/index.js';
import { operationWriters } from '../operations/index.js';
import type { AverageUpdate, NetworkMode } from '../operations/index.js';
import type { NetworkOutputs, NetworkValues } from '../step/network.js';
import { chosen, enterEach, entered, enterOne, sumOfTaken } from '../tensorflow-graph/choice-operations.js';
import type { Parts } from '../tensorflow-graph/batch-parts.js';
import { weighted } from '../tensorflow-graph/mixture-operations.js';
import type { Value } from '../tensorflow-graph/graph-writer.js';
import { some } from '../tensorflow-graph/non-empty-list.js';
import type { NonEmptyList } from '../tensorflow-graph/non-empty-list.js';
import type { Tape } from '../tensorflow-graph/tape.js';
import type { Conditions } from './conditions.js';

/**
 * Writes the nodes that compute all children of a supernetwork, of which a run computes those on its path: `conditions`
 * knows it. Parameters and values of a branch that is not taken are not there.
 */
export function writeSupernetwork(
  tape: Tape,
  supernetwork: Supernetwork,
  values: NetworkValues,
  mode: NetworkMode,
  conditions: Conditions,
  factors: ChoiceFactors = new Map(),
): NetworkOutputs {
  return new SupernetworkWriter(tape, supernetwork, values, mode, conditions, factors).write();
}

/** By what the value of a choice is multiplied, by its name; a value that is there on every path. */
export type ChoiceFactors = ReadonlyMap<string, Value>;

/** The values of a branch, or of what is around all branches. */
interface Scope {
  readonly values: Map<string, Parts>;
  readonly around: Entrance | null;
  readonly under: readonly Condition[];
}

/** How values come into a branch. */
type Entrance =
  /** With their copies in all branches of the choice, of which this is one. */
  | {
      readonly kind: 'each';
      readonly from: Scope;
      readonly whens: readonly Value[];
      readonly scopes: Scope[];
    }
  | { readonly kind: 'one'; readonly from: Scope; readonly when: Value };

class SupernetworkWriter {
  private readonly shapes: ReadonlyMap<string, Shape>;
  private readonly averageUpdates: AverageUpdate[] = [];

  constructor(
    private readonly tape: Tape,
    private readonly supernetwork: Supernetwork,
    private readonly given: NetworkValues,
    private readonly mode: NetworkMode,
    private readonly conditions: Conditions,
    private readonly factors: ChoiceFactors,
  ) {
    this.shapes = supernetworkShapes(supernetwork);
  }

  write(): NetworkOutputs {
    const { nodes, outputs } = this.supernetwork;
    const scope: Scope = { values: new Map(Object.entries(this.given.inputs)), around: null, under: [] };
    this.writeNodes(nodes, scope);
    return {
      outputs: outputs.map((name) => this.valueOf(name, scope)),
      averageUpdates: this.averageUpdates,
    };
  }

  private writeNodes(nodes: readonly SupernetworkNode[], scope: Scope): void {
    for (const node of nodes)
      scope.values.set(node.name, isChoice(node) ? this.choice(node, scope) : this.operation(node, scope));
  }

  private operation<O extends Operation>(node: NodeOf<O>, scope: Scope): Parts {
    const { tape, shapes, given, averageUpdates } = this;
    return operationWriters[node.op].write(
      {
        tape,
        node,
        shape: shapeOf(node.name, shapes),
        parameter: (what) => given.parameter(`${node.name}/${what}`),
        mode: this.modeIn(scope),
        moveAverage: (update) => averageUpdates.push(update),
      },
      some(node.inputs.map((name) => this.valueOf(name, scope))),
    );
  }

  /** Seeds enter a branch, so that the masks of a branch that is not taken are not drawn. */
  private modeIn({ under }: Scope): NetworkMode {
    const { mode, conditions, tape } = this;
    const when = conditions.whenAll(under);
    if (mode.kind !== 'training' || when === null) return mode;
    return { ...mode, seedOf: (use) => entered(tape.graph, mode.seedOf(use), when) };
  }

  private choice(node: ChoiceNode, scope: Scope): Parts {
    const branches = takenBranches(node);
    switch (node.op) {
      case 'choice':
        return this.multiplied(this.oneOf(branches, scope), node.choice, scope);
      case 'sumChoice':
      case 'termSum':
        return this.sum(branches, scope);
      default:
        return node satisfies never;
    }
  }

  private multiplied(value: Parts, choice: string, { under }: Scope): Parts {
    const factor = this.factors.get(choice);
    if (factor === undefined) return value;
    const when = this.conditions.whenAll(under);
    const own = when === null ? factor : enterOne(this.tape, factor, when);
    return some(value.map((part) => weighted(this.tape, part, own)));
  }

  private oneOf(branches: readonly TakenBranch[], scope: Scope): Parts {
    const conditions = branches.flatMap(({ condition }) => condition ?? []);
    const [only] = branches;
    if (only !== undefined && conditions.length < branches.length) {
      // Every child takes the only branch that is left.
      this.writeNodes(only.branch.nodes, scope);
      return this.valueOf(only.branch.output, scope);
    }
    const whens = conditions.map((condition) => this.conditions.when(condition));
    const scopes: Scope[] = [];
    for (const condition of conditions) {
      const around = { kind: 'each', from: scope, whens, scopes } as const;
      scopes.push({ values: new Map(), around, under: [...scope.under, condition] });
    }
    const ways = branches.flatMap(({ branch }, i) => {
      const [inner, when] = [scopes[i], whens[i]];
      return inner === undefined || when === undefined ? [] : [{ branch, scope: inner, when }];
    });
    return this.join(ways, chosen);
  }

  private sum(branches: readonly TakenBranch[], scope: Scope): Parts {
    const ways = branches.map(({ branch, condition }) => {
      // What every child has is part of what is around.
      if (condition === null) return { branch, scope, when: null };
      const when = this.conditions.when(condition);
      const around = { kind: 'one', from: scope, when } as const;
      return {
        branch,
        scope: { values: new Map<string, Parts>(), around, under: [...scope.under, condition] },
        when,
      };
    });
    return this.join(ways, sumOfTaken);
  }

  /** Writes each branch in its scope and puts their values together part by part. */
  private join<W extends Value | null>(
    ways: readonly { readonly branch: Branch; readonly scope: Scope; readonly when: W }[],
    together: (tape: Tape, ends: NonEmptyList<{ readonly value: Value; readonly when: W }>) => Value,
  ): Parts {
    const ends = ways.map(({ branch, scope, when }) => {
      this.writeNodes(branch.nodes, scope);
      return { parts: this.valueOf(branch.output, scope), when };
    });
    const [first] = some(ends);
    return some(
      first.parts.map((own, part) =>
        together(this.tape, some(ends.map(({ parts, when }) => ({ value: parts[part] ?? own, when })))),
      ),
    );
  }

  private valueOf(name: string, scope: Scope): Parts {
    const known = scope.values.get(name);
    if (known !== undefined) return known;
    const { around } = scope;
    if (around === null) throw new Error(`The supernetwork has no value ${JSON.stringify(name)}.`);
    const outer = this.valueOf(name, around.from);
    const { tape } = this;
    if (around.kind === 'one') {
      const parts = some(outer.map((part) => enterOne(tape, part, around.when)));
      scope.values.set(name, parts);
      return parts;
    }
    const copies = outer.map((part) => enterEach(tape, part, around.whens));
    around.scopes.forEach((each, branch) => {
      const parts = some(outer.map((part, i) => copies[i]?.[branch] ?? part));
      each.values.set(name, parts);
    });
    return scope.values.get(name) ?? outer;
  }
}
