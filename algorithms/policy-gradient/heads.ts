import { dlog } from '../../foundation/numbers/index.js';
import { unreachable } from '../../foundation/errors/index.js';
import { elementId, listId } from '../../search-spaces/language/index.js';
import { fromUnit, type View, type ViewNode } from '../../search-spaces/views/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';

/** A categorical decision of a policy: its logits are `of` numbers from `offset` on, one for each option. */
export interface Head {
  /** Unlike an id of the view, it tells apart the picks of a multi-choice and what lies below each of them. */
  readonly id: string;
  /** Id of the decision in the view: picks of a multi-choice, and elements below several lengths, share it. */
  readonly node: string;
  /** Tags of the decision in the view. */
  readonly tags: readonly string[];
  readonly offset: number;
  readonly of: number;
  /**
   * Index of the head above, and the first and last of its options under which this head is active; −1 for a head
   * that is always active.
   */
  readonly parent: number;
  readonly parentOption: number;
  readonly lastParentOption: number;
  /** The numbers of the genome that each option stands for: one, or several where a head decides joint picks. */
  readonly options: readonly (readonly number[])[];
  /** Relative frequencies of the options before anything was learned; null: uniform. */
  readonly weights: readonly number[] | null;
}

/** The index of a head, and the sites below each of its options. */
export interface Decision {
  readonly head: number;
  readonly below: readonly (readonly Site[])[];
  /** Whether an option switches on what lies below it alone, or also what lies below the options before it. */
  readonly through: 'chosen' | 'up-to-chosen';
}

/** The decisions at one node of the view: its picks one after the other, everywhere else a single one. */
export interface Site {
  readonly decisions: readonly Decision[];
  /** Whether no two picks may take the same option, and whether later picks may not take lower ones. */
  readonly distinct: boolean;
  readonly sorted: boolean;
}

/** The heads of a view in genome order, inactive ones included, and how they lie below each other. */
export interface HeadTree {
  /** Name of the algorithm, for messages. */
  readonly algorithm: string;
  readonly heads: readonly Head[];
  readonly sites: readonly Site[];
  /** Number of logits. */
  readonly size: number;
}

/** How an algorithm makes categorical heads of the decisions of a view. */
export interface HeadRules {
  /** Name of the algorithm, for messages. */
  readonly algorithm: string;
  /**
   * The values that a float, or an int with more than 64 values, is decided among: `count` of them, evenly spaced on
   * its scale, in the centres of equal parts of its range or from one end to the other (at least 2 of them).
   */
  readonly points: { readonly at: 'centres' | 'ends'; readonly count: number };
  /** Whether the first weights of a short int follow its logarithmic scale, as sampling does. */
  readonly intWeights: 'uniform' | 'by-scale';
  /**
   * Picks that are distinct or sorted have a head each, where the picks before mask options, or one head for all
   * picks, whose options are their combinations: then heads are independent of each other.
   */
  readonly dependentPicks: 'masked' | 'joint';
  /** Whether an element of a list has the same heads under every length, or heads of its own under each. */
  readonly elements: 'shared' | 'per-length';
  /** Most options of a head; Infinity: no limit but that of all logits. */
  readonly mostOptions: number;
  /**
   * Refuses a decision that the algorithm cannot take by throwing. The walk calls it at each head in genome order,
   * before it makes the head's options, so that the error of a space with several mistakes is about the first one.
   */
  readonly check?: (head: Pick<Head, 'node' | 'tags' | 'parent'>) => void;
}

/** Largest number of logits of a policy. */
export const mostLogits = 8_192;

/** Ints with at most this many values have an option for each. */
const mostIntValues = 64;

/**
 * The heads of a view. Throws `AlgorithmError` for a head with too many options and where picks cannot be decided
 * jointly; `checkLogits` checks the size of the whole.
 */
export function headsOf(view: View, rules: HeadRules): HeadTree {
  const walk = new HeadWalk(rules);
  const sites = view.nodes.map((node) => walk.siteOf(node, top));
  return { algorithm: rules.algorithm, heads: walk.heads, sites, size: walk.size };
}

/** Throws `AlgorithmError` for more than `mostLogits`; `option` is what the user can make smaller to have fewer. */
export function checkLogits({ algorithm, size }: HeadTree, option: string): void {
  if (size <= mostLogits) return;
  throw new AlgorithmError(
    `${algorithm} would need ${size} logits for this space, at most ${mostLogits} are possible: use fewer '${option}' or a smaller space`,
  );
}

/** Logits under which every head follows the weights of its decision; uniform where there are none. */
export function initialLogits({ heads, size }: HeadTree): Float64Array {
  const logits = new Float64Array(size);
  for (const { offset, of, weights } of heads) {
    if (weights === null) continue;
    const largest = weights.reduce((most, weight) => Math.max(most, weight), 0);
    for (let option = 0; option < of; option += 1)
      logits[offset + option] = dlog((weights[option] ?? largest) / largest) + 0;
  }
  return logits;
}

/**
 * Where a node lies: below some options of a head. The picks of a multi-choice share the ids of what lies below them:
 * `shared` is what these start with, `id` what the ids below this pick start with.
 */
interface Above {
  readonly head: number;
  readonly option: number;
  readonly lastOption: number;
  readonly shared: string;
  readonly id: string;
}

type Named = Pick<Above, 'shared' | 'id'>;
type PicksNode = Extract<ViewNode, { kind: 'picks' }>;
type NumberNode = Extract<ViewNode, { kind: 'int' | 'float' }>;
type LengthNode = Extract<ViewNode, { kind: 'length' }>;

const top: Above = { head: -1, option: -1, lastOption: -1, shared: '', id: '' };

/** One walk through a view; collects its heads in genome order. */
class HeadWalk {
  readonly heads: Head[] = [];
  size = 0;

  constructor(private readonly rules: HeadRules) {}

  siteOf(node: ViewNode, above: Above): Site {
    const id = node.id.startsWith(above.shared) ? above.id + node.id.slice(above.shared.length) : node.id;
    switch (node.kind) {
      case 'choice':
        return alone(this.branch(node, { shared: node.id, id }, above));
      case 'picks':
        return this.picks(node, id, above);
      case 'int':
      case 'float': {
        const values = valuesOf(node, this.rules.points);
        const weights = this.rules.intWeights === 'by-scale' ? frequenciesOf(node, values) : null;
        const options = () => values.map((value) => [value]);
        return alone(leaf(this.add(node, id, above, options, weights)));
      }
      case 'length':
        return alone(this.list(node, id, above));
      default:
        return unreachable(node, 'decision');
    }
  }

  private picks(node: PicksNode, id: string, above: Above): Site {
    const { k, distinct, sorted } = node;
    if (k === 1) return alone(this.branch(node, { shared: node.id, id }, above));
    if (this.rules.dependentPicks === 'joint' && (distinct || sorted)) {
      const options = () => combinationsOf(node, this.rules);
      return alone(leaf(this.add(node, id, above, options, null)));
    }
    const shared = elementId(node.id, '*');
    const decisions = Array.from({ length: k }, (_, pick) =>
      this.branch(node, { shared, id: elementId(id, pick) }, above),
    );
    return { decisions, distinct, sorted };
  }

  private branch(
    node: Extract<ViewNode, { kind: 'choice' | 'picks' }>,
    named: Named,
    above: Above,
  ): Decision {
    const options = () => Array.from({ length: node.of }, (_, option) => [option]);
    const head = this.add(node, named.id, above, options, node.weights ?? null);
    const below = node.sub.map(({ nodes }, option) =>
      nodes.map((inner) => this.siteOf(inner, { ...named, head, option, lastOption: option })),
    );
    return { head, below, through: 'chosen' };
  }

  private list(node: LengthNode, id: string, above: Above): Decision {
    const lengths = Array.from({ length: node.max - node.min + 1 }, (_, place) => node.min + place);
    const options = () => lengths.map((length) => [length]);
    const head = this.add(node, id, above, options, null);
    switch (this.rules.elements) {
      case 'shared': {
        const below = lengths.map((): Site[] => []);
        const lastOption = lengths.length - 1;
        for (const [place, { nodes }] of node.sub.entries()) {
          const option = Math.max(0, place + 1 - node.min);
          const { shared, id: own } = above;
          for (const inner of nodes)
            below[option]?.push(this.siteOf(inner, { shared, id: own, head, option, lastOption }));
        }
        return { head, below, through: 'up-to-chosen' };
      }
      case 'per-length': {
        const shared = listId(node.id);
        const own = listId(id);
        const below = lengths.map((length, option) =>
          node.sub
            .slice(0, length)
            .flatMap(({ nodes }) => nodes)
            .map((inner) =>
              this.siteOf(inner, { shared, id: `${own}[#=${length}]`, head, option, lastOption: option }),
            ),
        );
        return { head, below, through: 'chosen' };
      }
      default:
        return unreachable(this.rules.elements, 'rule for elements');
    }
  }

  private add(
    node: ViewNode,
    id: string,
    above: Above,
    makeOptions: () => readonly (readonly number[])[],
    weights: readonly number[] | null,
  ): number {
    const { algorithm, mostOptions, check } = this.rules;
    check?.({ node: node.id, tags: node.tags, parent: above.head });
    const options = makeOptions();
    if (options.length > mostOptions) {
      throw new AlgorithmError(
        `decision '${node.id}' has ${options.length} options, ${algorithm} takes at most ${mostOptions} in one decision`,
      );
    }
    this.heads.push({
      id,
      node: node.id,
      tags: node.tags,
      offset: this.size,
      of: options.length,
      parent: above.head,
      parentOption: above.option,
      lastParentOption: above.lastOption,
      options,
      weights,
    });
    this.size += options.length;
    return this.heads.length - 1;
  }
}

function alone(decision: Decision): Site {
  return { decisions: [decision], distinct: false, sorted: false };
}

function leaf(head: number): Decision {
  return { head, below: [], through: 'chosen' };
}

/** Every legal way to fill a multi-choice whose picks depend on each other: one option each. */
function combinationsOf(
  { id, k, of, distinct, sorted, sub }: PicksNode,
  { algorithm, mostOptions: most }: HeadRules,
): readonly (readonly number[])[] {
  const problem = (reason: string): AlgorithmError =>
    new AlgorithmError(
      `decision '${id}' is a multi-choice whose picks depend on each other and ${reason}, which ${algorithm} cannot ` +
        `divide into independent choices: declare it with 'distinct: false' and unsorted, or as separate choices`,
    );
  if (sub.some(({ nodes }) => nodes.length > 0)) throw problem('have decisions below them');
  let combinations: readonly (readonly number[])[] = [[]];
  for (let pick = 0; pick < k; pick += 1) {
    combinations = combinations.flatMap((before) =>
      Array.from({ length: of }, (_, option) => option)
        .filter((option) => !distinct || !before.includes(option))
        .filter((option) => !sorted || option >= (before.at(-1) ?? 0))
        .map((option) => [...before, option]),
    );
    // Sorted picks may reach dead ends, so only a generous bound can be applied on the way.
    if (combinations.length > 64 * most) throw problem(`have more than ${most} combinations`);
  }
  if (combinations.length > most) throw problem(`have ${combinations.length} combinations`);
  return combinations;
}

/** The numbers that the options of an int or a float stand for, ascending. */
function valuesOf(node: NumberNode, { at, count }: HeadRules['points']): readonly number[] {
  if (node.kind === 'int') {
    const values = Math.floor((node.max - node.min) / node.step) + 1;
    if (values <= mostIntValues)
      return Array.from({ length: values }, (_, place) => node.min + place * node.step);
  }
  const unitAt = (place: number): number => (at === 'centres' ? (place + 0.5) / count : place / (count - 1));
  return [...new Set(Array.from({ length: count }, (_, place) => fromUnit(node, unitAt(place))))];
}

/** The frequencies of a sampled int on a log scale; null where its values are equally frequent. */
function frequenciesOf(node: NumberNode, values: readonly number[]): readonly number[] | null {
  if (node.kind === 'float' || node.scale !== 'log' || values.length !== node.max - node.min + 1) return null;
  return values.map((value) => dlog(value + 0.5) - dlog(value - 0.5));
}
