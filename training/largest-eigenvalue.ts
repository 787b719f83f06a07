/** The gradient of a function of so many numbers, at a place that lies so far from where it is asked for. */
export type SlopesAt = (shift: Float64Array) => ArrayLike<number>;

/** Half the distance between the gradients whose difference is taken. */
const halfDistance = 1e-3;
/** Up to so many numbers the whole Hessian is measured, beyond that products with it. */
const mostColumns = 48;
const powerIterations = 15;
const mostSweeps = 30;

/**
 * The largest eigenvalue of the Hessian of a function, by central differences of its gradient: of small Hessians from all
 * columns, of larger ones by 15 power iterations, and as many of the Hessian less its most negative eigenvalue where that
 * has the larger magnitude.
 */
export function largestEigenvalue(size: number, slopesAt: SlopesAt): number {
  const times = (vector: Float64Array): Float64Array => hessianProduct(slopesAt, vector);
  if (size <= mostColumns) return largestOf(symmetric(size, times));
  const first = dominant(size, times);
  if (first >= 0) return first;
  // The eigenvalue of the largest magnitude is negative: less that, all are positive.
  const shifted = (vector: Float64Array): Float64Array =>
    times(vector).map((value, i) => value - first * (vector[i] ?? 0));
  return first + dominant(size, shifted);
}

type Product = (vector: Float64Array) => Float64Array;

function hessianProduct(slopesAt: SlopesAt, vector: Float64Array): Float64Array {
  const above = Float64Array.from(slopesAt(vector.map((value) => halfDistance * value)));
  const below = slopesAt(vector.map((value) => -halfDistance * value));
  return above.map((value, i) => (value - (below[i] ?? 0)) / (2 * halfDistance));
}

/** The eigenvalue of the largest magnitude, as the Rayleigh quotient after some power iterations. */
function dominant(size: number, times: Product): number {
  // Numbers of several sizes and signs, so that no simple eigenvector is orthogonal to them.
  let vector = unit(
    Float64Array.from({ length: size }, (_none, i) => 1 + ((i * 7) % 11) / 5 - ((i * 3) % 5) / 2),
  );
  let quotient = 0;
  for (let iteration = 0; iteration < powerIterations; iteration += 1) {
    const next = times(vector);
    quotient = dot(vector, next);
    if (dot(next, next) === 0) return 0;
    vector = unit(next);
  }
  return quotient;
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / length);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

type Matrix = readonly Float64Array[];

/** The columns of a Hessian, made symmetric against the errors of differences. */
function symmetric(size: number, times: Product): Matrix {
  const columns = Array.from({ length: size }, (_none, i) =>
    times(Float64Array.from({ length: size }, (_zero, j) => Number(i === j))),
  );
  return columns.map((column, i) => column.map((value, j) => (value + (columns[j]?.[i] ?? 0)) / 2));
}

/** The largest eigenvalue of a symmetric matrix by Jacobi rotations, until nothing off the diagonal matters. */
function largestOf(given: Matrix): number {
  const matrix = given.map((row) => row.slice());
  const at = (i: number, j: number): number => matrix[i]?.[j] ?? 0;
  const set = (i: number, j: number, value: number): void => {
    const row = matrix[i];
    if (row !== undefined) row[j] = value;
  };
  const size = matrix.length;
  const scale = matrix.reduce((sum, row) => sum + dot(row, row), 0);
  for (let sweep = 0; sweep < mostSweeps; sweep += 1) {
    let off = 0;
    for (let p = 0; p < size; p += 1) {
      for (let q = p + 1; q < size; q += 1) {
        const value = at(p, q);
        off += value * value;
        if (value === 0) continue;
        const theta = (at(q, q) - at(p, p)) / (2 * value);
        const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const cosine = 1 / Math.sqrt(tangent * tangent + 1);
        const sine = tangent * cosine;
        for (let k = 0; k < size; k += 1) {
          const [left, right] = [at(k, p), at(k, q)];
          set(k, p, cosine * left - sine * right);
          set(k, q, sine * left + cosine * right);
        }
        for (let k = 0; k < size; k += 1) {
          const [upper, lower] = [at(p, k), at(q, k)];
          set(p, k, cosine * upper - sine * lower);
          set(q, k, sine * upper + cosine * lower);
        }
      }
    }
    if (off <= 1e-24 * scale) break;
  }
  return matrix.reduce((largest, _row, i) => Math.max(largest, at(i, i)), -Number.MAX_VALUE);
}
