import { RandomStream, type Rng } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { mostProbableGenome, policyOf } from '../policy-gradient/categorical-policy.js';
import { genomeOf } from '../policy-gradient/decisions.js';
import { Critic } from './critic.js';
import type { Layout } from './layout.js';
import type { Ma2mlState } from './ma2ml-state.js';
import { readMemory } from './memory.js';
import type { Ma2mlConfig } from './options.js';
import { drawOptions, withoutInactive } from './pipeline.js';
import { policyOfBytes } from './policy-bytes.js';
import { actionsAt } from './replay.js';
import { rewardFlags } from './reward.js';

/** A pipeline worth a full training, with the number that speaks for it. */
export interface Ma2mlCandidate {
  readonly genome: Genome;
  /** `best`: its reward; `drawn`: what the critic expects; null for the greedy one. */
  readonly value: number | null;
}

/** Candidates for full training: none of them is known to break a cost target. */
export interface Ma2mlCandidates {
  /** The most probable option of every decision; null when that is infeasible. */
  readonly greedy: Ma2mlCandidate | null;
  /** The best results so far, each pipeline once. */
  readonly best: readonly Ma2mlCandidate[];
  /** Of pipelines drawn from the policies, those of which the critic expects most; empty for `lite`. */
  readonly drawn: readonly Ma2mlCandidate[];
}

/** How many candidates to derive, and which pipelines may be one. */
export interface DerivationOptions {
  /** Whether a pipeline keeps within every cost target; default: all do that were not measured above one. */
  readonly isFeasible?: (genome: Genome) => boolean;
  /** Results so far. Default 1. */
  readonly best?: number;
  /** Draws from the policies. Default 1,000. */
  readonly draws?: number;
  /** Draws that are kept. Default 10. */
  readonly drawn?: number;
}

interface Result {
  readonly genome: Genome;
  readonly value: number;
  readonly flags: number;
}

/** Candidates for full training from a state and its bulk (null before the first update). */
export function candidatesOf(
  layout: Layout,
  config: Ma2mlConfig,
  state: Ma2mlState,
  bulk: Uint8Array | null,
  rng: Rng,
  options: DerivationOptions = {},
): Ma2mlCandidates {
  const { best = 1, draws = 1_000, drawn = 10 } = options;
  if ((bulk === null) !== (state.bulk === null)) {
    throw new AlgorithmError('the critic and the replay buffer must be those that the state names');
  }
  const memory = bulk === null ? null : readMemory(layout, config, bulk);
  // The results of a round that is not complete are in the state until the next update.
  const results: readonly Result[] = [
    ...(memory === null ? [] : resultsOf(layout, memory.replay)),
    ...state.results.map(({ actions, reward, flags }) => ({
      genome: genomeOf(layout, actions),
      value: reward,
      flags,
    })),
  ];
  const measuredAbove = new Set(
    results.filter(({ flags }) => (flags & rewardFlags.overTarget) !== 0).map(({ genome }) => genome.join()),
  );
  const isFeasible = (genome: Genome): boolean =>
    !measuredAbove.has(genome.join()) && (options.isFeasible?.(genome) ?? true);
  const { logits } = policyOfBytes(state.policy, layout.size, 'state.policy');
  const greedy = mostProbableGenome(layout, logits);
  const candidates = {
    greedy: isFeasible(greedy) ? { genome: greedy, value: null } : null,
    best: highest(
      results.filter(({ flags }) => (flags & (rewardFlags.noResult | rewardFlags.overTarget)) === 0),
      best,
      isFeasible,
    ),
  };
  if (memory === null || memory.critic.length === 0) return { ...candidates, drawn: [] };
  const critic = new Critic(layout, config.hiddenUnits, memory.critic);
  const policy = policyOf(layout, logits);
  const source = new RandomStream(rng);
  const samples = Array.from({ length: draws }, () => {
    const actions = withoutInactive(layout, drawOptions(layout, policy, source));
    return { genome: genomeOf(layout, actions), value: critic.value(actions) };
  });
  return { ...candidates, drawn: highest(samples, drawn, isFeasible) };
}

function resultsOf(layout: Layout, replay: ReturnType<typeof readMemory>['replay']): readonly Result[] {
  return Array.from({ length: replay.count }, (_, place) => ({
    genome: genomeOf(layout, actionsAt(replay, place)),
    value: replay.rewards[place] ?? 0,
    flags: replay.flags[place] ?? 0,
  }));
}

/** The feasible candidates of highest value, each genome once; of equal ones the first. */
function highest(
  candidates: readonly { readonly genome: Genome; readonly value: number }[],
  count: number,
  isFeasible: (genome: Genome) => boolean,
): readonly Ma2mlCandidate[] {
  const seen = new Set<string>();
  const found: Ma2mlCandidate[] = [];
  for (const { genome, value } of candidates.toSorted((a, b) => b.value - a.value)) {
    if (found.length === count) break;
    const key = genome.join();
    if (seen.has(key)) continue;
    seen.add(key);
    if (isFeasible(genome)) found.push({ genome, value });
  }
  return found;
}
