type Environment = Readonly<Record<string, string | undefined>>;

/** Version of the TensorFlow libraries. */
export const tensorflowVersion: string;

/** `gpu` on a machine with the NVIDIA driver's tools, else `cpu`. */
export function tensorflowKind(environment?: Environment): 'cpu' | 'gpu';

/** The folder of the cached libraries, headers and compiled bindings for this machine. */
export function tensorflowFolder(environment?: Environment): string;

/**
 * Looks for the TensorFlow libraries and the compiled binding without fetching or making anything. Each is
 * `undefined` or why it cannot be used; `thorough` hashes the libraries instead of comparing their sizes.
 */
export function findTensorflow(options?: {
  readonly environment?: Environment;
  readonly thorough?: boolean;
}): Promise<{
  readonly folder: string;
  readonly library: string | undefined;
  readonly binding: string | undefined;
}>;

/**
 * Makes native TensorFlow usable and returns its folder in the cache; `say` is told before something is fetched
 * or compiled. Throws an error with one sentence that says what to install when it cannot.
 */
export function installTensorflow(options?: {
  readonly environment?: Environment;
  readonly say?: (line: string) => void;
}): Promise<string>;
