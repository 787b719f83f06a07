import { ClientError, similarityOfSearch } from '../../client/index.js';
import type { JournalReader } from '../../client/index.js';
import type { ReportData } from './report-data.js';
import type { SearchTree } from './search-tree.js';

/** How alike the tasks are that a search could start from, or why that cannot be read; null where it has no such tasks. */
export async function readSimilarity(
  reader: JournalReader,
  tree: SearchTree,
): Promise<ReportData['similarity']> {
  try {
    const found = await similarityOfSearch(reader, tree.root.summary);
    if (found === null) return null;
    const { tasks, distances, threshold } = found;
    return { tasks, distances, threshold };
  } catch (error) {
    if (error instanceof ClientError) return error.message;
    throw error;
  }
}
