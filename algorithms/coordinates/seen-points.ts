import { RandomStream, type Rng } from '../../foundation/numbers/index.js';
import { nextWithFixedFloats, first } from '../../search-spaces/enumeration/index.js';
import { mutate, sample } from '../../search-spaces/variation/index.js';
import type { Genome, View } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { isBytes } from '../contract/state-codec.js';
import type { StateValue } from '../contract/state-value.js';

/**
 * The latest points of a search by their hashes, eight bytes each and oldest first, so that none of them is proposed
 * again. Two points share a hash with a probability of 2⁻⁶⁴; then one of them is never proposed.
 */
export type SeenPoints = Uint8Array;

/** Points that are remembered. */
export const mostSeen = 10_000;

const bytesEach = 8;

export const noneSeen: SeenPoints = new Uint8Array(0);

const bits = new DataView(new ArrayBuffer(8));

/** Both halves of a genome's hash. */
function hashOf(genome: Genome): readonly [low: number, high: number] {
  let low = 0x9e3779b9;
  let high = 0x243f6a88;
  for (const number of genome) {
    bits.setFloat64(0, number, true);
    for (const word of [bits.getUint32(0, true), bits.getUint32(4, true)]) {
      low = stirred(low ^ word, 0x85ebca6b);
      high = stirred(high + word + low, 0xc2b2ae35);
    }
  }
  return [stirred(low ^ genome.length, 0xc2b2ae35), stirred(high ^ low, 0x85ebca6b)];
}

function stirred(value: number, factor: number): number {
  const h = Math.imul(value ^ (value >>> 15), factor);
  return (h ^ (h >>> 13)) >>> 0;
}

const words = new WeakMap<SeenPoints, Uint32Array>();

/** The words of the hashes, low before high; read once for each list. */
function wordsOf(seen: SeenPoints): Uint32Array {
  const known = words.get(seen);
  if (known !== undefined) return known;
  const view = new DataView(seen.buffer, seen.byteOffset, seen.byteLength);
  const made = Uint32Array.from({ length: seen.length / 4 }, (_, at) => view.getUint32(at * 4, true));
  words.set(seen, made);
  return made;
}

/** Number of points. */
export function countSeen(seen: SeenPoints): number {
  return seen.length / bytesEach;
}

/** Whether a point is among them. */
export function isSeen(seen: SeenPoints, genome: Genome): boolean {
  const [low, high] = hashOf(genome);
  const all = wordsOf(seen);
  for (let at = all.indexOf(low); at !== -1; at = all.indexOf(low, at + 1))
    if (at % 2 === 0 && all[at + 1] === high) return true;
  return false;
}

/** The points with one more at the end, or the same list where it is among them. */
export function withSeen(seen: SeenPoints, genome: Genome): SeenPoints {
  if (isSeen(seen, genome)) return seen;
  const [low, high] = hashOf(genome);
  const kept = seen.length >= mostSeen * bytesEach ? seen.subarray(bytesEach) : seen;
  const after = new Uint8Array(kept.length + bytesEach);
  after.set(kept);
  const view = new DataView(after.buffer);
  view.setUint32(kept.length, low, true);
  view.setUint32(kept.length + 4, high, true);
  // The words of the longer list are those of the shorter one and two more.
  const before = words.get(seen);
  if (before !== undefined) {
    const skipped = kept === seen ? 0 : 2;
    const longer = new Uint32Array(before.length - skipped + 2);
    longer.set(before.subarray(skipped));
    longer.set([low, high], longer.length - 2);
    words.set(after, longer);
  }
  return after;
}

/** Checks a list read back; throws `AlgorithmError` that names the place. */
export function readSeen(value: StateValue | undefined, place: string): SeenPoints {
  if (isBytes(value) && value.length % bytesEach === 0 && value.length <= mostSeen * bytesEach) return value;
  throw new AlgorithmError(`${place} must be at most ${mostSeen} hashes of ${bytesEach} bytes`);
}

/** Whether every point of a space can be remembered at the same time, so that a search comes to its end. */
export function remembersAll(view: View): boolean {
  return view.size !== 'infinite' && view.size.length <= 5 && Number(view.size) <= mostSeen;
}

/** Whether all points of the space are among them. */
export function isExhausted(view: View, seen: SeenPoints): boolean {
  return remembersAll(view) && countSeen(seen) >= Number(view.size);
}

/** Mutants and samples that are tried before the points that are left are counted. */
const attempts = 64;

/**
 * A point that was not seen: a mutant of one of the parents, else a sample, else one of those that are left in a small
 * space. Null where there is none; in a space that is too large to remember it may be one that was seen.
 */
export function unseenPoint(
  view: View,
  seen: SeenPoints,
  parents: readonly Genome[],
  rng: Rng,
): Genome | null {
  if (isExhausted(view, seen)) return null;
  const source = new RandomStream(rng);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const parent = parents.length === 0 ? undefined : parents[source.below(parents.length)];
    const genome = parent === undefined ? sample(view, source) : mutate(view, parent, source);
    if (!isSeen(seen, genome)) return genome;
  }
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const genome = sample(view, source);
    if (!isSeen(seen, genome)) return genome;
  }
  return remembersAll(view) ? leftPoint(view, seen, source) : sample(view, source);
}

/** One of the points of a small space that were not seen. */
function leftPoint(view: View, seen: SeenPoints, source: RandomStream): Genome | null {
  const all = wordsOf(seen);
  const keys = new Set<number>();
  for (let at = 0; at < all.length; at += 2)
    keys.add((all[at] ?? 0) * 0x20_0000 + ((all[at + 1] ?? 0) >>> 11));
  const left: Genome[] = [];
  for (let genome: Genome | null = first(view); genome !== null; genome = nextWithFixedFloats(view, genome)) {
    const [low, high] = hashOf(genome);
    if (!keys.has(low * 0x20_0000 + (high >>> 11))) left.push(genome);
  }
  return left.length === 0 ? null : (left[source.below(left.length)] ?? null);
}
