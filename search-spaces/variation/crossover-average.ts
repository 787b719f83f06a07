import type { ChoiceSource } from '../../foundation/numbers/index.js';
import type { Contributor, SelectedPlaces } from './crossover-parents.js';
import { contributorsOf, lengthBelow, moved, numberOf, selectedPlaces } from './crossover-parents.js';
import type { Genome } from '../views/genome.js';
import type { FloatPlan, IntPlan, Plan, PlanNode } from '../views/plan.js';
import { nodeLength, planLength } from '../views/plan.js';
import { fromUnit, lastValue, toUnit } from '../views/unit-scale.js';
import type { Selection } from '../views/where.js';

/** Each parent with its ints and floats averaged over all parents in which they are active; equal ones once. */
export function averaged(
  plan: Plan,
  parents: readonly Genome[],
  weights: readonly number[] | null,
  space: 'unit' | 'value',
  where: Selection | undefined,
  source: ChoiceSource,
): readonly Genome[] {
  const places = selectedPlaces(plan, parents, where, source);
  const children = new Map<string, Genome>();
  parents.forEach((_, keeper) => {
    const averager = new Averager(keeper, places, weights, space);
    averager.plan(plan, contributorsOf(parents));
    const key = averager.child.join();
    if (!children.has(key)) children.set(key, averager.child);
  });
  return [...children.values()];
}

/** Builds the child that keeps one parent's choices; a parent contributes below a candidate only if it chose it. */
class Averager {
  readonly child: number[] = [];
  private readonly keeper: number;
  private readonly places: SelectedPlaces;
  private readonly weights: readonly number[] | null;
  private readonly space: 'unit' | 'value';

  constructor(
    keeper: number,
    places: SelectedPlaces,
    weights: readonly number[] | null,
    space: 'unit' | 'value',
  ) {
    this.keeper = keeper;
    this.places = places;
    this.weights = weights;
    this.space = space;
  }

  plan(plan: Plan | undefined, contributors: readonly Contributor[]): void {
    let here = contributors;
    for (const node of plan?.nodes ?? []) {
      this.node(node, here);
      here = moved(here, (one) => nodeLength(node, one.numbers, one.place));
    }
  }

  private own(contributors: readonly Contributor[]): Contributor {
    const own = contributors.find(({ parent }) => parent === this.keeper);
    if (own === undefined)
      throw new RangeError('A child is averaged at a place that its parent does not have.');
    return own;
  }

  private node(node: PlanNode, contributors: readonly Contributor[]): void {
    const own = this.own(contributors);
    switch (node.kind) {
      case 'choice':
        this.candidate(node.sub, contributors);
        return;
      case 'picks': {
        let here = contributors;
        for (let pick = 0; pick < node.k; pick++) {
          this.candidate(node.sub, here);
          here = moved(here, (one) => 1 + lengthBelow(node.sub, one));
        }
        return;
      }
      case 'int':
      case 'float':
        this.child.push(this.places.isSelected(own) ? this.mean(node, contributors) : numberOf(own));
        return;
      case 'length': {
        const length = numberOf(own);
        this.child.push(length);
        const lengths = new Map(contributors.map((one) => [one.parent, numberOf(one)]));
        let here = moved(contributors, () => 1);
        for (let i = 0; i < length; i++) {
          const longer = here.filter(({ parent }) => (lengths.get(parent) ?? 0) > i);
          this.plan(node.sub[i], longer);
          here = moved(longer, (one) => planLength(node.sub[i], one.numbers, one.place));
        }
        return;
      }
      default:
        node satisfies never;
    }
  }

  private candidate(sub: readonly Plan[], contributors: readonly Contributor[]): void {
    const index = numberOf(this.own(contributors));
    this.child.push(index);
    const same = contributors.filter((one) => numberOf(one) === index);
    this.plan(
      sub[index],
      moved(same, () => 1),
    );
  }

  private mean(plan: IntPlan | FloatPlan, contributors: readonly Contributor[]): number {
    const { node } = plan;
    const isPlain = this.space === 'value' || node.scale === 'linear';
    let sum = 0;
    let total = 0;
    for (const one of contributors) {
      const weight = this.weights?.[one.parent] ?? 1;
      total += weight;
      sum += weight * (isPlain ? numberOf(one) : toUnit(node, numberOf(one)));
    }
    // Where every parent with the decision has weight 0, there is no mean: the child keeps its own number.
    if (total === 0) return numberOf(this.own(contributors));
    const mean = sum / total;
    if (!isPlain) return fromUnit(node, mean);
    const last = lastValue(node);
    const value = Math.min(Math.max(mean, node.min), last);
    if (node.kind === 'float') return value === 0 ? 0 : value;
    return Math.min(node.min + node.step * Math.floor((value - node.min) / node.step + 0.5), last);
  }
}
