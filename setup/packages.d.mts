/** Why the installed packages are not those of the lock file, or `undefined` when they are. */
export function packagesProblem(root?: string): string | undefined;

/** Installs the packages of the lock file with `npm ci`, unless they are there already. */
export function installPackages(options?: {
  readonly root?: string;
  readonly say?: (line: string) => void;
}): Promise<void>;
