import { ClientError, JournalReader, type JournalReading } from '../../client/index.js';
import { errorText } from '../../foundation/errors/index.js';
import type { ListedSearch, SearchList } from '../reports/desk-messages.js';
import { kneeIndex } from '../reports/knee-index.js';
import type { ReportData, ReportDetails } from '../reports/report-data.js';
import { phaseOf, readReportData, readVerified } from '../reports/report-reading.js';
import { detailsOf, readTrialDetails, RecordReading } from '../reports/trial-details.js';
import type { LiveList } from './desk-steering.js';

/** Reads a home for the live page; keeps what it has read for as long as the journals stay as they are. */
export class DeskReading {
  private readonly reader: JournalReader;
  private readonly records: RecordReading;
  private readonly listed = new Map<string, { readonly records: number; readonly search: ListedSearch }>();
  private kept: { readonly key: string; readonly report: Promise<ReportData> } | null = null;

  constructor(private readonly home: string) {
    this.reader = new JournalReader(home);
    this.records = new RecordReading(this.reader);
  }

  /** All searches of the home, the latest first; a damaged journal is one line among the others. */
  async list({ readOnly, phases }: LiveList): Promise<SearchList> {
    const ids = await this.reader.searches();
    const searches = await Promise.all(ids.map((id) => this.listedSearch(id)));
    return {
      home: this.home,
      readOnly,
      searches: searches
        .map((search) => ({ ...search, phase: phases.get(search.id) ?? search.phase }))
        .sort((a, b) => (b.last ?? 0) - (a.last ?? 0) || (a.id < b.id ? -1 : 1)),
    };
  }

  /** The report of a search as it is now. Throws `ClientError` when there is no journal of it. */
  async report(search: string, compare: readonly string[]): Promise<ReportData> {
    const { records, below } = await this.revision(search);
    const key = JSON.stringify([search, records, below, compare]);
    if (this.kept?.key === key) return this.kept.report;
    const report = readReportData(this.reader, search, { compare, records: this.records });
    this.kept = { key, report };
    // One that failed is read anew.
    report.catch(() => {
      if (this.kept?.key === key) this.kept = null;
    });
    return report;
  }

  /** How far the journal of a search has grown, and how many files hold the journals of it and of those inside it. */
  async revision(search: string): Promise<{ readonly records: number; readonly below: number }> {
    if (!isId(search)) throw noJournal(search);
    return { records: await this.reader.records(search), below: await this.reader.segmentsBelow(search) };
  }

  /** All that is kept of a trial; null where it has no record. */
  async details(search: string, index: number): Promise<ReportDetails | null> {
    const reading = isId(search) ? await this.reader.read(search) : null;
    const trial = reading?.summary.trials.find((each) => each.index === index);
    if (trial === undefined) throw new ClientError('input', `Search "${search}" has no trial ${index}.`);
    const found = await readTrialDetails(this.reader, trial);
    return found === null ? null : detailsOf(0, trial, found, 'all');
  }

  /** Takes all decisions of a search again. */
  async verify(search: string): Promise<ReportData['verified']> {
    if (!isId(search)) throw noJournal(search);
    return readVerified(this.reader, search);
  }

  private async listedSearch(id: string): Promise<ListedSearch> {
    const nothing: ListedSearch = {
      ...{ id, phase: 'open', level: '', trials: 0, budget: null, best: null, bestMetric: '' },
      ...{ begun: null, last: null, tags: [], problem: null },
    };
    try {
      const records = await this.reader.records(id);
      const known = this.listed.get(id);
      if (known?.records === records) return known.search;
      const reading = await this.reader.read(id);
      if (reading === null) return { ...nothing, problem: 'Its journal does not begin with a definition.' };
      const search = listedSearch(id, reading, await this.reader.span(id));
      this.listed.set(id, { records, search });
      return search;
    } catch (error) {
      return { ...nothing, problem: errorText(error).split('\n')[0] ?? '' };
    }
  }
}

function listedSearch(
  id: string,
  reading: JournalReading,
  span: { readonly first: Date; readonly last: Date } | null,
): ListedSearch {
  const { summary } = reading;
  const index = kneeIndex(summary);
  const best = summary.best.find((trial) => trial.index === index);
  const [metric] = Object.keys(best?.metrics ?? {});
  const first =
    summary.level.objective === undefined
      ? summary.level.metrics.find(({ goal }) => goal !== 'observe')?.name
      : 'objective';
  const bestMetric = first ?? metric ?? '';
  return {
    id,
    phase: phaseOf({ id, ...reading }),
    level: summary.definition.levels.map(({ name }) => name).join(' › '),
    trials: summary.trials.filter(({ outcome }) => outcome !== null).length,
    budget: summary.budget.trials ?? null,
    best: best?.metrics[bestMetric] ?? null,
    bestMetric,
    begun: summary.trials[0]?.proposedAt ?? span?.first.getTime() ?? null,
    last: span?.last.getTime() ?? null,
    tags: summary.definition.tags,
    problem: null,
  };
}

function isId(search: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/.test(search);
}

function noJournal(search: string): ClientError {
  return new ClientError('input', `There is no journal of a search ${JSON.stringify(search)} here.`);
}
