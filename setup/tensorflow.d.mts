type Environment = Readonly<Record<string, string | undefined>>;

/** Version of the TensorFlow libraries. */
export const tensorflowVersion: string;

/** Size in megabytes of what is fetched for GPUs. */
export const gpuMegabytes: number;

/**
 * The build that `DURAMEN_TENSORFLOW` names; without it `gpu` on a machine with the NVIDIA driver's tools for which the
 * build for GPUs was fetched, else `cpu`.
 */
export function tensorflowKind(environment?: Environment): 'cpu' | 'gpu';

/** The folder of the cached libraries, headers and compiled bindings of a kind, by default that of this machine. */
export function tensorflowFolder(environment?: Environment, kind?: 'cpu' | 'gpu'): string;

/** Names of the GPUs that `nvidia-smi` lists, or why there is none. */
export function findGpus(
  environment?: Environment,
): Promise<
  | { readonly kind: 'found'; readonly names: readonly string[] }
  | { readonly kind: 'none'; readonly reason: string }
>;

/**
 * Looks for the TensorFlow libraries and the compiled binding without fetching or making anything. Each is
 * `undefined` or why it cannot be used; `thorough` hashes the libraries instead of comparing their sizes.
 */
export function findTensorflow(options?: {
  readonly environment?: Environment;
  readonly thorough?: boolean;
  readonly kind?: 'cpu' | 'gpu';
}): Promise<{
  readonly folder: string;
  readonly library: string | undefined;
  readonly binding: string | undefined;
}>;

/**
 * Makes native TensorFlow usable and returns its folder in the cache; it calls `say` before it fetches or compiles
 * something. Throws an error with one sentence that says what to install when it cannot. With `gpu` it is the build for
 * GPUs, unless there is no GPU or the build cannot be had: then it calls `say` with the reason.
 */
export function installTensorflow(options?: {
  readonly environment?: Environment;
  readonly say?: (line: string) => void;
  readonly gpu?: boolean;
}): Promise<string>;
