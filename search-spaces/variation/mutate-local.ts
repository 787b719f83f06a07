import type { ChoiceSource } from '../../foundation/numbers/index.js';
import type { ActiveNode } from '../views/active-node.js';
import { drawAmong, drawPlan } from './draw.js';
import type { Genome } from '../views/genome.js';
import type { Moves } from './moves.js';
import { drawOther, pickCandidates, redrawLimit, withCandidate } from './mutate-resample.js';
import { pickSegments, sameNumbers, sortSegments } from '../views/pick-segments.js';
import type { FloatPlan, IntPlan, LengthPlan, PicksPlan } from '../views/plan.js';
import { otherOutcomeOfPlan } from '../enumeration/sweep-order.js';
import { fromUnit, lastValue, toUnit } from '../views/unit-scale.js';

/** The largest step of an int or float, as a part of its range on its scale. */
const stepSize = 0.2;

export const localMoves: Moves = {
  count(active) {
    const { plan } = active;
    switch (plan.kind) {
      case 'choice':
        return plan.of > 1 ? 1 : 0;
      case 'picks':
        if (plan.node.permutation) return plan.k > 1 ? 1 : 0;
        return (plan.distinct ? plan.of > plan.k : plan.of > 1) ? plan.k : 0;
      case 'int':
      case 'float':
      case 'length':
        return plan.size === 1n ? 0 : 1;
      default:
        return plan satisfies never;
    }
  },

  apply(active, numbers, unit, source) {
    const { plan, start } = active;
    const present = numbers[start] ?? 0;
    switch (plan.kind) {
      case 'choice':
        return withCandidate(plan, drawOther(plan, present, source), source);
      case 'picks':
        if (plan.node.permutation) return reordered(pickSegments(active, numbers), source).flat();
        return repicked(active, plan, numbers, unit, source);
      case 'int':
        return [steppedInt(plan, present, source)];
      case 'float':
        return [steppedFloat(plan, present, source)];
      case 'length':
        return editedList(active, plan, numbers, source);
      default:
        return plan satisfies never;
    }
  },
};

/** One pick set to another candidate; the other picks are copied. */
function repicked(
  active: ActiveNode,
  plan: PicksPlan,
  numbers: Genome,
  pick: number,
  source: ChoiceSource,
): readonly number[] {
  const segments = pickSegments(active, numbers);
  const index = segments[pick]?.[0] ?? 0;
  const others = pickCandidates(plan, segments, pick).filter((candidate) => candidate !== index);
  segments[pick] = withCandidate(plan, drawAmong(others, plan.weights, source), source);
  return (plan.sorted ? sortSegments(segments) : segments).flat();
}

/** A list with one element inserted, deleted or redrawn, whichever are possible being equally likely. */
function editedList(
  active: ActiveNode,
  plan: LengthPlan,
  numbers: Genome,
  source: ChoiceSource,
): readonly number[] {
  const elements = pickSegments(active, numbers);
  const length = elements.length;
  const edits: ('insert' | 'delete' | 'change')[] = [];
  if (length < plan.max) edits.push('insert');
  if (length > plan.min) edits.push('delete');
  if (length > 0 && plan.sub[0]?.size !== 1n) edits.push('change');
  const edit = edits[source.below(edits.length)] ?? 'insert';
  if (edit === 'insert') {
    const drawn: number[] = [];
    const place = source.below(length + 1);
    drawPlan(plan.sub[0], source, drawn);
    elements.splice(place, 0, drawn);
  } else {
    const place = source.below(length);
    if (edit === 'delete') elements.splice(place, 1);
    else elements[place] = redrawnElement(plan, elements[place] ?? [], source);
  }
  return [elements.length, ...elements.flat()];
}

function redrawnElement(plan: LengthPlan, present: readonly number[], source: ChoiceSource): number[] {
  for (let attempt = 0; attempt < redrawLimit; attempt++) {
    const drawn: number[] = [];
    drawPlan(plan.sub[0], source, drawn);
    if (!sameNumbers(drawn, present)) return drawn;
  }
  return otherOutcomeOfPlan(plan.sub[0], present, 0);
}

/** A permutation after a swap, an insertion elsewhere or the reversal of a stretch, each with probability ⅓. */
function reordered(segments: number[][], source: ChoiceSource): number[][] {
  const n = segments.length;
  const move = source.below(3);
  const i = source.below(n);
  const drawn = source.below(n - 1);
  const j = drawn < i ? drawn : drawn + 1;
  const result = [...segments];
  if (move === 0) {
    result[i] = segments[j] ?? [];
    result[j] = segments[i] ?? [];
  } else if (move === 1) {
    const [moved = []] = result.splice(i, 1);
    result.splice(j, 0, moved);
  } else {
    const low = Math.min(i, j);
    const high = Math.max(i, j);
    for (let place = low; place <= high; place++) result[place] = segments[low + high - place] ?? [];
  }
  return result;
}

/** A step in [−stepSize, stepSize], small ones being likelier. */
function drawStep(source: ChoiceSource): number {
  return stepSize * (source.unit() + source.unit() - 1);
}

function reflected(unit: number): number {
  return unit < 0 ? -unit : unit > 1 ? 2 - unit : unit;
}

function steppedFloat(plan: FloatPlan, present: number, source: ChoiceSource): number {
  const { node } = plan;
  for (let attempt = 0; attempt < redrawLimit; attempt++) {
    const value = fromUnit(node, reflected(toUnit(node, present) + drawStep(source)));
    if (value !== present) return value;
  }
  return present < node.max ? node.max : node.min;
}

/** Moves by at least one step, backwards at an end. */
function steppedInt(plan: IntPlan, present: number, source: ChoiceSource): number {
  const { node } = plan;
  const step = drawStep(source);
  const value = fromUnit(node, reflected(toUnit(node, present) + step));
  if (value !== present) return value;
  const up = present + node.step;
  const down = present - node.step;
  if (up > lastValue(node)) return down;
  return step >= 0 || down < node.min ? up : down;
}
