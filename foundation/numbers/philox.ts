/**
 * Philox4x32-10: a counter-based generator (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 * A pure function of a 128-bit counter and a 64-bit key to four 32-bit words.
 */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  const out = new Uint32Array(4);
  philoxInto(out, counter[0], counter[1], counter[2], counter[3], key[0], key[1]);
  return [out[0] ?? 0, out[1] ?? 0, out[2] ?? 0, out[3] ?? 0];
}

const rounds = 10;
const multiplier0 = 0xd2511f53;
const multiplier0Low = 0x1f53;
const multiplier0High = 0xd251;
const multiplier1 = 0xcd9e8d57;
const multiplier1Low = 0x8d57;
const multiplier1High = 0xcd9e;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;

/** The same without allocation: writes the four words to `out`. */
export function philoxInto(
  out: Uint32Array,
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
): void {
  let c0 = counter0 >>> 0;
  let c1 = counter1 >>> 0;
  let c2 = counter2 >>> 0;
  let c3 = counter3 >>> 0;
  let k0 = key0 >>> 0;
  let k1 = key1 >>> 0;
  for (let round = 0; round < rounds; round++) {
    // High halves of the two 32 × 32 → 64 bit products, from 16-bit limbs so that every step is exact in a double.
    const low0 = c0 & 0xffff;
    const high0 = c0 >>> 16;
    const middle0 = high0 * multiplier0Low + ((low0 * multiplier0Low) >>> 16);
    const carry0 = low0 * multiplier0High + (middle0 & 0xffff);
    const product0High = (high0 * multiplier0High + (middle0 >>> 16) + (carry0 >>> 16)) >>> 0;
    const low1 = c2 & 0xffff;
    const high1 = c2 >>> 16;
    const middle1 = high1 * multiplier1Low + ((low1 * multiplier1Low) >>> 16);
    const carry1 = low1 * multiplier1High + (middle1 & 0xffff);
    const product1High = (high1 * multiplier1High + (middle1 >>> 16) + (carry1 >>> 16)) >>> 0;
    const product0Low = Math.imul(c0, multiplier0) >>> 0;
    const product1Low = Math.imul(c2, multiplier1) >>> 0;
    c0 = (product1High ^ c1 ^ k0) >>> 0;
    c1 = product1Low;
    c2 = (product0High ^ c3 ^ k1) >>> 0;
    c3 = product0Low;
    k0 = (k0 + weyl0) >>> 0;
    k1 = (k1 + weyl1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}
