/** What went wrong in a training, as a search's failure policy tells failures apart. */
export type TrainingFailure = 'OutOfMemory' | 'Diverged' | 'InvalidArchitecture' | 'BadInput';

/** A training that cannot go on; the message is one sentence. The engine reads `failureClass`. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';

  constructor(
    readonly failureClass: TrainingFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
