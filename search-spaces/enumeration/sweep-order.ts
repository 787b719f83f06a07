import { idAtPlace } from '../views/active-node.js';
import type { Decisions } from '../genomes/compile.js';
import { compile } from '../genomes/compile.js';
import type { Genome } from '../views/genome.js';
import type { LengthPlan, PicksPlan, Plan, PlanNode } from '../views/plan.js';
import { nodeLength, planLength } from '../views/plan.js';
import { SpaceError } from '../ground/space-error.js';
import { lastValue } from '../views/unit-scale.js';
import { requireGenome } from '../genomes/validate.js';

/** The first genome in sweep order: smallest indices, minima. */
export function first(x: Decisions): Genome {
  return firstOfPlan(compile(x).plan);
}

/** The last genome in sweep order: largest indices, maxima. */
export function last(x: Decisions): Genome {
  const numbers: number[] = [];
  appendLast(compile(x).plan, numbers);
  return numbers;
}

/**
 * The genome after this one in sweep order, null after the last. The last decision varies fastest.
 * Throws `SpaceError` for an invalid genome, and `float_not_enumerable` when a float itself would have to advance.
 */
export function next(x: Decisions, genome: Genome): Genome | null {
  const { plan } = compile(x);
  return nextOfPlan(plan, requireGenome(plan, genome), refuseFloat);
}

/**
 * The same, but a float whose range is a single value has no other instead of a refusal: sweeps of searches that were
 * stored go through such floats.
 */
export function nextWithFixedFloats(x: Decisions, genome: Genome): Genome | null {
  const { plan } = compile(x);
  return nextOfPlan(plan, requireGenome(plan, genome));
}

/** The first genome of a plan in sweep order. */
export function firstOfPlan(plan: Plan): number[] {
  const numbers: number[] = [];
  appendFirst(plan, numbers);
  return numbers;
}

/** The successor of a valid genome; floats of a single value have none unless the rule says otherwise. */
export function nextOfPlan(
  plan: Plan,
  genome: Genome,
  rule: FloatRule = refuseFloatWithRange,
): number[] | null {
  try {
    return advancePlan(plan, genome, 0, rule);
  } catch (error) {
    if (!(error instanceof FloatReached)) throw error;
    const id = idAtPlace(plan, genome, error.place);
    const detail = 'a float has no next value; sweep a space without floats.';
    throw new SpaceError({ code: 'float_not_enumerable', id, pos: error.place, detail });
  }
}

class FloatReached extends Error {
  readonly place: number;

  constructor(place: number) {
    super('A float was reached.');
    this.place = place;
  }
}

/** Gives the successor of a float's value; null after the last. `place` is its index in the genome, for errors. */
type FloatRule = (value: number, min: number, max: number, place: number) => number | null;

const refuseFloat: FloatRule = (_value, _min, _max, place) => {
  throw new FloatReached(place);
};

const refuseFloatWithRange: FloatRule = (value, min, max, place) =>
  min === max ? null : refuseFloat(value, min, max, place);

/** A float as if it had only its two ends: enough to find some other outcome. */
const floatEnds: FloatRule = (value, _min, max) => (value < max ? max : null);

/** Some outcome of a node that differs from its present one; the node must have another. */
export function otherOutcome(node: PlanNode, numbers: readonly number[], start: number): number[] {
  const advanced = advanceNode(node, numbers, start, floatEnds);
  if (advanced !== null) return advanced;
  const smallest: number[] = [];
  appendFirstOfNode(node, smallest);
  return smallest;
}

/** The same for everything under a candidate, whose numbers start at `start`. */
export function otherOutcomeOfPlan(
  plan: Plan | undefined,
  numbers: readonly number[],
  start: number,
): number[] {
  const advanced = advancePlan(plan, numbers, start, floatEnds);
  if (advanced !== null) return advanced;
  const smallest: number[] = [];
  appendFirst(plan, smallest);
  return smallest;
}

function appendFirst(plan: Plan | undefined, out: number[]): void {
  if (plan === undefined) return;
  for (const node of plan.nodes) appendFirstOfNode(node, out);
}

/** Appends the first outcome of a node in sweep order, with everything below it. */
export function appendFirstOfNode(node: PlanNode, out: number[]): void {
  switch (node.kind) {
    case 'choice':
      out.push(0);
      appendFirst(node.sub[0], out);
      return;
    case 'picks':
      for (let pick = 0; pick < node.k; pick++) {
        const index = node.distinct ? pick : 0;
        out.push(index);
        appendFirst(node.sub[index], out);
      }
      return;
    case 'int':
    case 'float':
      out.push(node.values === null ? node.node.min : (node.values[0] ?? node.node.min));
      return;
    case 'length':
      out.push(node.min);
      for (let i = 0; i < node.min; i++) appendFirst(node.sub[i], out);
      return;
    default:
      node satisfies never;
  }
}

function appendLast(plan: Plan | undefined, out: number[]): void {
  if (plan === undefined) return;
  for (const node of plan.nodes) {
    switch (node.kind) {
      case 'choice':
        out.push(node.of - 1);
        appendLast(node.sub[node.of - 1], out);
        break;
      case 'picks':
        for (let pick = 0; pick < node.k; pick++) {
          const below = !node.distinct ? 1 : node.sorted ? node.k - pick : pick + 1;
          out.push(node.of - below);
          appendLast(node.sub[node.of - below], out);
        }
        break;
      case 'int':
      case 'float':
        out.push(node.values === null ? lastValue(node.node) : (node.values.at(-1) ?? node.node.min));
        break;
      case 'length':
        out.push(node.max);
        for (const sub of node.sub) appendLast(sub, out);
        break;
      default:
        node satisfies never;
    }
  }
}

/** The successor of the plan's numbers, which start at `start`; only those of the plan are returned. */
function advancePlan(
  plan: Plan | undefined,
  numbers: readonly number[],
  start: number,
  rule: FloatRule,
): number[] | null {
  if (plan === undefined) return null;
  const starts: number[] = [];
  let place = start;
  for (const node of plan.nodes) {
    starts.push(place);
    place += nodeLength(node, numbers, place);
  }
  for (let i = plan.nodes.length - 1; i >= 0; i--) {
    const node = plan.nodes[i];
    const nodeStart = starts[i];
    if (node === undefined || nodeStart === undefined) continue;
    const advanced = advanceNode(node, numbers, nodeStart, rule);
    if (advanced === null) continue;
    const result = numbers.slice(start, nodeStart);
    for (const number of advanced) result.push(number);
    for (const later of plan.nodes.slice(i + 1)) appendFirstOfNode(later, result);
    return result;
  }
  return null;
}

function advanceNode(
  node: PlanNode,
  numbers: readonly number[],
  start: number,
  rule: FloatRule,
): number[] | null {
  const value = numbers[start] ?? 0;
  switch (node.kind) {
    case 'choice': {
      const inner = advancePlan(node.sub[value], numbers, start + 1, rule);
      if (inner !== null) return [value, ...inner];
      if (value + 1 >= node.of) return null;
      const result = [value + 1];
      appendFirst(node.sub[value + 1], result);
      return result;
    }
    case 'picks':
      return advancePicks(node, numbers, start, rule);
    case 'int':
      if (node.values !== null) return nextListed(node.values, value);
      return value + node.node.step <= node.node.max ? [value + node.node.step] : null;
    case 'float': {
      if (node.values !== null) return nextListed(node.values, value);
      const advanced = rule(value, node.node.min, node.node.max, start);
      return advanced === null ? null : [advanced];
    }
    case 'length':
      return advanceLength(node, numbers, start, rule);
    default:
      return node satisfies never;
  }
}

/** The next larger value of a grid. */
function nextListed(values: readonly number[], present: number): number[] | null {
  const larger = values.find((value) => value > present);
  return larger === undefined ? null : [larger];
}

function advanceLength(
  node: LengthPlan,
  numbers: readonly number[],
  start: number,
  rule: FloatRule,
): number[] | null {
  const length = numbers[start] ?? 0;
  const starts: number[] = [];
  let place = start + 1;
  for (let i = 0; i < length; i++) {
    starts.push(place);
    place += planLength(node.sub[i], numbers, place);
  }
  for (let i = length - 1; i >= 0; i--) {
    const at = starts[i] ?? start;
    const inner = advancePlan(node.sub[i], numbers, at, rule);
    if (inner === null) continue;
    const result = [...numbers.slice(start, at), ...inner];
    for (let later = i + 1; later < length; later++) appendFirst(node.sub[later], result);
    return result;
  }
  if (length >= node.max) return null;
  const result = [length + 1];
  for (let i = 0; i <= length; i++) appendFirst(node.sub[i], result);
  return result;
}

function advancePicks(
  node: PicksPlan,
  numbers: readonly number[],
  start: number,
  rule: FloatRule,
): number[] | null {
  const starts: number[] = [];
  let place = start;
  for (let pick = 0; pick < node.k; pick++) {
    starts.push(place);
    place += 1 + planLength(node.sub[numbers[place] ?? 0], numbers, place + 1);
  }
  const used = new Set<number>(starts.map((at) => numbers[at] ?? 0));
  for (let pick = node.k - 1; pick >= 0; pick--) {
    const at = starts[pick] ?? start;
    const index = numbers[at] ?? 0;
    const inner = advancePlan(node.sub[index], numbers, at + 1, rule);
    used.delete(index);
    if (inner !== null) {
      used.add(index);
      return completePicks(node, [...numbers.slice(start, at + 1), ...inner], pick, index, used);
    }
    // Sorted and distinct picks must leave enough larger indices for those after them.
    const limit = node.distinct && node.sorted ? node.of - (node.k - 1 - pick) : node.of;
    for (let candidate = index + 1; candidate < limit; candidate++) {
      if (node.distinct && used.has(candidate)) continue;
      used.add(candidate);
      const head = [...numbers.slice(start, at), candidate];
      appendFirst(node.sub[candidate], head);
      return completePicks(node, head, pick, candidate, used);
    }
  }
  return null;
}

/** Appends the smallest legal picks after `pick`. `used` holds the indices of the picks up to it. */
function completePicks(
  node: PicksPlan,
  head: number[],
  pick: number,
  index: number,
  used: Set<number>,
): number[] {
  let candidate = node.sorted ? (node.distinct ? index + 1 : index) : 0;
  for (let later = pick + 1; later < node.k; later++) {
    while (node.distinct && used.has(candidate)) candidate++;
    head.push(candidate);
    appendFirst(node.sub[candidate], head);
    if (node.distinct) candidate++;
  }
  return head;
}
