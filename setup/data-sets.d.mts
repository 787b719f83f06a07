/** A data set that is fetched when it is first used. */
export interface FetchedDataSet {
  readonly title: string;
  /** Size of the download. */
  readonly megabytes: number;
  readonly bytesNeeded: number;
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

/** The data sets that are fetched when they are first used: their files, and what fetching them takes. */
export const fetchedDataSets: Readonly<Record<'fashion-mnist' | 'cifar-10' | 'digits', FetchedDataSet>>;

type Environment = Readonly<Record<string, string | undefined>>;

/** The folder of a fetched data set in the user's cache. */
export function dataSetFolder(name: keyof typeof fetchedDataSets, environment?: Environment): string;

/** Looks for a data set in the cache by its files' sizes, with `thorough` by their hashes. */
export function findDataSet(
  name: keyof typeof fetchedDataSets,
  options?: { readonly environment?: Environment; readonly thorough?: boolean },
): Promise<
  | { readonly kind: 'found'; readonly folder: string }
  | { readonly kind: 'missing'; readonly folder: string; readonly reason: string }
>;

/** Makes sure that a data set lies in the cache and returns its folder; throws an error with one sentence. */
export function installDataSet(
  name: string,
  options?: { readonly environment?: Environment; readonly say?: (line: string) => void },
): Promise<string>;
