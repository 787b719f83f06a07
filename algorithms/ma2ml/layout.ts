import { canonicalJson } from '../../foundation/json/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';
import type { View } from '../../search-spaces/index.js';
import type { SearchProblem } from '../contract/algorithm.js';
import { checkLogits, type HeadRules } from '../policy-gradient/heads.js';
import { agentHeadsOf, type AgentHeads } from './agent-heads.js';
import { blocksOf, type CreditBlock } from './credit-blocks.js';
import { criticInputOf, type CriticInput } from './critic-input.js';
import type { Ma2mlConfig } from './options.js';

/** The heads of a space divided among agents, with what their credit and their critic need to know of them. */
export interface Layout extends AgentHeads {
  readonly agents: readonly string[];
  readonly blocks: readonly CreditBlock[];
  readonly input: CriticInput;
  /** Hash of everything that the bulk depends on. */
  readonly structure: string;
}

const layouts = new WeakMap<Ma2mlConfig, Layout>();

/** The layout of a problem, built once per configuration. Throws `AlgorithmError` when agents and space do not fit. */
export function layoutOf({ view, config }: Pick<SearchProblem<Ma2mlConfig>, 'view' | 'config'>): Layout {
  const known = layouts.get(config);
  if (known !== undefined) return known;
  const layout = makeLayout(view, config);
  layouts.set(config, layout);
  return layout;
}

/** Heads independent of each other, so that agents share nothing but which heads are active. */
function rulesOf({ levels }: Ma2mlConfig): HeadRules {
  return {
    algorithm: 'ma2ml',
    points: { at: 'ends', count: levels },
    intWeights: 'uniform',
    dependentPicks: 'joint',
    // Credit follows a head up to the one option above it that switches it on.
    elements: 'per-length',
    // An option fits into a byte beside `inactive`.
    mostOptions: 255,
  };
}

function makeLayout(view: View, config: Ma2mlConfig): Layout {
  const { agents } = config;
  const tree = agentHeadsOf(view, rulesOf(config), agents);
  checkLogits(tree, 'levels');
  const { heads } = tree;
  const input = criticInputOf(heads, config.orderFree);
  const structure = {
    agents: agents.map((agent) => agent.name),
    heads: heads.map(({ id, agent, of, parent, parentOption }) => [id, agent, of, parent, parentOption]),
    input: [input.width, config.hiddenUnits],
    costs: config.costs.map(({ metric }) => metric),
  };
  return {
    ...tree,
    agents: structure.agents,
    blocks: agents.flatMap((_, agent) => blocksOf(agent, heads, config.credit)),
    input,
    structure: sha256Hex(canonicalJson(structure)),
  };
}
