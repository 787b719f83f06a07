/** Sizes of the experiment. Equal settings, seeds and machines give equal results. */
export interface Setting {
  readonly data: 'fashion-mnist' | 'mnist';
  /** Images that weights are trained on, that choose architectures, and that nothing chooses by. */
  readonly images: { readonly training: number; readonly validation: number; readonly test: number };
  readonly batchSize: number;
  readonly epochs: number;
  /** Updates of the controller after the training of an epoch. */
  readonly updates: number;
  /** Architectures of an update. */
  readonly architectures: number;
  /** Images of the minibatch that an architecture of an update is scored on. */
  readonly scoredImages: number;
  /** Epochs of a training alone. */
  readonly aloneEpochs: number;
  /** Uniform architectures, and those that a policy draws, whose shared accuracy is compared with that alone. */
  readonly compared: number;
  /** Those of them, the first, of which the best by shared accuracy is derived. */
  readonly derivedFrom: number;
  /** Seeds of the trainings alone of what is derived, and of uniform architectures. */
  readonly repetitions: number;
  /** Steps of shared weights on uniform paths, each a training of its own. */
  readonly lengths: readonly number[];
}

export const fullSetting: Setting = {
  data: 'fashion-mnist',
  images: { training: 4000, validation: 2000, test: 4000 },
  ...{ batchSize: 64, epochs: 20, updates: 30, architectures: 5, scoredImages: 128 },
  ...{ aloneEpochs: 15, compared: 30, derivedFrom: 10, repetitions: 3 },
  lengths: [300, 1500, 6000],
};

/** Shows that everything runs; no figure of it means anything. */
export const quickSetting: Setting = {
  data: 'fashion-mnist',
  images: { training: 400, validation: 300, test: 300 },
  ...{ batchSize: 64, epochs: 3, updates: 4, architectures: 5, scoredImages: 128 },
  ...{ aloneEpochs: 2, compared: 5, derivedFrom: 3, repetitions: 2 },
  lengths: [6, 12],
};

/** What the weights, shared or alone, are trained with. */
export const training = { learningRate: 0.05, momentum: 0.9, weightDecay: 5e-4 } as const;

/** Steps of an epoch: a last smaller minibatch is left out. */
export function stepsOf({ images, batchSize }: Setting): number {
  return Math.floor(images.training / batchSize);
}
