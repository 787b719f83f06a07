import { afterAll, describe, expect, test } from 'vitest';
import { fork, RandomStream, rngFromSeed } from '../../../foundation/numbers/index.js';
import type { AugmentationPolicyInput } from '../../../training/augmentation/augmentation-policy.js';
import { AugmentationLaboratory } from './augmented.js';
import type { Images, Shape } from './augmented.js';
import * as pil from './pil.js';

const open: AugmentationLaboratory[] = [];
afterAll(() => open.forEach((laboratory) => laboratory.close()));

function laboratory(policy: AugmentationPolicyInput, shape: Shape, mean?: number): AugmentationLaboratory {
  const made = new AugmentationLaboratory(policy, shape, mean);
  open.push(made);
  return made;
}

/** Noise in several ranges, an image of one value, one of two. */
function examples(shape: Shape): Images {
  const stream = new RandomStream(fork(rngFromSeed(3), shape.join(' ')));
  const size = shape[0] * shape[1] * shape[2];
  const ranges = [256, 200, 60, 10, 2, 1] as const;
  const pixels = Uint8Array.from({ length: ranges.length * size }, (_none, i) => {
    const range = ranges[Math.floor(i / size)] ?? 1;
    return Math.floor((255 - range) / 3) + stream.below(range);
  });
  return { shape, pixels };
}

const shapes: readonly Shape[] = [
  [8, 8, 1],
  [32, 32, 3],
  [20, 33, 3],
];
const factors = [0, 0.37, 1.63];

describe.each(shapes)('images of %i × %i × %i', (...shape) => {
  const images = examples(shape);

  const tones = [
    ['invert', [null], () => pil.invert(images)],
    ['solarize', [0, 77.5, 256], (threshold: number) => pil.solarize(images, threshold)],
    ['posterize', [0, 3, 8], (bits: number) => pil.posterize(images, bits)],
    ['brightness', factors, (factor: number) => pil.brightness(images, factor)],
    ['contrast', factors, (factor: number) => pil.contrast(images, factor)],
    ['color', factors, (factor: number) => pil.color(images, factor)],
    ['sharpness', factors, (factor: number) => pil.sharpness(images, factor)],
    ['autoContrast', [null], () => pil.autoContrast(images)],
    ['equalize', [null], () => pil.equalize(images)],
  ] as const;
  test.each(tones)('%s has the very values of PIL', (op, magnitudes, oracle) => {
    for (const magnitude of magnitudes) {
      const operation = { op, ...(magnitude === null ? {} : { magnitude }), randomSign: false };
      const { randomSign: _sign, ...unsigned } = operation;
      const blends = ['brightness', 'contrast', 'color', 'sharpness'].includes(op);
      const expected = oracle(magnitude ?? 0).pixels;
      expect(laboratory(blends ? operation : unsigned, shape).run(images.pixels), `${magnitude}`).toEqual(
        expected,
      );
    }
  });

  const [height, width] = shape;
  const maps: readonly [string, Record<string, unknown>, pil.AffineMap][] = [
    ['horizontalFlip', {}, [-1, 0, width, 0, 1, 0]],
    ['verticalFlip', {}, [1, 0, 0, 0, -1, height]],
    ['shearX', { magnitude: 0.3 }, [1, 0.3, 0, 0, 1, 0]],
    ['shearY', { magnitude: -0.21 }, [1, 0, 0, -0.21, 1, 0]],
    ['translateX', { magnitude: 0.45 }, [1, 0, 0.45 * width, 0, 1, 0]],
    ['translateX', { magnitude: -3, unit: 'pixels' }, [1, 0, -3, 0, 1, 0]],
    ['translateY', { magnitude: 0.2 }, [1, 0, 0, 0, 1, 0.2 * height]],
    ['rotate', { magnitude: 30 }, pil.rotation(shape, 30)],
    ['rotate', { magnitude: -101 }, pil.rotation(shape, -101)],
  ];
  test.each(maps)('%s %o moves the pixels that PIL moves', (op, options, map) => {
    const sign = op.endsWith('Flip') ? {} : { randomSign: false, fill: 9 };
    const policy = { op, ...sign, ...options } as AugmentationPolicyInput;
    const ties = new Set<number>();
    const size = height * width;
    const expected = pil.transform(images, map, 9, (index, x, y) => ties.add(index * size + y * width + x));
    const found = laboratory(policy, shape).run(images.pixels);
    const wrong = [...found].filter((pixel, i) => {
      const isOpen = ties.has(Math.floor(i / shape[2])) && op !== 'horizontalFlip' && op !== 'verticalFlip';
      return pixel !== expected.pixels[i] && !isOpen;
    });
    expect(wrong).toEqual([]);
    expect(ties.size).toBeLessThan((size * 6) / (op === 'rotate' || op.startsWith('shear') ? 10 : 0.5));
  });

  test('magnitude 0 of every geometric operation, and the neutral one of the others, change nothing', () => {
    const zero = ['shearX', 'shearY', 'translateX', 'translateY', 'rotate', 'randomCrop', 'cutout'] as const;
    const one = ['contrast', 'color', 'brightness', 'sharpness'] as const;
    const policy: AugmentationPolicyInput = [
      ...zero.map((op) => ({ op, magnitude: 0 })),
      ...one.map((op) => ({ op, magnitude: 1 })),
      { op: 'solarize', magnitude: 256 },
      { op: 'posterize', magnitude: 8 },
      { op: 'identity' },
    ];
    expect(laboratory(policy, shape).run(images.pixels)).toEqual(images.pixels);
  });

  test('probability 0 changes nothing', () => {
    const steps = [
      'horizontalFlip',
      'rotate',
      'invert',
      'equalize',
      'color',
      'cutout',
      'mixup',
      'cutmix',
    ] as const;
    const policy = steps.map((op) => ({ op, probability: 0 }));
    const seen = laboratory(policy, shape).runMixed(images.pixels, labels(6));
    expect(seen.pixels).toEqual(images.pixels);
    expect(seen.targets).toEqual(Float32Array.from(labels(6).flat()));
  });
});

/** One class for each image. */
function labels(count: number): readonly (readonly number[])[] {
  return Array.from({ length: count }, (_none, i) =>
    Array.from({ length: count }, (_zero, j) => (i === j ? 1 : 0)),
  );
}

describe('crops and squares', () => {
  const shape: Shape = [10, 12, 1];
  // Every pixel tells its place; none is 0 or 255.
  const places = Uint8Array.from({ length: 120 * 50 }, (_none, i) => 1 + (i % 120));

  test('a random crop is the image moved by whole pixels, over black', () => {
    const found = laboratory({ op: 'randomCrop', magnitude: 2, unit: 'pixels' }, shape).run(places);
    const moves = new Set<string>();
    for (let image = 0; image < 50; image++) {
      const own = found.subarray(image * 120, (image + 1) * 120);
      const moved = [-2, -1, 0, 1, 2].flatMap((dx) => [-2, -1, 0, 1, 2].map((dy) => [dx, dy] as const));
      const fits = moved.filter(([dx, dy]) =>
        own.every((pixel, i) => {
          const [x, y] = [(i % 12) + dx, Math.floor(i / 12) + dy];
          const isInside = x >= 0 && x < 12 && y >= 0 && y < 10;
          return pixel === (isInside ? 1 + y * 12 + x : 0);
        }),
      );
      expect(fits).toHaveLength(1);
      moves.add(String(fits[0]));
    }
    // 50 of 25 moves: nearly all come up.
    expect(moves.size).toBeGreaterThan(15);
  });

  test('a crop and flips in a row are one after the other', () => {
    const together = laboratory(
      [
        { op: 'horizontalFlip' },
        { op: 'randomCrop', magnitude: 0 },
        { op: 'verticalFlip' },
        { op: 'translateX', magnitude: 3, unit: 'pixels', randomSign: false, fill: 255 },
        { op: 'horizontalFlip' },
      ],
      shape,
    ).run(places);
    const images = { shape, pixels: places };
    const flipped = pil.transform(images, [-1, 0, 12, 0, -1, 10], 0);
    const moved = pil.transform(flipped, [1, 0, 3, 0, 1, 0], 255);
    expect(together).toEqual(pil.transform(moved, [-1, 0, 12, 0, 1, 0], 0).pixels);
  });

  test('a cutout is a square around a pixel of the image, in the fill', () => {
    const found = laboratory({ op: 'cutout', magnitude: 4, unit: 'pixels', fill: 255 }, shape).run(places);
    const centres = new Set<number>();
    for (let image = 0; image < 50; image++) {
      const own = found.subarray(image * 120, (image + 1) * 120);
      const candidates = Array.from({ length: 120 }, (_none, i) => [i % 12, Math.floor(i / 12)] as const);
      const fits = candidates.filter(([x, y]) =>
        own.every((pixel, i) => {
          const [dx, dy] = [(i % 12) - x, Math.floor(i / 12) - y];
          const isCut = dx >= -2 && dx < 2 && dy >= -2 && dy < 2;
          return pixel === (isCut ? 255 : 1 + i);
        }),
      );
      expect(fits).toHaveLength(1);
      centres.add((fits[0]?.[1] ?? 0) * 12 + (fits[0]?.[0] ?? 0));
    }
    expect(centres.size).toBeGreaterThan(30);
  });

  test('the fill `mean` is the mean of the data set', () => {
    const policy = { op: 'translateX', magnitude: 1, randomSign: false } as const;
    expect([...laboratory(policy, shape, 0.3).run(places)].every((pixel) => pixel === 77)).toBe(true);
  });
});

describe('mixing', () => {
  const shape: Shape = [8, 8, 1];
  const flat = (values: readonly number[]): Uint8Array =>
    Uint8Array.from({ length: values.length * 64 }, (_none, i) => values[Math.floor(i / 64)] ?? 0);
  const values = [0, 40, 80, 120, 200];

  test.each([0.2, 1, 30])('mixup with alpha %f: one weight for the image and for its label', (alpha) => {
    const mixer = laboratory({ op: 'mixup', alpha }, shape);
    const weights: number[] = [];
    for (let seed = 1; seed <= 40; seed++) {
      const { pixels, targets } = mixer.runMixed(flat(values), labels(5), seed);
      values.forEach((value, i) => {
        const row = targets.subarray(i * 5, (i + 1) * 5);
        const own = i === 2 ? 1 : (row[i] ?? 0);
        expect((row[i] ?? 0) + (i === 2 ? 0 : (row[4 - i] ?? 0))).toBeCloseTo(1, 6);
        if (i !== 2) weights.push(own);
        const mean = own * value + (1 - own) * (values[4 - i] ?? 0);
        const image = pixels.subarray(i * 64, (i + 1) * 64);
        expect(image.every((pixel) => Math.abs(pixel - mean) <= 0.5 + 1e-4)).toBe(true);
      });
    }
    // A beta distribution with two equal parameters has the mean 1/2 and the variance 1 / (4 (2 alpha + 1)).
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
    const variance = weights.reduce((sum, weight) => sum + (weight - 0.5) ** 2, 0) / weights.length;
    const expected = 1 / (4 * (2 * alpha + 1));
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(expected / weights.length));
    expect(variance / expected).toBeGreaterThan(0.65);
    expect(variance / expected).toBeLessThan(1.5);
  });

  test('cutmix: labels count by the area that is left', () => {
    const mixer = laboratory({ op: 'cutmix' }, shape);
    const areas = new Set<number>();
    for (let seed = 1; seed <= 20; seed++) {
      const { pixels, targets } = mixer.runMixed(flat(values), labels(5), seed);
      [0, 1, 3, 4].forEach((i) => {
        const image = pixels.subarray(i * 64, (i + 1) * 64);
        const own = image.filter((pixel) => pixel === values[i]).length;
        const other = image.filter((pixel) => pixel === values[4 - i]).length;
        expect(own + other).toBe(64);
        expect(targets[i * 5 + i]).toBeCloseTo(own / 64, 6);
        expect(targets[i * 5 + 4 - i]).toBeCloseTo(other / 64, 6);
        areas.add(other);
      });
    }
    expect(areas.size).toBeGreaterThan(10);
  });

  test('images that are not chosen are left alone beside those that are mixed', () => {
    const policy = { oneOf: [{ op: 'mixup' }, { op: 'cutmix' }, { op: 'invert' }] } as const;
    const { pixels, targets } = laboratory(policy, shape).runMixed(
      flat(values.concat(values)),
      labels(10),
      4,
    );
    for (let i = 0; i < 10; i++) {
      const row = targets.subarray(i * 10, (i + 1) * 10);
      expect(row.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 5);
      if (row[i] === 1) expect(pixels[i * 64]).toBe(255 - (values[i % 5] ?? 0));
    }
    expect(new Set(targets).size).toBeGreaterThan(3);
  });
});
