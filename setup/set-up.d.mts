/** What searches need beside the npm packages: a Temporal server; to train networks, TensorFlow and MNIST. */
export const machineParts: readonly string[];

/**
 * Puts parts that a machine needs into the user's cache, by default all; with `gpu` TensorFlow for GPUs. Throws an error
 * with one sentence.
 */
export function setUpMachine(options?: {
  readonly parts?: readonly string[];
  readonly gpu?: boolean;
  readonly say?: (line: string) => void;
}): Promise<void>;
