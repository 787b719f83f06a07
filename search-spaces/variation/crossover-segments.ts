import type { ChoiceSource } from '../../foundation/numbers/index.js';
import type { Decisions } from '../genomes/compile.js';
import { compile } from '../genomes/compile.js';
import { elementId } from '../language/decision-id.js';
import type { Genome } from '../views/genome.js';
import type { PlanNode, Plan } from '../views/plan.js';
import { nodeLength, planLength } from '../views/plan.js';
import { SpaceError } from '../ground/space-error.js';

/** Ids of the points between which `kPoint` and `segmented` cut: outer decisions, and each pick of free ones. */
export function independentPoints(x: Decisions): readonly string[] {
  return compile(x).plan.nodes.flatMap((node) =>
    isCutThrough(node)
      ? Array.from({ length: node.k }, (_, pick) => elementId(node.node.id, pick))
      : [node.node.id],
  );
}

function isCutThrough(node: PlanNode): node is Extract<PlanNode, { kind: 'picks' }> {
  return node.kind === 'picks' && node.k > 1 && !node.distinct && !node.sorted;
}

/** The numbers of each independent point of a genome. */
function pointSegments(plan: Plan, numbers: Genome): readonly (readonly number[])[] {
  const segments: (readonly number[])[] = [];
  let place = 0;
  for (const node of plan.nodes) {
    if (!isCutThrough(node)) {
      const end = place + nodeLength(node, numbers, place);
      segments.push(numbers.slice(place, end));
      place = end;
      continue;
    }
    for (let pick = 0; pick < node.k; pick++) {
      const end = place + 1 + planLength(node.sub[numbers[place] ?? 0], numbers, place + 1);
      segments.push(numbers.slice(place, end));
      place = end;
    }
  }
  return segments;
}

/** Two children that take the segments between the cuts from the parents in turn. */
export function crossedSegments(
  plan: Plan,
  parents: readonly Genome[],
  where: { readonly k: number } | { readonly cuts: readonly number[] },
  source: ChoiceSource,
): readonly Genome[] {
  const [a = [], b = []] = parents.map((parent) => pointSegments(plan, parent));
  const cuts = 'cuts' in where ? checkedCuts(where.cuts, a.length) : drawnCuts(where.k, a.length, source);
  const first: number[] = [];
  const second: number[] = [];
  for (let point = 0; point < a.length; point++) {
    const before = cuts.filter((cut) => cut <= point).length;
    const [own = [], other = []] = before % 2 === 0 ? [a[point], b[point]] : [b[point], a[point]];
    for (const number of own) first.push(number);
    for (const number of other) second.push(number);
  }
  return [first, second];
}

function checkedCuts(cuts: readonly number[], points: number): readonly number[] {
  const isCut = (cut: number): boolean => Number.isInteger(cut) && cut >= 0 && cut <= points;
  if (!cuts.every(isCut) || new Set(cuts).size < cuts.length) {
    const detail = `cuts are different integers from 0 to ${points}.`;
    throw new SpaceError({ code: 'bad_cuts', id: null, pos: null, detail });
  }
  return cuts;
}

/** k different cuts between neighbouring points; all of them where there are no more. */
function drawnCuts(k: number, points: number, source: ChoiceSource): readonly number[] {
  if (!Number.isSafeInteger(k) || k < 1) {
    const detail = `a number of cuts is at least 1, not ${k}.`;
    throw new SpaceError({ code: 'bad_cuts', id: null, pos: null, detail });
  }
  const cuts = Array.from({ length: Math.max(0, points - 1) }, (_, i) => i + 1);
  if (points <= k + 1) return cuts;
  for (let i = 0; i < k; i++) {
    const j = i + source.below(cuts.length - i);
    [cuts[i], cuts[j]] = [cuts[j] ?? 1, cuts[i] ?? 1];
  }
  return cuts.slice(0, k);
}
