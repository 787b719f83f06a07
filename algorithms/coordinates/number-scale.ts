import { dexp, dlog } from '../../foundation/numbers/index.js';
import { fromUnit, toUnit, type FloatNode, type IntNode } from '../../search-spaces/views/index.js';

/**
 * The values of a decision that is a quantity, as places in [0, 1]. Discrete values have a cell each: all of them are
 * equally wide on the decision's scale, as they are equally likely when it is sampled.
 */
export interface NumberScale {
  /** Number of values; 0 where they are continuous. */
  readonly count: number;
  /** The value whose cell holds a place, or that stands at it. */
  readonly valueAt: (unit: number) => number;
  /** The place of a value: the centre of its cell. */
  readonly unitOf: (value: number) => number;
  /** Where the cell of a value begins and ends; both its place where values are continuous. */
  readonly cellOf: (value: number) => readonly [low: number, high: number];
}

/** Of `count` values `minimum`, `minimum + step`, … */
export function steppedScale(minimum: number, step: number, count: number): NumberScale {
  const placeOf = (value: number): number => (value - minimum) / step;
  return {
    count,
    valueAt: (unit) => minimum + step * Math.min(count - 1, Math.max(0, Math.floor(unit * count))),
    unitOf: (value) => (placeOf(value) + 0.5) / count,
    cellOf: (value) => [placeOf(value) / count, (placeOf(value) + 1) / count],
  };
}

/** Of an int, by its scale. */
export function intScale({ min, max, step, scale }: IntNode): NumberScale {
  if (scale === 'linear') return steppedScale(min, step, Math.floor((max - min) / step) + 1);
  const low = dlog(min - 0.5);
  const range = dlog(max + 0.5) - low;
  const unitOf = (value: number): number => (dlog(value) - low) / range;
  return {
    count: max - min + 1,
    valueAt: (unit) => Math.min(max, Math.max(min, Math.floor(dexp(low + unit * range) + 0.5))),
    unitOf,
    cellOf: (value) => [unitOf(value - 0.5), unitOf(value + 0.5)],
  };
}

/** Of a float, by its scale. */
export function floatScale(node: FloatNode): NumberScale {
  return {
    count: node.min === node.max ? 1 : 0,
    valueAt: (unit) => fromUnit(node, unit),
    unitOf: (value) => (node.min === node.max ? 0.5 : toUnit(node, value)),
    cellOf: (value) => (node.min === node.max ? [0, 1] : [toUnit(node, value), toUnit(node, value)]),
  };
}
