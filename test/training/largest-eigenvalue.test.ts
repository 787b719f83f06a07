import fc from 'fast-check';
import { expect, test } from 'vitest';
import { largestEigenvalue } from '../../training/largest-eigenvalue.js';

/** The gradient of half the quadratic form of a matrix with these eigenvalues, in a basis of two reflections. */
function slopesOf(eigenvalues: readonly number[], seed: number): (shift: Float64Array) => Float64Array {
  const size = eigenvalues.length;
  const normals = [1, 2].map((k) =>
    Float64Array.from({ length: size }, (_none, i) => Math.sin(seed + k * (i + 1) * 1.7) + 0.1),
  );
  const reflected = (vector: Float64Array): Float64Array =>
    normals.reduce((before, normal) => {
      const along = before.reduce((sum, value, i) => sum + value * (normal[i] ?? 0), 0);
      const length = normal.reduce((sum, value) => sum + value * value, 0);
      return before.map((value, i) => value - (2 * along * (normal[i] ?? 0)) / length);
    }, vector);
  const back = (vector: Float64Array): Float64Array => {
    normals.reverse();
    const result = reflected(vector);
    normals.reverse();
    return result;
  };
  return (shift) => back(reflected(shift).map((value, i) => value * (eigenvalues[i] ?? 0)));
}

test('is that of a quadratic form, also where it is negative or not the largest in magnitude', () => {
  const values = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(values, fc.integer({ min: 0, max: 99 }), (eigenvalues, seed) => {
      const found = largestEigenvalue(eigenvalues.length, slopesOf(eigenvalues, seed));
      expect(Math.abs(found - Math.max(...eigenvalues))).toBeLessThan(1e-6);
    }),
    { numRuns: 100 },
  );
});

test.each<[string, readonly number[], number]>([
  ['the largest positive one', [9, ...Array.from({ length: 59 }, (_none, i) => Math.sin(i))], 9],
  ['one beside a more negative one', [-12, 4, ...Array.from({ length: 58 }, () => -1)], 4],
  ['zero', Array.from({ length: 60 }, () => 0), 0],
])('of many numbers, power iterations find %s', (_name, eigenvalues, largest) => {
  const found = largestEigenvalue(eigenvalues.length, slopesOf(eigenvalues, 5));
  expect(Math.abs(found - largest)).toBeLessThan(0.05 * Math.max(1, largest));
});
