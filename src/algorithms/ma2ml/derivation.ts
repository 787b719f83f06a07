import { RandomStream, type Rng } from '../../numerics/index.js';
import type { Genome, View } from '../../search-spaces/index.js';
import { AlgorithmError, type AlgorithmReference, type Metric, type StateValue } from '../algorithm.js';
import { Critic } from './critic.js';
import { genomeOf, withoutInactive } from './layout.js';
import { readMemory } from './memory.js';
import { drawOptions, mostProbable, policyOf } from './policy.js';
import { policyOfBytes } from './policy-bytes.js';
import { readSearch } from './report.js';
import { actionsAt } from './replay.js';
import { rewardFlags } from './reward.js';

/** A pipeline worth a full training, with the number that speaks for it. */
export interface Ma2mlCandidate {
  readonly genome: Genome;
  /** `best`: its reward; `drawn`: what the critic expects; null for the greedy one. */
  readonly value: number | null;
}

/** Candidates for full training: none of them breaks a cost target. */
export interface Ma2mlCandidates {
  /** The most probable option of every decision; null when that is infeasible. */
  readonly greedy: Ma2mlCandidate | null;
  /** The best results in the replay buffer, each pipeline once. */
  readonly best: readonly Ma2mlCandidate[];
  /** Of pipelines drawn from the policies, those of which the critic expects most; empty for `lite`. */
  readonly drawn: readonly Ma2mlCandidate[];
}

export interface DerivationOptions {
  /** Whether a pipeline keeps within every cost target; default: all do. */
  readonly isFeasible?: (genome: Genome) => boolean;
  /** Results of the replay buffer. Default 1. */
  readonly best?: number;
  /** Draws from the policies. Default 1,000. */
  readonly draws?: number;
  /** Draws that are kept. Default 10. */
  readonly drawn?: number;
}

/**
 * Candidates for full training from a state and its bulk (null before the first update). Results that broke a cost
 * target are left out by what was measured, all others by `isFeasible`. The same arguments give the same candidates.
 */
export function deriveMa2ml(
  reference: AlgorithmReference,
  view: View,
  metrics: readonly Metric[],
  value: StateValue,
  bulk: Uint8Array | null,
  rng: Rng,
  options: DerivationOptions = {},
): Ma2mlCandidates {
  const { isFeasible = () => true, best = 1, draws = 1_000, drawn = 10 } = options;
  const { layout, config, state } = readSearch(reference, view, metrics, value);
  if ((bulk === null) !== (state.bulk === null)) {
    throw new AlgorithmError('the critic and the replay buffer must be those that the state names');
  }
  const { logits } = policyOfBytes(state.policy, layout.size, 'state.policy');
  const greedy = genomeOf(layout, mostProbable(layout, logits));
  const candidates = { greedy: isFeasible(greedy) ? { genome: greedy, value: null } : null };
  if (bulk === null) return { ...candidates, best: [], drawn: [] };
  const memory = readMemory(layout, config, bulk);
  const { replay } = memory;
  const results = Array.from({ length: replay.count }, (_, place) => place)
    .filter((place) => ((replay.flags[place] ?? 0) & (rewardFlags.noResult | rewardFlags.overTarget)) === 0)
    .map((place) => ({
      genome: genomeOf(layout, actionsAt(replay, place)),
      value: replay.rewards[place] ?? 0,
    }));
  const bestResults = highest(results, best, isFeasible);
  if (memory.critic.length === 0) return { ...candidates, best: bestResults, drawn: [] };
  const critic = new Critic(layout, config.hiddenUnits, memory.critic);
  const policy = policyOf(layout, logits);
  const source = new RandomStream(rng);
  const samples = Array.from({ length: draws }, () => {
    const actions = withoutInactive(layout, drawOptions(layout, policy, source));
    return { genome: genomeOf(layout, actions), value: critic.value(actions) };
  });
  return { ...candidates, best: bestResults, drawn: highest(samples, drawn, isFeasible) };
}

/** The feasible candidates of highest value, each genome once; of equal ones the first. */
function highest<C extends Ma2mlCandidate & { readonly value: number }>(
  candidates: readonly C[],
  count: number,
  isFeasible: (genome: Genome) => boolean,
): readonly C[] {
  const seen = new Set<string>();
  const found: C[] = [];
  for (const candidate of candidates.toSorted((a, b) => b.value - a.value)) {
    if (found.length === count) break;
    const key = candidate.genome.join();
    if (seen.has(key)) continue;
    seen.add(key);
    if (isFeasible(candidate.genome)) found.push(candidate);
  }
  return found;
}
