import { describe, expect, test } from 'vitest';
import {
  logNormalCdf,
  logNormalDensity,
  normalCdf,
  normalDensity,
  normalQuantile,
} from '../../foundation/numbers/index.js';

/** x, Φ(x) and ln Φ(x), computed with 50 digits. */
const golden: readonly (readonly [x: number, cdf: number, log: number])[] = [
  [-40, 0, -804.60844201375379],
  [-38, 2.8854283600687843e-316, -726.55721601882013],
  [-30, 4.9067139271481871e-198, -454.3212439563432],
  [-20, 2.7536241186062337e-89, -203.91715537109726],
  [-12.5, 3.7325642988777134e-36, -81.575967870743883],
  [-10, 7.6198530241605261e-24, -53.231285150512471],
  [-8, 6.2209605742717841e-16, -35.01343715991455],
  [-6, 9.8658764503769814e-10, -20.736768949974706],
  [-5.7, 5.9903714010635282e-9, -18.933112423224743],
  [-5.6, 1.0717590258310929e-8, -18.351379495909332],
  [-4, 3.1671241833119921e-5, -10.360101486527291],
  [-3, 0.0013498980316300945, -6.6077262215103495],
  [-2, 0.022750131948179207, -3.7831843336820319],
  [-1.5, 0.066807201268858066, -2.7059444008238898],
  [-1, 0.15865525393145705, -1.8410216450092635],
  [-0.7, 0.24196365222307303, -1.4189677615315316],
  [-0.67, 0.2514288950953101, -1.380595052695189],
  [-0.66, 0.25462691467133614, -1.3679558848901994],
  [-0.5, 0.3085375387259869, -1.1759117615936186],
  [-0.1, 0.46017216272297102, -0.77615459273027333],
  [-1e-5, 0.49999601057719605, -0.69315515943738436],
  [0, 0.5, -0.69314718055994531],
  [0.1, 0.53982783727702898, -0.61650501011502629],
  [0.5, 0.6914624612740131, -0.36894641528865639],
  [0.67, 0.7485711049046899, -0.28958908310168704],
  [1, 0.84134474606854295, -0.17275377902344989],
  [1.5, 0.93319279873114193, -0.069143455612233983],
  [2, 0.97724986805182079, -0.023012909328963488],
  [3, 0.99865010196836991, -0.0013508099647481938],
  [4, 0.99996832875816688, -3.1671743377489264e-5],
  [5.7, 0.9999999940096286, -5.990371419005803e-9],
  [6, 0.99999999901341235, -9.8658764552437573e-10],
  [8, 0.99999999999999938, -6.2209605742717861e-16],
];

/** p and Φ⁻¹(p), computed with 50 digits. */
const quantiles: readonly (readonly [p: number, x: number])[] = [
  [1e-300, -37.047096299361199],
  [1e-100, -21.273453560965324],
  [1e-20, -9.2623400897984076],
  [1e-10, -6.3613409024040562],
  [1e-5, -4.2648907939228246],
  [0.001, -3.0902323061678135],
  [0.02425, -1.9729610513118848],
  [0.05, -1.6448536269514727],
  [0.074, -1.4466320671589785],
  [0.076, -1.4325027208258116],
  [0.1, -1.2815515655446004],
  [0.25, -0.67448975019608174],
  [0.4, -0.25334710313579974],
  [0.5, 0.0],
  [0.6, 0.25334710313579974],
  [0.75, 0.67448975019608174],
  [0.9, 1.2815515655446006],
  [0.924, 1.4325027208258119],
  [0.926, 1.4466320671589788],
  [0.975, 1.9599639845400539],
  [0.999, 3.0902323061678133],
  [0.99999, 4.2648907939238408],
];

function expectClose(actual: number, wanted: number, relative: number): void {
  // The smallest doubles have fewer digits.
  expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(relative * Math.abs(wanted) + 1e-320);
}

describe('the standard normal distribution agrees with values of 50 digits', () => {
  test.each(golden)('Φ and ln Φ at %d', (x, cdf, log) => {
    // Below −37.5 the probability is no normal number any more.
    expectClose(normalCdf(x), cdf, x < -37.5 ? 1e-6 : 1e-14);
    expectClose(logNormalCdf(x), log, 1e-14);
  });

  test.each(quantiles)('Φ⁻¹ at %d', (p, x) => expectClose(normalQuantile(p), x, 1e-14));

  test('density', () => {
    expectClose(normalDensity(0), 0.39894228040143268, 1e-15);
    expectClose(normalDensity(-3), 0.0044318484119380072, 1e-14);
    expectClose(normalDensity(20), 5.520948362159764e-88, 1e-14);
    expectClose(logNormalDensity(20), -200.91893853320467, 1e-15);
  });
});

test('Φ⁻¹ undoes Φ, and ends are infinite', () => {
  for (let x = -8; x <= 5; x += 0.137) expectClose(normalQuantile(normalCdf(x)), x, 2e-10);
  expect([0, 1, -0.1, 1.1, NaN].map(normalQuantile)).toEqual([-Infinity, Infinity, NaN, NaN, NaN]);
  expect(normalCdf(NaN)).toBe(NaN);
});

test('both are monotone where their approximations meet', () => {
  for (const edge of [-0.46875, -4, 0.46875, 4].map((y) => y * Math.SQRT2)) {
    let before = -1;
    for (let step = -50; step <= 50; step += 1) {
      const value = normalCdf(edge + step * 1e-9);
      expect(value).toBeGreaterThanOrEqual(before);
      before = value;
    }
  }
});
