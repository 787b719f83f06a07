import { canonicalJson } from '../../foundation/json/index.js';
import { dlog, sha256Hex } from '../../foundation/numbers/index.js';
import {
  fromUnit,
  type Genome,
  type PicksNode,
  type View,
  type ViewNode,
} from '../../search-spaces/index.js';
import type { SearchProblem } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { criticInputOf, type CriticInput } from './critic-input.js';
import type { Head } from './head.js';
import type { Ma2mlConfig } from './options.js';

/**
 * Heads that share one counterfactual: all of an agent, or a single one where the agent has more than `mostJoint`
 * joint options. `joint` holds every combination of their options, the last head changing fastest.
 */
export interface ExactBlock {
  readonly kind: 'exact';
  readonly agent: number;
  readonly heads: readonly number[];
  readonly joint: Uint8Array;
  readonly count: number;
}

/** All heads of an agent with more than `mostJoint` joint options, whose counterfactual is estimated from draws. */
export interface SampledBlock {
  readonly kind: 'sampled';
  readonly agent: number;
  readonly heads: readonly number[];
}

export type CreditBlock = ExactBlock | SampledBlock;

/** What is decided at one node of the view, as places of heads. */
type Site =
  | { readonly kind: 'leaf'; readonly head: number }
  | {
      readonly kind: 'branch';
      readonly picks: readonly { readonly head: number; readonly candidates: readonly (readonly Site[])[] }[];
    };

/** The heads of a space in genome order, inactive ones included, divided among agents. */
export interface Layout {
  readonly agents: readonly string[];
  readonly heads: readonly Head[];
  readonly sites: readonly Site[];
  readonly blocks: readonly CreditBlock[];
  /** Number of logits. */
  readonly size: number;
  readonly input: CriticInput;
  /** Hash of everything that the bulk depends on. */
  readonly structure: string;
}

/** The option of an inactive head in a pipeline's actions. */
export const inactive = 255;

/** Most joint options of an agent that one counterfactual covers. */
const mostJoint = 1_024;
/** Options of a head fit into a byte beside `inactive`. */
const mostOptions = 255;
/** Largest number of logits. */
export const mostLogits = 8_192;
/** Ints with at most this many values have an option for each. */
const mostIntValues = 64;

const layouts = new WeakMap<Ma2mlConfig, Layout>();

/** The layout of a problem, built once per configuration. Throws `AlgorithmError` when agents and space do not fit. */
export function layoutOf({ view, config }: Pick<SearchProblem<Ma2mlConfig>, 'view' | 'config'>): Layout {
  const known = layouts.get(config);
  if (known !== undefined) return known;
  const layout = makeLayout(view, config);
  layouts.set(config, layout);
  return layout;
}

function makeLayout(view: View, config: Ma2mlConfig): Layout {
  const { agents, levels } = config;
  const heads: Head[] = [];
  let size = 0;
  const addHead = (
    node: ViewNode,
    id: string,
    agent: number,
    above: Above,
    options: readonly (readonly number[])[],
    weights: readonly number[] | null,
  ): number => {
    if (options.length > mostOptions) {
      throw new AlgorithmError(
        `decision '${node.id}' has ${options.length} options, ma2ml takes at most ${mostOptions} in one decision`,
      );
    }
    const { head: parent, option: parentOption } = above;
    heads.push({
      id,
      node: node.id,
      agent,
      offset: size,
      of: options.length,
      parent,
      parentOption,
      options,
      weights,
    });
    size += options.length;
    return heads.length - 1;
  };
  const siteOf = (node: ViewNode, above: Above): Site => {
    const agent = agentOf(node, agents, above.agent);
    const id = node.id.startsWith(above.shared) ? above.id + node.id.slice(above.shared.length) : node.id;
    switch (node.kind) {
      case 'choice':
        return { kind: 'branch', picks: [branch(node, agent, above, { shared: node.id, id })] };
      case 'picks': {
        if (node.k > 1 && (node.distinct || node.sorted)) {
          return { kind: 'leaf', head: addHead(node, id, agent, above, combinationsOf(node), null) };
        }
        if (node.k === 1)
          return { kind: 'branch', picks: [branch(node, agent, above, { shared: node.id, id })] };
        const picks = Array.from({ length: node.k }, (_, pick) =>
          branch(node, agent, above, { shared: `${node.id}[*]`, id: `${id}[${pick}]` }),
        );
        return { kind: 'branch', picks };
      }
      case 'int':
      case 'float': {
        const options = valuesOf(node, levels).map((value) => [value]);
        return { kind: 'leaf', head: addHead(node, id, agent, above, options, null) };
      }
      case 'length':
        return { kind: 'branch', picks: [list(node, agent, above, id)] };
      default:
        return node satisfies never;
    }
  };
  const branch = (
    node: Extract<ViewNode, { kind: 'choice' | 'picks' }>,
    agent: number,
    above: Above,
    named: Pick<Above, 'shared' | 'id'>,
  ) => {
    const options = Array.from({ length: node.of }, (_, option) => [option]);
    const head = addHead(node, named.id, agent, above, options, node.weights ?? null);
    const candidates = node.sub.map((candidate, option) =>
      candidate.nodes.map((inner) => siteOf(inner, { ...named, head, option, agent })),
    );
    return { head, candidates };
  };
  // An element is active below several lengths, a head below one option: each length has heads of its own.
  const list = (node: Extract<ViewNode, { kind: 'length' }>, agent: number, above: Above, id: string) => {
    const lengths = Array.from({ length: node.max - node.min + 1 }, (_, place) => node.min + place);
    const options = lengths.map((length) => [length]);
    const head = addHead(node, id, agent, above, options, null);
    const shared = listId(node.id);
    const own = listId(id);
    const candidates = lengths.map((length, option) =>
      node.sub
        .slice(0, length)
        .flatMap(({ nodes }) => nodes)
        .map((inner) => siteOf(inner, { shared, id: `${own}[#=${length}]`, head, option, agent })),
    );
    return { head, candidates };
  };
  const sites = view.nodes.map((node) => siteOf(node, top));
  for (const [place, agent] of agents.entries()) {
    if (heads.some((head) => head.agent === place)) continue;
    throw new AlgorithmError(
      `the agent ${agent.name} has nothing to decide, no decision carries the tag '${agent.tag}': ` +
        `tag its decisions or give ma2ml other 'agents'`,
    );
  }
  if (size > mostLogits) {
    throw new AlgorithmError(
      `ma2ml would need ${size} logits for this space, at most ${mostLogits} are possible: use fewer 'levels' or a smaller space`,
    );
  }
  const input = criticInputOf(heads, config.orderFree);
  const structure = {
    agents: agents.map((agent) => agent.name),
    heads: heads.map(({ id, agent, of, parent, parentOption }) => [id, agent, of, parent, parentOption]),
    input: [input.width, config.hiddenUnits],
    costs: config.costs.map(({ metric }) => metric),
  };
  return {
    agents: structure.agents,
    heads,
    sites,
    blocks: agents.flatMap((_, agent) => blocksOf(agent, heads, config.credit)),
    size,
    input,
    structure: sha256Hex(canonicalJson(structure)),
  };
}

/**
 * Where a node lies: below an option of a head, with the agent of that head. The picks of a multi-choice share the ids
 * of what lies below them: `shared` is what these start with, `id` what the ids of this pick start with.
 */
interface Above {
  readonly head: number;
  readonly option: number;
  readonly agent: number | null;
  readonly shared: string;
  readonly id: string;
}

/** The id of the list whose length has this id. */
function listId(lengthId: string): string {
  return lengthId.slice(0, -'[#]'.length);
}

const top: Above = { head: -1, option: -1, agent: null, shared: '', id: '' };

/** The agent whose tag a decision carries; without one it follows the decision above it. */
function agentOf(node: ViewNode, agents: Ma2mlConfig['agents'], above: number | null): number {
  const claimed = agents.flatMap(({ tag }, agent) => (node.tags.includes(tag) ? [agent] : []));
  const [agent = above] = claimed;
  if (claimed.length > 1) {
    const names = claimed.map((place) => agents[place]?.name).join(' and ');
    throw new AlgorithmError(
      `decision '${node.id}' carries the tags of the agents ${names}: every decision belongs to one agent of ma2ml`,
    );
  }
  if (agent === null) {
    const tags = agents.map(({ tag }) => tag).join(', ');
    throw new AlgorithmError(
      `decision '${node.id}' belongs to no agent of ma2ml: give it one of the tags ${tags}, or ma2ml other 'agents'`,
    );
  }
  return agent;
}

/** Every legal way to fill a multi-choice whose picks depend on each other: one option each. */
function combinationsOf(node: PicksNode): readonly (readonly number[])[] {
  const problem = (reason: string): AlgorithmError =>
    new AlgorithmError(
      `decision '${node.id}' is a multi-choice whose picks depend on each other and ${reason}, which ma2ml cannot ` +
        `divide into independent choices: declare it with 'distinct: false' and unsorted, or as separate choices`,
    );
  if (node.sub.some(({ nodes }) => nodes.length > 0)) throw problem('have decisions below them');
  let combinations: readonly (readonly number[])[] = [[]];
  for (let pick = 0; pick < node.k; pick += 1) {
    combinations = combinations.flatMap((before) =>
      Array.from({ length: node.of }, (_, option) => option)
        .filter((option) => !node.distinct || !before.includes(option))
        .filter((option) => !node.sorted || option >= (before.at(-1) ?? 0))
        .map((option) => [...before, option]),
    );
    // Sorted picks may reach dead ends, so only a generous bound can be applied on the way.
    if (combinations.length > 64 * mostOptions) throw problem(`have more than ${mostOptions} combinations`);
  }
  if (combinations.length > mostOptions) throw problem(`have ${combinations.length} combinations`);
  return combinations;
}

/** The numbers that the options of an int or a float stand for, ascending. */
function valuesOf(node: Extract<ViewNode, { kind: 'int' | 'float' }>, levels: number): readonly number[] {
  if (node.kind === 'int') {
    const count = Math.floor((node.max - node.min) / node.step) + 1;
    if (count <= mostIntValues)
      return Array.from({ length: count }, (_, place) => node.min + place * node.step);
  }
  const values = Array.from({ length: levels }, (_, place) => fromUnit(node, place / (levels - 1)));
  return [...new Set(values)];
}

function blocksOf(
  agent: number,
  heads: readonly Head[],
  credit: Ma2mlConfig['credit'],
): readonly CreditBlock[] {
  const own = heads.flatMap((head, place) => (head.agent === agent ? [place] : []));
  const count = own.reduce((product, head) => product * (heads[head]?.of ?? 1), 1);
  if (count <= mostJoint) return [blockOf(agent, own, heads)];
  switch (credit) {
    case 'exact':
      return own.map((head) => blockOf(agent, [head], heads));
    case 'sampled':
      return [{ kind: 'sampled', agent, heads: own }];
    default:
      return credit satisfies never;
  }
}

function blockOf(agent: number, own: readonly number[], heads: readonly Head[]): ExactBlock {
  const sizes = own.map((head) => heads[head]?.of ?? 1);
  const count = sizes.reduce((product, of) => product * of, 1);
  const joint = new Uint8Array(count * own.length);
  for (let place = 0; place < count; place += 1) {
    let rest = place;
    for (let at = own.length - 1; at >= 0; at -= 1) {
      const of = sizes[at] ?? 1;
      joint[place * own.length + at] = rest % of;
      rest = Math.floor(rest / of);
    }
  }
  return { kind: 'exact', agent, heads: own, joint, count };
}

/** Logits under which every head follows the weights of its decision; uniform where there are none. */
export function initialLogits({ heads, size }: Layout): Float32Array {
  const logits = new Float32Array(size);
  for (const { offset, of, weights } of heads) {
    if (weights === null) continue;
    const largest = weights.reduce((most, weight) => Math.max(most, weight), 0);
    for (let option = 0; option < of; option += 1)
      logits[offset + option] = dlog((weights[option] ?? largest) / largest) + 0;
  }
  return logits;
}

/** Whether a head is active under these options, of which those of the heads above it are valid. */
export function isActive(heads: readonly Head[], actions: Uint8Array, place: number): boolean {
  let head = heads[place];
  while (head !== undefined && head.parent >= 0) {
    if (actions[head.parent] !== head.parentOption) return false;
    head = heads[head.parent];
  }
  return true;
}

/** The pipeline of an option for every head: those that it leaves out become `inactive`. */
export function withoutInactive({ heads }: Layout, actions: Uint8Array): Uint8Array {
  return actions.map((option, place) => (isActive(heads, actions, place) ? option : inactive));
}

/** The genome of a pipeline. */
export function genomeOf(layout: Layout, actions: Uint8Array): Genome {
  const genome: number[] = [];
  const walk = (sites: readonly Site[]): void => {
    for (const site of sites) {
      if (site.kind === 'leaf') {
        genome.push(...optionAt(layout, site.head, actions));
        continue;
      }
      for (const { head, candidates } of site.picks) {
        genome.push(...optionAt(layout, head, actions));
        walk(candidates[actions[head] ?? 0] ?? []);
      }
    }
  };
  walk(layout.sites);
  return genome;
}

function optionAt({ heads }: Layout, head: number, actions: Uint8Array): readonly number[] {
  const option = heads[head]?.options[actions[head] ?? inactive];
  if (option === undefined) throw new AlgorithmError(`head ${head} of ma2ml has no option ${actions[head]}`);
  return option;
}

/** The pipeline of a genome; null when the agents cannot have drawn it, such as a float between two levels. */
export function actionsOf(layout: Layout, genome: Genome): Uint8Array | null {
  const actions = new Uint8Array(layout.heads.length).fill(inactive);
  let position = 0;
  const take = (place: number): number => {
    const options = layout.heads[place]?.options ?? [];
    const option = options.findIndex((numbers) =>
      numbers.every((number, at) => genome[position + at] === number),
    );
    if (option >= 0) actions[place] = option;
    position += options[option]?.length ?? 1;
    return option;
  };
  const walk = (sites: readonly Site[]): boolean =>
    sites.every((site) => {
      if (site.kind === 'leaf') return take(site.head) >= 0;
      return site.picks.every(({ head, candidates }) => {
        const option = take(head);
        return option >= 0 && walk(candidates[option] ?? []);
      });
    });
  return walk(layout.sites) && position === genome.length ? actions : null;
}
