import type { Genome, View } from '../../search-spaces/index.js';
import { largestGenomeBytes } from '../contract/genome-bytes.js';
import { readFields, readGenome, readInteger } from '../contract/state-shape.js';
import type { StateValue } from '../contract/state-value.js';
import type { Metric } from '../contract/trial.js';
import { measureBytes, measureFields, readMeasure } from './measure.js';
import type { Ranked } from './ranking.js';

/** A told trial from which an algorithm learns. */
export type ToldPoint = Ranked & { readonly genome: Genome };

/** A trial that was proposed and not told. */
export type PendingPoint = { readonly index: number; readonly genome: Genome };

/** Upper bound of an encoded point in bytes. */
export function toldPointBytes(view: View, metrics: readonly Metric[]): number {
  return 48 + measureBytes(metrics) + largestGenomeBytes(view);
}

/** Reads a point from a state; throws `AlgorithmError` that names the place. */
export function readToldPoint(
  view: View,
  metrics: readonly Metric[],
  value: StateValue,
  place: string,
): ToldPoint {
  const point = readFields(value, place, ['index', 'genome', 'step', ...measureFields]);
  return {
    index: readInteger(point.index, `${place}.index`),
    genome: readGenome(view, point.genome, `${place}.genome`),
    step: readInteger(point.step, `${place}.step`),
    ...readMeasure(metrics, point, place),
  };
}

/** Reads a pending point from a state; throws `AlgorithmError` that names the place. */
export function readPendingPoint(view: View, value: StateValue, place: string): PendingPoint {
  const one = readFields(value, place, ['index', 'genome']);
  return {
    index: readInteger(one.index, `${place}.index`),
    genome: readGenome(view, one.genome, `${place}.genome`),
  };
}
