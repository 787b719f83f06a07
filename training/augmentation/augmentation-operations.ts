/** How the magnitudes of an operation are read; operations without one only have a probability. */
export interface MagnitudeRange {
  /** Reference range of magnitudes, from the weakest (level 0) to the strongest (level 1). */
  readonly reference: readonly [number, number];
  /** Magnitudes that are accepted. */
  readonly limits: readonly [number, number];
  /** The magnitude that changes nothing; a random sign reflects magnitudes at it. Null: there is no sign. */
  readonly neutral: number | null;
  readonly randomSign: boolean;
  /** Whether the magnitude is a length, by default a share of the image's side. */
  readonly isLength: boolean;
}

interface OperationFacts {
  readonly magnitude: MagnitudeRange | null;
  /** Whether it leaves pixels without a value of their own, and what they get by default. */
  readonly fill: number | 'mean' | null;
  /** Default of the parameter of the beta distribution that a mixture is drawn from. */
  readonly alpha: number | null;
}

const plain: OperationFacts = { magnitude: null, fill: null, alpha: null };

function geometric(strongest: number, limit: number, isLength = false): OperationFacts {
  const magnitude: MagnitudeRange = {
    reference: [0, strongest],
    limits: [-limit, limit],
    neutral: 0,
    randomSign: true,
    isLength,
  };
  return { magnitude, fill: 'mean', alpha: null };
}

// A blend with an image that lacks the property: 0 is that image, 1 changes nothing, more exaggerates.
const blend: OperationFacts = {
  magnitude: { reference: [0.1, 1.9], limits: [0, 10], neutral: 1, randomSign: false, isLength: false },
  fill: null,
  alpha: null,
};

function unsigned(
  reference: readonly [number, number],
  limits: readonly [number, number],
  isLength = false,
): OperationFacts {
  return {
    magnitude: { reference, limits, neutral: null, randomSign: false, isLength },
    fill: isLength ? 'mean' : null,
    alpha: null,
  };
}

/**
 * The operations of a policy. Reference ranges are those of AutoAugment (arXiv 1805.09501, table 6), with shears of
 * 0.3, translations of 0.45 of the side and rotations of 30 degrees at most; the crop is the usual one of CIFAR-10.
 */
export const augmentationOperations = {
  identity: plain,
  horizontalFlip: plain,
  verticalFlip: plain,
  randomCrop: { ...unsigned([0, 0.125], [0, 1], true), fill: 0 },
  shearX: geometric(0.3, 10),
  shearY: geometric(0.3, 10),
  translateX: geometric(0.45, 1, true),
  translateY: geometric(0.45, 1, true),
  rotate: geometric(30, 360),
  autoContrast: plain,
  invert: plain,
  equalize: plain,
  solarize: unsigned([256, 0], [0, 256]),
  posterize: unsigned([8, 4], [0, 8]),
  contrast: blend,
  color: blend,
  brightness: blend,
  sharpness: blend,
  cutout: unsigned([0, 0.2], [0, 1], true),
  mixup: { ...plain, alpha: 0.2 },
  cutmix: { ...plain, alpha: 1 },
} as const satisfies Readonly<Record<string, OperationFacts>>;

export type AugmentationOperationName = keyof typeof augmentationOperations;

/** Names of the operations. */
export const augmentationOperationNames = Object.keys(
  augmentationOperations,
) as readonly AugmentationOperationName[];

/** What is fixed about an operation. */
export function operationFacts(name: AugmentationOperationName): OperationFacts {
  return augmentationOperations[name];
}
