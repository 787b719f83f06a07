import { ClientError } from '../client/errors/index.js';
import type { JournalReader, JournalTrial } from '../client/index.js';
import { readReportData } from './reports/report-reading.js';
import { fieldNames, fieldReader } from './reports/trial-fields.js';
import { keepsFilter, parseFilter } from './reports/trial-filter.js';
import { trialsCsv } from './reports/trials-csv.js';

/**
 * The trials of a search that keep all conditions of a filter, also as comma-separated values. Throws `ClientError` when
 * the filter cannot be read or there is no journal of the search.
 */
export async function filteredTrials(
  reader: JournalReader,
  id: string,
  filter: string,
): Promise<{ readonly kept: readonly JournalTrial[]; readonly csv: string }> {
  const data = await readReportData(reader, id);
  const [level] = data.levels;
  const reading = await reader.read(id);
  if (level === undefined || reading === null)
    throw new ClientError('input', `There is no journal of a search "${id}".`);
  const parsed = parseFilter(filter, fieldNames(level));
  if (parsed.kind === 'problem') throw new ClientError('input', parsed.message);
  const field = fieldReader(data, level);
  const places = new Set(
    data.trials.flatMap((trial, place) =>
      trial.search === 0 && keepsFilter(parsed.terms, (name) => field(trial, name)) ? [place] : [],
    ),
  );
  const indices = new Set([...places].map((place) => data.trials[place]?.index));
  return {
    kept: reading.summary.trials.filter(({ index }) => indices.has(index)),
    csv: trialsCsv({ ...data, levels: [level] }, (place) => places.has(place)),
  };
}
