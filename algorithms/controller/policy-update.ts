import { dexp, dlog, fork, RandomStream, type Rng } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/index.js';
import { adamStepInFloat32, type Moments } from '../policy-gradient/adam.js';
import type { ControllerConfig, UpdateRule } from './controller-options.js';
import { ControllerPolicy, type Episode, type TakenDecision } from './controller-policy.js';
import type { ControllerTensors } from './controller-tensors.js';
import type { DecisionLayout } from './decision-layout.js';

/** An architecture of a batch with its reward less the baseline. */
export interface Sample {
  readonly genome: Genome;
  readonly reward: number;
  readonly advantage: number;
}

/** Parameters of a controller with the moments of Adam, all of which an update changes in place. */
export interface Learner {
  readonly parameters: Float32Array;
  readonly moments: Moments;
  /** Steps of Adam so far. */
  readonly steps: number;
}

/** What an update did. */
export interface UpdateSummary {
  /** Steps of Adam so far, those of this update included. */
  readonly steps: number;
  /** Passes over the batch. */
  readonly passes: number;
  /** Share of the last pass's ratios whose gradient the clip removed; null without ratios. */
  readonly clipFraction: number | null;
}

/** What an update needs to know of the controller. */
interface Setting {
  readonly layout: DecisionLayout;
  readonly tensors: ControllerTensors;
  readonly config: ControllerConfig;
  /** The stream of this update: the division of the batch comes from it. */
  readonly rng: Rng;
}

/** Log-probabilities under the policy that drew the batch: of each decision, in the order of the walk. */
type OldLogarithms = readonly Float64Array[];

/**
 * Moves a policy along the advantages of a batch that it drew. Each pass runs the LSTM again on all architectures under
 * the policy as it then is. PPO (Schulman et al., 2017) bounds how far the probability of an architecture may move;
 * REINFORCE (Williams, 1992) takes the plain gradient. The objective adds the entropy and, for skips, the divergence of
 * their probability from the target.
 */
export function updatePolicy(setting: Setting, learner: Learner, batch: readonly Sample[]): UpdateSummary {
  const { layout, tensors, config } = setting;
  const drawnFrom = new ControllerPolicy(layout, tensors, learner.parameters, config);
  const old = batch.map(({ genome }) => logarithmsOf(drawnFrom.replay(genome)));
  let { steps } = learner;
  let clipFraction: number | null = null;
  let passes = 0;
  while (passes < config.passes) {
    const seen = { divergence: 0, ratios: 0, clipped: 0 };
    for (const places of minibatches(setting, batch.length, passes)) {
      const slope = slopeOf(setting, learner.parameters, batch, old, places);
      steps += 1;
      clipNorm(slope.gradient, config.gradientNorm);
      const { parameters, moments } = learner;
      adamStepInFloat32(parameters, slope.gradient, moments, steps, config.learningRate);
      seen.divergence += slope.divergence;
      seen.ratios += slope.ratios;
      seen.clipped += slope.clipped;
    }
    passes += 1;
    if (config.rule.kind !== 'ppo') continue;
    clipFraction = seen.clipped / Math.max(1, seen.ratios);
    if (config.rule.klStop !== null && seen.divergence / batch.length > config.rule.klStop) break;
  }
  return { steps, passes, clipFraction };
}

/** log π of each decision of an architecture. */
export function logarithmsOf({ decisions }: Episode): Float64Array {
  return Float64Array.from(decisions, ({ option, logarithms }) => logarithms[option] ?? 0);
}

/** The places of a batch in parts of nearly one size; in order where there is one part. */
function minibatches({ config, rng }: Setting, size: number, pass: number): readonly (readonly number[])[] {
  const places = Array.from({ length: size }, (_, place) => place);
  // A batch that lost cancelled trials may be smaller than the number of its parts.
  const parts = Math.min(config.minibatches, size);
  if (parts > 1) shuffle(places, new RandomStream(fork(rng, `pass:${pass}`)));
  return Array.from({ length: parts }, (_, part) =>
    places.slice(Math.round((part * size) / parts), Math.round(((part + 1) * size) / parts)),
  );
}

function shuffle(places: number[], source: RandomStream): void {
  for (let last = places.length - 1; last > 0; last -= 1) {
    const other = source.below(last + 1);
    [places[last], places[other]] = [places[other] ?? 0, places[last] ?? 0];
  }
}

/** The slope of the objective over some architectures of a batch. */
export interface ObjectiveSlope {
  /** By parameter. */
  readonly gradient: Float64Array;
  /** Σ of log π_old − log π over the architectures. */
  readonly divergence: number;
  /** Ratios, and those whose gradient the clip removed. */
  readonly ratios: number;
  readonly clipped: number;
}

/**
 * The slope of the mean objective of the architectures at these places of a batch, which goes up: advantages along log π by
 * the rule, plus the entropy, less the penalty of skips and the error of predicted rewards.
 */
export function slopeOf(
  { layout, tensors, config }: Setting,
  parameters: Float32Array,
  batch: readonly Sample[],
  old: OldLogarithms,
  places: readonly number[],
): ObjectiveSlope {
  const gradient = new Float64Array(tensors.size);
  const policy = new ControllerPolicy(layout, tensors, parameters, config, gradient);
  const seen = { divergence: 0, ratios: 0, clipped: 0 };
  for (const place of places) {
    const sample = batch[place];
    const before = old[place];
    if (sample === undefined || before === undefined) continue;
    const episode = policy.replay(sample.genome);
    const changes = episode.decisions.map(
      ({ option, logarithms }, at) => (logarithms[option] ?? 0) - (before[at] ?? 0),
    );
    const weights = slopesOf(config.rule, sample.advantage, changes);
    seen.divergence -= changes.reduce((sum, change) => sum + change, 0);
    seen.ratios += weights.length;
    seen.clipped += weights.filter((weight) => weight === 0 && sample.advantage !== 0).length;
    addObjective(layout, config, episode, weights, 1 / places.length);
    const value = config.valueWeight > 0 ? policy.valueOf(episode) : null;
    if (value !== null)
      value.slope[0] = (-2 * config.valueWeight * ((value.value[0] ?? 0) - sample.reward)) / places.length;
    policy.backward();
  }
  policy.finish();
  return { gradient, ...seen };
}

/**
 * The slope of the objective with respect to log π of each decision of an architecture, before the mean over the batch is
 * taken: the advantage, for PPO times the ratio, and 0 where the clip holds the ratio back. `changes` are log π less the
 * old one of each decision.
 */
export function slopesOf(rule: UpdateRule, advantage: number, changes: readonly number[]): readonly number[] {
  if (rule.kind === 'reinforce') return changes.map(() => advantage);
  const { clip, ratio } = rule;
  const slope = (change: number): number => {
    const moved = dexp(change);
    const isHeld = advantage > 0 ? moved > 1 + clip : moved < 1 - clip;
    return isHeld ? 0 : moved * advantage;
  };
  if (ratio === 'decision') return changes.map(slope);
  const whole = slope(changes.reduce((sum, change) => sum + change, 0));
  return changes.map(() => whole);
}

/** Writes the slopes of `share` of an architecture's objective into its logits. */
function addObjective(
  layout: DecisionLayout,
  { entropyWeight, skips }: ControllerConfig,
  { decisions }: Episode,
  weights: readonly number[],
  share: number,
): void {
  const { order } = layout;
  // The first layer has no skips.
  const pull = order.kind === 'macro' ? skips.weight / (order.layers.length - 1) : 0;
  for (const [at, decision] of decisions.entries()) {
    const { option, probabilities, logarithms, entropy, logits } = decision;
    const isSkip = order.kind === 'macro' && layout.classOf[decision.place] === -1;
    const divergence = isSkip ? skipDivergence(decision, skips.target) : 0;
    for (const [each, probability] of probabilities.entries()) {
      const chosen = each === option ? 1 : 0;
      let slope = (weights[at] ?? 0) * (chosen - probability);
      slope -= entropyWeight * probability * ((logarithms[each] ?? 0) + entropy);
      if (isSkip) {
        const target = each === 1 ? skips.target : 1 - skips.target;
        slope -= pull * probability * ((logarithms[each] ?? 0) - dlog(target) - divergence);
      }
      logits.slope[each] = (logits.slope[each] ?? 0) + share * slope;
    }
  }
}

/** KL([1−p, p] ‖ [1−ρ, ρ]) of a skip in nats. */
function skipDivergence({ probabilities, logarithms }: TakenDecision, target: number): number {
  const part = (option: number, share: number): number =>
    (probabilities[option] ?? 0) * ((logarithms[option] ?? 0) - dlog(share));
  return part(0, 1 - target) + part(1, target);
}

function clipNorm(gradient: Float64Array, longest: number | null): void {
  if (longest === null) return;
  const norm = Math.sqrt(gradient.reduce((sum, slope) => sum + slope * slope, 0));
  if (norm <= longest) return;
  const scale = longest / norm;
  for (const [at, slope] of gradient.entries()) gradient[at] = slope * scale;
}
