import { readMixtureStage, readTaskEmbedding } from '../../algorithms/contract/index.js';
import type { MixtureStage, Slice } from '../../algorithms/contract/index.js';
import { recordFormat, type LibraryRecord } from '../../algorithms/warm-start/index.js';
import { hashJson } from '../../foundation/numbers/index.js';
import { spaceHash, type Genome } from '../../search-spaces/index.js';
import type { JournalSummary, JournalTrial } from './journal-summary.js';

/** What a finished search left, but for the hash of its weights. */
export interface FinishedSearch {
  readonly record: Omit<LibraryRecord, 'weights'>;
  /** Index of the trial whose checkpoint has the last weights. */
  readonly lastEpoch: number;
}

type ScoredOutcome = Extract<JournalTrial['outcome'], { readonly kind: 'scored' }>;

/**
 * The record of a finished differentiable search, made of its journal alone, so that it is the same whenever it is made;
 * or what the search lacks, in a sentence.
 */
export function finishedRecord(
  summary: JournalSummary,
  task: string,
): FinishedSearch | { readonly problem: string } {
  const { search, definition, level, trials, trajectoryHash, closed } = summary;
  const refuse = (why: string): { readonly problem: string } => ({
    problem: `The search "${search}" cannot become a record of the library: ${why}.`,
  });
  const epochs = scoredSlices(trials, 'mix');
  const last = epochs.at(-1);
  if (last === undefined) return refuse('it is no differentiable search, or has finished no epoch');
  if (closed?.phase !== 'finished') return refuse('it is not finished; resume it first');
  const evaluated = scoredSlices(trials, 'evaluate').at(-1);
  if (evaluated === undefined)
    return refuse('its budget ended it before it had derived an architecture; extend it first');
  const embedded = embeddedTasks(trials);
  if (embedded === null)
    return refuse(
      'its data are not embedded; search again with warmStart: { from: [] } of darts, which does that first',
    );
  const stages = epochs.map(({ slice }) => readMixtureStage(slice.stage));
  const stage = readMixtureStage(last.slice.stage);
  const logits = (last.outcome.values ?? []).slice(
    0,
    (last.outcome.values ?? []).length - Number(stage.eigenvalue),
  );
  const { name, version, config } = level.algorithm;
  return {
    record: {
      ...{ format: recordFormat(embedded.tasks), task, ...embedded },
      ...{ space: spaceHash(level.space), none: stage.none },
      ...{ masks: masksOf(stages), logits, genotype: evaluated.trial.genome },
      search: {
        ...{ id: search, seed: definition.seed, trajectory: trajectoryHash },
        algorithm: { name, version, config },
      },
      cost: {
        epochs: epochs.length,
        operationEvaluations: evaluationsIn(epochs.map(({ outcome }) => outcome)),
      },
      stop: evaluated.slice.label ?? '',
      retrained: retrainedOf(summary, evaluated.trial.genome),
    },
    lastEpoch: last.trial.index,
  };
}

/** What tells the data of a search apart; null where they were not embedded. */
function embeddedTasks(
  trials: readonly JournalTrial[],
): Pick<LibraryRecord, 'probe' | 'embedding' | 'fingerprint' | 'tasks'> | null {
  const embeds = scoredSlices(trials, 'embed');
  const last = embeds.at(-1);
  if (last === undefined) return null;
  const { probe, task } = last.slice;
  const found = embeds.map(({ outcome }) => readTaskEmbedding(outcome.values ?? []));
  if (task === undefined) return { probe, ...readTaskEmbedding(last.outcome.values ?? []) };
  const tasks = found.map(({ fingerprint }) => fingerprint);
  const embedding = (found[0]?.embedding ?? []).map((_number, place) =>
    found.reduce((sum, own) => sum + (own.embedding[place] ?? 0) / found.length, 0),
  );
  return { probe, embedding, fingerprint: hashJson(['tasks', ...tasks]), tasks };
}

/** The scored trials of one kind of slice, in order. */
function scoredSlices<K extends Slice['kind']>(
  trials: readonly JournalTrial[],
  kind: K,
): readonly {
  readonly trial: JournalTrial;
  readonly slice: Extract<Slice, { readonly kind: K }>;
  readonly outcome: ScoredOutcome;
}[] {
  const isKind = (slice: Slice): slice is Extract<Slice, { readonly kind: K }> => slice.kind === kind;
  return trials.flatMap((trial) => {
    const { slice, outcome } = trial;
    return slice !== null && isKind(slice) && outcome?.kind === 'scored' ? [{ trial, slice, outcome }] : [];
  });
}

/** What was left in each stage that had not all options. */
function masksOf(stages: readonly MixtureStage[]): LibraryRecord['masks'] {
  return stages.flatMap(({ stage, left }, place) =>
    left !== null && stages[place + 1]?.stage !== stage ? [left] : [],
  );
}

function evaluationsIn(outcomes: readonly ScoredOutcome[]): number | null {
  const counts = outcomes.flatMap(({ metrics: { operationEvaluations } }) =>
    operationEvaluations === undefined ? [] : [operationEvaluations],
  );
  return counts.length === outcomes.length ? counts.reduce((sum, count) => sum + count, 0) : null;
}

/** What the derived architecture came to when it was trained alone; null where no retraining was over all of it. */
function retrainedOf({ retraining }: JournalSummary, derived: Genome): LibraryRecord['retrained'] {
  const isDerived = ({ genome }: { readonly genome: Genome }): boolean =>
    genome.length === derived.length && genome.every((number, place) => number === derived[place]);
  const retrained = retraining?.candidates.find(isDerived)?.retrained;
  if (retraining === null || retrained === undefined || retrained.mean === null) return null;
  return {
    metric: retraining.metric,
    mean: retrained.mean,
    deviation: retrained.deviation ?? 0,
    trainings: retrained.values.length,
  };
}
