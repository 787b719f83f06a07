import { compareOutcomes, dominates, optimisedMetrics, scoresOf } from '../../algorithms/index.js';
import type { DerivedCandidate, Outcome, Slice, Trial } from '../../algorithms/index.js';
import type { Json } from '../../foundation/json/index.js';
import { decode, validate } from '../../search-spaces/genomes/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import type { RetrainingDefinition } from '../definition/definition.js';
import type { JournalRecord } from '../loop/journal-record.js';
import { meanOf, type RetrainingCandidate } from '../retraining/retraining.js';
import type { SearchPlan } from '../loop/search-plan.js';
import { afterSlice, type SharedWeights } from '../loop/shared-weights.js';

/** A trial of the search with its outcome. */
export interface SearchedTrial {
  readonly index: number;
  readonly genome: Genome;
  readonly outcome: Outcome;
  readonly slice?: Slice;
  readonly continues?: number;
  /** Parameters of the best trial of the inner search, by level name; absent on the innermost level. */
  readonly inner?: Readonly<Record<string, Json>>;
}

/** The trials of a journal that count: in order of index those below `recorded`, else the first so many that were told. */
export function countedTrials(
  plan: SearchPlan,
  records: readonly JournalRecord[],
  recorded: number,
): readonly SearchedTrial[] {
  const proposed = new Map<number, Omit<SearchedTrial, 'outcome'>>();
  const trials: SearchedTrial[] = [];
  for (const record of records) {
    if (record.kind === 'proposed') proposed.set(record.trial.index, searched(record.trial));
    if (record.kind !== 'told') continue;
    const trial = proposed.get(record.index);
    if (trial === undefined) continue;
    const inner = record.inner === undefined ? {} : { inner: record.inner.parameters };
    trials.push({ ...trial, ...inner, outcome: record.outcome });
  }
  return plan.level.order === 'in-order'
    ? trials.filter(({ index }) => index < recorded).sort((a, b) => a.index - b.index)
    : trials.slice(0, recorded);
}

function searched({ index, genome, slice, continues }: Trial): Omit<SearchedTrial, 'outcome'> {
  return {
    index,
    genome,
    ...(slice === undefined ? {} : { slice }),
    ...(continues === undefined ? {} : { continues }),
  };
}

/** The trials that are results of their search: all of them, or of slices those under the last weights. */
function resultsAmong(trials: readonly SearchedTrial[]): readonly SearchedTrial[] {
  let weights: SharedWeights | undefined;
  let results: SearchedTrial[] = [];
  for (const trial of trials) {
    if (trial.slice === undefined) {
      results.push(trial);
      continue;
    }
    const effect = afterSlice(weights, { ...trial, slice: trial.slice }, trial.outcome);
    ({ weights } = effect);
    if (effect.supersedes) results = [];
    if (effect.isResult) results.push(trial);
  }
  return results;
}

/**
 * The candidates of a search: those that its algorithm derives, else its best feasible results, a Pareto front before
 * what it dominates. Each point once, with all sources that it comes from; none that is no point of the space. In a
 * search in slices only results under the last weights are best ones, whatever the algorithm derives.
 */
export function retrainingCandidates(
  plan: SearchPlan,
  counts: RetrainingDefinition['candidates'],
  counted: readonly SearchedTrial[],
  derived: readonly DerivedCandidate[] | null,
): readonly RetrainingCandidate[] {
  const trials = resultsAmong(counted);
  const metric = optimisedMetrics(plan.metrics)[0]?.name ?? '';
  const valuesOf = new Map<string, { readonly trials: number[]; readonly values: number[] }>();
  for (const { index, genome, outcome } of trials) {
    const value = outcome.kind === 'scored' ? outcome.metrics[metric] : undefined;
    if (value === undefined || scoresOf(plan.metrics, outcome) === null) continue;
    const key = genome.join();
    const found = valuesOf.get(key) ?? { trials: [], values: [] };
    found.trials.push(index);
    found.values.push(value);
    valuesOf.set(key, found);
  }
  const candidates = new Map<string, RetrainingCandidate>();
  const best = bestResults(plan, trials, counts.best, metric);
  // An algorithm remembers the best of all weights there were; of a search in slices those under the last ones count.
  const inSlices = counted.some(({ slice }) => slice !== undefined);
  const own = inSlices ? derived?.filter(({ source }) => source !== 'best').concat(best) : derived;
  // A point of an outer level is only half a candidate: the other half is what its inner search has found.
  const innerOf = new Map(trials.map(({ genome, inner }) => [genome.join(), inner] as const).reverse());
  for (const { genome, source, value } of own ?? best) {
    if (!validate(plan.level.space, genome).ok) continue;
    const key = genome.join();
    const known = candidates.get(key);
    const found = valuesOf.get(key);
    const inner = innerOf.get(key);
    if (plan.inner !== undefined && inner === undefined) continue;
    const parameters = known?.parameters ?? decode(plan.level.space, genome);
    candidates.set(key, {
      genome,
      parameters,
      ...(inner === undefined ? {} : { levels: { [plan.level.name]: parameters, ...inner } }),
      sources: [...(known?.sources ?? []), { source, value }],
      search: found === undefined ? null : { trials: found.trials, value: meanOf(found.values) },
    });
  }
  return [...candidates.values()];
}

function bestResults(
  { metrics }: SearchPlan,
  trials: readonly SearchedTrial[],
  count: number,
  metric: string,
): readonly DerivedCandidate[] {
  const scored = trials
    .filter(({ outcome }) => outcome.kind === 'scored' && scoresOf(metrics, outcome) !== null)
    .sort((a, b) => compareOutcomes(metrics, a.outcome, b.outcome) || a.index - b.index);
  const isDominated = ({ outcome }: SearchedTrial): boolean =>
    scored.some((other) => dominates(metrics, other.outcome, outcome));
  // With one metric the order says it all; comparing all with all would take long.
  const several = optimisedMetrics(metrics).length > 1;
  const dominated = new Set(several ? scored.filter(isDominated) : []);
  const ordered = [...scored.filter((trial) => !dominated.has(trial)), ...dominated];
  const seen = new Map<string, SearchedTrial>();
  for (const trial of ordered) {
    const key = trial.genome.join();
    if (!seen.has(key)) seen.set(key, trial);
    if (seen.size === count) break;
  }
  return [...seen.values()].map(({ genome, outcome }) => ({
    genome,
    source: 'best',
    value: outcome.kind === 'scored' ? (outcome.metrics[metric] ?? null) : null,
  }));
}
