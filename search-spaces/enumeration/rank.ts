import type { Decisions } from '../genomes/compile.js';
import { compile, size } from '../genomes/compile.js';
import type { Genome } from '../views/genome.js';
import type { IntPlan, FloatPlan, LengthPlan, PicksPlan, Plan, PlanNode } from '../views/plan.js';
import { lengthSizes } from '../views/size.js';
import { SpaceError } from '../ground/space-error.js';
import { requireGenome } from '../genomes/validate.js';

/**
 * The genome at an index of the sweep, from 0 to size − 1, counting points that violate constraints, too. Exact in
 * bigint, without walking. Throws `SpaceError` `out_of_range` for another index and `float_not_enumerable` for an
 * infinite space.
 */
export function at(x: Decisions, index: bigint | number): Genome {
  const compiled = compile(x);
  if (size(compiled) === 'infinite') refuseFloats();
  return atOfPlan(compiled.plan, index);
}

/** The same for a plan, in which a float of a single value counts as one point. */
export function atOfPlan(plan: Plan, index: bigint | number): Genome {
  const points = finiteSize(plan);
  if (typeof index === 'number' && !Number.isSafeInteger(index)) refuse(`${index} is no exact integer.`);
  const wanted = BigInt(index);
  if (wanted < 0n || wanted >= points) refuse(`the sweep has places 0 to ${points - 1n}, not ${wanted}.`);
  const numbers: number[] = [];
  new Unranker(numbers).plan(plan, wanted);
  return numbers;
}

/** The index of a genome in the sweep. Throws `SpaceError` for an invalid genome or an infinite space. */
export function indexOf(x: Decisions, genome: Genome): bigint {
  const { plan } = compile(x);
  if (size(x) === 'infinite') refuseFloats();
  return new Ranker(requireGenome(plan, genome)).plan(plan);
}

function finiteSize(plan: Plan): bigint {
  return plan.size === 'infinite' ? refuseFloats() : plan.size;
}

function refuseFloats(): never {
  const detail = 'a space with floats has no numbered points; give a grid.';
  throw new SpaceError({ code: 'float_not_enumerable', id: null, pos: null, detail });
}

function refuse(detail: string): never {
  throw new SpaceError({ code: 'out_of_range', id: null, pos: null, detail });
}

/** The size of a part of a finite space. */
function sizeOf({ size }: { readonly size: bigint | 'infinite' }): bigint {
  return size === 'infinite' ? 0n : size;
}

/** suffix[i]: the number of outcomes of the parts after the i-th together. */
function sizesAfter(parts: readonly { readonly size: bigint | 'infinite' }[]): readonly bigint[] {
  const suffix = new Array<bigint>(parts.length).fill(1n);
  for (let i = parts.length - 2; i >= 0; i--) {
    const after = parts[i + 1];
    suffix[i] = (suffix[i + 1] ?? 1n) * (after === undefined ? 1n : sizeOf(after));
  }
  return suffix;
}

/** Counts how a multi-choice can be completed once its first picks are known. */
class PickCounter {
  private readonly node: PicksPlan;
  private readonly sizes: readonly bigint[];
  /** ways[j][i]: outcomes of j sorted picks among the candidates from i on. */
  private readonly ways: bigint[][] = [];
  /** sums[j]: the sum over all sets of j unused candidates of the products of their sizes. */
  private readonly sums: bigint[];
  private readonly total: bigint;

  constructor(node: PicksPlan) {
    this.node = node;
    const sizes = node.sub.map(sizeOf);
    this.sizes = sizes;
    this.total = sizes.reduce((sum, size) => sum + size, 0n);
    this.sums = [1n, ...new Array<bigint>(node.k).fill(0n)];
    if (node.sorted) {
      for (let j = 0; j <= node.k; j++) {
        const own = new Array<bigint>(node.of + 1).fill(j === 0 ? 1n : 0n);
        const fewer = this.ways[j - 1];
        for (let i = node.of - 1; j > 0 && i >= 0; i--) {
          const again = fewer?.[node.distinct ? i + 1 : i] ?? 0n;
          own[i] = (sizes[i] ?? 0n) * again + (own[i + 1] ?? 0n);
        }
        this.ways.push(own);
      }
    } else if (node.distinct) {
      for (const size of sizes) {
        for (let j = node.k; j >= 1; j--) {
          this.sums[j] = (this.sums[j] ?? 0n) + size * (this.sums[j - 1] ?? 0n);
        }
      }
    }
  }

  size(index: number): bigint {
    return this.sizes[index] ?? 0n;
  }

  /** Outcomes of the `left` picks after one of candidate `index`, which is still counted as unused. */
  after(index: number, left: number): bigint {
    const { sorted, distinct } = this.node;
    if (sorted) return this.ways[left]?.[distinct ? index + 1 : index] ?? 0n;
    if (!distinct) return this.total ** BigInt(left);
    let without = 1n;
    for (let j = 1; j <= left; j++) without = (this.sums[j] ?? 0n) - this.size(index) * without;
    let orders = 1n;
    for (let j = 2n; j <= BigInt(left); j++) orders *= j;
    return without * orders;
  }

  /** Takes a candidate out of those that are unused. */
  use(index: number): void {
    if (this.node.sorted || !this.node.distinct) return;
    const size = this.size(index);
    for (let j = 1; j < this.sums.length; j++) {
      this.sums[j] = (this.sums[j] ?? 0n) - size * (this.sums[j - 1] ?? 0n);
    }
  }
}

/** The candidates that a pick may take, in order, given the picks before it. */
function* legalCandidates(node: PicksPlan, used: ReadonlySet<number>, previous: number): Generator<number> {
  const least = !node.sorted ? 0 : node.distinct ? previous + 1 : Math.max(previous, 0);
  for (let index = least; index < node.of; index++) if (!node.distinct || !used.has(index)) yield index;
}

function valueAt(plan: IntPlan | FloatPlan, place: bigint): number {
  if (plan.values !== null) return plan.values[Number(place)] ?? plan.node.min;
  return plan.node.kind === 'int' ? plan.node.min + Number(place) * plan.node.step : plan.node.min;
}

function placeOf(plan: IntPlan | FloatPlan, value: number): bigint {
  if (plan.values !== null) {
    const place = plan.values.indexOf(value);
    return place === -1 ? refuse(`${value} is not on the grid.`) : BigInt(place);
  }
  return plan.node.kind === 'int' ? BigInt(Math.round((value - plan.node.min) / plan.node.step)) : 0n;
}

class Unranker {
  private readonly numbers: number[];

  constructor(numbers: number[]) {
    this.numbers = numbers;
  }

  plan(plan: Plan | undefined, index: bigint): void {
    const nodes = plan?.nodes ?? [];
    const after = sizesAfter(nodes);
    let rest = index;
    nodes.forEach((node, i) => {
      const block = after[i] ?? 1n;
      this.node(node, rest / block);
      rest %= block;
    });
  }

  private node(node: PlanNode, index: bigint): void {
    switch (node.kind) {
      case 'choice': {
        let rest = index;
        let candidate = 0;
        for (; candidate + 1 < node.of; candidate++) {
          const size = sizeOf(node.sub[candidate] ?? { size: 1n });
          if (rest < size) break;
          rest -= size;
        }
        this.numbers.push(candidate);
        this.plan(node.sub[candidate], rest);
        return;
      }
      case 'int':
      case 'float':
        this.numbers.push(valueAt(node, index));
        return;
      case 'picks':
        this.picks(node, index);
        return;
      case 'length':
        this.length(node, index);
        return;
      default:
        node satisfies never;
    }
  }

  private picks(node: PicksPlan, index: bigint): void {
    const counter = new PickCounter(node);
    const used = new Set<number>();
    let rest = index;
    let previous = -1;
    for (let pick = 0; pick < node.k; pick++) {
      for (const candidate of legalCandidates(node, used, previous)) {
        const after = counter.after(candidate, node.k - 1 - pick);
        const block = counter.size(candidate) * after;
        if (rest >= block) {
          rest -= block;
          continue;
        }
        this.numbers.push(candidate);
        this.plan(node.sub[candidate], rest / after);
        rest %= after;
        counter.use(candidate);
        used.add(candidate);
        previous = candidate;
        break;
      }
    }
  }

  private length(node: LengthPlan, index: bigint): void {
    let rest = index;
    let length = node.min;
    for (const size of lengthSizes(node.sub.map(sizeOf), node.min)) {
      if (rest < size) break;
      rest -= size;
      length++;
    }
    this.numbers.push(length);
    const elements = node.sub.slice(0, length);
    const after = sizesAfter(elements);
    elements.forEach((element, i) => {
      const block = after[i] ?? 1n;
      this.plan(element, rest / block);
      rest %= block;
    });
  }
}

class Ranker {
  private readonly numbers: Genome;
  private place = 0;

  constructor(numbers: Genome) {
    this.numbers = numbers;
  }

  private next(): number {
    return this.numbers[this.place++] ?? 0;
  }

  plan(plan: Plan | undefined): bigint {
    let index = 0n;
    for (const node of plan?.nodes ?? []) index = index * sizeOf(node) + this.node(node);
    return index;
  }

  private node(node: PlanNode): bigint {
    switch (node.kind) {
      case 'choice': {
        const candidate = this.next();
        let before = 0n;
        for (let i = 0; i < candidate; i++) before += sizeOf(node.sub[i] ?? { size: 1n });
        return before + this.plan(node.sub[candidate]);
      }
      case 'int':
      case 'float':
        return placeOf(node, this.next());
      case 'picks':
        return this.picks(node);
      case 'length': {
        const length = this.next();
        const sizes = lengthSizes(node.sub.map(sizeOf), node.min);
        const before = sizes.slice(0, length - node.min).reduce((sum, size) => sum + size, 0n);
        let index = 0n;
        for (const element of node.sub.slice(0, length)) index = index * sizeOf(element) + this.plan(element);
        return before + index;
      }
      default:
        return node satisfies never;
    }
  }

  private picks(node: PicksPlan): bigint {
    const counter = new PickCounter(node);
    const used = new Set<number>();
    let index = 0n;
    let previous = -1;
    for (let pick = 0; pick < node.k; pick++) {
      const left = node.k - 1 - pick;
      const chosen = this.next();
      for (const candidate of legalCandidates(node, used, previous)) {
        if (candidate === chosen) break;
        index += counter.size(candidate) * counter.after(candidate, left);
      }
      index += this.plan(node.sub[chosen]) * counter.after(chosen, left);
      counter.use(chosen);
      used.add(chosen);
      previous = chosen;
    }
    return index;
  }
}
