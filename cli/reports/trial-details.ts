import { z } from 'zod';
import type { JournalReader, JournalTrial } from '../../client/index.js';
import type { ReportCurve, ReportData, ReportDetails, ReportTrial } from './report-data.js';
import type { SearchTree } from './search-tree.js';

const trialRecord = z.object({
  attempt: z.number(),
  attributes: z.record(z.string(), z.json()).default({}),
  artifacts: z.record(z.string(), z.string()).default({}),
  stack: z.string().nullable().default(null),
  host: z.object({ processor: z.string(), platform: z.string(), node: z.string() }),
  reports: z.array(z.object({ step: z.number(), metrics: z.record(z.string(), z.unknown()) })).default([]),
  log: z
    .object({ lines: z.array(z.string()), dropped: z.number().default(0) })
    .default({ lines: [], dropped: 0 }),
});

/** What the artifact store keeps of a trial beyond its outcome. */
export type TrialDetails = z.infer<typeof trialRecord>;

/** How much of the trial records a report takes in: what a page has room for, or everything. */
export type Depth = 'page' | 'all';

/** What a page has room for. */
const limits = {
  /** Trials with their curve. */
  curves: 400,
  /** Points of a curve. */
  steps: 100,
  /** Characters of all details together. */
  details: 3_000_000,
  /** Lines of a log, the last ones. */
  log: 60,
} as const;

/** Reads the record of a trial; null when it has none in this home. */
export async function readTrialDetails(
  reader: JournalReader,
  { record }: JournalTrial,
): Promise<TrialDetails | null> {
  if (record === null) return null;
  const read = trialRecord.safeParse(await reader.json(record));
  return read.success ? read.data : null;
}

/** What the records of the trials of a tree of searches tell. */
interface FoundRecords {
  readonly machines: ReportData['machines'];
  readonly curves: readonly ReportCurve[];
  readonly details: readonly ReportDetails[];
  /** By the place of the trial. */
  readonly attempts: ReadonlyMap<number, ReportTrial['attempts']>;
}

/** Reads the records of trials; those that were read once are kept, because a record never changes. */
export class RecordReading {
  private readonly kept = new Map<string, TrialDetails | null>();
  private readonly attempts = new Map<string, ReportTrial['attempts']>();

  constructor(private readonly reader: JournalReader) {}

  /** Reads the records of all trials of a tree, whose places in the report are given. */
  async read(
    tree: SearchTree,
    placeOf: ReadonlyMap<JournalTrial, number>,
    depth: Depth,
  ): Promise<FoundRecords> {
    const machines = new Map<string, number>();
    const counted = new Set<string>();
    const curves: ReportCurve[] = [];
    const details: ReportDetails[] = [];
    const attempts = new Map<number, ReportTrial['attempts']>();
    let characters = 0;
    for (const search of tree.searches) {
      for (const trial of search.summary.trials) {
        const place = placeOf.get(trial);
        if (place === undefined) continue;
        attempts.set(place, await this.attemptsOf(search.id, trial));
        const found = await this.recordOf(trial);
        if (found === null) continue;
        if (trial.record !== null && !counted.has(trial.record)) {
          counted.add(trial.record);
          const name = machineKindName(found);
          machines.set(name, (machines.get(name) ?? 0) + 1);
        }
        const curve = curveOf(place, found, depth);
        if (curve !== null && (depth === 'all' || curves.length < limits.curves)) curves.push(curve);
        const detail = detailsOf(place, trial, found, depth);
        characters += depth === 'all' ? 0 : JSON.stringify(detail).length;
        // Failures are what a reader asks about, so they go in also when the room is used up.
        if (characters < limits.details || trial.outcome?.kind === 'failed') details.push(detail);
      }
    }
    return {
      curves,
      details,
      attempts,
      machines: [...machines]
        .map(([name, trials]) => ({ name, trials }))
        .sort((a, b) => b.trials - a.trials || (a.name < b.name ? -1 : 1)),
    };
  }

  private async recordOf(trial: JournalTrial): Promise<TrialDetails | null> {
    if (trial.record === null) return null;
    const known = this.kept.get(trial.record);
    if (known !== undefined) return known;
    const read = await readTrialDetails(this.reader, trial);
    this.kept.set(trial.record, read);
    return read;
  }

  private async attemptsOf(search: string, trial: JournalTrial): Promise<ReportTrial['attempts']> {
    const key = `${search}/${trial.index}`;
    const known = this.attempts.get(key);
    if (known !== undefined) return known;
    const read = (await this.reader.attempts(search, trial.index)).map(
      ({ attempt, at, end, startedFrom }) => ({
        ...{ attempt, at, startedFrom },
        milliseconds: end?.milliseconds ?? null,
        end: end?.kind ?? null,
      }),
    );
    // The attempts at a trial without an outcome are not over.
    if (trial.outcome !== null) this.attempts.set(key, read);
    return read;
  }
}

const trainingAttribute = z.object({ kinds: z.array(z.string()).nonempty() });

/** The kind of machine of a trial and, if it was a training, the versions of the computation that it names. */
function machineKindName({ host, attributes }: TrialDetails): string {
  const machine = `${host.processor}, ${host.platform}, Node ${host.node}`;
  const training = trainingAttribute.safeParse(attributes['training']);
  if (!training.success) return machine;
  // Kinds of the first version name none.
  const found = training.data.kinds.map((kind) => /, computation (\d+)/.exec(kind)?.[1] ?? '1');
  const versions = [...new Set(found)].sort((a, b) => Number(a) - Number(b));
  return `${machine}, computation ${versions.join(' and ')}`;
}

function curveOf(place: number, { reports }: TrialDetails, depth: Depth): ReportCurve | null {
  if (reports.length === 0) return null;
  const kept = depth === 'all' ? reports : thinned(reports, limits.steps);
  const names = [...new Set(kept.flatMap(({ metrics }) => Object.keys(metrics)))];
  return {
    trial: place,
    steps: kept.map(({ step }) => step),
    values: Object.fromEntries(
      names.map((name) => [name, kept.map(({ metrics }) => finiteOrNull(metrics[name]))]),
    ),
  };
}

/** So many of some values, evenly spread, the first and the last among them. */
function thinned<T>(values: readonly T[], count: number): readonly T[] {
  if (values.length <= count) return values;
  const step = (values.length - 1) / (count - 1);
  return Array.from({ length: count }, (_unused, at) => values[Math.round(at * step)]).flatMap((value) =>
    value === undefined ? [] : [value],
  );
}

function finiteOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** A trial record as a report shows it. */
export function detailsOf(
  place: number,
  { parameters }: JournalTrial,
  { attributes, artifacts, stack, log, host }: TrialDetails,
  depth: Depth,
): ReportDetails {
  const shown = depth === 'all' ? log.lines : log.lines.slice(-limits.log);
  return {
    trial: place,
    parameters,
    attributes,
    artifacts,
    stack,
    machine: `${host.processor}, ${host.platform}, Node ${host.node}`,
    log: shown,
    moreLog: log.dropped + log.lines.length - shown.length,
  };
}
