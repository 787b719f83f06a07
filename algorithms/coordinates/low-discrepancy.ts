import { sobolDirections } from './sobol-directions.js';

const bits = 32;
const words32 = 0x1_0000_0000;

/** Direction numbers of all dimensions, 32 a dimension. */
let directions: Uint32Array | undefined;

function directionNumbers(): Uint32Array {
  if (directions !== undefined) return directions;
  const dimensions = sobolDirections.split(';').map((line) => line.split(' ').map(Number));
  const made = new Uint32Array((dimensions.length + 1) * bits);
  for (let bit = 0; bit < bits; bit += 1) made[bit] = 1 << (bits - 1 - bit);
  for (const [at, [polynomial = 1, ...first]] of dimensions.entries()) {
    const from = (at + 1) * bits;
    const degree = first.length;
    for (let bit = 0; bit < bits; bit += 1) {
      if (bit < degree) {
        made[from + bit] = (first[bit] ?? 1) << (bits - 1 - bit);
        continue;
      }
      const oldest = made[from + bit - degree] ?? 0;
      let value = oldest ^ (oldest >>> degree);
      for (let back = 1; back < degree; back += 1)
        if (((polynomial >>> (degree - back)) & 1) === 1) value ^= made[from + bit - back] ?? 0;
      made[from + bit] = value;
    }
  }
  directions = made;
  return made;
}

/** Dimensions of Sobol' sequences; the ones after them are Halton sequences. */
export const sobolDimensions = 256;

/**
 * Coordinate `dimension` of point `index` of a scrambled low-discrepancy sequence, in [0, 1): a function of both and of
 * the key alone. Sobol' sequences in the first 256 dimensions, with Owen's nested scrambling by a hash (Burley,
 * "Practical hash-based Owen scrambling", JCGT 9 (2020)); Halton sequences with shuffled digits in the others.
 */
export function lowDiscrepancy(index: number, dimension: number, key: readonly [number, number]): number {
  const seed = mixed(key[0], mixed(key[1], dimension));
  if (dimension >= sobolDimensions) return scrambledHalton(index, dimension - sobolDimensions, seed);
  const numbers = directionNumbers();
  let point = 0;
  for (let bit = 0, rest = index; rest > 0; bit += 1, rest = Math.floor(rest / 2))
    if (rest % 2 === 1) point ^= numbers[dimension * bits + bit] ?? 0;
  return reversed(nestedPermutation(reversed(point), seed)) / words32;
}

/** A permutation of 32-bit numbers in which each bit depends on itself and the lower ones alone. */
function nestedPermutation(value: number, seed: number): number {
  let x = value ^ Math.imul(value, 0x3d20adea);
  x = (x + seed) | 0;
  x = Math.imul(x, (seed >>> 16) | 1);
  x ^= Math.imul(x, 0x05526c56);
  x ^= Math.imul(x, 0x53a22864);
  return x >>> 0;
}

function reversed(value: number): number {
  let x = value;
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1);
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
  return ((x >>> 16) | (x << 16)) >>> 0;
}

/** A 32-bit hash of two numbers (the finalizer of MurmurHash3). */
function mixed(a: number, b: number): number {
  let h = (a ^ Math.imul(b | 0, 0x9e3779b9)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const primes: number[] = [2];

/** The prime at a place, from 3 on. */
function oddPrime(place: number): number {
  for (let next = (primes.at(-1) ?? 2) + 1; primes.length <= place + 1; next += 1)
    if (primes.every((prime) => prime * prime > next || next % prime !== 0)) primes.push(next);
  return primes[place + 1] ?? 3;
}

/** Each digit is shifted by a hash of its position, so that large bases do not begin in a corner. */
function scrambledHalton(index: number, place: number, seed: number): number {
  const base = oddPrime(place);
  let value = 0;
  let scale = 1 / base;
  for (let position = 0, rest = index; scale > 1e-12; position += 1, rest = Math.floor(rest / base)) {
    value += (((rest % base) + (mixed(seed, position) % base)) % base) * scale;
    scale /= base;
  }
  return Math.min(value, 1 - 1 / words32);
}
