import { AlgorithmError } from '../contract/algorithm.js';
import { checkOptions, type Head, type HeadTree } from '../policy-gradient/heads.js';
import type { Ma2mlConfig } from './options.js';

/** A head with the place of the agent that it belongs to. */
export interface AgentHead extends Head {
  readonly agent: number;
}

/** Options of a head fit into a byte beside the one that stands for an inactive head. */
export const mostOptions = 255;

/**
 * The heads of a tree divided among agents by the tags of their decisions. Throws `AlgorithmError` for a decision of no
 * agent, of several or with too many options, and for an agent without a decision.
 */
export function agentHeadsOf(tree: HeadTree, agents: Ma2mlConfig['agents']): readonly AgentHead[] {
  const heads: AgentHead[] = [];
  for (const head of tree.heads) {
    const agent = agentOf(head, agents, heads[head.parent]?.agent ?? null);
    checkOptions(tree, head, mostOptions);
    heads.push({ ...head, agent });
  }
  for (const [place, agent] of agents.entries()) {
    if (heads.some((head) => head.agent === place)) continue;
    throw new AlgorithmError(
      `the agent ${agent.name} has nothing to decide, no decision carries the tag '${agent.tag}': ` +
        `tag its decisions or give ma2ml other 'agents'`,
    );
  }
  return heads;
}

/** The agent whose tag a decision carries; without one it follows the decision above it. */
function agentOf({ node, tags }: Head, agents: Ma2mlConfig['agents'], above: number | null): number {
  const claimed = agents.flatMap(({ tag }, agent) => (tags.includes(tag) ? [agent] : []));
  const [agent = above] = claimed;
  if (claimed.length > 1) {
    const names = claimed.map((place) => agents[place]?.name).join(' and ');
    throw new AlgorithmError(
      `decision '${node}' carries the tags of the agents ${names}: every decision belongs to one agent of ma2ml`,
    );
  }
  if (agent === null) {
    const known = agents.map(({ tag }) => tag).join(', ');
    throw new AlgorithmError(
      `decision '${node}' belongs to no agent of ma2ml: give it one of the tags ${known}, or ma2ml other 'agents'`,
    );
  }
  return agent;
}
