import { elementId } from '../../search-spaces/language/index.js';
import type { Genome, View, ViewNode } from '../../search-spaces/views/index.js';
import { AlgorithmError } from './algorithm-error.js';
import { sliceValueLimit } from './slice.js';

/**
 * A choice whose options are mixed: a list of logits, one for each option and then, in a relaxation with a branch of zero,
 * one for that.
 */
export interface RelaxedChoice {
  /** Its id in the program of a supernet with `picks: 'all'`, such as `node2[*][=0/2].operation`. */
  readonly id: string;
  /** Id of the decision in the view. */
  readonly node: string;
  readonly of: number;
  /** Where its logits begin among the values of a `mix` slice. */
  readonly offset: number;
  readonly length: number;
}

/** How the relaxed choices of a view lie below each other. */
export type RelaxedSite = RelaxedRow | RelaxedSum;

/** A choice, and what lies below each of its options. */
export interface RelaxedRow {
  readonly kind: 'row';
  readonly row: number;
  readonly below: readonly (readonly RelaxedSite[])[];
}

/** Different picks of one list of candidates: all are added, and the k best ones are derived. */
export interface RelaxedSum {
  readonly kind: 'sum';
  readonly id: string;
  readonly k: number;
  readonly below: readonly (readonly RelaxedSite[])[];
}

/** The continuous relaxation of a space (Liu, Simonyan and Yang, ICLR 2019, section 2.2), computed from its view. */
export interface Relaxation {
  readonly rows: readonly RelaxedChoice[];
  readonly sites: readonly RelaxedSite[];
  readonly none: boolean;
  /** How many logits there are. */
  readonly size: number;
}

/**
 * The relaxation of a view: a row of logits for each choice, in the order of the view, those below picks that differ once
 * for all picks. The picks themselves have no logits: how much a candidate weighs follows from the choices in it. `none`
 * gives each row one more logit. Throws `AlgorithmError` for decisions that are no choices, for candidates that nothing
 * can weigh, for constraints, and for more logits than a slice hands back.
 */
export function relaxationOf(view: View, none: boolean): Relaxation {
  const ofView = relaxations[none ? 'withNone' : 'without'];
  const before = ofView.get(view);
  if (before !== undefined) return before;
  const made = relaxed(view, none);
  ofView.set(view, made);
  return made;
}

// A reducer asks for the relaxation of its one view in every call.
const relaxations = {
  withNone: new WeakMap<View, Relaxation>(),
  without: new WeakMap<View, Relaxation>(),
};

function relaxed(view: View, none: boolean): Relaxation {
  if (view.constrained) {
    throw new AlgorithmError(
      'a mixture of all options cannot keep the constraints of a space: leave them out, or search the space with another algorithm',
    );
  }
  const walk = new RelaxationWalk(none);
  const sites = walk.sitesOf(view, { template: '', actual: '' });
  if (walk.rows.length === 0)
    throw new AlgorithmError('the space has no choice whose options could be mixed');
  if (walk.size > sliceValueLimit) {
    throw new AlgorithmError(
      `the choices of the space have ${walk.size} options in all, at most ${sliceValueLimit} can be mixed: share choices between more places`,
    );
  }
  return { rows: walk.rows, sites, none, size: walk.size };
}

/** What the ids below a node start with in the view, and what they are here. */
interface Prefix {
  readonly template: string;
  readonly actual: string;
}

type PicksNode = Extract<ViewNode, { kind: 'picks' }>;

class RelaxationWalk {
  readonly rows: RelaxedChoice[] = [];
  size = 0;

  constructor(private readonly none: boolean) {}

  sitesOf({ nodes }: View, prefix: Prefix): readonly RelaxedSite[] {
    return nodes.flatMap((node) => this.site(node, prefix));
  }

  private site(node: ViewNode, { template, actual }: Prefix): readonly RelaxedSite[] {
    const id = actual + node.id.slice(template.length);
    switch (node.kind) {
      case 'choice':
        return [this.row(node, id, { template: node.id, actual: id })];
      case 'picks':
        return this.picks(node, id);
      case 'int':
      case 'float':
      case 'length':
        throw new AlgorithmError(
          `'${node.id}' is ${node.kind === 'length' ? 'the length of a list' : 'a number'}, and only choices can be mixed: ` +
            'make it a choice, or give it to an outer level',
        );
      default:
        return node satisfies never;
    }
  }

  private row(
    node: { readonly id: string; readonly of: number; readonly sub: readonly View[] },
    id: string,
    below: Prefix,
  ): RelaxedRow {
    const row = this.rows.length;
    const length = node.of + Number(this.none);
    this.rows.push({ id, node: node.id, of: node.of, offset: this.size, length });
    this.size += length;
    return { kind: 'row', row, below: node.sub.map((view) => this.sitesOf(view, below)) };
  }

  private picks(node: PicksNode, id: string): readonly RelaxedSite[] {
    const { k, distinct, permutation, sub } = node;
    const template = k === 1 ? node.id : elementId(node.id, '*');
    if (!distinct || permutation) {
      return Array.from({ length: k }, (_none, pick) => {
        const own = k === 1 ? id : elementId(id, pick);
        return this.row(node, own, { template, actual: own });
      });
    }
    const actual = k === 1 ? id : elementId(id, '*');
    const below = sub.map((view) => this.sitesOf(view, { template, actual }));
    const bare = below.findIndex((sites) => sites.length === 0);
    if (bare >= 0 && below.length > k) {
      throw new AlgorithmError(
        `candidate ${bare} of '${node.id}' has no choice in it, so that a mixture cannot tell what it weighs: ` +
          'put a choice of an operation into each candidate',
      );
    }
    return [{ kind: 'sum', id, k, below }];
  }
}

/** A choice that a genome makes. */
export interface MadeChoice {
  readonly row: number;
  readonly option: number;
}

/** The choices of a genome of the view, in its order. */
export function choicesMade({ sites }: Relaxation, genome: Genome): readonly MadeChoice[] {
  const made: MadeChoice[] = [];
  let place = 0;
  const visit = (site: RelaxedSite): void => {
    for (let pick = 0; pick < (site.kind === 'sum' ? site.k : 1); pick += 1) {
      const option = genome[place] ?? -1;
      place += 1;
      if (site.kind === 'row') made.push({ row: site.row, option });
      (site.below[option] ?? []).forEach(visit);
    }
  };
  sites.forEach(visit);
  return made;
}
