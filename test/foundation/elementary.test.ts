import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dcos, dexp, dlog, dpow, dtanh } from '../../foundation/numbers/index.js';

const tolerance = 1e-14;

function expectClose(actual: number, wanted: number, scale = Math.abs(wanted)): void {
  if (Object.is(actual, wanted)) {
    // Counted, because all the numbers that are drawn may agree in every bit.
    expect(actual).toBe(wanted);
    return;
  }
  // Results below the normal range have fewer bits than a relative tolerance asks for.
  expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(Math.max(tolerance * scale, 5e-324));
}

const anything = fc.double({ noNaN: true });
const runs = { numRuns: 2000 };

describe('agree with the platform within 1e-14', () => {
  test('dexp', () => {
    fc.assert(
      fc.property(fc.double({ min: -746, max: 710, noNaN: true }), (x) => expectClose(dexp(x), Math.exp(x))),
      runs,
    );
  });
  test('dlog', () => {
    fc.assert(
      fc.property(fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true }), (x) =>
        expectClose(dlog(x), Math.log(x)),
      ),
      runs,
    );
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 2, noNaN: true }), (x) => expectClose(dlog(x), Math.log(x))),
      runs,
    );
  });
  test('dtanh', () => {
    fc.assert(
      fc.property(anything, (x) => expectClose(dtanh(x), Math.tanh(x))),
      runs,
    );
    fc.assert(
      fc.property(fc.double({ min: -5, max: 5, noNaN: true }), (x) => expectClose(dtanh(x), Math.tanh(x))),
      runs,
    );
  });
  test('dcos', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) =>
        expectClose(dcos(x), Math.cos(x), 1),
      ),
      runs,
    );
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (x) =>
        expectClose(dcos(x), Math.cos(x), 1),
      ),
      runs,
    );
  });
  test('dpow', () => {
    const base = fc.double({ min: 0, max: 1e10, noNaN: true });
    fc.assert(
      fc.property(base, fc.double({ min: -30, max: 30, noNaN: true }), (x, y) =>
        expectClose(dpow(x, y), x ** y),
      ),
      runs,
    );
    fc.assert(
      fc.property(fc.double({ min: -50, max: 50, noNaN: true }), fc.integer({ min: -40, max: 40 }), (x, y) =>
        expectClose(dpow(x, y), x ** y),
      ),
      runs,
    );
    fc.assert(
      fc.property(anything, anything, (x, y) => expectClose(dpow(x, y), x ** y)),
      runs,
    );
  });
});

test('exact where the result is plain', () => {
  expect([dexp(0), dexp(-0), dlog(1), dtanh(0), dcos(0), dpow(5, 0), dpow(1, 1e300)]).toEqual([
    1, 1, 0, 0, 1, 1, 1,
  ]);
  expect([dpow(2, 10), dpow(10, 22), dpow(-2, 3), dpow(4, 0.5), dpow(2, -1074)]).toEqual([
    1024, 1e22, -8, 2, 5e-324,
  ]);
});

test('ends of the number line', () => {
  expect([dexp(Infinity), dexp(-Infinity), dexp(1000), dexp(-1000)]).toEqual([Infinity, 0, Infinity, 0]);
  expect([dlog(0), dlog(Infinity)]).toEqual([-Infinity, Infinity]);
  expect([dtanh(Infinity), dtanh(-Infinity)]).toEqual([1, -1]);
  for (const value of [
    dexp(NaN),
    dlog(NaN),
    dlog(-1),
    dtanh(NaN),
    dcos(NaN),
    dcos(Infinity),
    dpow(NaN, 1),
    dpow(2, NaN),
  ]) {
    expect(value).toBeNaN();
  }
});

test('special values of powers are those of Math.pow', () => {
  const special = [0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, Infinity, -Infinity, NaN, 1e300, -1e300];
  for (const x of special) {
    for (const y of special) {
      const wanted = Math.pow(x, y);
      const isPlain = wanted === 0 || Math.abs(wanted) === 1 || !Number.isFinite(wanted);
      if (isPlain) expect([x, y, dpow(x, y)]).toEqual([x, y, wanted]);
      else expectClose(dpow(x, y), wanted);
    }
  }
});

test('the bits of some results are fixed', () => {
  expect([dexp(1), dlog(10), dtanh(0.5), dcos(1), dpow(10, 0.3)]).toEqual(goldenBits);
});

const goldenBits: readonly number[] = [
  2.718281828459045, 2.302585092994046, 0.46211715726000974, 0.5403023058681398, 1.9952623149688795,
];
