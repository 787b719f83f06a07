import { type ChoiceSource, dexp } from '../../foundation/numbers/index.js';
import type { ChoicePlan, FloatPlan, IntPlan, PicksPlan, Plan, PlanNode } from '../views/plan.js';
import { fromUnit } from '../views/unit-scale.js';

/** Draws every decision of a plan in genome order and appends its numbers. */
export function drawPlan(plan: Plan | undefined, source: ChoiceSource, out: number[]): void {
  if (plan === undefined) return;
  for (const node of plan.nodes) drawNode(node, source, out);
}

/** Draws one decision with everything below it. */
export function drawNode(node: PlanNode, source: ChoiceSource, out: number[]): void {
  switch (node.kind) {
    case 'choice': {
      const index = drawIndex(node, source);
      out.push(index);
      if (!node.plain) drawPlan(node.sub[index], source, out);
      return;
    }
    case 'picks':
      drawPicks(node, source, out);
      return;
    case 'int':
    case 'float':
      out.push(drawNumber(node, source));
      return;
    case 'length': {
      const length = node.min + source.below(node.max - node.min + 1);
      out.push(length);
      for (let i = 0; i < length; i++) drawPlan(node.sub[i], source, out);
      return;
    }
    default:
      node satisfies never;
  }
}

/** A candidate by weight. */
export function drawIndex(node: ChoicePlan | PicksPlan, source: ChoiceSource): number {
  return node.cumulative === null ? source.below(node.of) : drawWeighted(node.cumulative, source);
}

function drawWeighted(cumulative: Float64Array, source: ChoiceSource): number {
  const last = cumulative.length - 1;
  const target = source.unit() * (cumulative[last] ?? 0);
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulative[middle] ?? 0) > target) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** One of the listed candidates by weight. */
export function drawAmong(
  candidates: readonly number[],
  weights: ArrayLike<number> | null,
  source: ChoiceSource,
): number {
  if (weights === null) return candidates[source.below(candidates.length)] ?? 0;
  let total = 0;
  for (const candidate of candidates) total += weights[candidate] ?? 0;
  let target = source.unit() * total;
  for (const candidate of candidates) {
    target -= weights[candidate] ?? 0;
    if (target < 0) return candidate;
  }
  return candidates[candidates.length - 1] ?? 0;
}

/** All indices of a multi-choice, sorted where it is sorted. */
export function drawPickIndices(node: PicksPlan, source: ChoiceSource): number[] {
  const { k, of } = node;
  const indices: number[] = [];
  if (!node.distinct) {
    for (let pick = 0; pick < k; pick++) indices.push(drawIndex(node, source));
  } else {
    const unused: number[] = [];
    for (let i = 0; i < of; i++) unused.push(i);
    for (let pick = 0; pick < k; pick++) {
      if (node.weights === null) {
        const place = pick + source.below(of - pick);
        const index = unused[place] ?? 0;
        unused[place] = unused[pick] ?? 0;
        unused[pick] = index;
        indices.push(index);
      } else {
        const index = drawAmong(unused, node.weights, source);
        unused.splice(unused.indexOf(index), 1);
        indices.push(index);
      }
    }
  }
  return node.sorted ? indices.sort((a, b) => a - b) : indices;
}

function drawPicks(node: PicksPlan, source: ChoiceSource, out: number[]): void {
  for (const index of drawPickIndices(node, source)) {
    out.push(index);
    if (!node.plain) drawPlan(node.sub[index], source, out);
  }
}

/** A value of an int or float on its scale; each of a grid's values is as likely as any other. */
export function drawNumber(plan: IntPlan | FloatPlan, source: ChoiceSource): number {
  if (plan.values !== null) return plan.values[source.below(plan.values.length)] ?? plan.node.min;
  if (plan.kind === 'float') return fromUnit(plan.node, source.unit());
  const { min, max, step, scale } = plan.node;
  if (scale === 'linear' && plan.count <= 0x1_0000_0000) return min + step * source.below(plan.count);
  if (scale === 'linear') return Math.min(min + step * Math.floor(source.unit() * plan.count), max);
  const value = Math.floor(dexp(plan.logLow + source.unit() * (plan.logHigh - plan.logLow)) + 0.5);
  return value < min ? min : value > max ? max : value;
}
