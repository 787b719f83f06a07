import { fork, RandomStream } from '../../foundation/numbers/index.js';
import type { Rng } from '../../foundation/numbers/index.js';
import { TrainingError } from '../training-error.js';
import type { DataDescription } from './data-set.js';

/** Indices of a data set's examples by use; each in ascending order. */
export interface Split {
  readonly training: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/** How many examples each part of a split gets. */
export interface SplitSizes {
  /** Examples to train on; all that are left if it is absent. */
  readonly training?: number;
  readonly validation: number;
  /** Only for data sets without test examples of their own; otherwise those are the test examples. */
  readonly test?: number;
  /** Every class in proportion to its share, which is the default; false: at random without regard to classes. */
  readonly stratified?: boolean;
}

/**
 * Splits a data set at random: the same seed gives the same split. Throws `TrainingError` of class `BadInput` when there
 * are too few examples.
 */
export function splitData(
  data: DataDescription,
  { stratified = true, ...sizes }: SplitSizes,
  rng: Rng,
): Split {
  const from = data.testFrom ?? data.labels.length;
  const drawnTest = data.testFrom === null ? (sizes.test ?? 0) : 0;
  const left = from - sizes.validation - drawnTest;
  const training = sizes.training ?? left;
  for (const [what, size] of Object.entries({ ...sizes, training })) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new TrainingError('BadInput', `The split of ${data.name} asks for ${size} examples for ${what}.`);
    }
  }
  if (training < 1 || training > left) {
    throw new TrainingError(
      'BadInput',
      `The split of ${data.name} asks for ${training} training, ${sizes.validation} validation and ${drawnTest} test examples, but there are ${from}.`,
    );
  }
  const classes = stratified ? shuffledClasses(data, from, rng) : [shuffledAll(from, rng)];
  const taken = { validation: sizes.validation, test: drawnTest, training };
  const drawn = Object.fromEntries(
    Object.entries(taken).map(([use, size]) => [use, takeProportionally(classes, size)]),
  );
  const own = Int32Array.from({ length: data.labels.length - from }, (_none, i) => from + i);
  return {
    training: drawn['training'] ?? new Int32Array(0),
    validation: drawn['validation'] ?? new Int32Array(0),
    test: data.testFrom === null ? (drawn['test'] ?? new Int32Array(0)) : own,
  };
}

function shuffledClasses(data: DataDescription, from: number, rng: Rng): number[][] {
  const classes = Array.from({ length: data.classes }, (): number[] => []);
  for (let i = 0; i < from; i++) classes[data.labels[i] ?? 0]?.push(i);
  return classes.map((members, label) => {
    const order = shuffled(Int32Array.from(members), fork(rng, `class:${label}`));
    return [...order];
  });
}

function shuffledAll(count: number, rng: Rng): number[] {
  return [
    ...shuffled(
      Int32Array.from({ length: count }, (_none, i) => i),
      fork(rng, 'all'),
    ),
  ];
}

/** Takes examples off the classes, largest remainders first, so that each is represented by its share. */
function takeProportionally(classes: number[][], wanted: number): Int32Array {
  const total = classes.reduce((sum, members) => sum + members.length, 0);
  const shares = classes.map((members) => (total === 0 ? 0 : (members.length * wanted) / total));
  const counts = shares.map(Math.floor);
  const missing = wanted - counts.reduce((sum, count) => sum + count, 0);
  const byRemainder = shares
    .map((share, label) => ({ label, remainder: share - Math.floor(share) }))
    .sort((a, b) => b.remainder - a.remainder || a.label - b.label);
  for (const { label } of byRemainder.slice(0, missing)) counts[label] = (counts[label] ?? 0) + 1;
  const taken = classes.flatMap((members, label) => members.splice(0, counts[label] ?? 0));
  return Int32Array.from(taken).sort();
}

/** A copy in random order (Fisher and Yates). */
export function shuffled(values: Int32Array, rng: Rng): Int32Array {
  const copy = values.slice();
  const stream = new RandomStream(rng);
  for (let i = copy.length - 1; i > 0; i--) {
    const j = stream.below(i + 1);
    const kept = copy[i] ?? 0;
    copy[i] = copy[j] ?? 0;
    copy[j] = kept;
  }
  return copy;
}
