/** One hash of everything that `dist/` is made from. */
export function hashSources(root?: string): string;

/** True when `dist/` was completely built from the sources as they are now. */
export function isBuilt(root?: string): boolean;

/** Makes `dist/` from the rooms when the sources changed; throws an error with one sentence when it cannot. */
export function build(options?: {
  readonly root?: string;
  readonly say?: (line: string) => void;
}): Promise<void>;
