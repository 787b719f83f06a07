import { AlgorithmError } from '../contract/algorithm-error.js';

/** Fewest tasks whose own distances say what is near. */
const fewestForThreshold = 4;

/** Keeps a number that is zero in both embeddings from being divided by zero. */
const smallest = 1e-8;

/** Sums of squares below it are rounded too much for a cosine. */
const least = 1e-100;

/**
 * How far two tasks are apart by their embeddings (Task2Vec, Achille et al., ICCV 2019, equation 5): 1 less the cosine
 * between a / (a + b) and b / (a + b), number by number. From 0, for equal embeddings, to 1. Embeddings are lists of one
 * length of numbers ≥ 0; throws `AlgorithmError` for others.
 */
export function taskDistance(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length || a.length === 0) {
    throw new AlgorithmError(
      `embeddings of ${a.length} and ${b.length} numbers cannot be compared: take those of one probe`,
    );
  }
  let product = 0;
  let squareOfA = 0;
  let squareOfB = 0;
  a.forEach((own, place) => {
    const other = b[place] ?? 0;
    if (!(own >= 0 && other >= 0)) throw new AlgorithmError('the numbers of an embedding must be at least 0');
    const total = own + other + smallest;
    const first = own / total;
    const second = other / total;
    product += first * second;
    squareOfA += first * first;
    squareOfB += second * second;
  });
  // Nothing is known of a task whose numbers are all as good as zero: it is like another such task alone.
  if (squareOfA < least || squareOfB < least) return squareOfA < least && squareOfB < least ? 0 : 1;
  return Math.max(0, 1 - product / Math.sqrt(squareOfA * squareOfB));
}

/** The distances between all tasks, row by row; see `taskDistance`. */
export function distanceMatrix(embeddings: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return embeddings.map((own) => embeddings.map((other) => taskDistance(own, other)));
}

/**
 * What counts as near among these tasks: the largest distance of one to its nearest other. Null for fewer than 4 tasks,
 * which say too little of what is usual.
 */
export function libraryThreshold(embeddings: readonly (readonly number[])[]): number | null {
  if (embeddings.length < fewestForThreshold) return null;
  const nearest = distanceMatrix(embeddings).map((row, place) =>
    Math.min(...row.filter((_distance, other) => other !== place)),
  );
  return Math.max(...nearest);
}
