import { type ChoiceSource, dexp, dlog } from '../../foundation/numbers/index.js';
import { elementId } from '../../search-spaces/language/index.js';
import { fromUnit, type Genome, type View, type ViewNode } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { DescribedDecision } from '../contract/description.js';

/** Largest number of logits of a policy. */
export const mostLogits = 8_192;

/** Ints with at most this many values have a category for each. */
const mostIntValues = 64;

/** A categorical distribution: its logits are `of` numbers from `offset` on. */
interface Head {
  /** As in `DescribedDecision`. */
  readonly id: string;
  readonly node: string;
  readonly offset: number;
  readonly of: number;
  /** The numbers of the genome that the categories stand for. */
  readonly numbers: readonly number[];
  /** Relative frequencies before anything was learned; absent: uniform. */
  readonly weights?: readonly number[];
}

/** A head whose category is an index into candidates, each with decisions of its own. */
interface Branching extends Head {
  readonly candidates: readonly (readonly Site[])[];
}

/** What the ids below a pick of a multi-choice start with in the view, and in the policy, where each pick is its own. */
interface Above {
  readonly shared: string;
  readonly id: string;
}

const top: Above = { shared: '', id: '' };

/** What the policy decides at one node of the view. */
type Site =
  | { readonly kind: 'choice'; readonly branching: Branching }
  | {
      readonly kind: 'picks';
      readonly picks: readonly Branching[];
      readonly distinct: boolean;
      readonly sorted: boolean;
    }
  | { readonly kind: 'value'; readonly head: Head; readonly values: readonly number[] }
  | {
      readonly kind: 'length';
      readonly head: Head;
      readonly lengths: readonly number[];
      readonly elements: readonly (readonly Site[])[];
    };

/** The heads of a view in genome order, one per decision point, inactive ones included. */
export interface Policy {
  /** Number of logits. */
  readonly size: number;
  readonly sites: readonly Site[];
  readonly heads: readonly Head[];
}

const policies = new WeakMap<View, Map<number, Policy>>();

/** The policy of a view; floats and long ints get `bins` categories. Built once per view. */
export function policyOf(view: View, bins: number): Policy {
  const known = policies.get(view)?.get(bins);
  if (known !== undefined) return known;
  const heads: Head[] = [];
  let size = 0;
  const addHead = (
    { id, node }: Pick<Head, 'id' | 'node'>,
    numbers: readonly number[],
    weights?: readonly number[],
  ): Head => {
    const head = { id, node, offset: size, of: numbers.length, numbers };
    size += numbers.length;
    heads.push(weights === undefined ? head : { ...head, weights });
    return heads.at(-1) ?? head;
  };
  const siteOf = (node: ViewNode, above: Above = top): Site => {
    const id = node.id.startsWith(above.shared) ? above.id + node.id.slice(above.shared.length) : node.id;
    const named = { id, node: node.id };
    switch (node.kind) {
      case 'choice':
        return { kind: 'choice', branching: branchingOf(node, named, { shared: node.id, id }) };
      case 'picks': {
        const picks = Array.from({ length: node.k }, (_, pick) => {
          const below =
            node.k === 1
              ? { shared: node.id, id }
              : { shared: elementId(node.id, '*'), id: elementId(id, pick) };
          return branchingOf(node, { ...named, id: below.id }, below);
        });
        return { kind: 'picks', picks, distinct: node.distinct, sorted: node.sorted };
      }
      case 'int':
      case 'float': {
        const values = valuesOf(node, bins);
        return { kind: 'value', head: addHead(named, values, frequenciesOf(node, values)), values };
      }
      case 'length': {
        const lengths = Array.from({ length: node.max - node.min + 1 }, (_, place) => node.min + place);
        const head = addHead(named, lengths);
        return {
          kind: 'length',
          head,
          lengths,
          elements: node.sub.map((element) => element.nodes.map((inner) => siteOf(inner, above))),
        };
      }
      default:
        return unknownNode(node);
    }
  };
  const branchingOf = (
    node: { readonly of: number; readonly weights?: readonly number[]; readonly sub: readonly View[] },
    named: Pick<Head, 'id' | 'node'>,
    below: Above,
  ): Branching => {
    const indices = Array.from({ length: node.of }, (_, candidate) => candidate);
    const head = addHead(named, indices, node.weights);
    const candidates = node.sub.map(({ nodes }) => nodes.map((inner) => siteOf(inner, below)));
    return { ...head, candidates };
  };
  const sites = view.nodes.map((node) => siteOf(node));
  const policy = { sites, size, heads };
  const byBins = policies.get(view) ?? new Map<number, Policy>();
  policies.set(view, byBins.set(bins, policy));
  return policy;
}

/** The policy for people who watch; the picks of a multi-choice as they are before one excludes another. */
export function decisionsOf(policy: Policy, logits: Float64Array): readonly DescribedDecision[] {
  return policy.heads.map((head) => ({
    id: head.id,
    node: head.node,
    options: head.numbers.map((number) => [number]),
    probabilities: [...probabilitiesOf(head, logits, always)],
  }));
}

/** Logits under which every head follows the weights of its node. */
export function initialLogits(policy: Policy): Float64Array {
  const logits = new Float64Array(policy.size);
  for (const { offset, of, weights } of policy.heads) {
    if (weights === undefined) continue;
    const largest = weights.reduce((most, weight) => Math.max(most, weight), 0);
    for (let category = 0; category < of; category += 1) {
      logits[offset + category] = dlog((weights[category] ?? largest) / largest) + 0;
    }
  }
  return logits;
}

/** Draws a genome from the policy; picks of a multi-choice are drawn one after the other among those still legal. */
export function drawGenome(policy: Policy, logits: Float64Array, source: ChoiceSource): Genome {
  const genome: number[] = [];
  walk(policy.sites, (head, isLegal, values) => {
    const category = categoryAt(probabilitiesOf(head, logits, isLegal), source.unit());
    genome.push(values === null ? category : (values[category] ?? 0));
    return category;
  });
  return genome;
}

/**
 * Adds to `gradient` the slope, with respect to the logits, of `advantage` times the log-probability of the genome
 * plus `entropyWeight` times the entropy of the heads that are active in it. Illegal picks have probability zero.
 * Throws `AlgorithmError` when the genome is not one that the policy can draw.
 */
export function addGradient(
  policy: Policy,
  logits: Float64Array,
  genome: Genome,
  advantage: number,
  entropyWeight: number,
  gradient: Float64Array,
): void {
  let position = 0;
  walk(policy.sites, (head, isLegal, values) => {
    const number = genome[position] ?? -1;
    const category = values === null ? number : values.indexOf(number);
    if (!Number.isInteger(category) || category < 0 || category >= head.of || !isLegal(category)) {
      throw new AlgorithmError(
        `the policy cannot draw the genome [${genome.join(', ')}]: see number ${position}`,
      );
    }
    position += 1;
    const probabilities = probabilitiesOf(head, logits, isLegal);
    const logarithms = probabilities.map((probability) => (probability > 0 ? dlog(probability) : 0));
    const entropy = -probabilities.reduce(
      (sum, probability, place) => sum + probability * (logarithms[place] ?? 0),
      0,
    );
    for (const [place, probability] of probabilities.entries()) {
      const chosen = place === category ? 1 : 0;
      const slope =
        advantage * (chosen - probability) -
        entropyWeight * probability * ((logarithms[place] ?? 0) + entropy);
      gradient[head.offset + place] = (gradient[head.offset + place] ?? 0) + slope;
    }
    return category;
  });
  if (position !== genome.length) {
    throw new AlgorithmError(
      `the policy cannot draw a genome of ${genome.length} numbers here, only of ${position}`,
    );
  }
}

/** Chooses a legal category of a head; `values` are the numbers that its categories stand for, null for indices. */
type Choose = (
  head: Head,
  isLegal: (category: number) => boolean,
  values: readonly number[] | null,
) => number;

function walk(sites: readonly Site[], choose: Choose): void {
  for (const site of sites) {
    switch (site.kind) {
      case 'choice':
        walk(site.branching.candidates[choose(site.branching, always, null)] ?? [], choose);
        break;
      case 'picks': {
        const chosen: number[] = [];
        for (const pick of site.picks) {
          const category = choose(pick, legalPicks(site, chosen, pick.of), null);
          chosen.push(category);
          walk(pick.candidates[category] ?? [], choose);
        }
        break;
      }
      case 'value':
        choose(site.head, always, site.values);
        break;
      case 'length': {
        const length = site.lengths[choose(site.head, always, site.lengths)] ?? 0;
        for (const element of site.elements.slice(0, length)) walk(element, choose);
        break;
      }
      default:
        return unknownSite(site);
    }
  }
}

function always(): boolean {
  return true;
}

/** Which candidates the next pick may take so that the whole multi-choice can still be completed. */
function legalPicks(
  site: { readonly picks: readonly unknown[]; readonly distinct: boolean; readonly sorted: boolean },
  chosen: readonly number[],
  of: number,
): (category: number) => boolean {
  const { distinct, sorted } = site;
  const last = chosen.at(-1);
  if (sorted) {
    const least = last === undefined ? 0 : distinct ? last + 1 : last;
    const largest = distinct ? of - (site.picks.length - chosen.length) : of - 1;
    return (category) => category >= least && category <= largest;
  }
  return distinct ? (category) => !chosen.includes(category) : always;
}

function probabilitiesOf(
  head: Head,
  logits: Float64Array,
  isLegal: (category: number) => boolean,
): Float64Array {
  const probabilities = new Float64Array(head.of);
  let largest = -Infinity;
  for (let category = 0; category < head.of; category += 1) {
    if (isLegal(category)) largest = Math.max(largest, logits[head.offset + category] ?? 0);
  }
  let total = 0;
  for (let category = 0; category < head.of; category += 1) {
    if (!isLegal(category)) continue;
    const weight = dexp((logits[head.offset + category] ?? 0) - largest);
    probabilities[category] = weight;
    total += weight;
  }
  return probabilities.map((weight) => weight / total);
}

/** The category into whose share of [0, 1) a number falls; rounding at the end falls to the last possible one. */
function categoryAt(probabilities: Float64Array, unit: number): number {
  let sum = 0;
  let last = 0;
  for (const [category, probability] of probabilities.entries()) {
    if (probability <= 0) continue;
    last = category;
    sum += probability;
    if (unit < sum) return category;
  }
  return last;
}

/** The numbers that the categories of an int or a float stand for, ascending. */
function valuesOf(node: Extract<ViewNode, { kind: 'int' | 'float' }>, bins: number): readonly number[] {
  if (node.kind === 'int') {
    const count = Math.floor((node.max - node.min) / node.step) + 1;
    if (count <= mostIntValues)
      return Array.from({ length: count }, (_, place) => node.min + place * node.step);
  }
  const values = Array.from({ length: bins }, (_, place) => fromUnit(node, (place + 0.5) / bins));
  return [...new Set(values)];
}

/** The frequencies of a sampled int on a log scale; undefined where the categories are equally frequent. */
function frequenciesOf(
  node: Extract<ViewNode, { kind: 'int' | 'float' }>,
  values: readonly number[],
): readonly number[] | undefined {
  if (node.kind === 'float' || node.scale !== 'log' || values.length !== node.max - node.min + 1)
    return undefined;
  return values.map((value) => dlog(value + 0.5) - dlog(value - 0.5));
}

function unknownNode(node: never): never {
  throw new AlgorithmError(`reinforce does not know the decision ${JSON.stringify(node)}`);
}

function unknownSite(site: never): never {
  throw new AlgorithmError(`reinforce does not know the site ${JSON.stringify(site)}`);
}
