import { isPlainObject } from '../../foundation/json/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { Metric } from '../contract/trial.js';
import { Configuration } from '../contract/configuration.js';
import { readRewardRange, type RewardRange } from '../policy-gradient/reward-range.js';

/** An agent and the tag of the decisions that it takes; the tag is the agent's name unless given. */
export type Ma2mlAgent = { readonly name: string; readonly tag?: string };

/**
 * What the agents learn from. `full`: critic on the whole history, counterfactual credit, divergence from target
 * policies. `off-nocredit`: every agent gets the same leave-one-out weight. `no-kl`: `full` without the divergence.
 * `on-credit`, `on-nocredit`: critic and actors learn from the last round alone. `lite`: REINFORCE, no critic.
 */
export type Ma2mlVariant = (typeof variants)[number];

/**
 * A cost that shapes the reward q of a pipeline with cost c and target T. `hard`: 0 above the target. `mnasnet`:
 * q·(c/T)^w with w = `exponent` (−0.07) up to the target and `exponentAbove` (the same) above it; c = 0 counts as T/1000. `tunas`:
 * q + `weight`·|c/T − 1| (−0.07).
 */
export type Ma2mlCost =
  | { readonly metric: string; readonly target: number; readonly mode: 'hard' }
  | {
      readonly metric: string;
      readonly target: number;
      readonly mode: 'mnasnet';
      readonly exponent?: number;
      readonly exponentAbove?: number;
    }
  | { readonly metric: string; readonly target: number; readonly mode: 'tunas'; readonly weight?: number };

/**
 * Repeated operations whose order does not matter: objects with a choice called `operation` and decisions called as
 * in `levels`. The critic sees, for each operation, how often it was chosen and the sums of its levels.
 */
export type Ma2mlOrderFree = { readonly operation: string; readonly levels: readonly string[] };

/** Options of MA2ML; all have defaults. */
export interface Ma2mlOptions {
  /** Default: AUG, NAS and HPO, each with its name as tag. Every decision belongs to exactly one agent. */
  readonly agents?: readonly Ma2mlAgent[];
  /** Default `full`. */
  readonly variant?: Ma2mlVariant;
  /** Whether the agents step together or one after the other, each seeing the steps before. Default `simultaneous`. */
  readonly updates?: 'simultaneous' | 'sequential';
  /** Pipelines evaluated between two updates. Default 8. */
  readonly pipelinesPerRound?: number;
  /** Steps of critic and actors in an update. Default 20; `on-credit`: 10 steps of the critic, one of the actors. */
  readonly stepsPerRound?: number;
  /** Joint actions drawn from the policies for a step of the actors. Default 4. */
  readonly actionsPerStep?: number;
  /**
   * The credit of an agent with more than 1,024 joint options. `exact`: each of its decisions gets an exact one of its
   * own. `sampled`: the agent keeps a single one, whose mean over its policy is estimated from 32 draws. Default `exact`.
   */
  readonly credit?: 'exact' | 'sampled';
  /** Step size of Adam on the logits. Default 0.05; 0.2 for `on-credit`, `on-nocredit` and `lite`. */
  readonly learningRate?: number;
  /**
   * Weight ω of the divergence from the target policies. `reward-spread`: 0.3 times the distance between the 0.1 and
   * 0.9 quantiles of the first 64 rewards, at least 0.001. Default 0.3, with costs `reward-spread`.
   */
  readonly klWeight?: number | 'reward-spread';
  /** Share of the policy in the target policy after a step. Default 0.05. */
  readonly targetRate?: number;
  /** Whether target policies follow in logits or in probabilities. Default `logits`. */
  readonly target?: 'logits' | 'mixture';
  /** Step size of Adam on the critic. Default 0.003. */
  readonly criticLearningRate?: number;
  /** Results drawn from the replay buffer for a step of the critic. Default 64. */
  readonly minibatch?: number;
  /** Units of each of the critic's two hidden layers. Default 64. */
  readonly hiddenUnits?: number;
  /** Results kept for the critic, the newest ones. Default 5,000. */
  readonly replay?: number;
  /** Values of a float, or of an int with more than 64, evenly spaced on its scale from end to end. Default 6. */
  readonly levels?: number;
  /**
   * Worst and best value of the metric: rewards are 0 and 1 there and never outside. Default [0, 1] for a maximised
   * metric: MA2ML refuses a value outside it, because that may be in another unit. A minimised metric needs a
   * range.
   */
  readonly range?: readonly [worst: number, best: number];
  /** Costs that shape the reward, applied in turn. Default none. */
  readonly costs?: readonly Ma2mlCost[];
  readonly orderFree?: Ma2mlOrderFree;
  /**
   * Candidates that were never measured among which the critic chooses each proposal, 2 … 256, half of them drawn from the
   * policies and half made of good results; 0: the policies draw the proposals. Default 0; 32 finds good pipelines sooner.
   * Only for variants that learn from the whole history.
   */
  readonly screen?: number;
}

/** A cost with everything filled in. */
export type CompleteCost =
  | { readonly metric: string; readonly target: number; readonly mode: 'hard' }
  | {
      readonly metric: string;
      readonly target: number;
      readonly mode: 'mnasnet';
      readonly exponent: number;
      readonly exponentAbove: number;
    }
  | { readonly metric: string; readonly target: number; readonly mode: 'tunas'; readonly weight: number };

/** The options of MA2ML, checked and complete. */
export type Ma2mlConfig = {
  readonly agents: readonly { readonly name: string; readonly tag: string }[];
  readonly variant: Ma2mlVariant;
  readonly updates: 'simultaneous' | 'sequential';
  readonly pipelinesPerRound: number;
  readonly stepsPerRound: number;
  readonly actionsPerStep: number;
  readonly credit: 'exact' | 'sampled';
  readonly learningRate: number;
  readonly klWeight: number | 'reward-spread';
  readonly targetRate: number;
  readonly target: 'logits' | 'mixture';
  readonly criticLearningRate: number;
  readonly minibatch: number;
  readonly hiddenUnits: number;
  readonly replay: number;
  readonly levels: number;
  /** Metric values of the rewards 0 and 1, and whether values outside are clipped or refused. */
  readonly range: RewardRange;
  readonly costs: readonly CompleteCost[];
  readonly orderFree: Ma2mlOrderFree | null;
  /** Candidates for each proposal; 0: the policies draw the proposals. */
  readonly screen: number;
};

const name = 'ma2ml';
const variants = ['full', 'off-nocredit', 'on-credit', 'on-nocredit', 'lite', 'no-kl'] as const;
const known = [
  'agents',
  'variant',
  'updates',
  'pipelinesPerRound',
  'stepsPerRound',
  'actionsPerStep',
  'credit',
  'learningRate',
  'klWeight',
  'targetRate',
  'target',
  'criticLearningRate',
  'minibatch',
  'hiddenUnits',
  'replay',
  'levels',
  'range',
  'costs',
  'orderFree',
  'screen',
] as const;

/** Checks and completes a configuration; throws `AlgorithmError` that names the field. */
export function completeOptions(config: unknown, metrics: readonly Metric[]): Ma2mlConfig {
  const fields = new Configuration(name, config, known);
  const variant = oneOfWords(fields, 'variant', variants, 'full');
  const offPolicy = isOffPolicy(variant);
  const updates = oneOfWords(fields, 'updates', ['simultaneous', 'sequential'], 'simultaneous');
  if (updates === 'sequential' && !offPolicy) {
    throw new AlgorithmError(
      `the variant '${variant}' of ${name} updates its agents from evaluated pipelines, which only fits 'updates': 'simultaneous'`,
    );
  }
  const costs = readCosts(fields, metrics);
  const least = variant === 'on-nocredit' ? 2 : 1;
  return {
    agents: readAgents(fields),
    variant,
    updates,
    pipelinesPerRound: fields.integer('pipelinesPerRound', least, 1024, 8),
    stepsPerRound: fields.integer('stepsPerRound', 1, 1000, offPolicy ? 20 : 10),
    actionsPerStep: fields.integer('actionsPerStep', variant === 'off-nocredit' ? 2 : 1, 256, 4),
    credit: readCredit(fields, variant),
    learningRate: fields.number('learningRate', 1e-9, 100, offPolicy ? 0.05 : 0.2),
    klWeight: readKlWeight(fields, variant, costs.length > 0),
    targetRate: fields.number('targetRate', 0, 1, 0.05),
    target: oneOfWords(fields, 'target', ['logits', 'mixture'], 'logits'),
    criticLearningRate: fields.number('criticLearningRate', 1e-9, 10, 3e-3),
    minibatch: fields.integer('minibatch', 1, 1024, 64),
    hiddenUnits: fields.integer('hiddenUnits', 1, 256, 64),
    replay: fields.integer('replay', 1, 5000, 5000),
    levels: fields.integer('levels', 2, 64, 6),
    range: readRewardRange(name, fields, metrics),
    costs,
    orderFree: readOrderFree(fields),
    screen: readScreen(fields, variant),
  };
}

/** Whether a variant replays its history and compares its policies with target policies. */
export function isOffPolicy(variant: Ma2mlVariant): boolean {
  return variant === 'full' || variant === 'off-nocredit' || variant === 'no-kl';
}

/** Whether a variant gives each agent its own credit. */
export function givesCredit(variant: Ma2mlVariant): boolean {
  return variant === 'full' || variant === 'no-kl' || variant === 'on-credit';
}

function oneOfWords<W extends string>(
  fields: Configuration,
  field: string,
  words: readonly W[],
  fallback: W,
): W {
  const value = fields.value(field);
  if (value === undefined) return fallback;
  return words.find((word) => word === value) ?? fields.refuse(field, `one of ${words.join(', ')}`);
}

function readAgents(fields: Configuration): Ma2mlConfig['agents'] {
  const value = fields.value('agents');
  if (value === undefined) return ['AUG', 'NAS', 'HPO'].map((agent) => ({ name: agent, tag: agent }));
  const must =
    'a list of at most 64 agents, each an object with a name of its own and perhaps a tag of its own';
  if (!Array.isArray(value) || value.length === 0 || value.length > 64) return fields.refuse('agents', must);
  const agents = value.map((agent: unknown) => {
    if (!isPlainObject(agent) || Object.keys(agent).some((key) => key !== 'name' && key !== 'tag'))
      return fields.refuse('agents', must);
    const { name: agentName, tag = agentName } = agent;
    if (!isName(agentName) || !isName(tag)) return fields.refuse('agents', must);
    return { name: agentName, tag };
  });
  for (const key of ['name', 'tag'] as const) {
    const values = agents.map((agent) => agent[key]);
    const repeated = values.find((one, place) => values.indexOf(one) !== place);
    if (repeated !== undefined) {
      throw new AlgorithmError(`'agents' of ${name} has two agents with the ${key} '${repeated}'`);
    }
  }
  return agents;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 64;
}

function readCredit(fields: Configuration, variant: Ma2mlVariant): Ma2mlConfig['credit'] {
  const credit = oneOfWords(fields, 'credit', ['exact', 'sampled'], 'exact');
  if (credit === 'exact' || givesCredit(variant)) return credit;
  throw new AlgorithmError(`the variant '${variant}' of ${name} gives no credit: leave out 'credit'`);
}

function readKlWeight(
  fields: Configuration,
  variant: Ma2mlVariant,
  hasCosts: boolean,
): number | 'reward-spread' {
  const value = fields.value('klWeight');
  if (variant !== 'full' && variant !== 'off-nocredit') {
    if (value === undefined || value === 0) return 0;
    throw new AlgorithmError(
      `the variant '${variant}' of ${name} has no target policies: leave out 'klWeight'`,
    );
  }
  if (value === 'reward-spread' || (value === undefined && hasCosts)) return 'reward-spread';
  if (value !== undefined && typeof value !== 'number')
    return fields.refuse('klWeight', `a number from 0 to 1000 or 'reward-spread'`);
  return fields.number('klWeight', 0, 1000, 0.3);
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function readCosts(fields: Configuration, metrics: readonly Metric[]): readonly CompleteCost[] {
  const value = fields.value('costs');
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > 16) return fields.refuse('costs', 'a list of at most 16 costs');
  return value.map((item: unknown, place) => readCost(item, `costs[${place}]`, metrics));
}

function readCost(item: unknown, place: string, metrics: readonly Metric[]): CompleteCost {
  const mode = isPlainObject(item) ? item['mode'] : undefined;
  if (mode !== 'hard' && mode !== 'mnasnet' && mode !== 'tunas') {
    throw new AlgorithmError(`'${place}' of ${name} must be an object with the mode hard, mnasnet or tunas`);
  }
  const own = { hard: [], mnasnet: ['exponent', 'exponentAbove'], tunas: ['weight'] }[mode];
  const cost = new Configuration(`${place} of ${name}`, item, ['metric', 'target', 'mode', ...own]);
  const metric = cost.value('metric');
  const declared = metrics.find((one) => one.name === metric);
  if (typeof metric !== 'string' || declared === undefined) {
    return cost.refuse('metric', `one of the declared metrics ${metrics.map((one) => one.name).join(', ')}`);
  }
  const given = cost.value('target');
  if (!isFiniteNumber(given) || !(given > 0)) return cost.refuse('target', 'a positive number');
  const common = { metric, target: given };
  switch (mode) {
    case 'hard':
      return { ...common, mode };
    case 'mnasnet': {
      const exponent = cost.number('exponent', -100, 0, -0.07);
      return { ...common, mode, exponent, exponentAbove: cost.number('exponentAbove', -100, 0, exponent) };
    }
    case 'tunas':
      return { ...common, mode, weight: cost.number('weight', -100, 0, -0.07) };
    default:
      return mode satisfies never;
  }
}

function readScreen(fields: Configuration, variant: Ma2mlVariant): number {
  const screen = fields.integer('screen', 0, 256, 0);
  if (screen === 1) return fields.refuse('screen', '0 or an integer from 2 to 256');
  if (screen === 0 || isOffPolicy(variant)) return screen;
  throw new AlgorithmError(
    `the variant '${variant}' of ${name} learns from what its policies draw: leave out 'screen'`,
  );
}

function readOrderFree(fields: Configuration): Ma2mlOrderFree | null {
  const value = fields.value('orderFree');
  if (value === undefined || value === null) return null;
  const must = `an object with 'operation', the name of a choice, and 'levels', at most 8 names of decisions beside it`;
  if (!isPlainObject(value) || Object.keys(value).some((key) => key !== 'operation' && key !== 'levels'))
    return fields.refuse('orderFree', must);
  const { operation, levels } = value;
  if (!isName(operation) || !Array.isArray(levels) || levels.length > 8 || !levels.every(isName))
    return fields.refuse('orderFree', must);
  if (new Set([operation, ...levels]).size !== levels.length + 1) return fields.refuse('orderFree', must);
  return { operation, levels };
}
