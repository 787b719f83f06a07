import { type FindSnapshot, namedRecords, type Search } from '../../searches/search-files/index.js';
import { ClientError } from '../errors/index.js';
import { Library } from './library.js';

/** What answers for the records that the levels of a search name; undefined where none names any. */
export async function snapshotsForSearch(
  { options }: Search,
  home: string,
): Promise<FindSnapshot | undefined> {
  const named = namedRecords(options);
  if (named.length === 0) return undefined;
  const library = new Library(home);
  const found = new Map<string, ReturnType<FindSnapshot>>();
  for (const from of named) found.set(JSON.stringify(from), await snapshotOf(library, from));
  return (from) => found.get(JSON.stringify(from)) ?? { problem: 'its records were not looked up.' };
}

async function snapshotOf(
  library: Library,
  from: 'library' | readonly string[],
): Promise<ReturnType<FindSnapshot>> {
  try {
    return await library.snapshot(from);
  } catch (error) {
    if (error instanceof ClientError) return { problem: error.message };
    throw error;
  }
}
