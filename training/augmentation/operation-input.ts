import type { AugmentationOperationName } from './augmentation-operations.js';

/** A number, or two between which each image gets its own at random. */
export type MagnitudeInput = number | readonly [number, number];

/** An operation as it is written in a policy; what is left out has the defaults of docs/augmentation.md. */
export interface OperationInput {
  readonly op: AugmentationOperationName;
  /** Share of the images that it acts on; default 1. */
  readonly probability?: number;
  /** In the operation's own unit. */
  readonly magnitude?: MagnitudeInput;
  /** From 0, the weakest of the reference range, to 1, the strongest; in place of `magnitude`. */
  readonly level?: MagnitudeInput;
  /** How many equally spaced magnitudes there are between both ends; default: all. */
  readonly steps?: number;
  /** Whether half of the images get the magnitude of the other direction. */
  readonly randomSign?: boolean;
  /** Of lengths: shares of the image's side, or pixels. */
  readonly unit?: 'side' | 'pixels';
  /** Value of pixels that come from outside the image: 0 to 255, or the data set's mean. */
  readonly fill?: number | 'mean';
  /** Of `mixup` and `cutmix`: the parameter of the beta distribution. */
  readonly alpha?: number;
}

/** A step that names its operations itself: one, or one of several sequences for each image. */
export type OperationsInput =
  | OperationInput
  | {
      readonly oneOf: readonly (OperationInput | readonly OperationInput[])[];
      /** How often each is chosen relative to the others; default: equally often. */
      readonly weights?: readonly number[];
    };
