import { fork, RandomStream, type ChoiceSource, type Rng } from '../../foundation/numbers/index.js';
import { policyOf, type CategoricalPolicy } from '../policy-gradient/categorical-policy.js';
import { isActive } from '../policy-gradient/decisions.js';
import { Critic } from './critic.js';
import { withDrawnInactive } from './credit.js';
import type { Layout } from './layout.js';
import type { Memory, Replay } from './memory.js';
import type { Ma2mlConfig } from './options.js';
import { drawOptions, withoutInactive } from './pipeline.js';
import { actionsAt } from './replay.js';

/** Results beside which mutants are made. */
const parents = 10;
/** Candidates are drawn again this often while all were measured. */
const mostDraws = 4;
/** Uniform draws that look for a pipeline that was not measured. */
const uniformDraws = 100;
/** While there are at most so many results, the critic takes further steps on them before it chooses. */
const fewResults = 64;
const furtherSteps = 60;

/** What a screening needs; it changes the critic of the memory. */
export interface Screening {
  readonly layout: Layout;
  readonly config: Ma2mlConfig;
  /** The stream of this round. */
  readonly rng: Rng;
  readonly logits: Float32Array;
  readonly memory: Memory;
}

/** The pipelines of the next round, and the critic's steps after the screening. */
export interface ScreenedRound {
  readonly planned: readonly Uint8Array[];
  readonly criticSteps: number;
}

/**
 * Chooses each pipeline of the next round by the critic, among `screen` candidates that were never measured: half drawn
 * from the policies, half made of good results by another option for one decision. The actors learn off-policy, so their
 * updates need no weights for it.
 */
export function screenedRound({ layout, config, rng, logits, memory }: Screening): ScreenedRound {
  const { replay } = memory;
  const critic = new Critic(layout, config.hiddenUnits, memory.critic);
  const criticSteps = trainFurther(critic, config, memory, fork(rng, 'screening steps'));
  const policy = policyOf(layout, logits);
  const good = bestPlaces(replay).map((place) => actionsAt(replay, place));
  const seen = new Set(
    Array.from({ length: replay.count }, (_, place) => actionsAt(replay, place).join(',')),
  );
  const planned = Array.from({ length: config.pipelinesPerRound }, (_, place) => {
    const source = new RandomStream(fork(fork(rng, 'candidates'), place));
    const chosen = chosenCandidate(layout, config.screen, critic, policy, good, seen, source);
    seen.add(chosen.join(','));
    return chosen;
  });
  return { planned, criticSteps };
}

function trainFurther(critic: Critic, config: Ma2mlConfig, memory: Memory, rng: Rng): number {
  const { replay, criticMoments } = memory;
  let { criticSteps } = memory;
  if (replay.count > fewResults) return criticSteps;
  for (let step = 0; step < furtherSteps; step += 1) {
    const batch = new RandomStream(fork(rng, step));
    const size = Math.min(config.minibatch, replay.count);
    const places = Array.from({ length: size }, () => batch.below(replay.count));
    criticSteps += 1;
    critic.train(
      {
        actions: places.map((place) => actionsAt(replay, place)),
        rewards: places.map((place) => replay.rewards[place] ?? 0),
      },
      criticMoments,
      criticSteps,
      config.criticLearningRate,
    );
  }
  return criticSteps;
}

/** The places of the best results, of equal ones the later first. */
function bestPlaces({ count, rewards }: Replay): readonly number[] {
  return Array.from({ length: count }, (_, place) => place)
    .toSorted((a, b) => (rewards[b] ?? 0) - (rewards[a] ?? 0) || b - a)
    .slice(0, parents);
}

/**
 * The candidate that the critic values most, of equal ones the first. When all candidates were measured, any pipeline that
 * was not; when none is found, a draw from the policies.
 */
function chosenCandidate(
  layout: Layout,
  candidates: number,
  critic: Critic,
  policy: CategoricalPolicy,
  good: readonly Uint8Array[],
  seen: ReadonlySet<string>,
  source: ChoiceSource,
): Uint8Array {
  let best: { readonly actions: Uint8Array; readonly value: number } | null = null;
  for (let place = 0; place < candidates; place += 1) {
    for (let draw = 0; draw < mostDraws; draw += 1) {
      const parent = place % 2 === 1 ? good[source.below(Math.max(1, good.length))] : undefined;
      const actions =
        parent === undefined
          ? withoutInactive(layout, drawOptions(layout, policy, source))
          : mutantOf(layout, policy, parent, source);
      if (seen.has(actions.join(','))) continue;
      const value = critic.value(actions);
      if (best === null || value > best.value) best = { actions, value };
      break;
    }
  }
  if (best !== null) return best.actions;
  for (let draw = 0; draw < uniformDraws; draw += 1) {
    const actions = withoutInactive(
      layout,
      Uint8Array.from(layout.heads, ({ of }) => source.below(of)),
    );
    if (!seen.has(actions.join(','))) return actions;
  }
  return withoutInactive(layout, drawOptions(layout, policy, source));
}

/** A pipeline with another option at one of its decisions; what that switches on is drawn from the policies. */
function mutantOf(
  layout: Layout,
  policy: CategoricalPolicy,
  parent: Uint8Array,
  source: ChoiceSource,
): Uint8Array {
  const { heads } = layout;
  const whole = withDrawnInactive(layout, policy, parent, source);
  const free = heads.flatMap(({ of }, place) => (of > 1 && isActive(heads, whole, place) ? [place] : []));
  const at = free[source.below(Math.max(1, free.length))];
  if (at === undefined) return parent;
  const option = source.below((heads[at]?.of ?? 2) - 1);
  whole[at] = option < (whole[at] ?? 0) ? option : option + 1;
  return withoutInactive(layout, whole);
}
