/**
 * Elementary functions whose bits are the same on every engine: built from + − × ÷ and changes of the exponent
 * only. `Math.exp` and its relatives may differ in the last bit between engine versions.
 * Errors are below 2 units in the last place (`dpow`, `dtanh`: 4).
 */

/** ln 2 in two parts: the upper has 32 significant bits, so that its product with an exponent is exact. */
const ln2High = 6.9314718036912381649e-1;
const ln2Low = 1.90821492927058770002e-10;
const inverseLn2 = 1.4426950408889634;
const halfRoot = 0.7071067811865476;

const bits = new DataView(new ArrayBuffer(8));

/** 2^k for −1022 ≤ k ≤ 1023. */
function powerOfTwo(k: number): number {
  bits.setUint32(0, (k + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

/** x · 2^k, rounded once; k within twice the range of exponents. */
function scale(x: number, k: number): number {
  const half = k >> 1;
  return x * powerOfTwo(half) * powerOfTwo(k - half);
}

/** 1/2! … 1/14!, the coefficients of exp(r) − 1 from its square on, highest first. */
const inverseFactorials = Float64Array.from({ length: 13 }, (_, place) => {
  let factorial = 1;
  for (let n = 2; n <= 14 - place; n++) factorial *= n;
  return 1 / factorial;
});

/** exp(r) − 1 for |r| ≤ 0.35, by its Taylor series. */
function exponentialMinusOne(r: number): number {
  let sum = 0;
  for (let place = 0; place < 13; place++) sum = sum * r + (inverseFactorials[place] ?? 0);
  return r + r * r * sum;
}

/** eˣ. */
export function dexp(x: number): number {
  if (x !== x) return NaN;
  if (x > 709.79) return Infinity;
  if (x < -745.2) return 0;
  return dexpOfSum(x, 0);
}

/** A positive finite x as m · 2^k with m in [√½, √2). */
function decompose(x: number): { readonly m: number; readonly k: number } {
  let k = 0;
  let normal = x;
  if (x < 2.2250738585072014e-308) {
    normal = x * 0x40_0000_0000_0000;
    k = -54;
  }
  bits.setFloat64(0, normal);
  const high = bits.getUint32(0);
  k += (high >>> 20) - 1022;
  bits.setUint32(0, (high & 0xfffff) | 0x3fe00000);
  const m = bits.getFloat64(0);
  return m < halfRoot ? { m: m * 2, k: k - 1 } : { m, k };
}

/** Σ 2 z^n / (2n + 1) for n ≥ `from`, divided by z^from: the tail of 2·artanh(s)/s with z = s². */
function hyperbolicTail(z: number, from: number): number {
  let sum = 0;
  for (let n = 14; n >= from; n--) sum = sum * z + 2 / (2 * n + 1);
  return sum;
}

/** Natural logarithm; −Infinity at 0 and NaN below. */
export function dlog(x: number): number {
  if (x !== x || x < 0) return NaN;
  if (x === 0) return -Infinity;
  if (x === Infinity) return Infinity;
  const { m, k } = decompose(x);
  const f = m - 1;
  const s = f / (2 + f);
  const z = s * s;
  const half = 0.5 * f * f;
  return k * ln2High - (half - (s * (half + z * hyperbolicTail(z, 1)) + k * ln2Low) - f);
}

/** Hyperbolic tangent. */
export function dtanh(x: number): number {
  if (x === 0 || x !== x) return x;
  const twice = 2 * Math.abs(x);
  if (twice > 44) return x < 0 ? -1 : 1;
  const grown = twice < 0.34 ? exponentialMinusOne(twice) : dexp(twice) - 1;
  const value = grown / (grown + 2);
  return x < 0 ? -value : value;
}

/** π/2 in three parts; the first two have 33 significant bits. */
const halfPi1 = 1.57079632673412561417;
const halfPi2 = 6.0771005063039659766e-11;
const halfPi3 = 2.02226624879595063154e-21;
const inverseHalfPi = 0.6366197723675814;

const wideBits = 1200n;
let wideHalfPi: bigint | undefined;

/** π/2 · 2^1200 by Machin's formula: enough digits to reduce the largest double. */
function wide(): bigint {
  if (wideHalfPi === undefined) {
    const guard = 32n;
    const arctangentOfInverse = (n: bigint): bigint => {
      let power = (1n << (wideBits + guard)) / n;
      let sum = power;
      for (let i = 3n, sign = -1n; power > 0n; i += 2n, sign = -sign) {
        power /= n * n;
        sum += (sign * power) / i;
      }
      return sum;
    };
    wideHalfPi = (8n * arctangentOfInverse(5n) - 2n * arctangentOfInverse(239n)) >> guard;
  }
  return wideHalfPi;
}

/** x − q·π/2 as a sum of two doubles, of size at most about π/4, and q modulo 4. */
function reduce(x: number): { readonly r: number; readonly low: number; readonly quadrant: number } {
  if (x < 1e5) {
    const q = Math.round(x * inverseHalfPi);
    const first = x - q * halfPi1;
    const second = first - q * halfPi2;
    const rest = q * halfPi3 - (first - second - q * halfPi2);
    const r = second - rest;
    return { r, low: second - r - rest, quadrant: q & 3 };
  }
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  const exponent = (high >>> 20) - 1075;
  const mantissa = (BigInt((high & 0xfffff) | 0x100000) << 32n) | BigInt(bits.getUint32(4));
  const wideX = mantissa << (wideBits + BigInt(exponent));
  const step = wide();
  const q = (2n * wideX + step) / (2n * step);
  const remainder = (wideX - q * step) >> 1000n;
  return { r: Number(remainder) / powerOfTwo(200), low: 0, quadrant: Number(q & 3n) };
}

function sineKernel(r: number): number {
  const z = r * r;
  let sum = 0;
  for (let n = 20; n >= 2; n -= 2) sum = (sum + 1) * (-z / (n * (n + 1)));
  return r + r * sum;
}

function cosineKernel(r: number): number {
  const z = r * r;
  let sum = 0;
  for (let n = 21; n >= 3; n -= 2) sum = (sum + 1) * (-z / (n * (n + 1)));
  const half = 0.5 * z;
  const rough = 1 - half;
  return rough + (1 - rough - half - half * sum);
}

/** Cosine of an angle in radians. */
export function dcos(x: number): number {
  const size = Math.abs(x);
  if (!(size < Infinity)) return NaN;
  const { r, low, quadrant } = reduce(size);
  const cosine = cosineKernel(r) - r * low;
  const sine = sineKernel(r) + low;
  switch (quadrant) {
    case 0:
      return cosine;
    case 1:
      return -sine;
    case 2:
      return -cosine;
    default:
      return sine;
  }
}

/** The exact product of two doubles as a sum (Dekker); no overflow for factors below 2^970. */
function exactProduct(a: number, b: number): { readonly high: number; readonly low: number } {
  const high = a * b;
  const splitA = 134217729 * a;
  const splitB = 134217729 * b;
  const a1 = splitA - (splitA - a);
  const b1 = splitB - (splitB - b);
  const a2 = a - a1;
  const b2 = b - b1;
  return { high, low: a1 * b1 - high + a1 * b2 + a2 * b1 + a2 * b2 };
}

/** ln x of a positive finite x as a sum of two doubles, to about 65 significant bits. */
function wideLog(x: number): { readonly high: number; readonly low: number } {
  const { m, k } = decompose(x);
  const f = m - 1;
  const divisor = 2 + f;
  const divisorError = f - (divisor - 2);
  const s = f / divisor;
  const back = exactProduct(s, divisor);
  const sLow = (f - back.high - back.low - s * divisorError) / divisor;
  const z = s * s;
  const square = exactProduct(s, s);
  const squareLow = square.low + 2 * s * sLow;
  const third = 2 / 3;
  const thirdLow = 3.700743415417188e-17;
  const a = exactProduct(square.high, third);
  const aLow = a.low + squareLow * third + square.high * thirdLow;
  const cube = exactProduct(s, a.high);
  const cubeLow = cube.low + s * aLow + sLow * a.high;
  const tail = s * z * z * hyperbolicTail(z, 2);
  // Added from the largest part to the smallest, each time with the error of the addition.
  let high = k * ln2High;
  let low = k * ln2Low;
  for (const part of [2 * s, cube.high]) {
    const sum = high + part;
    const shadow = sum - high;
    low += high - (sum - shadow) + (part - shadow);
    high = sum;
  }
  low += 2 * sLow + cubeLow + tail;
  const total = high + low;
  return { high: total, low: low - (total - high) };
}

/** x to the power y, with the special values of `Math.pow`. */
export function dpow(x: number, y: number): number {
  if (y === 0) return 1;
  if (x !== x || y !== y) return NaN;
  if (y === 1) return x;
  const size = Math.abs(x);
  if (Math.abs(y) === Infinity) return size === 1 ? NaN : size > 1 === y > 0 ? Infinity : 0;
  const whole = Number.isInteger(y);
  const odd = whole && Math.abs(y) <= Number.MAX_SAFE_INTEGER && y % 2 !== 0;
  const negative = odd && (x < 0 || Object.is(x, -0));
  if (size === 0 || size === Infinity) {
    const result = (size === 0) === y > 0 ? 0 : Infinity;
    return negative ? -result : result;
  }
  if (x < 0 && !whole) return NaN;
  if (size === 1) return negative ? -1 : 1;
  const log = wideLog(size);
  const rough = y * log.high;
  let result: number;
  if (rough > 720) {
    result = Infinity;
  } else if (rough < -760) {
    result = 0;
  } else {
    const product = exactProduct(y, log.high);
    result = dexpOfSum(product.high, product.low + y * log.low);
  }
  return negative ? -result : result;
}

/** exp(high + low) for a `low` far below `high`. */
function dexpOfSum(high: number, low: number): number {
  const k = Math.round(high * inverseLn2);
  const first = high - k * ln2High;
  const second = k * ln2Low - low;
  const r = first - second;
  const lost = first - r - second;
  const grown = exponentialMinusOne(r);
  return scale(1 + (grown + lost * (1 + grown)), k);
}
