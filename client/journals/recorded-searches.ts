import type { SearchPhase } from '../../searches/loop/index.js';
import { FileBlobStore } from '../../storage/index.js';
import { JournalReader } from './journal-reader.js';
import { RecordedSearch } from './recorded-search.js';

/** A search as its journal tells it: one line of `list` without a server. */
export interface RecordedListing {
  readonly id: string;
  readonly phase: SearchPhase;
  readonly level: string | null;
  readonly trials: number | null;
  readonly best: number | null;
  readonly started: Date;
  readonly closed: Date | null;
}

const folder = 'journals';

/** The searches that have a journal in a home, the latest first; with `inner` those inside others, too. */
export async function recordedSearches(
  home: string,
  options: { readonly inner?: boolean; readonly open?: boolean },
): Promise<readonly RecordedListing[]> {
  const reader = new JournalReader(home);
  const keys = await new FileBlobStore(home).list(folder);
  const ids = new Set(
    keys.flatMap((key) => {
      const end = key.indexOf('/=records/');
      return end < 0 ? [] : [key.slice(folder.length + 1, end)];
    }),
  );
  const listings: RecordedListing[] = [];
  for (const id of ids) {
    if (options.inner !== true && id.includes('/')) continue;
    const reading = await reader.read(id);
    const span = await reader.span(id);
    if (reading === null || span === null) continue;
    const { phase, level, trials, best } = await new RecordedSearch(home, id).progress();
    const isClosed = reading.summary.closed !== null;
    if (options.open === true && isClosed) continue;
    const { first: started, last } = span;
    listings.push({ id, phase, level, trials, best, started, closed: isClosed ? last : null });
  }
  return listings.sort((a, b) => b.started.getTime() - a.started.getTime());
}
