import { dexp, dlog } from '../../foundation/numbers/index.js';
import type { FloatNode, IntNode } from './view.js';

/** A value of an int or float as a number in [0, 1], by the decision's scale. */
export function toUnit(node: IntNode | FloatNode, value: number): number {
  const { min } = node;
  const max = lastValue(node);
  if (min === max) return 0;
  switch (node.scale) {
    case 'linear':
      return clamp((value - min) / (max - min), 0, 1);
    case 'log':
      return unitOfLog(min, max, value);
    case 'reverseLog':
      return 1 - unitOfLog(min, max, min + max - value);
    default:
      return node satisfies never;
  }
}

/** The value at a number in [0, 1]; outside of it the nearer end. An int is the nearest of its values. */
export function fromUnit(node: IntNode | FloatNode, unit: number): number {
  const { min } = node;
  const max = lastValue(node);
  if (!(unit > 0)) return min;
  if (unit >= 1) return max;
  const value = clamp(unscaled(node, min, max, unit), min, max);
  if (node.kind === 'float') return value === 0 ? 0 : value;
  return clamp(min + node.step * Math.round((value - min) / node.step), min, max);
}

function unscaled(node: IntNode | FloatNode, min: number, max: number, unit: number): number {
  switch (node.scale) {
    case 'linear':
      return min + unit * (max - min);
    case 'log':
      return valueOfLog(min, max, unit);
    case 'reverseLog':
      return min + max - valueOfLog(min, max, 1 - unit);
    default:
      return node satisfies never;
  }
}

/** The largest value: `max` itself, unless the steps of an int do not reach it. */
export function lastValue(node: IntNode | FloatNode): number {
  if (node.kind === 'float') return node.max;
  return node.max - ((node.max - node.min) % node.step);
}

function unitOfLog(min: number, max: number, value: number): number {
  if (value <= min) return 0;
  if (value >= max) return 1;
  const low = dlog(min);
  return clamp((dlog(value) - low) / (dlog(max) - low), 0, 1);
}

function valueOfLog(min: number, max: number, unit: number): number {
  const low = dlog(min);
  return dexp(low + unit * (dlog(max) - low));
}

function clamp(value: number, min: number, max: number): number {
  return value < min ? min : value > max ? max : value;
}
