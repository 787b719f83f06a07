import { dlog } from '../../foundation/numbers/index.js';
import type { DescribedFigure, DescribedGroup } from '../contract/description.js';
import type { ControllerPolicy, Episode, TakenDecision } from './controller-policy.js';
import type { DecisionLayout } from './decision-layout.js';

/** Most options of all decisions whose probabilities a report keeps. */
export const reportedOptions = 1024;

/** What an update left, measured on the batch that the new policy drew; entropies and divergences in nats. */
export type PolicyReport = {
  /** Mean reward of the batch that the update learned from; null for the first policy. */
  readonly reward: number | null;
  readonly entropy: number;
  /** What the entropy of the same decisions would be if all their options were equally probable. */
  readonly largestEntropy: number;
  /** KL(new ‖ old); null for the first policy. */
  readonly divergence: number | null;
  readonly clipFraction: number | null;
  /** Passes over the batch that the update made. */
  readonly passes: number;
  /** Null in spaces without skips. */
  readonly skipProbability: number | null;
  /** Mean probability of every option, little-endian float32; empty in spaces with too many, 0 where none was met. */
  readonly probabilities: Uint8Array;
};

/** What is measured of a policy on a batch that it drew; `old` is the policy before. */
export function measuredPolicy(
  layout: DecisionLayout,
  batch: readonly Episode[],
  old: ControllerPolicy | null,
): Omit<PolicyReport, 'reward' | 'clipFraction' | 'passes'> {
  const mean = (of: (episode: Episode) => number): number =>
    batch.reduce((sum, episode) => sum + of(episode), 0) / batch.length;
  return {
    entropy: mean(({ entropy }) => entropy),
    largestEntropy: mean(({ decisions }) =>
      decisions.reduce((sum, { probabilities }) => sum + dlog(possible(probabilities)), 0),
    ),
    divergence: old === null ? null : mean((episode) => divergenceFrom(old, episode)),
    skipProbability: skipProbabilityOf(layout, batch),
    probabilities: meanProbabilities(layout, batch),
  };
}

/** The figures of a report; `update` counts the updates that learned. */
export function reportFigures(update: number, report: PolicyReport | null): readonly DescribedFigure[] {
  const skip = report?.skipProbability ?? null;
  return [
    { name: 'update', value: update },
    { name: 'mean reward', value: report?.reward ?? null },
    { name: 'entropy', value: report?.entropy ?? null },
    { name: 'largest entropy', value: report?.largestEntropy ?? null },
    { name: 'KL', value: report?.divergence ?? null },
    { name: 'clip fraction', value: report?.clipFraction ?? null },
    ...(skip === null ? [] : [{ name: 'skip probability', value: skip }]),
  ];
}

/** How probable the policy made each option in its last batch, for people who watch. */
export function reportGroups(
  { tree }: DecisionLayout,
  report: PolicyReport | null,
): readonly DescribedGroup[] {
  if (report === null || report.probabilities.length !== 4 * tree.size) return [];
  const { buffer, byteOffset } = report.probabilities;
  const view = new DataView(buffer, byteOffset);
  const decisions = tree.heads.flatMap(({ id, node, offset, of, options }) => {
    const probabilities = Array.from({ length: of }, (_, option) =>
      view.getFloat32(4 * (offset + option), true),
    );
    const total = probabilities.reduce((sum, probability) => sum + probability, 0);
    // A decision that no architecture of the batch had.
    if (total === 0) return [];
    return [{ id, node, options, probabilities: probabilities.map((probability) => probability / total) }];
  });
  return [{ name: 'policy', figures: [], decisions }];
}

function possible(probabilities: Float64Array): number {
  return probabilities.reduce((count, probability) => count + (probability > 0 ? 1 : 0), 0);
}

/** Σ KL(new ‖ old) over the decisions of an architecture that the new policy drew. */
function divergenceFrom(old: ControllerPolicy, { genome, decisions }: Episode): number {
  const before = old.replay(genome).decisions;
  return decisions.reduce((sum, decision, at) => sum + divergence(decision, before[at]), 0);
}

function divergence({ probabilities, logarithms }: TakenDecision, before: TakenDecision | undefined): number {
  let sum = 0;
  for (const [option, probability] of probabilities.entries())
    sum += probability * ((logarithms[option] ?? 0) - (before?.logarithms[option] ?? 0));
  return sum;
}

function skipProbabilityOf({ order, classOf }: DecisionLayout, batch: readonly Episode[]): number | null {
  if (order.kind !== 'macro') return null;
  const skips = batch.flatMap(({ decisions }) => decisions.filter(({ place }) => classOf[place] === -1));
  return skips.reduce((sum, { probabilities }) => sum + (probabilities[1] ?? 0), 0) / skips.length;
}

function meanProbabilities({ tree }: DecisionLayout, batch: readonly Episode[]): Uint8Array {
  if (tree.size > reportedOptions) return new Uint8Array(0);
  const sums = new Float64Array(tree.size);
  const counts = new Int32Array(tree.heads.length);
  for (const { decisions } of batch) {
    for (const { place, probabilities } of decisions) {
      const offset = tree.heads[place]?.offset ?? 0;
      counts[place] = (counts[place] ?? 0) + 1;
      for (const [option, probability] of probabilities.entries())
        sums[offset + option] = (sums[offset + option] ?? 0) + probability;
    }
  }
  const bytes = new Uint8Array(4 * tree.size);
  const view = new DataView(bytes.buffer);
  for (const [place, { offset, of }] of tree.heads.entries())
    for (let at = offset; at < offset + of; at += 1)
      view.setFloat32(4 * at, (sums[at] ?? 0) / Math.max(1, counts[place] ?? 0), true);
  return bytes;
}
