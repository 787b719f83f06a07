import { ClientError, decidingMetrics, JournalVerifier, type JournalReader } from '../../client/index.js';
import type { JournalTrial } from '../../client/index.js';
import type { MetricGoal } from '../../analysis/index.js';
import type { AlgorithmView } from '../../searches/index.js';
import type { Retraining } from '../../searches/retraining/index.js';
import { correlationLines, repeatedText, sourceText } from '../retraining-report.js';
import { kneeIndex } from './knee-index.js';
import { LevelColumns } from './level-columns.js';
import { readNetworks } from './network-reading.js';
import type {
  ReportComparison,
  ReportData,
  ReportLevel,
  ReportMetric,
  ReportSearch,
  ReportTrial,
} from './report-data.js';
import { reportFormat } from './report-data.js';
import { type ReportedSearch, SearchTree } from './search-tree.js';
import { readSimilarity } from './similarity-reading.js';
import { type Depth, RecordReading } from './trial-details.js';

/** What a report holds beside the journal of its search. */
export interface ReportOptions {
  /** Take all decisions again and say whether they follow. */
  readonly verify?: boolean;
  /** Other searches to compare with. */
  readonly compare?: readonly string[];
  /** `all`: details of every trial, whatever they take; else as many as a page has room for. */
  readonly depth?: Depth;
  /** Trial records that were read before; they never change. */
  readonly records?: RecordReading;
}

/** Decisions of an agent or other part of an algorithm, and options of a decision, that a page draws. */
const shownDecisions = { decisions: 500, options: 24 };

/**
 * Reads all that a report shows, from journals and artifacts alone. Throws `ClientError` when there is no journal of the
 * search.
 */
export async function readReportData(
  reader: JournalReader,
  id: string,
  options: ReportOptions = {},
): Promise<ReportData> {
  const tree = await SearchTree.read(reader, id);
  const first = tree.root.levelIndex;
  const { definition, retraining } = tree.root.summary;
  const levels = definition.levels
    .slice(first)
    .map((_level, offset) => new LevelReading(tree, first + offset));
  const places = new Map(tree.searches.map((search, place) => [search.id, place]));
  const trials: ReportTrial[] = [];
  const placeOf = new Map<JournalTrial, number>();
  for (const [place, search] of tree.searches.entries()) {
    const level = levels[search.levelIndex - first];
    if (level === undefined) continue;
    const read = level.trials(search);
    for (const trial of search.summary.trials) {
      placeOf.set(trial, trials.length);
      const inner = tree.inner(search, trial);
      trials.push({
        search: place,
        ...read(trial),
        inner: inner === null ? null : (places.get(inner.search.id) ?? null),
        shared: inner?.shared ?? false,
        attempts: [],
      });
    }
  }
  const searches = tree.searches.map((search) => searchData(tree, search, first, placeOf));
  const records = options.records ?? new RecordReading(reader);
  const found = await records.read(tree, placeOf, options.depth ?? 'page');
  const timed = trials.map((trial, place) => ({ ...trial, attempts: found.attempts.get(place) ?? [] }));
  const root = searches[0];
  const front = root === undefined ? [] : [...new Set([root.knee ?? [], root.best].flat())];
  return {
    format: reportFormat,
    id,
    seed: definition.seed,
    tags: definition.tags,
    records: await reader.records(id),
    verified: options.verify === true ? await readVerified(reader, id) : null,
    span: spanOf(timed) ?? (await fileSpan(reader, id)),
    levels: levels.map((level) => level.data()),
    searches,
    trials: timed,
    curves: found.curves,
    details: found.details,
    networks: await readNetworks(reader, tree, front, placeOf),
    learned: await readLearned(reader, tree),
    similarity: await readSimilarity(reader, tree),
    retraining: retraining === null ? null : retrainingData(retraining),
    machines: found.machines,
    comparisons: await Promise.all((options.compare ?? []).map((other) => readComparison(reader, other))),
    definition: JSON.parse(JSON.stringify(definition)) as ReportData['definition'],
  };
}

/** The scored trials of another search, to compare with. Throws `ClientError` when there is no journal of it. */
export async function readComparison(reader: JournalReader, id: string): Promise<ReportComparison> {
  const reading = await reader.read(id);
  if (reading === null)
    throw new ClientError('input', `There is no journal of a search "${id}" to compare with: see --home.`);
  const { level, trials } = reading.summary;
  const metrics = metricsOf(level, trials);
  const values = trials.flatMap((trial) =>
    trial.outcome?.kind === 'scored' ? [valuesOf(trial, metrics)] : [],
  );
  return { id, level: level.name, metrics, values };
}

type Level = ReportedSearch['summary']['level'];

/** One level of the searches, with its metrics and columns. */
class LevelReading {
  private readonly columns = new LevelColumns();
  private readonly metrics: readonly ReportMetric[];
  private readonly readers: ReadonlyMap<
    ReportedSearch,
    (genome: readonly number[]) => readonly (number | null)[]
  >;

  constructor(
    private readonly tree: SearchTree,
    private readonly levelIndex: number,
  ) {
    const searches = tree.ofLevel(levelIndex);
    const level = searches[0]?.summary.level ?? tree.root.summary.definition.levels[levelIndex];
    const trials = searches.flatMap(({ summary }) => summary.trials);
    this.metrics = level === undefined ? [] : metricsOf(level, trials);
    this.readers = new Map(
      searches.map((search) => [search, this.columns.reader(search.summary.level.space)]),
    );
  }

  data(): ReportLevel {
    const { name = '', algorithm } = this.tree.root.summary.definition.levels[this.levelIndex] ?? {};
    return {
      name,
      algorithm: algorithm?.name ?? '',
      metrics: this.metrics,
      columns: this.columns.list(),
      moreColumns: this.columns.more,
    };
  }

  trials(
    search: ReportedSearch,
  ): (trial: JournalTrial) => Omit<ReportTrial, 'search' | 'inner' | 'shared' | 'attempts'> {
    const choices = this.readers.get(search) ?? (() => []);
    return (trial) => {
      const { index, source, outcome, proposedAt, toldAt, reused, timed, mixed } = trial;
      return {
        ...{ index, source, reused, timed, mixed, proposedAt, toldAt },
        state: outcome?.kind ?? 'open',
        reason: reasonOf(outcome),
        values: valuesOf(trial, this.metrics),
        choices: choices(trial.genome),
        cost: outcome === null || outcome.kind === 'cancelled' ? null : (outcome.cost ?? null),
      };
    };
  }
}

/** Those that decide first, then those that are observed, declared or not. */
function metricsOf(level: Level, trials: readonly JournalTrial[]): readonly ReportMetric[] {
  const declared = decidingMetrics(level).map(({ name, goal, atMost, atLeast }): ReportMetric => ({
    ...{ name, goal },
    atMost: atMost ?? null,
    atLeast: atLeast ?? null,
  }));
  const known = new Set(declared.map(({ name }) => name));
  const found = new Set<string>();
  for (const trial of trials)
    for (const name of Object.keys(metricValues(trial))) if (!known.has(name)) found.add(name);
  const others = [...found].map((name): ReportMetric => ({
    name,
    goal: 'observe',
    atMost: null,
    atLeast: null,
  }));
  const all = [...declared, ...others];
  const decides = ({ goal }: { readonly goal: MetricGoal }): boolean => goal !== 'observe';
  return [...all.filter(decides), ...all.filter((metric) => !decides(metric))];
}

function metricValues({ outcome }: JournalTrial): Readonly<Record<string, number>> {
  return outcome?.kind === 'scored' || outcome?.kind === 'stopped' ? (outcome.metrics ?? {}) : {};
}

function valuesOf(trial: JournalTrial, metrics: readonly ReportMetric[]): readonly (number | null)[] {
  const values = metricValues(trial);
  return metrics.map(({ name }) => values[name] ?? null);
}

function reasonOf(outcome: JournalTrial['outcome']): ReportTrial['reason'] {
  switch (outcome?.kind) {
    case 'failed':
      return { class: outcome.class, message: outcome.message };
    case 'infeasible':
      return { class: 'infeasible', message: outcome.reason };
    case 'stopped':
      return { class: 'stopped', message: `stopped at step ${outcome.step}` };
    case undefined:
    case 'scored':
    case 'cancelled':
      return null;
    default:
      return outcome satisfies never;
  }
}

/** Where a search stands according to its journal. */
export function phaseOf({ summary, interventions }: ReportedSearch): ReportSearch['phase'] {
  if (summary.closed !== null) return summary.closed.phase;
  const last = interventions.findLast(({ intervention: { kind } }) => kind === 'pause' || kind === 'resume');
  return last?.intervention.kind === 'pause' ? 'paused' : 'open';
}

function searchData(
  tree: SearchTree,
  search: ReportedSearch,
  first: number,
  placeOf: ReadonlyMap<JournalTrial, number>,
): ReportSearch {
  const { id, summary, levelIndex, interventions } = search;
  const byIndex = new Map(summary.trials.map((trial) => [trial.index, trial]));
  const places = (index: number): readonly number[] => {
    const trial = byIndex.get(index);
    const place = trial === undefined ? undefined : placeOf.get(trial);
    return place === undefined ? [] : [place];
  };
  const knee = kneeIndex(summary);
  const outer = tree.outer(search);
  return {
    id,
    level: levelIndex - first,
    outer: outer === null ? null : (placeOf.get(outer) ?? null),
    phase: phaseOf(search),
    reason: summary.closed?.reason ?? null,
    trajectoryHash: summary.closed === null ? null : summary.trajectoryHash,
    budget: { ...summary.budget },
    concurrency: summary.level.concurrency,
    best: summary.best.flatMap(({ index }) => places(index)),
    knee: (knee === null ? [] : places(knee))[0] ?? null,
    interventions: interventions.map(({ index, intervention, at }) => {
      const { kind, ...rest } = intervention;
      const text = kind === 'adopt' ? 'another version of the search file' : JSON.stringify(rest);
      return { index, kind, text: text === '{}' ? '' : text, at: at ?? null };
    }),
  };
}

/** Takes all decisions of a search and of those inside it again. Throws `ClientError` when there is no journal of it. */
export async function readVerified(reader: JournalReader, id: string): Promise<ReportData['verified']> {
  const { searches, fault } = await new JournalVerifier(reader.home).verify(id, { inner: true });
  if (fault !== null) return { holds: false, text: fault.message };
  const trials = searches.reduce((sum, search) => sum + search.trials, 0);
  const which =
    searches.length === 1 ? 'All decisions follow' : `All decisions of ${searches.length} searches follow`;
  return { holds: true, text: `${which} from the journal: ${trials} trials were decided again.` };
}

function spanOf(trials: readonly ReportTrial[]): ReportData['span'] {
  let [first, last] = [Infinity, -Infinity];
  for (const { proposedAt, toldAt } of trials) {
    if (proposedAt !== null) first = Math.min(first, proposedAt);
    last = Math.max(last, toldAt ?? proposedAt ?? last);
  }
  return Number.isFinite(first) && Number.isFinite(last) ? { first, last } : null;
}

async function fileSpan(reader: JournalReader, id: string): Promise<ReportData['span']> {
  const span = await reader.span(id);
  return span === null ? null : { first: span.first.getTime(), last: span.last.getTime() };
}

/** What the algorithms have learned, of the root and of the searches behind its chosen result. */
async function readLearned(reader: JournalReader, tree: SearchTree): Promise<ReportData['learned']> {
  const knee = kneeIndex(tree.root.summary);
  const chain = knee === null ? [] : tree.chain(tree.root, knee);
  const searches = new Set([tree.root.id, ...chain.map(({ search }) => search.id)]);
  const learned: ReportData['learned'][number][] = [];
  for (const search of searches) {
    try {
      const found = await reader.learned(search, shownDecisions);
      if (found !== null) learned.push(learnedData(search, found));
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      learned.push(learnedData(search, error.message));
    }
  }
  return learned;
}

function learnedData(search: string, found: AlgorithmView | string): ReportData['learned'][number] {
  const view: AlgorithmView =
    typeof found === 'string' ? { algorithm: '', figures: [], groups: [], warning: null } : found;
  const { algorithm, figures, groups, notes = [], warning, history } = view;
  return {
    search,
    problem: typeof found === 'string' ? found : null,
    algorithm,
    figures: figures.map(({ name, value }) => ({ name, value })),
    notes,
    warning,
    groups: groups.map((group) => ({
      ...group,
      figures: group.figures.map(({ name, value }) => ({ name, value })),
    })),
    history: history === undefined ? null : { columns: history.columns, rows: history.rows },
  };
}

function retrainingData(retraining: Retraining): NonNullable<ReportData['retraining']> {
  const { candidates, chosen, metric, observed, searches, trials } = retraining;
  const best = chosen === null ? undefined : candidates[chosen];
  const told = Object.entries(observed).map(([name, value]) => `, ${name} ${repeatedText(value)}`);
  return {
    metric,
    trials,
    chosen,
    repetitions: searches.length,
    chosenText:
      best === undefined
        ? 'No candidate was chosen.'
        : `Chosen: candidate ${chosen ?? ''}, ${metric} ${repeatedText(best.retrained)}${told.join('')}.`,
    candidates: candidates.map((candidate) => ({
      source: sourceText(candidate),
      searched: candidate.search?.value ?? null,
      retrained: repeatedText(candidate.retrained),
      mean: candidate.retrained.mean,
      parameters: candidate.parameters,
    })),
    correlations: correlationLines(retraining),
  };
}
