import { afterAll, describe, expect, test } from 'vitest';
import { parseAugmentationPolicy } from '../../../training/augmentation/augmentation-policy.js';
import type { AugmentationPolicyInput } from '../../../training/augmentation/augmentation-policy.js';
import { readyPolicyNames } from '../../../training/augmentation/ready-policies.js';
import { AugmentationLaboratory } from './augmented.js';
import type { Shape } from './augmented.js';

const open: AugmentationLaboratory[] = [];
afterAll(() => open.forEach((laboratory) => laboratory.close()));

/** Augments `count` images of one value and gives the value that each has then. */
function valuesAfter(policy: AugmentationPolicyInput, value: number, count: number): Uint8Array {
  const laboratory = new AugmentationLaboratory(policy, [1, 1, 1], 0);
  open.push(laboratory);
  return laboratory.run(new Uint8Array(count).fill(value));
}

/** How far a count is from what is expected, in standard deviations of a binomial distribution. */
function deviations(found: number, count: number, probability: number): number {
  return Math.abs(found - count * probability) / Math.sqrt(count * probability * (1 - probability));
}

describe('chance', () => {
  const count = 20_000;

  test.each([0.1, 0.5, 0.9])('an operation acts on its share %f of the images', (probability) => {
    const found = valuesAfter({ op: 'invert', probability }, 0, count);
    expect(deviations(found.filter((value) => value === 255).length, count, probability)).toBeLessThan(4);
  });

  test('the alternatives of `oneOf` come up by their weights', () => {
    const oneOf = [1, 2, 3, 4].map((level) => ({ op: 'brightness', magnitude: level / 2 }) as const);
    const found = valuesAfter({ oneOf, weights: [1, 0, 2, 5] }, 100, count);
    const shareOf = (value: number): number => found.filter((each) => each === value).length;
    expect(deviations(shareOf(50), count, 1 / 8)).toBeLessThan(4);
    expect(shareOf(100)).toBe(0);
    expect(deviations(shareOf(150), count, 2 / 8)).toBeLessThan(4);
    expect(deviations(shareOf(200), count, 5 / 8)).toBeLessThan(4);
  });

  test('a sequence goes with its alternative, and its operations act independently', () => {
    const double = { op: 'brightness', magnitude: 2 } as const;
    const policy = {
      oneOf: [
        [
          { ...double, probability: 0.5 },
          { ...double, probability: 0.2 },
        ],
        [],
      ],
    } as const;
    const found = valuesAfter(policy, 10, count);
    expect(deviations(found.filter((value) => value === 40).length, count, 0.05)).toBeLessThan(4);
    expect(deviations(found.filter((value) => value === 10).length, count, 0.5 + 0.2)).toBeLessThan(4);
  });

  test('magnitudes are uniform in their range, in steps, and reflected at the neutral one', () => {
    const found = valuesAfter({ op: 'brightness', magnitude: [0.5, 1.5] }, 100, count);
    expect(Math.min(...found)).toBe(50);
    expect(Math.max(...found)).toBeGreaterThanOrEqual(148);
    expect(found.reduce((sum, value) => sum + value, 0) / count).toBeCloseTo(99.5, 0);
    const stepped = { op: 'brightness', magnitude: [1, 1.9], steps: 4, randomSign: true } as const;
    const seen = [...new Set(valuesAfter(stepped, 100, count))].sort((a, b) => a - b);
    const exact = [10, 40, 70, 100, 130, 160, 190];
    expect(seen).toHaveLength(exact.length);
    // Single precision may fall just below a whole number, where PIL cuts the fraction off too.
    seen.forEach((value, i) => expect(Math.abs(value - (exact[i] ?? 0))).toBeLessThanOrEqual(1));
  });

  test('half of the images are moved the other way', () => {
    const laboratory = new AugmentationLaboratory(
      { op: 'translateX', magnitude: 1, unit: 'pixels', fill: 0 },
      [1, 3, 1],
    );
    open.push(laboratory);
    const count = 2000;
    const found = laboratory.run(Uint8Array.from({ length: 3 * count }, (_none, i) => 1 + (i % 3)));
    const starts = Array.from({ length: count }, (_none, i) => found.slice(3 * i, 3 * i + 3).join(' '));
    const left = starts.filter((start) => start === '2 3 0').length;
    expect(starts.filter((start) => start === '0 1 2')).toHaveLength(count - left);
    expect(deviations(left, count, 0.5)).toBeLessThan(4);
  });

  test('the same seed gives the same images, another step others', () => {
    const shape: Shape = [16, 16, 3];
    const pixels = Uint8Array.from({ length: 40 * 768 }, (_none, i) => (i * 7919) % 256);
    for (const name of readyPolicyNames) {
      const policy = [{ policy: name }, { op: 'mixup' }] as const;
      const [one, other] = [
        new AugmentationLaboratory(policy, shape),
        new AugmentationLaboratory(policy, shape),
      ];
      open.push(one, other);
      const first = one.run(pixels, 1);
      expect(first).toHaveLength(pixels.length);
      expect(other.run(pixels, 1)).toEqual(first);
      expect(one.run(pixels, 2)).not.toEqual(first);
      // A last batch may be small.
      expect(one.run(pixels.slice(0, 768), 1)).toHaveLength(768);
    }
  });
});

describe('policies', () => {
  test('ready policies are what was published', () => {
    const [autoAugment] = parseAugmentationPolicy('autoAugmentCifar10');
    expect(autoAugment?.oneOf).toHaveLength(25);
    expect(autoAugment?.oneOf.every((pair) => pair.length === 2)).toBe(true);
    expect(autoAugment?.oneOf[1]).toMatchObject([
      { op: 'rotate', probability: 0.7, magnitude: [30 * (2 / 9), 30 * (2 / 9)], randomSign: true },
      { op: 'translateX', probability: 0.3, magnitude: [0.45, 0.45], unit: 'side' },
    ]);
    const strongest = autoAugment?.oneOf[6]?.[1]?.magnitude?.[0];
    expect(strongest).toBeCloseTo(0.1 + 1.8 * (7 / 9), 12);
    const [trivialAugment] = parseAugmentationPolicy({ policy: 'trivialAugment' });
    expect(trivialAugment?.oneOf.map(([operation]) => operation?.op)).toHaveLength(14);
    expect(trivialAugment?.oneOf.every(([operation]) => operation?.probability === 1)).toBe(true);
  });

  test('a level is a place in the reference range', () => {
    const magnitudeOf = (operation: AugmentationPolicyInput): unknown =>
      parseAugmentationPolicy(operation)[0]?.oneOf[0]?.[0]?.magnitude;
    expect(magnitudeOf({ op: 'solarize', level: 0.25 })).toEqual([192, 192]);
    expect(magnitudeOf({ op: 'posterize', level: [0, 1] })).toEqual([8, 4]);
    expect(magnitudeOf({ op: 'contrast', level: [0, 1] })).toEqual([0.1, 1.9]);
    expect(magnitudeOf({ op: 'contrast', level: [0, 1], randomSign: true })).toEqual([1, 1.9]);
    expect(magnitudeOf({ op: 'rotate' })).toEqual([0, 30]);
    // Searches may give all operations one shape.
    expect(magnitudeOf({ op: 'invert', probability: 0.2, level: 0.7 })).toBeNull();
  });

  test('nothing is a policy', () => {
    expect(parseAugmentationPolicy(null)).toEqual([]);
    expect(parseAugmentationPolicy([])).toEqual([]);
  });

  test.each([
    [
      'unknown operation',
      { op: 'blur' },
      /: augmentation\.op is no operation but "blur"; known are identity, .*cutmix\.$/,
    ],
    [
      'unknown ready policy',
      'autoAugment',
      /: augmentation is no ready policy but "autoAugment"; known are cropAndFlip/,
    ],
    [
      'unknown ready policy in a list',
      [{ policy: 'none' }],
      /: augmentation\[0\]\.policy is no ready policy but "none"/,
    ],
    ['number', 3, /: augmentation must be an object with "op", "oneOf" or "policy"/],
    ['nothing in it', [{}], /: augmentation\[0\]\.op is no operation but nothing/],
    [
      'unknown field',
      [{ op: 'rotate', degrees: 3 }],
      /: augmentation\[0\] has an unknown field "degrees"; known are op/,
    ],
    [
      'unknown field of a choice',
      { oneOf: [[]], weight: [1] },
      /: augmentation has an unknown field "weight"/,
    ],
    [
      'probability',
      [{ op: 'invert' }, { op: 'invert', probability: 1.2 }],
      /: augmentation\[1\]\.probability must be a number from 0 to 1, not 1\.2\.$/,
    ],
    ['NaN', { op: 'invert', probability: Number.NaN }, /\.probability must be a number from 0 to 1, not NaN/],
    [
      'magnitude out of range',
      { op: 'posterize', magnitude: 9 },
      /\.magnitude must be a number from 0 to 8 or two of them, not 9/,
    ],
    [
      'three magnitudes',
      { op: 'shearX', magnitude: [0, 1, 2] },
      /\.magnitude must be a number from -10 to 10 or two/,
    ],
    [
      'magnitude that does not exist',
      { op: 'equalize', magnitude: 1 },
      /: augmentation\.magnitude does not exist for equalize/,
    ],
    ['both', { op: 'shearX', magnitude: 0.1, level: 1 }, /: augmentation has both "magnitude" and "level"/],
    [
      'level',
      { oneOf: [{ op: 'rotate' }, [{ op: 'rotate', level: 9 }]] },
      /: augmentation\.oneOf\[1\]\[0\]\.level must be a number from 0 to 1/,
    ],
    ['steps', { op: 'rotate', steps: 1 }, /\.steps must be an integer from 2 to 1000, not 1/],
    ['sign', { op: 'posterize', randomSign: true }, /\.randomSign does not exist for posterize/],
    [
      'unit',
      { op: 'cutout', magnitude: 1, unit: 'metres' },
      /\.unit must be one of side, pixels, not "metres"/,
    ],
    ['pixels without a magnitude', { op: 'cutout', unit: 'pixels' }, /\.magnitude is missing/],
    ['fill', { op: 'cutout', fill: 256 }, /\.fill must be an integer from 0 to 255 or "mean", not 256/],
    ['alpha', { op: 'mixup', alpha: 0 }, /\.alpha must be a number from 0\.01 to 100, not 0/],
    ['no alternatives', { oneOf: [] }, /: augmentation\.oneOf must be a list of 1 to 1000 operations/],
    ['weights', { oneOf: [[], []], weights: [1] }, /: augmentation\.weights must be 2 numbers of at least 0/],
    ['no weight', { oneOf: [[], []], weights: [0, 0] }, /: augmentation\.weights must not all be 0/],
    [
      'an operation that is none',
      { oneOf: ['rotate'] },
      /: augmentation\.oneOf\[0\] must be an operation such as/,
    ],
  ])('what does not fit is told in one sentence: %s', (_what, policy, message) => {
    let error: unknown = null;
    try {
      parseAugmentationPolicy(policy);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({
      failureClass: 'BadInput',
      message: expect.stringMatching(message),
    });
  });
});
