import { elementId, listId } from '../language/decision-id.js';
import type { Plan, PlanNode } from './plan.js';

/** A decision that is active in a genome, with the indices of its numbers. */
export interface ActiveNode {
  readonly plan: PlanNode;
  readonly start: number;
  /** One past its last number, those of everything below it included. */
  readonly end: number;
  /** Where each pick's index, or each element of a list, begins; empty for other kinds. */
  readonly pickStarts: readonly number[];
  readonly parent: ActiveNode | null;
  /** The pick or element of the parent below which this stands; 0 for a plain choice. */
  readonly parentPick: number;
}

/** The active decisions of a valid genome, outer before inner, in genome order. */
export function activeNodes(plan: Plan, numbers: readonly number[]): readonly ActiveNode[] {
  const found: ActiveNode[] = [];
  walkPlan(plan, numbers, 0, null, 0, found);
  return found;
}

/** The same as far as the numbers reach, because `idAtPlace` may get a genome that ends at an error. */
function walkPlan(
  plan: Plan,
  numbers: readonly number[],
  start: number,
  parent: ActiveNode | null,
  parentPick: number,
  found: ActiveNode[],
): number {
  let place = start;
  for (const node of plan.nodes) place = walkNode(node, numbers, place, parent, parentPick, found);
  return place;
}

interface Growing extends ActiveNode {
  end: number;
}

function walkNode(
  plan: PlanNode,
  numbers: readonly number[],
  start: number,
  parent: ActiveNode | null,
  parentPick: number,
  found: ActiveNode[],
): number {
  switch (plan.kind) {
    case 'choice': {
      const self: Growing = { plan, start, end: start + 1, pickStarts: [], parent, parentPick };
      found.push(self);
      const sub = plan.sub[numbers[start] ?? -1];
      if (sub !== undefined) self.end = walkPlan(sub, numbers, start + 1, self, 0, found);
      return self.end;
    }
    case 'picks': {
      const pickStarts: number[] = [];
      const self: Growing = { plan, start, end: start, pickStarts, parent, parentPick };
      found.push(self);
      let place = start;
      for (let pick = 0; pick < plan.k; pick++) {
        pickStarts.push(place);
        const sub = plan.sub[numbers[place] ?? -1];
        place++;
        if (sub !== undefined) place = walkPlan(sub, numbers, place, self, pick, found);
      }
      self.end = place;
      return place;
    }
    case 'int':
    case 'float':
      found.push({ plan, start, end: start + 1, pickStarts: [], parent, parentPick });
      return start + 1;
    case 'length': {
      const pickStarts: number[] = [];
      const self: Growing = { plan, start, end: start, pickStarts, parent, parentPick };
      found.push(self);
      let place = start + 1;
      const length = numbers[start] ?? 0;
      for (let i = 0; i < length; i++) {
        const sub = plan.sub[i];
        if (sub === undefined) break;
        pickStarts.push(place);
        place = walkPlan(sub, numbers, place, self, i, found);
      }
      self.end = place;
      return place;
    }
    default:
      return plan satisfies never;
  }
}

/** The id of an active decision: every `[*]` of the view's id replaced by the pick that it is below. */
export function activeId(active: ActiveNode): string {
  const { parent, parentPick, plan } = active;
  if (parent === null) return plan.node.id;
  const above = parent.plan;
  if (above.kind === 'length') {
    const template = elementId(listId(above.node.id), parentPick);
    return elementId(listId(activeId(parent)), parentPick) + plan.node.id.slice(template.length);
  }
  const template = above.kind === 'picks' && above.k > 1 ? elementId(above.node.id, '*') : above.node.id;
  return pickId(parent, parentPick) + plan.node.id.slice(template.length);
}

/** The id of one pick of an active multi-choice; the decision's own id where it has no picks, or just one. */
export function pickId(active: ActiveNode, pick: number): string {
  const id = activeId(active);
  return active.plan.kind === 'picks' && active.plan.k > 1 ? elementId(id, pick) : id;
}

/** The id of the number at an index of a genome; null where no decision has a number there. */
export function idAtPlace(plan: Plan, numbers: readonly number[], place: number): string | null {
  for (const active of activeNodes(plan, numbers)) {
    if (active.plan.kind !== 'picks') {
      if (active.start === place) return activeId(active);
    } else {
      const pick = active.pickStarts.indexOf(place);
      if (pick !== -1) return pickId(active, pick);
    }
  }
  return null;
}
