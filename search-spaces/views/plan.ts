import { dlog } from '../../foundation/numbers/index.js';
import type { Size } from './size.js';
import { lengthSizes, picksSize, sizeOfNode, sizeOfView } from './size.js';
import type { ChoiceNode, FloatNode, IntNode, LengthNode, PicksNode, View, ViewNode } from './view.js';

/** A view prepared for fast walks: everything that can be worked out once. */
export interface Plan {
  readonly nodes: readonly PlanNode[];
  readonly size: Size;
  /** How many numbers its genomes have; −1 where that depends on the choices. */
  readonly length: number;
}

export interface ChoicePlan {
  readonly kind: 'choice';
  readonly node: ChoiceNode;
  readonly size: Size;
  readonly of: number;
  /** Running sums of the weights; null where all candidates weigh the same. */
  readonly cumulative: Float64Array | null;
  readonly sub: readonly Plan[];
  /** Whether nothing is decided under any candidate. */
  readonly plain: boolean;
}

export interface PicksPlan {
  readonly kind: 'picks';
  readonly node: PicksNode;
  readonly size: Size;
  readonly k: number;
  readonly of: number;
  readonly distinct: boolean;
  readonly sorted: boolean;
  readonly weights: Float64Array | null;
  readonly cumulative: Float64Array | null;
  readonly sub: readonly Plan[];
  readonly plain: boolean;
}

export interface IntPlan {
  readonly kind: 'int';
  readonly node: IntNode;
  readonly size: Size;
  /** How many values it has. */
  readonly count: number;
  /** ln(min − ½) and ln(max + ½) on a log scale: the ends of the range that is sampled and rounded. */
  readonly logLow: number;
  readonly logHigh: number;
  /** The values of a grid, ascending; null off any grid. */
  readonly values: readonly number[] | null;
}

export interface FloatPlan {
  readonly kind: 'float';
  readonly node: FloatNode;
  readonly size: Size;
  /** ln min and ln max on a log or reverse log scale. */
  readonly logLow: number;
  readonly logHigh: number;
  /** The values of a grid, ascending; null off any grid. */
  readonly values: readonly number[] | null;
}

export interface LengthPlan {
  readonly kind: 'length';
  readonly node: LengthNode;
  readonly size: Size;
  readonly min: number;
  readonly max: number;
  /** What is decided in each element; all are alike. */
  readonly sub: readonly Plan[];
}

/** A node of a view prepared for fast walks. */
export type PlanNode = ChoicePlan | PicksPlan | IntPlan | FloatPlan | LengthPlan;

/** The values among which an int or float is chosen instead of its whole range; null = the whole range. */
export type GridRule = (node: IntNode | FloatNode) => readonly number[] | null;

const wholeRange: GridRule = () => null;

/** The plan of a view; `rule` reduces ints and floats to grids. */
export function planOfView(view: View, rule: GridRule = wholeRange): Plan {
  const nodes = view.nodes.map((node) => planOfNode(node, rule));
  let length = 0;
  for (const node of nodes) {
    const own = lengthOfNode(node);
    length = length === -1 || own === -1 ? -1 : length + own;
  }
  const size = rule === wholeRange ? sizeOfView(view) : productOfSizes(nodes);
  return { nodes, size, length };
}

function productOfSizes(nodes: readonly PlanNode[]): Size {
  let product = 1n;
  for (const { size } of nodes) {
    if (size === 'infinite') return size;
    product *= size;
  }
  return product;
}

/** The size of a node whose parts' sizes may differ from those that its view states. */
function sizeOnGrid(node: ChoiceNode | PicksNode | LengthNode, sub: readonly Plan[]): Size {
  const sizes: bigint[] = [];
  for (const { size } of sub) {
    if (size === 'infinite') return size;
    sizes.push(size);
  }
  switch (node.kind) {
    case 'choice':
      return sizes.reduce((sum, size) => sum + size, 0n);
    case 'picks':
      return picksSize(sizes, node.k, node.distinct, node.sorted);
    case 'length':
      return lengthSizes(sizes, node.min).reduce((sum, size) => sum + size, 0n);
    default:
      return node satisfies never;
  }
}

function lengthOfNode(node: PlanNode): number {
  switch (node.kind) {
    case 'choice':
    case 'picks': {
      const inner = node.sub[0]?.length ?? 0;
      if (inner === -1 || node.sub.some((plan) => plan.length !== inner)) return -1;
      return (node.kind === 'choice' ? 1 : node.k) * (1 + inner);
    }
    case 'int':
    case 'float':
      return 1;
    case 'length': {
      const inner = node.sub[0]?.length ?? 0;
      if (node.min === node.max) return inner === -1 ? -1 : 1 + node.max * inner;
      return inner === 0 ? 1 : -1;
    }
    default:
      return node satisfies never;
  }
}

function planOfNode(node: ViewNode, rule: GridRule): PlanNode {
  const plans = (views: readonly View[]): readonly Plan[] => views.map((view) => planOfView(view, rule));
  switch (node.kind) {
    case 'choice': {
      const sub = plans(node.sub);
      const size = rule === wholeRange ? sizeOfNode(node) : sizeOnGrid(node, sub);
      const cumulative = runningSums(node.weights);
      return { kind: 'choice', node, size, of: node.of, cumulative, sub, plain: isPlain(sub) };
    }
    case 'picks': {
      const { k, of, distinct, sorted } = node;
      const sub = plans(node.sub);
      const size = rule === wholeRange ? sizeOfNode(node) : sizeOnGrid(node, sub);
      const weights = node.weights === undefined ? null : Float64Array.from(node.weights);
      const cumulative = runningSums(node.weights);
      return {
        kind: 'picks',
        node,
        size,
        k,
        of,
        distinct,
        sorted,
        weights,
        cumulative,
        sub,
        plain: isPlain(sub),
      };
    }
    case 'int': {
      const count = Math.floor((node.max - node.min) / node.step) + 1;
      const log = node.scale === 'log';
      const logLow = log ? dlog(node.min - 0.5) : 0;
      const logHigh = log ? dlog(node.max + 0.5) : 0;
      const values = rule(node);
      const size = values === null ? sizeOfNode(node) : BigInt(values.length);
      return { kind: 'int', node, size, count, logLow, logHigh, values };
    }
    case 'float': {
      const log = node.scale !== 'linear';
      const values = rule(node);
      return {
        kind: 'float',
        node,
        size: values === null ? sizeOfNode(node) : BigInt(values.length),
        logLow: log ? dlog(node.min) : 0,
        logHigh: log ? dlog(node.max) : 0,
        values,
      };
    }
    case 'length': {
      const sub = plans(node.sub);
      const size = rule === wholeRange ? sizeOfNode(node) : sizeOnGrid(node, sub);
      return { kind: 'length', node, size, min: node.min, max: node.max, sub };
    }
    default:
      return node satisfies never;
  }
}

function isPlain(sub: readonly Plan[]): boolean {
  return sub.every((plan) => plan.nodes.length === 0);
}

function runningSums(weights: readonly number[] | undefined): Float64Array | null {
  if (weights === undefined) return null;
  const sums = new Float64Array(weights.length);
  let sum = 0;
  for (let i = 0; i < sums.length; i++) {
    sum += weights[i] ?? 0;
    sums[i] = sum;
  }
  return sums;
}

/** How many numbers of a valid genome belong to the node that starts at `start`. */
export function nodeLength(node: PlanNode, numbers: readonly number[], start: number): number {
  switch (node.kind) {
    case 'choice':
      if (node.plain) return 1;
      return 1 + planLength(node.sub[numbers[start] ?? 0], numbers, start + 1);
    case 'picks': {
      if (node.plain) return node.k;
      let place = start;
      for (let pick = 0; pick < node.k; pick++) {
        place += 1 + planLength(node.sub[numbers[place] ?? 0], numbers, place + 1);
      }
      return place - start;
    }
    case 'int':
    case 'float':
      return 1;
    case 'length': {
      let place = start + 1;
      const count = numbers[start] ?? 0;
      for (let i = 0; i < count; i++) place += planLength(node.sub[i], numbers, place);
      return place - start;
    }
    default:
      return node satisfies never;
  }
}

/** How many numbers of a valid genome belong to a plan that starts at `start`. */
export function planLength(plan: Plan | undefined, numbers: readonly number[], start: number): number {
  if (plan === undefined) return 0;
  if (plan.length !== -1) return plan.length;
  let place = start;
  for (const node of plan.nodes) place += nodeLength(node, numbers, place);
  return place - start;
}
