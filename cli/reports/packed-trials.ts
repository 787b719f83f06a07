import type { ReportData, ReportTrial } from './report-data.js';

/** A report as a page embeds it: each field of the trials is one list, because ten thousand names of fields take time. */
export type PackedReport = Omit<ReportData, 'trials'> & {
  readonly trials: { readonly [Field in keyof ReportTrial]: readonly ReportTrial[Field][] };
};

/** Puts the trials of a report together field by field. */
export function packed(report: ReportData): PackedReport {
  const { trials } = report;
  const list = <Field extends keyof ReportTrial>(field: Field): readonly ReportTrial[Field][] =>
    trials.map((trial) => trial[field]);
  return {
    ...report,
    trials: {
      search: list('search'),
      index: list('index'),
      source: list('source'),
      state: list('state'),
      reason: list('reason'),
      values: list('values'),
      choices: list('choices'),
      cost: list('cost'),
      proposedAt: list('proposedAt'),
      toldAt: list('toldAt'),
      reused: list('reused'),
      timed: list('timed'),
      mixed: list('mixed'),
      inner: list('inner'),
      shared: list('shared'),
      attempts: list('attempts'),
    },
  };
}

/** The report that was packed. */
export function unpacked(report: PackedReport): ReportData {
  const { trials } = report;
  return {
    ...report,
    trials: trials.index.map((index, at): ReportTrial => ({
      index,
      search: trials.search[at] ?? 0,
      source: trials.source[at] ?? 'algorithm',
      state: trials.state[at] ?? 'open',
      reason: trials.reason[at] ?? null,
      values: trials.values[at] ?? [],
      choices: trials.choices[at] ?? [],
      cost: trials.cost[at] ?? null,
      proposedAt: trials.proposedAt[at] ?? null,
      toldAt: trials.toldAt[at] ?? null,
      reused: trials.reused[at] ?? false,
      timed: trials.timed[at] ?? false,
      mixed: trials.mixed[at] ?? false,
      inner: trials.inner[at] ?? null,
      shared: trials.shared[at] ?? false,
      attempts: trials.attempts[at] ?? [],
    })),
  };
}
