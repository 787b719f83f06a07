import { bool, object, oneOf, space } from '../language/builders.js';

/** The operations of AutoAugment. */
export const autoAugmentOperations = [
  ...([
    'ShearX',
    'ShearY',
    'TranslateX',
    'TranslateY',
    'Rotate',
    'AutoContrast',
    'Invert',
    'Equalize',
  ] as const),
  ...(['Solarize', 'Posterize', 'Contrast', 'Color', 'Brightness', 'Sharpness', 'Cutout'] as const),
  'SamplePairing',
] as const;

/** One operation of a sub-policy; `magnitude` goes from weakest to strongest. */
const augmentation = object({
  operation: oneOf(autoAugmentOperations),
  probability: oneOf([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]),
  magnitude: oneOf([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
});

/**
 * Policies of AutoAugment (Cubuk et al., CVPR 2019): sub-policies of two operations, one of which is drawn for each image;
 * (16 · 11 · 10)^(2S) points, 2.9 · 10³² for the published five.
 */
export function autoAugment(
  subPolicies = 5,
): readonly (readonly [typeof augmentation, typeof augmentation])[] {
  return space(Array.from({ length: subPolicies }, () => [augmentation, augmentation] as const));
}

/**
 * Policies after TrivialAugment (Müller and Hutter, ICCV 2021): groups of operations of which one is drawn for each image,
 * with a random strength up to a maximum; 19,200 points.
 */
export const trivialAugment = object({
  groups: object({
    shear: bool(),
    translate: bool(),
    rotate: bool(),
    colour: bool(),
    tone: bool(),
    invert: bool(),
    identity: bool(),
  }),
  maximumStrength: oneOf([0.2, 0.4, 0.6, 0.8, 1]),
  probability: oneOf([0, 0.25, 0.5, 0.75, 1]),
  cutout: oneOf([0, 0.1, 0.2]),
  horizontalFlip: bool(),
});
