import { errorText } from '../../foundation/errors/index.js';
import { ClientError, type JournalReader, writeFileAtomically } from '../../client/index.js';
import { filePage } from './page-frame.js';
import { pageProgram } from './page-program.js';
import { readReportData, type ReportOptions } from './report-reading.js';

/**
 * A report on a search and all searches inside it: one HTML file that loads nothing, made from journals and artifacts
 * alone. Throws `ClientError` when there is no journal of the search.
 */
export async function reportPage(
  reader: JournalReader,
  id: string,
  options: Omit<ReportOptions, 'depth' | 'records'> = {},
): Promise<string> {
  return filePage(await readReportData(reader, id, options), await pageProgram());
}

/** Writes a report; a program that reads the file meanwhile gets the old one or the new one, whole. */
export async function writeReport(file: string, page: string): Promise<void> {
  try {
    // A report that a power cut takes away is made again from the journals.
    await writeFileAtomically(file, page, { durable: false });
  } catch (error) {
    const reason = errorText(error);
    throw new ClientError('input', `The report cannot be written to ${file}: ${reason}.`, { cause: error });
  }
}
