import { canonicalJson } from '../json/canonical-json.js';
import { sha256 } from './hash.js';
import { philox, philoxInto } from './philox.js';

/** A position in a stream of random words: the stream's key and how many words of it were drawn. Plain data. */
export interface Rng {
  readonly key: readonly [number, number];
  readonly n: number;
}

/**
 * What a randomised function draws from. A `RandomStream` draws at random; a test may pass its own source that
 * walks through every outcome.
 */
export interface ChoiceSource {
  /** A uniform integer in 0 … m − 1. */
  below(m: number): number;
  /** A uniform number in [0, 1) with 53 random bits. */
  unit(): number;
}

/** The start of the stream that belongs to a seed. */
export function rngFromSeed(seed: number | string): Rng {
  const digest = sha256(canonicalJson(seed));
  return { key: [wordAt(digest, 0), wordAt(digest, 4)], n: 0 };
}

/**
 * The start of another stream, named by a label: independent of how much was drawn from `rng`, so that more draws
 * from one stream never shift another. An integer label is the same as its decimal text.
 */
export function fork(rng: Rng, label: string | number): Rng {
  if (typeof label === 'number' && !Number.isSafeInteger(label)) {
    throw new RangeError(`A fork label is a string or a safe integer, not ${label}.`);
  }
  const digest = sha256(String(label));
  const words = philox(
    [wordAt(digest, 0), wordAt(digest, 4), wordAt(digest, 8), wordAt(digest, 12)],
    rng.key,
  );
  return { key: [words[0], words[1]], n: 0 };
}

function wordAt(bytes: Uint8Array, offset: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(offset, offset + 4);
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

const words32 = 0x1_0000_0000;

/** A cursor that draws from an `Rng`; take its position with `rng()` to go on later. */
export class RandomStream implements ChoiceSource {
  private readonly key0: number;
  private readonly key1: number;
  private readonly block = new Uint32Array(4);
  private n: number;
  private fresh = false;

  constructor(rng: Rng) {
    if (!Number.isSafeInteger(rng.n) || rng.n < 0) {
      throw new RangeError(`An Rng's position is a non-negative integer, not ${rng.n}.`);
    }
    this.key0 = rng.key[0];
    this.key1 = rng.key[1];
    this.n = rng.n;
  }

  /** The position after everything drawn so far. */
  rng(): Rng {
    return { key: [this.key0, this.key1], n: this.n };
  }

  /** The next 32 random bits, as an integer in 0 … 2³² − 1. */
  word(): number {
    const place = this.n % 4;
    if (place === 0 || !this.fresh) {
      const block = Math.floor(this.n / 4);
      philoxInto(this.block, block % words32, Math.floor(block / words32), 0, 0, this.key0, this.key1);
      this.fresh = true;
    }
    this.n++;
    return this.block[place] ?? 0;
  }

  below(m: number): number {
    if (!Number.isInteger(m) || m < 1 || m > words32) {
      throw new RangeError(`below(m) needs an integer m in 1 … 2³², not ${m}.`);
    }
    // Words at or above the largest multiple of m would favour small results: draw again.
    const limit = words32 - (words32 % m);
    let word = this.word();
    while (word >= limit) word = this.word();
    return word % m;
  }

  unit(): number {
    const high = this.word() >>> 5;
    const low = this.word() >>> 6;
    return (high * 0x400_0000 + low) / 0x20_0000_0000_0000;
  }
}
