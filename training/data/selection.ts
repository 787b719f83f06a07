import { fork, RandomStream } from '../../foundation/numbers/index.js';
import type { Rng } from '../../foundation/numbers/index.js';
import { TrainingError } from '../training-error.js';
import type { SourceData } from './source-data.js';
import { shuffled } from './split.js';

/** Which examples of a source make a data set, and with which labels. */
export interface Selection {
  /** Ascending. */
  readonly indices: Int32Array;
  readonly labels: Int32Array;
  readonly testFrom: number | null;
  readonly classes: number;
  readonly classNames: readonly string[] | undefined;
}

/** What a selection takes of a source; all of it by default. */
export interface SelectionOptions {
  /** Classes to keep; they get the labels 0, 1, 2 … in this order. */
  readonly classes?: readonly number[];
  /** Share of the examples of each class that is kept; those for testing all stay. */
  readonly fraction?: number;
  /** Share of the examples, without those for testing, that get the label of another class. */
  readonly labelNoise?: number;
}

/**
 * Chooses examples by class and at random. Whether an example is kept and what its label becomes depends on the seed
 * and its index in the source alone.
 */
export function selectExamples(source: SourceData, options: SelectionOptions, rng: Rng): Selection {
  const { classes = Array.from({ length: source.classes }, (_none, label) => label) } = options;
  checkClasses(source, classes);
  const newLabels = new Map(classes.map((label, i) => [label, i]));
  const from = source.testFrom ?? source.labels.length;
  const places = [...source.labels.keys()].filter((i) => newLabels.has(source.labels[i] ?? -1));
  const training = keptShare(
    source,
    Int32Array.from(places.filter((i) => i < from)),
    options.fraction ?? 1,
    fork(rng, 'fraction'),
  );
  const test = places.filter((i) => i >= from);
  if (training.length === 0 || (source.testFrom !== null && test.length === 0)) {
    throw new TrainingError(
      'BadInput',
      `The data set ${source.name} has no examples left after the selection of classes and fraction: choose more.`,
    );
  }
  const indices = Int32Array.from([...training, ...test]);
  const labels = indices.map((i) => newLabels.get(source.labels[i] ?? -1) ?? 0);
  const noisy = withLabelNoise(labels.subarray(0, training.length), indices, classes.length, {
    share: options.labelNoise ?? 0,
    rng: fork(rng, 'label noise'),
  });
  labels.set(noisy);
  return {
    indices,
    labels,
    testFrom: source.testFrom === null ? null : training.length,
    classes: classes.length,
    classNames:
      source.classNames === undefined ? undefined : classes.map((label) => source.classNames?.[label] ?? ''),
  };
}

function checkClasses(source: SourceData, classes: readonly number[]): void {
  const wrong = classes.find((label, i) => label >= source.classes || classes.indexOf(label) !== i);
  if (wrong === undefined && classes.length > 0) return;
  throw new TrainingError(
    'BadInput',
    wrong === undefined
      ? `The data set ${source.name} was asked for no classes at all: name at least one.`
      : `The data set ${source.name} was asked for the class ${wrong}, which ${wrong >= source.classes ? `is not among its classes 0 to ${source.classes - 1}` : 'was named twice'}.`,
  );
}

/** The same share of every class, rounded to whole examples but never to none. */
function keptShare(source: SourceData, places: Int32Array, share: number, rng: Rng): Int32Array {
  if (share === 1) return places;
  const byClass = new Map<number, number[]>();
  for (const i of places) {
    const label = source.labels[i] ?? 0;
    const members = byClass.get(label);
    if (members === undefined) byClass.set(label, [i]);
    else members.push(i);
  }
  const kept = [...byClass].flatMap(([label, members]) => {
    const count = Math.max(1, Math.round(members.length * share));
    return [...shuffled(Int32Array.from(members), fork(rng, `class:${label}`)).subarray(0, count)];
  });
  return Int32Array.from(kept).sort();
}

function withLabelNoise(
  labels: Int32Array,
  indices: Int32Array,
  classes: number,
  { share, rng }: { readonly share: number; readonly rng: Rng },
): Int32Array {
  if (share === 0 || classes < 2) return labels;
  return labels.map((label, i) => {
    const stream = new RandomStream(fork(rng, indices[i] ?? 0));
    if (stream.unit() >= share) return label;
    // Uniformly one of the others.
    const other = stream.below(classes - 1);
    return other < label ? other : other + 1;
  });
}
