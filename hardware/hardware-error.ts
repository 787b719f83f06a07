/** The failure class of an evaluation that meets the error. */
type HardwareFailure = 'InvalidArchitecture' | 'BadInput';

/**
 * An accelerator that is not one (`BadInput`) or a layer that cannot be mapped to it (`InvalidArchitecture`): one
 * sentence that says which and what to change.
 */
export class HardwareError extends Error {
  override readonly name = 'HardwareError';

  constructor(
    readonly failureClass: HardwareFailure,
    message: string,
  ) {
    super(message);
  }
}
