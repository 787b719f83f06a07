import type { ChoiceSource } from '../../foundation/numbers/index.js';
import type { Contributor, SelectedPlaces } from './crossover-parents.js';
import { contributorsOf, lengthBelow, moved, numberOf, selectedPlaces } from './crossover-parents.js';
import { drawAmong } from './draw.js';
import type { Genome } from '../views/genome.js';
import type { LengthPlan, PicksPlan, Plan, PlanNode } from '../views/plan.js';
import { nodeLength, planLength } from '../views/plan.js';
import type { Selection } from '../views/where.js';

/** One child of all parents, or one per parent that keeps its own decisions where `where` leaves them out. */
export function uniformChildren(
  plan: Plan,
  parents: readonly Genome[],
  weights: readonly number[] | null,
  where: Selection | undefined,
  source: ChoiceSource,
): readonly Genome[] {
  const places = selectedPlaces(plan, parents, where, source);
  const keepers = places.leavesOut ? parents.map((_, parent) => parent) : [0];
  return keepers.map((keeper) => {
    const mixer = new Mixer(keeper, places, weights, source);
    mixer.plan(plan, contributorsOf(parents));
    return mixer.child;
  });
}

/** Builds one child, outer decisions first: below a candidate only the parents that chose it contribute. */
class Mixer {
  readonly child: number[] = [];
  private readonly keeper: number;
  private readonly places: SelectedPlaces;
  private readonly weights: readonly number[] | null;
  private readonly source: ChoiceSource;

  constructor(
    keeper: number,
    places: SelectedPlaces,
    weights: readonly number[] | null,
    source: ChoiceSource,
  ) {
    this.keeper = keeper;
    this.places = places;
    this.weights = weights;
    this.source = source;
  }

  plan(plan: Plan | undefined, contributors: readonly Contributor[]): void {
    let here = contributors;
    for (const node of plan?.nodes ?? []) {
      this.node(node, here);
      here = moved(here, (one) => nodeLength(node, one.numbers, one.place));
    }
  }

  private node(node: PlanNode, contributors: readonly Contributor[]): void {
    switch (node.kind) {
      case 'choice':
        this.below(node.sub, this.push(numberOf(this.one(contributors, contributors))), contributors);
        return;
      case 'int':
      case 'float':
        this.push(numberOf(this.one(contributors, contributors)));
        return;
      case 'picks':
        this.picks(node, contributors);
        return;
      case 'length':
        this.length(node, contributors);
        return;
      default:
        node satisfies never;
    }
  }

  private push(number: number): number {
    this.child.push(number);
    return number;
  }

  /** The parent that gives the value: the keeper where the decision is left out, else a random one of `among`. */
  private one(among: readonly Contributor[], decision: readonly Contributor[]): Contributor {
    const own = decision.find(({ parent }) => parent === this.keeper);
    if (own !== undefined && !this.places.isSelected(own)) {
      const kept = among.find(({ parent }) => parent === this.keeper);
      if (kept !== undefined) return kept;
    }
    return this.random(among);
  }

  private random(among: readonly Contributor[]): Contributor {
    const weights = this.weights;
    const weight = (i: number): number => weights?.[among[i]?.parent ?? 0] ?? 1;
    const places = among.map((_, i) => i);
    // Where only parents of weight 0 are left, each is as likely as any other.
    const isWeighted = weights !== null && places.some((i) => weight(i) > 0);
    const drawn = drawAmong(places, isWeighted ? places.map(weight) : null, this.source);
    const chosen = among[drawn];
    if (chosen === undefined) throw new RangeError('A decision of a child has no parent.');
    return chosen;
  }

  /** What is decided under a candidate, from the parents that chose it too. */
  private below(sub: readonly Plan[], index: number, contributors: readonly Contributor[]): void {
    const same = contributors.filter((one) => numberOf(one) === index);
    this.plan(
      sub[index],
      moved(same, () => 1),
    );
  }

  private picks(node: PicksPlan, contributors: readonly Contributor[]): void {
    // at[pick]: the parents, with the index in each at which that pick begins.
    const at: (readonly Contributor[])[] = [];
    let here = contributors;
    for (let pick = 0; pick < node.k; pick++) {
      at.push(here);
      here = moved(here, (one) => 1 + lengthBelow(node.sub, one));
    }
    const indices = this.indices(node, at, contributors);
    indices.forEach((index, pick) => {
      this.push(index);
      this.below(node.sub, index, at[pick] ?? []);
    });
  }

  /** Each index from a parent whose index keeps the rules; where no parent's does, all indices of one parent. */
  private indices(
    node: PicksPlan,
    at: readonly (readonly Contributor[])[],
    decision: readonly Contributor[],
  ): readonly number[] {
    const indices: number[] = [];
    const used = new Set<number>();
    for (const here of at) {
      const previous = indices.at(-1) ?? 0;
      const legal = here.filter((one) => {
        const index = numberOf(one);
        return !(node.distinct && used.has(index)) && !(node.sorted && index < previous);
      });
      if (legal.length === 0) {
        const { parent } = this.one(decision, decision);
        return at.map((pick) => numberOf(pick.find((one) => one.parent === parent) ?? decision[0] ?? nobody));
      }
      const index = numberOf(this.one(legal, decision));
      used.add(index);
      indices.push(index);
    }
    return indices;
  }

  private length(node: LengthPlan, contributors: readonly Contributor[]): void {
    const length = this.push(numberOf(this.one(contributors, contributors)));
    let here = moved(contributors, () => 1);
    const lengths = new Map(contributors.map((one) => [one.parent, numberOf(one)]));
    for (let i = 0; i < length; i++) {
      const longer = here.filter(({ parent }) => (lengths.get(parent) ?? 0) > i);
      this.plan(node.sub[i], longer);
      here = moved(longer, (one) => planLength(node.sub[i], one.numbers, one.place));
    }
  }
}

const nobody: Contributor = { parent: -1, numbers: [], place: 0 };
