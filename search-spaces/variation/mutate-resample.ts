import type { ChoiceSource } from '../../foundation/numbers/index.js';
import type { ActiveNode } from '../views/active-node.js';
import { drawAmong, drawNode, drawPlan } from './draw.js';
import type { Genome } from '../views/genome.js';
import type { Moves } from './moves.js';
import { pickSegments, sameNumbers, sortSegments } from '../views/pick-segments.js';
import type { ChoicePlan, PicksPlan, Plan } from '../views/plan.js';
import { otherOutcome, otherOutcomeOfPlan } from '../enumeration/sweep-order.js';

/** After so many draws of the present outcome a mutation takes some other one, so that none can loop for ever. */
export const redrawLimit = 64;

export const resampleMoves: Moves = {
  count(active, numbers) {
    const { plan } = active;
    if (plan.size === 1n) return 0;
    if (plan.kind !== 'picks' || !hasSinglePicks(plan)) return 1;
    let eligible = 1;
    for (let pick = 0; pick < plan.k; pick++) if (canRepick(active, numbers, pick)) eligible++;
    return eligible;
  },

  apply(active, numbers, unit, source, allowNoop) {
    const { plan } = active;
    if (plan.kind !== 'picks' || unit === 0) return redrawn(active, numbers, source, allowNoop);
    let remaining = unit;
    for (let pick = 0; pick < plan.k; pick++) {
      if (canRepick(active, numbers, pick) && --remaining === 0) {
        return repicked(active, plan, numbers, pick, source, allowNoop);
      }
    }
    throw new RangeError('A multi-choice has fewer picks that can change than were counted.');
  },
};

/** One pick of a permutation has no other candidate, and a single pick is the whole multi-choice. */
function hasSinglePicks(plan: PicksPlan): boolean {
  return plan.k > 1 && !plan.node.permutation;
}

function canRepick(active: ActiveNode, numbers: Genome, pick: number): boolean {
  const { plan, pickStarts } = active;
  if (plan.kind !== 'picks') return false;
  if (plan.distinct ? plan.of > plan.k : plan.of > 1) return true;
  const sub = plan.sub[numbers[pickStarts[pick] ?? -1] ?? -1];
  return sub !== undefined && sub.size !== 1n;
}

/** The whole decision drawn anew. */
function redrawn(
  active: ActiveNode,
  numbers: Genome,
  source: ChoiceSource,
  allowNoop: boolean,
): readonly number[] {
  const { plan, start, end } = active;
  const present = numbers.slice(start, end);
  if (!allowNoop) {
    if (plan.kind === 'choice') {
      const index = present[0] ?? 0;
      if (plan.sub[index]?.size === 1n) return withCandidate(plan, drawOther(plan, index, source), source);
    } else if (plan.kind === 'int' && plan.node.scale === 'linear' && plan.count <= 0x1_0000_0000) {
      const { min, step } = plan.node;
      const place = Math.round(((present[0] ?? min) - min) / step);
      const other = source.below(plan.count - 1);
      return [min + step * (other < place ? other : other + 1)];
    }
  }
  for (let attempt = 0; attempt < redrawLimit; attempt++) {
    const drawn: number[] = [];
    drawNode(plan, source, drawn);
    if (allowNoop || !sameNumbers(drawn, present)) return drawn;
  }
  return otherOutcome(plan, numbers, start);
}

/** A candidate other than the present one, by weight. */
export function drawOther(plan: ChoicePlan, present: number, source: ChoiceSource): number {
  if (plan.cumulative === null) {
    const other = source.below(plan.of - 1);
    return other < present ? other : other + 1;
  }
  const others: number[] = [];
  for (let i = 0; i < plan.of; i++) if (i !== present) others.push(i);
  return drawAmong(others, plan.node.weights ?? null, source);
}

/** A candidate's index with newly drawn numbers below it. */
export function withCandidate(
  plan: { readonly sub: readonly Plan[] },
  index: number,
  source: ChoiceSource,
): number[] {
  const drawn = [index];
  drawPlan(plan.sub[index], source, drawn);
  return drawn;
}

/** The candidates that a pick may take, the present one included. */
export function pickCandidates(plan: PicksPlan, segments: readonly number[][], pick: number): number[] {
  const taken = new Set<number>();
  if (plan.distinct) segments.forEach((segment, i) => i !== pick && taken.add(segment[0] ?? -1));
  const free: number[] = [];
  for (let i = 0; i < plan.of; i++) if (!taken.has(i)) free.push(i);
  return free;
}

/** One pick drawn anew among the candidates that are free for it. */
function repicked(
  active: ActiveNode,
  plan: PicksPlan,
  numbers: Genome,
  pick: number,
  source: ChoiceSource,
  allowNoop: boolean,
): readonly number[] {
  const segments = pickSegments(active, numbers);
  const present = segments[pick] ?? [];
  const index = present[0] ?? 0;
  const sub = plan.sub[index];
  const free = pickCandidates(plan, segments, pick);
  const others = free.filter((candidate) => candidate !== index);
  const isFixed = sub === undefined || sub.size === 1n;
  const draw = (): number[] => {
    for (let attempt = 0; attempt < redrawLimit; attempt++) {
      const among = isFixed && !allowNoop ? others : free;
      const drawn = withCandidate(plan, drawAmong(among, plan.weights, source), source);
      if (allowNoop || !sameNumbers(drawn, present)) return drawn;
    }
    return [index, ...otherOutcomeOfPlan(sub, numbers, (active.pickStarts[pick] ?? 0) + 1)];
  };
  segments[pick] = draw();
  return (plan.sorted ? sortSegments(segments) : segments).flat();
}
