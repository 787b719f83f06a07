/** Something that a person can put right: one sentence that says what, where and what to do. */
export class ClientError extends Error {
  override readonly name = 'ClientError';

  constructor(
    /**
     * `unreachable`: no server or worker answers. `input`: the caller asks for something impossible. `stopped`: a
     * search failed. `cancelled`: it was cancelled.
     */
    readonly kind: 'unreachable' | 'input' | 'stopped' | 'cancelled',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
