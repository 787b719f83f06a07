import type { ActiveNode } from '../views/active-node.js';
import { activeNodes } from '../views/active-node.js';
import type { Decisions } from '../genomes/compile.js';
import { compile } from '../genomes/compile.js';
import type { Genome } from '../views/genome.js';
import { pickSegments, sameNumbers, sortSegments } from '../views/pick-segments.js';
import type { FloatPlan, IntPlan, LengthPlan, PicksPlan, Plan } from '../views/plan.js';
import { firstOfPlan, nextOfPlan } from '../enumeration/sweep-order.js';
import { fromUnit, lastValue, toUnit } from '../views/unit-scale.js';
import { requireGenome } from '../genomes/validate.js';

export interface NeighbourOptions {
  /** How far a float moves, as a part of its range on its scale (0.1). */
  readonly delta?: number;
  /** What is decided below a new candidate: its first point, or each of its points in turn (`first`). */
  readonly sub?: 'first' | 'all';
}

/**
 * The genomes one small change away, each once, in the order of the decisions and then of the candidates: every other
 * candidate; an int one step and a float `delta` down and up; each pick at each unused candidate; adjacent unsorted
 * picks swapped; a list without each of its elements or with a first one appended. Infeasible ones are left out where
 * the space is known. Throws `SpaceError` for an invalid genome, and for `sub: 'all'` above a float.
 */
export function* neighbours(
  x: Decisions,
  genome: Genome,
  { delta = 0.1, sub = 'first' }: NeighbourOptions = {},
): Generator<Genome, void, undefined> {
  const compiled = compile(x);
  const numbers = requireGenome(compiled.plan, genome);
  const seen = new Set([numbers.join()]);
  for (const active of activeNodes(compiled.plan, numbers)) {
    for (const own of changes(active, numbers, delta, sub)) {
      const neighbour = [...numbers.slice(0, active.start), ...own, ...numbers.slice(active.end)];
      const key = neighbour.join();
      if (seen.has(key)) continue;
      seen.add(key);
      if (compiled.violation(neighbour) === null) yield neighbour;
    }
  }
}

function* changes(
  active: ActiveNode,
  numbers: Genome,
  delta: number,
  sub: 'first' | 'all',
): Generator<readonly number[], void, undefined> {
  const { plan, start } = active;
  const present = numbers[start] ?? 0;
  switch (plan.kind) {
    case 'choice':
      for (let index = 0; index < plan.of; index++) {
        if (index === present) continue;
        for (const inner of pointsBelow(plan.sub[index], sub)) yield [index, ...inner];
      }
      return;
    case 'int':
    case 'float':
      for (const value of valuesBeside(plan, present, delta)) yield [value];
      return;
    case 'picks':
      yield* otherPicks(plan, pickSegments(active, numbers), sub);
      return;
    case 'length':
      yield* otherLengths(plan, pickSegments(active, numbers), sub);
      return;
    default:
      plan satisfies never;
  }
}

function* pointsBelow(
  plan: Plan | undefined,
  sub: 'first' | 'all',
): Generator<readonly number[], void, undefined> {
  if (plan === undefined) return;
  for (let point: number[] | null = firstOfPlan(plan); point !== null; point = nextOfPlan(plan, point)) {
    yield point;
    if (sub === 'first') return;
  }
}

function valuesBeside(plan: IntPlan | FloatPlan, present: number, delta: number): readonly number[] {
  if (plan.values !== null) {
    const below = plan.values.findLast((value) => value < present);
    const above = plan.values.find((value) => value > present);
    return [below, above].filter((value) => value !== undefined);
  }
  const { node } = plan;
  if (node.kind === 'int') {
    const beside = [present - node.step, present + node.step];
    return beside.filter((value) => value >= node.min && value <= lastValue(node));
  }
  const unit = toUnit(node, present);
  return [fromUnit(node, unit - delta), fromUnit(node, unit + delta)].filter((value) => value !== present);
}

function* otherPicks(
  plan: PicksPlan,
  segments: readonly number[][],
  sub: 'first' | 'all',
): Generator<readonly number[], void, undefined> {
  const whole = (changed: readonly number[][]): readonly number[] =>
    (plan.sorted ? sortSegments(changed) : changed).flat();
  const used = new Set(segments.map((segment) => segment[0] ?? 0));
  for (let pick = 0; pick < plan.k; pick++) {
    const present = segments[pick]?.[0];
    for (let index = 0; index < plan.of; index++) {
      if (index === present || (plan.distinct && used.has(index))) continue;
      for (const inner of pointsBelow(plan.sub[index], sub)) {
        yield whole(segments.map((segment, i) => (i === pick ? [index, ...inner] : segment)));
      }
    }
  }
  if (plan.sorted) return;
  for (let pick = 0; pick + 1 < plan.k; pick++) {
    const here = segments[pick] ?? [];
    const beside = segments[pick + 1] ?? [];
    if (sameNumbers(here, beside)) continue;
    yield segments.map((segment, i) => (i === pick ? beside : i === pick + 1 ? here : segment)).flat();
  }
}

function* otherLengths(
  plan: LengthPlan,
  elements: readonly number[][],
  sub: 'first' | 'all',
): Generator<readonly number[], void, undefined> {
  if (elements.length > plan.min) {
    for (let place = 0; place < elements.length; place++) {
      yield [elements.length - 1, ...elements.filter((_, i) => i !== place).flat()];
    }
  }
  if (elements.length >= plan.max) return;
  for (const element of pointsBelow(plan.sub[elements.length], sub)) {
    yield [elements.length + 1, ...elements.flat(), ...element];
  }
}
