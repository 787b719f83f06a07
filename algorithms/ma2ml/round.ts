import { fork, RandomStream, type ChoiceSource, type Rng } from '../../foundation/numbers/index.js';
import { adamStepInFloat32 } from '../policy-gradient/adam.js';
import { policyOf, type CategoricalPolicy } from '../policy-gradient/categorical-policy.js';
import {
  addActorGradient,
  leaveOneOut,
  withDrawnInactive,
  type ActorStep,
  type Advantage,
} from './credit.js';
import { Critic } from './critic.js';
import type { CreditBlock } from './credit-blocks.js';
import type { Layout } from './layout.js';
import type { Memory } from './memory.js';
import { givesCredit, isOffPolicy, type Ma2mlConfig } from './options.js';
import { drawOptions } from './pipeline.js';
import { actionsAt, type RoundResult } from './replay.js';
import { followPolicy } from './target-policy.js';

/** Draws from which the mean of a credit is estimated. */
const marginalSamples = 32;

/** What a round changes in place; `steps` are those of Adam. */
export interface Round {
  readonly layout: Layout;
  readonly config: Ma2mlConfig;
  /** The stream of this round: every draw comes from a fork of it. */
  readonly rng: Rng;
  readonly logits: Float32Array;
  readonly target: Float32Array;
  readonly memory: Memory;
  /** The results of the round in index order; the replay buffer of the memory holds them already. */
  readonly results: readonly RoundResult[];
  readonly klWeight: number;
  /** Moving average of batch means before this round (`lite`). */
  readonly baseline: number;
  /** Whether rewards differ at all: equal ones teach nothing, and then the policies stay. */
  readonly informative: boolean;
}

/** What a round did: steps of Adam, and the credit that the agents got. */
export interface RoundSummary {
  readonly actorSteps: number;
  readonly criticSteps: number;
  /** Mean size of each agent's credit over the round; zeros where there is none. */
  readonly credit: Float64Array;
}

/** Learns from the results of a round, changing the logits, the target logits and the arrays of the memory. */
export function learn(round: Round): RoundSummary {
  if (isOffPolicy(round.config.variant)) return learnFromHistory(round);
  return round.config.variant === 'lite' ? learnByReinforce(round) : learnFromRound(round);
}

/** Steps of critic and actors in turn; the critic sees the whole history, the actors fresh joint actions. */
function learnFromHistory(round: Round): RoundSummary {
  const { layout, config, memory, logits, target, klWeight } = round;
  const { replay } = memory;
  const critic = new Critic(layout, config.hiddenUnits, memory.critic);
  const credit = new Float64Array(layout.agents.length);
  const batches = fork(round.rng, 'minibatch');
  const draws = fork(round.rng, 'actions');
  const marginals = fork(round.rng, 'marginals');
  const size = Math.min(config.minibatch, replay.count);
  let { actorSteps, criticSteps } = memory;
  for (let step = 0; step < config.stepsPerRound; step += 1) {
    const batch = new RandomStream(fork(batches, step));
    const places = Array.from({ length: size }, () => batch.below(replay.count));
    criticSteps += 1;
    critic.train(
      {
        actions: places.map((place) => actionsAt(replay, place)),
        rewards: places.map((place) => replay.rewards[place] ?? 0),
      },
      memory.criticMoments,
      criticSteps,
      config.criticLearningRate,
    );
    if (!round.informative) continue;
    actorSteps += 1;
    const source = new RandomStream(fork(draws, step));
    const marginal = new RandomStream(fork(marginals, step));
    for (const { blocks, agent } of turns(layout, config)) {
      const policy = policyOf(layout, logits);
      const samples = Array.from({ length: config.actionsPerStep }, () =>
        drawOptions(layout, policy, source),
      );
      const advantage: Advantage = givesCredit(config.variant)
        ? { kind: 'credit', value: critic, draws: marginalDraws(layout, blocks, policy, marginal) }
        : { kind: 'shared', weights: leaveOneOut(samples.map((sample) => critic.value(sample))) };
      const regularised = klWeight === 0 ? null : { target: policyOf(layout, target), weight: klWeight };
      stepActors(round, blocks, agent, { policy, regularised, advantage, samples }, actorSteps, credit);
    }
    followPolicy(layout, logits, target, config.targetRate, config.target);
  }
  return { actorSteps, criticSteps, credit: credit.map((sum) => sum / config.stepsPerRound) };
}

/** Steps of the critic on the round's results alone, then one of the actors on the same pipelines. */
function learnFromRound(round: Round): RoundSummary {
  const { layout, config, memory, logits, results } = round;
  const critic = new Critic(layout, config.hiddenUnits, memory.critic);
  const credit = new Float64Array(layout.agents.length);
  const batch = {
    actions: results.map(({ actions }) => actions),
    rewards: results.map(({ reward }) => reward),
  };
  let { criticSteps } = memory;
  for (let step = 0; step < config.stepsPerRound; step += 1) {
    criticSteps += 1;
    critic.train(batch, memory.criticMoments, criticSteps, config.criticLearningRate);
  }
  if (!round.informative) return { actorSteps: memory.actorSteps, criticSteps, credit };
  const policy = policyOf(layout, logits);
  const source = new RandomStream(fork(round.rng, 'actions'));
  const samples = batch.actions.map((actions) => withDrawnInactive(layout, policy, actions, source));
  const marginal = new RandomStream(fork(round.rng, 'marginals'));
  const advantage: Advantage = givesCredit(config.variant)
    ? { kind: 'credit', value: critic, draws: marginalDraws(layout, layout.blocks, policy, marginal) }
    : { kind: 'shared', weights: leaveOneOut(samples.map((sample) => critic.value(sample))) };
  const actorSteps = memory.actorSteps + 1;
  stepActors(
    round,
    layout.blocks,
    null,
    { policy, regularised: null, advantage, samples },
    actorSteps,
    credit,
  );
  return { actorSteps, criticSteps, credit };
}

/** One step along rewards less a moving average (Williams, 1992). */
function learnByReinforce(round: Round): RoundSummary {
  const { layout, memory, logits, results, baseline } = round;
  const credit = new Float64Array(layout.agents.length);
  if (!round.informative) return { actorSteps: memory.actorSteps, criticSteps: 0, credit };
  const policy = policyOf(layout, logits);
  const source = new RandomStream(fork(round.rng, 'actions'));
  const samples = results.map(({ actions }) => withDrawnInactive(layout, policy, actions, source));
  const weights = results.map(({ reward }) => reward - baseline);
  const advantage: Advantage = { kind: 'shared', weights };
  const actorSteps = memory.actorSteps + 1;
  stepActors(
    round,
    layout.blocks,
    null,
    { policy, regularised: null, advantage, samples },
    actorSteps,
    credit,
  );
  return { actorSteps, criticSteps: 0, credit };
}

/** Joint actions for the estimated credit of blocks; none where all credit is exact. */
function marginalDraws(
  layout: Layout,
  blocks: readonly CreditBlock[],
  policy: CategoricalPolicy,
  source: ChoiceSource,
): readonly Uint8Array[] {
  if (blocks.every(({ kind }) => kind === 'exact')) return [];
  return Array.from({ length: marginalSamples }, () => drawOptions(layout, policy, source));
}

/** One step of Adam up the gradient of some blocks; `agent` is the one that moves, null for all. */
function stepActors(
  { layout, config, memory, logits }: Round,
  blocks: readonly CreditBlock[],
  agent: number | null,
  actor: ActorStep,
  step: number,
  credit: Float64Array,
): void {
  const gradient = new Float64Array(layout.size);
  addActorGradient(layout, blocks, actor, gradient, credit);
  if (agent === null) {
    adamStepInFloat32(logits, gradient, memory.actor, step, config.learningRate);
    return;
  }
  for (const head of layout.heads) {
    if (head.agent !== agent) continue;
    adamStepInFloat32(
      logits,
      gradient,
      memory.actor,
      step,
      config.learningRate,
      head.offset,
      head.offset + head.of,
    );
  }
}

/** The order in which blocks step: all at once, or those of one agent after the other. */
function turns(
  layout: Layout,
  { updates }: Ma2mlConfig,
): readonly { readonly blocks: readonly CreditBlock[]; readonly agent: number | null }[] {
  if (updates === 'simultaneous') return [{ blocks: layout.blocks, agent: null }];
  return layout.agents.map((_, agent) => ({
    blocks: layout.blocks.filter((block) => block.agent === agent),
    agent,
  }));
}
