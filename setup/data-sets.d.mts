type Environment = Readonly<Record<string, string | undefined>>;

/** Names of the data sets that can be fetched. */
export const fetchedDataSetNames: readonly string[];

/** Looks for a data set where it belongs, or in `folder`, by its files' sizes, with `thorough` by their hashes. */
export function findDataSet(
  name: string,
  options?: { readonly environment?: Environment; readonly folder?: string; readonly thorough?: boolean },
): Promise<
  { readonly kind: 'found'; readonly folder: string } | { readonly kind: 'missing'; readonly reason: string }
>;

/** Makes sure that a data set is on this machine and returns its folder; throws an error with one sentence. */
export function installDataSet(
  name: string,
  options?: { readonly environment?: Environment; readonly say?: (line: string) => void },
): Promise<string>;
