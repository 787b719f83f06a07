import type { JournalReader } from '../../client/index.js';
import type { ReportData } from '../reports/report-data.js';
import { readReportData } from '../reports/report-reading.js';
import { trialsCsv } from '../reports/trials-csv.js';
import type { ExportFormat } from './format-names.js';
import { optunaJournal } from './optuna-journal.js';

/** How a search and those inside it are written for other programs, by the name of the format. */
const formats = {
  /** A journal of Optuna: `JournalStorage(JournalFileBackend(file))` reads it. */
  optuna: { extension: 'optuna.log', write: optunaJournal },
  csv: { extension: 'csv', write: (data: ReportData) => trialsCsv(data) },
  /** The data contract of pages, with the details of every trial. */
  json: { extension: 'json', write: (data: ReportData) => `${JSON.stringify(data)}\n` },
} satisfies Record<ExportFormat, object>;

/** The name of the file that an export writes unless told otherwise. */
export function exportFile(id: string, format: ExportFormat): string {
  return `${id.replaceAll('/', '-')}.${formats[format].extension}`;
}

/** A search in a format. Throws `ClientError` when there is no journal of it. */
export async function exportText(reader: JournalReader, id: string, format: ExportFormat): Promise<string> {
  return formats[format].write(await readReportData(reader, id, { depth: 'all' }));
}
