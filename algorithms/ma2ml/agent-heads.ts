import type { View } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { headsOf, type Head, type HeadRules, type HeadTree } from '../policy-gradient/heads.js';
import type { Ma2mlConfig } from './options.js';

/** A head with the index of the agent that it belongs to. */
export interface AgentHead extends Head {
  readonly agent: number;
}

/** The heads of a view, each with its agent. */
export interface AgentHeads extends HeadTree {
  readonly heads: readonly AgentHead[];
}

/**
 * The heads of a view divided among agents by the tags of their decisions. Throws `AlgorithmError` for a decision of no
 * agent or of several, and for an agent without a decision, beside what `headsOf` refuses.
 */
export function agentHeadsOf(view: View, rules: HeadRules, agents: Ma2mlConfig['agents']): AgentHeads {
  const assigned: number[] = [];
  const tree = headsOf(view, {
    ...rules,
    check: (head) => {
      assigned.push(agentOf(head, agents, assigned[head.parent] ?? null));
    },
  });
  const heads = tree.heads.map((head, place): AgentHead => ({ ...head, agent: assigned[place] ?? -1 }));
  for (const [place, agent] of agents.entries()) {
    if (heads.some((head) => head.agent === place)) continue;
    throw new AlgorithmError(
      `the agent ${agent.name} has nothing to decide, no decision carries the tag '${agent.tag}': ` +
        `tag its decisions or give ma2ml other 'agents'`,
    );
  }
  return { ...tree, heads };
}

/** The agent whose tag a decision carries; without one it follows the decision above it. */
function agentOf(
  { node, tags }: Pick<Head, 'node' | 'tags'>,
  agents: Ma2mlConfig['agents'],
  above: number | null,
): number {
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
