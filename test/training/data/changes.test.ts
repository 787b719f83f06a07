import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashJson, rngFromSeed, sha256Hex } from '../../../foundation/numbers/index.js';
import { corruptionOf, severities } from '../../../training/data/corruptions.js';
import type { Corruption } from '../../../training/data/corruptions.js';
import { readDataSetOptions } from '../../../training/data/data-set-options.js';
import { checkDataSet } from '../../../training/data/data-set.js';
import { normalQuantile } from '../../../training/data/normal-quantile.js';
import { PixelMoments } from '../../../training/data/pixel-moments.js';
import { selectExamples } from '../../../training/data/selection.js';
import { memorySource } from '../../../training/data/source-data.js';
import { splitData } from '../../../training/data/split.js';
import { patterns } from '../../support/training-laboratory.js';

const rng = rngFromSeed(3);
const data = patterns(400, [6, 5, 3], 4);
const source = memorySource({ ...data, testFrom: 300, classNames: ['a', 'b', 'c', 'd'] }, data.images);
const countOf = (labels: Int32Array, label: number): number => labels.filter((each) => each === label).length;

describe('selections', () => {
  test('keep some classes and number them anew', () => {
    const selection = selectExamples(source, { classes: [3, 1] }, rng);
    expect(selection).toMatchObject({ classes: 2, classNames: ['d', 'b'], testFrom: 150 });
    selection.indices.forEach((index, i) =>
      expect([3, 1][selection.labels[i] ?? 9]).toBe(data.labels[index]),
    );
    expect([...selection.indices]).toEqual([...selection.indices].sort((a, b) => a - b));
    expect(selection.indices).toHaveLength(200);
  });

  test('keep an exact share of every class, the same as a part of a larger share, and all test examples', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 75 }), fc.integer(), (count, seed) => {
        const share = (fraction: number) => selectExamples(source, { fraction }, rngFromSeed(seed));
        const selection = share(count / 75);
        const training = selection.labels.subarray(0, 4 * count);
        expect(selection.testFrom).toBe(4 * count);
        expect([0, 1, 2, 3].map((label) => countOf(training, label))).toEqual([count, count, count, count]);
        expect(selection.labels.length - 4 * count).toBe(100);
        const larger = new Set(share(Math.min(1, (count + 5) / 75)).indices);
        expect(selection.indices.every((index) => larger.has(index))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  test('give a share of the examples another label, whatever else is chosen', () => {
    const noisy = selectExamples(source, { labelNoise: 0.3 }, rng);
    const wrong = [...noisy.labels.keys()].filter((i) => noisy.labels[i] !== data.labels[i]);
    expect(wrong.length / 300).toBeGreaterThan(0.2);
    expect(wrong.length / 300).toBeLessThan(0.4);
    expect(wrong.every((i) => i < 300)).toBe(true);
    const some = selectExamples(source, { labelNoise: 0.3, fraction: 0.5 }, rng);
    some.indices.forEach((index, i) => expect(some.labels[i]).toBe(noisy.labels[index]));
    expect(
      selectExamples(source, { labelNoise: 1 }, rng).labels.some(
        (label, i) => i < 300 && label === data.labels[i],
      ),
    ).toBe(false);
  });

  test.each([
    [{ classes: [0, 4] }, /was asked for the class 4, which is not among its classes 0 to 3/],
    [{ classes: [1, 1] }, /was asked for the class 1, which was named twice/],
  ])('%j is refused', (options, message) => {
    expect(() => selectExamples(source, options, rng)).toThrow(message);
  });
});

describe('splits', () => {
  const uneven = {
    ...data,
    testFrom: null,
    labels: Int32Array.from(data.labels, (_label, i) => (i < 360 ? 0 : 1 + (i % 3))),
  };

  test('have exactly the shares of the classes, or none in particular', () => {
    const validation = (stratified: boolean) =>
      splitData(uneven, { validation: 40, stratified }, rngFromSeed(8)).validation.map(
        (i) => uneven.labels[i] ?? 0,
      );
    const shares = (labels: Int32Array) => [0, 1, 2, 3].map((label) => countOf(labels, label));
    expect(shares(validation(true))[0]).toBe(36);
    expect(shares(validation(false))).not.toEqual(shares(validation(true)));
    expect(shares(validation(false)).reduce((sum, count) => sum + count, 0)).toBe(40);
  });

  test('without regard to classes are disjoint and whole', () => {
    const split = splitData(uneven, { validation: 40, test: 10, stratified: false }, rng);
    const all = [...split.training, ...split.validation, ...split.test].sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 400 }, (_none, i) => i));
  });
});

const image = data.images.subarray(0, 90);
const all: readonly Corruption[] = [
  ...(Object.keys(severities) as (keyof typeof severities)[]).flatMap((kind) =>
    ([1, 3, 5] as const).map((severity) => ({ kind, severity })),
  ),
  { kind: 'inversion' },
];
const corrupted = (corruption: Corruption, index = 0): Uint8Array =>
  corruptionOf([corruption], [6, 5, 3], rng)(image, index);

describe('corruptions', () => {
  test('have the same bits everywhere and always', () => {
    const hashes = all.map((corruption) => [JSON.stringify(corruption), sha256Hex(corrupted(corruption))]);
    expect(new Set(hashes.map(([, hash]) => hash)).size).toBe(all.length);
    expect(hashJson(hashes)).toBe('80b3a6ed1b6fc6ea94eee693ec17caef2a56a0bc2e7a5a36f4fa76f9469ae1a7');
  });

  test.each(all)('%j leaves the original alone and draws anew for each image', (corruption) => {
    const before = image.slice();
    const first = corrupted(corruption);
    expect(image).toEqual(before);
    expect(corrupted(corruption)).toEqual(first);
    const isDrawn = corruption.kind.endsWith('Noise');
    expect(String(corrupted(corruption, 1)) === String(first)).toBe(!isDrawn);
  });

  test('become stronger with their severity', () => {
    const flat = new Uint8Array(90 * 20).fill(100);
    const distance = (corruption: Corruption): number => {
      const change = corruptionOf([corruption], [60, 10, 3], rng)(flat, 0);
      return Math.sqrt(change.reduce((sum, pixel) => sum + (pixel - 100) ** 2, 0) / flat.length);
    };
    // Their deviations are known: of the normal noise, and of Poisson noise √(λ)/photons.
    expect(distance({ kind: 'gaussianNoise', severity: 5 }) / 25.5).toBeCloseTo(1, 1);
    const photons = (100 / 255) * 50;
    expect(distance({ kind: 'shotNoise', severity: 5 }) / ((Math.sqrt(photons) / 50) * 255)).toBeCloseTo(
      1,
      1,
    );
    for (const kind of ['gaussianNoise', 'shotNoise', 'impulseNoise'] as const)
      expect(distance({ kind, severity: 1 })).toBeLessThan(distance({ kind, severity: 4 }));
  });

  test('keep what they must keep', () => {
    const twice = corruptionOf([{ kind: 'inversion' }, { kind: 'inversion' }], [6, 5, 3], rng);
    expect(twice(image, 0)).toEqual(image);
    const triples = (pixels: Uint8Array) =>
      Array.from({ length: 30 }, (_none, i) => String(pixels.subarray(3 * i, 3 * i + 3))).sort();
    const permuted = corrupted({ kind: 'permutedPixels', severity: 5 });
    expect(triples(permuted)).toEqual(triples(image));
    expect(permuted).not.toEqual(image);
    const flat = new Uint8Array(90).fill(77);
    for (const kind of ['blur', 'contrast'] as const)
      expect(corruptionOf([{ kind, severity: 5 }], [6, 5, 3], rng)(flat, 0)).toEqual(flat);
  });

  test('a rotation turns counter-clockwise', () => {
    const right = new Uint8Array(81);
    right[4 * 9 + 8] = 255;
    const turned = corruptionOf([{ kind: 'rotation', severity: 5 }], [9, 9, 1], rng)(right, 0);
    const brightest = turned.indexOf(Math.max(...turned));
    // By 75° the point at the right edge comes close to the middle of the upper edge.
    expect([Math.floor(brightest / 9), brightest % 9]).toEqual([0, 5]);
  });
});

test('quantiles of the normal distribution', () => {
  expect(normalQuantile(0.5)).toBe(0);
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 8);
  expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306167813, 8);
});

test('mean and deviation are those of all pixels', () => {
  const moments = new PixelMoments();
  moments.add(Uint8Array.from([0, 255]));
  moments.add(Uint8Array.from([0, 255]));
  expect(moments.result()).toEqual({ mean: 0.5, deviation: 0.5 });
  const flat = new PixelMoments();
  flat.add(Uint8Array.of(51));
  expect(flat.result()).toEqual({ mean: 0.2, deviation: 1 });
});

test.each([
  ['imagenet', /The option dataset\.source of trainClassifier does not fit/],
  [{ source: 'mnist', fraction: 0 }, /dataset\.fraction/],
  [{ source: 'mnist', corruptions: [{ kind: 'blur', severity: 6 }] }, /dataset\.corruptions\.0\.severity/],
  [{ source: 'mnist', corruptions: [{ kind: 'fog', severity: 1 }] }, /dataset\.corruptions\.0/],
  [{ source: 'mnist', clases: [1] }, /clases/],
])('the options %j are refused', (options, message) => {
  expect(() => readDataSetOptions(options)).toThrow(message);
});

test.each([
  [
    { labels: Int32Array.from(data.labels).fill(4, 7, 8) },
    /has the label 4 at image 7, but its 4 classes are numbered from 0 to 3/,
  ],
  [{ labels: data.labels.subarray(1) }, /has 400 images and 399 labels/],
  [{ testFrom: 401 }, /those from 401 on are for testing/],
  [{ classNames: ['a'] }, /has 4 classes, but names for 1/],
])('a data set in memory that does not fit together is refused', (wrong, message) => {
  expect(() => checkDataSet({ ...data, ...wrong })).toThrow(message);
});
