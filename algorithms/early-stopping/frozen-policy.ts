import type { Gate, LeafValues, RungGate } from '../contract/trial.js';
import { emptyHistory, joinHistory, type RankHistory } from './rank-history.js';
import type { CheckedPolicy } from './read-policy.js';
import { barAt } from './stopping-policy.js';

/** The gates of a policy that compare with earlier trials, in order: one history belongs to each. */
export function rankGatesOf(policy: CheckedPolicy): readonly RankPlace[] {
  return leavesOf(policy).flatMap((leaf, place) =>
    leaf.kind === 'byRank'
      ? leaf.gates.map(([, rank], gate) => ({ leaf: place, gate, rank, goal: leaf.goal }))
      : [],
  );
}

interface RankPlace {
  readonly leaf: number;
  readonly gate: number;
  readonly rank: number;
  readonly goal: 'maximize' | 'minimize';
}

type Leaf = Extract<CheckedPolicy, { readonly kind: 'byValue' | 'byRank' }>;

/** The policy as a gate, with the thresholds that follow from these histories. */
export function freezePolicy(policy: CheckedPolicy, histories: readonly RankHistory[]): Gate {
  let next = 0;
  const frozenLeaf = (leaf: Leaf): RungGate => ({
    metric: leaf.metric,
    goal: leaf.goal,
    rungs: leaf.gates.map(([step], gate) => {
      const history = leaf.kind === 'byRank' ? histories[next++] : undefined;
      return { step, threshold: barAt(leaf, gate, history ?? emptyHistory) ?? neverWorse(leaf.goal) };
    }),
  });
  const frozen = (part: CheckedPolicy): Gate => {
    switch (part.kind) {
      case 'and':
      case 'or':
        return { kind: part.kind, of: part.of.map(frozen) };
      case 'not':
        return { kind: 'not', of: frozen(part.of) };
      case 'byValue':
      case 'byRank':
        return frozenLeaf(part);
      default:
        return part satisfies never;
    }
  };
  const gate = frozen(policy);
  // A gate that stands alone would record values for rungs that were jumped over, too.
  return gate.kind === undefined ? { kind: 'or', of: [gate] } : gate;
}

/** The histories after a trial that had these values at its gate. */
export function joinHistories(
  policy: CheckedPolicy,
  histories: readonly RankHistory[],
  values: LeafValues,
): readonly RankHistory[] {
  return rankGatesOf(policy).map(({ leaf, gate, rank, goal }, place) => {
    const history = histories[place] ?? emptyHistory;
    const value = values[leaf]?.[gate] ?? null;
    return value === null ? history : joinHistory(history, value, rank, goal);
  });
}

function leavesOf(policy: CheckedPolicy): readonly Leaf[] {
  switch (policy.kind) {
    case 'and':
    case 'or':
      return policy.of.flatMap(leavesOf);
    case 'not':
      return leavesOf(policy.of);
    case 'byValue':
    case 'byRank':
      return [policy];
    default:
      return policy satisfies never;
  }
}

/** The threshold that nothing is worse than. */
function neverWorse(goal: 'maximize' | 'minimize'): number {
  return goal === 'maximize' ? -Number.MAX_VALUE : Number.MAX_VALUE;
}
