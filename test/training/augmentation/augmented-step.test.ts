import { afterAll, expect, test } from 'vitest';
import { parseAugmentationPolicy } from '../../../training/augmentation/augmentation-policy.js';
import type { AugmentationPolicyInput } from '../../../training/augmentation/augmentation-policy.js';
import { augmentationUses } from '../../../training/augmentation/augmentation-writer.js';
import {
  compiled,
  networkOf,
  patterns,
  plainNumbers,
  randomState,
} from '../../support/training-laboratory.js';
import { AugmentationLaboratory } from './augmented.js';

const data = patterns(40, [8, 8, 1]);
const network = networkOf(
  [
    { name: 'flat', op: 'flatten', inputs: ['input'] },
    { name: 'logits', op: 'dense', inputs: ['flat'], attributes: { units: 4 } },
  ] as Parameters<typeof networkOf>[0],
  data.imageShape,
);
const indices = Int32Array.from({ length: 12 }, (_none, i) => (i * 7) % 40);
const closing: (() => void)[] = [];
afterAll(() => closing.forEach((close) => close()));

function stepWith(policy: AugmentationPolicyInput) {
  const parsed = parseAugmentationPolicy(policy);
  const step = compiled(network, data, { kind: 'sgd' }, false, parsed);
  closing.push(() => step.close());
  step.write(randomState(step));
  const uses = augmentationUses(parsed);
  const seeds = (use: string): number => 7 + 1000 * uses.indexOf(use);
  return { step, seeds };
}

test('the loss of a step is the cross-entropy of the augmented images and their mixed, smoothed labels', () => {
  const policy: AugmentationPolicyInput = [
    { op: 'solarize', level: [0, 1] },
    { oneOf: [{ op: 'mixup', alpha: 1 }, { op: 'cutmix' }, { op: 'rotate' }] },
    { op: 'mixup', probability: 0.5 },
  ];
  const { step, seeds } = stepWith(policy);
  const loss = step.train(indices, { ...plainNumbers, learningRate: 0, labelSmoothing: 0.2 }, 3, seeds);

  const laboratory = new AugmentationLaboratory(policy, data.imageShape, data.mean);
  closing.push(() => laboratory.close());
  const labels = [...indices].map((index) => data.labels[index] ?? 0);
  const targets = labels.map((label) => [0, 1, 2, 3].map((kind) => (kind === label ? 0.85 : 0.05)));
  const images = Uint8Array.from([...indices].flatMap((i) => [...data.images.slice(64 * i, 64 * (i + 1))]));
  const augmented = laboratory.runMixed(images, targets, 3);
  const kernel = step.read().get('logits/kernel') ?? [];
  const bias = step.read().get('logits/bias') ?? [];
  const losses = labels.map((_label, image) => {
    const pixels = [...augmented.pixels.subarray(64 * image, 64 * (image + 1))];
    const logits = [0, 1, 2, 3].map((kind) =>
      pixels.reduce(
        (sum, pixel, i) => sum + ((pixel / 255 - data.mean) / data.deviation) * (kernel[4 * i + kind] ?? 0),
        bias[kind] ?? 0,
      ),
    );
    const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
    return logits.reduce(
      (sum, logit, kind) => sum + (augmented.targets[4 * image + kind] ?? 0) * (total - logit),
      0,
    );
  });
  expect(loss).toBeCloseTo(losses.reduce((sum, each) => sum + each, 0) / losses.length, 4);
  expect(new Set(augmented.targets).size).toBeGreaterThan(8);
});

test('evaluations see the images as they are', () => {
  const { step } = stepWith('trivialAugment');
  const { step: plain } = stepWith(null);
  expect(step.evaluate(indices)).toEqual(plain.evaluate(indices));
});

test('the seed and the number of the step decide what happens to an image', () => {
  const { step, seeds } = stepWith('trivialAugment');
  const still = { ...plainNumbers, learningRate: 0 };
  const loss = step.train(indices, still, 1, seeds);
  expect(step.train(indices, still, 1, seeds)).toBe(loss);
  expect(step.train(indices, still, 2, seeds)).not.toBe(loss);
  expect(step.train(indices, still, 1, () => 8)).not.toBe(loss);
});
