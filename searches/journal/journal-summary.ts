import type { Outcome, Slice } from '../../algorithms/contract/index.js';
import type { Json } from '../../foundation/json/index.js';
import { decode } from '../../search-spaces/index.js';
import {
  afterSlice,
  type BestTrial,
  type FrontTrial,
  emptyTrajectory,
  levelIn,
  openingProgress,
  type SearchPhase,
  type SearchProgress,
  type SharedWeights,
  type SliceTrial,
  frontWith,
  violation,
} from '../loop/index.js';
import {
  type Budget,
  decidingMetrics,
  type LevelDefinition,
  type SearchDefinition,
} from '../definition/index.js';
import type { JournalRecord } from '../loop/index.js';
import type { Retraining } from '../retraining/index.js';

/** A trial in a journal; its outcome is null while it has none. */
export interface JournalTrial {
  readonly index: number;
  readonly genome: readonly number[];
  readonly parameters: Json;
  /** The part of a shared training that it is; null for a trial of its own. */
  readonly slice: Slice | null;
  /** Index of the trial from whose checkpoint it started; null where it started afresh. */
  readonly continues: number | null;
  readonly source: 'algorithm' | 'enqueued' | 'initial';
  /** When its proposal and its outcome were written down, in milliseconds since 1970; null where that is not known. */
  readonly proposedAt: number | null;
  readonly toldAt: number | null;
  readonly outcome: Outcome | null;
  /** Hash of the trial record in the artifact store. */
  readonly record: string | null;
  readonly reused: boolean;
  readonly timed: boolean;
  readonly mixed: boolean;
  /** The inner search that evaluated it. */
  readonly inner: { readonly search: string; readonly parameters: Readonly<Record<string, Json>> } | null;
}

/** A search as its journal has it: enough for `best`, `trials` and `progress` without worker or server. */
export interface JournalSummary {
  readonly search: string;
  readonly definition: SearchDefinition;
  readonly level: LevelDefinition;
  /** With all extensions. */
  readonly budget: Budget;
  /** In index order. */
  readonly trials: readonly JournalTrial[];
  readonly best: readonly BestTrial[];
  /** Its last end; null while it is open (or was lost). */
  readonly closed: { readonly phase: 'finished' | 'cancelled' | 'failed'; readonly reason: string } | null;
  readonly trajectoryHash: string;
  /** Result of the full retraining; null where there is none, or the search went on since. */
  readonly retraining: Retraining | null;
}

/** Reads a journal; null when it does not start with the search's definition. */
export function summarise(records: readonly JournalRecord[]): JournalSummary | null {
  const opened = records.find((record) => record.kind === 'opened');
  if (opened === undefined) return null;
  const level = levelIn(opened.definition, opened.level, opened.context);
  if (level === undefined) return null;
  const metrics = decidingMetrics(level);
  const trials = new Map<number, JournalTrial>();
  let { definition } = opened;
  let budget = level.budget;
  let closed: JournalSummary['closed'] = null;
  let trajectoryHash = emptyTrajectory;
  let retraining: Retraining | null = null;
  let candidates: readonly FrontTrial[] = [];
  let weights: SharedWeights | undefined;
  for (const record of records) {
    switch (record.kind) {
      case 'opened':
      case 'asked':
      case 'answered':
        break;
      case 'proposed':
        closed = null;
        retraining = null;
        trials.set(record.trial.index, proposed(record, level));
        break;
      case 'told': {
        const trial = trials.get(record.index);
        if (trial === undefined) break;
        const { outcome, inner } = record;
        trials.set(record.index, {
          ...trial,
          outcome,
          toldAt: record.at ?? null,
          record: record.record ?? null,
          reused: record.reused ?? false,
          timed: record.timed ?? false,
          mixed: record.mixed ?? false,
          inner: inner ?? null,
        });
        const { index, genome } = trial;
        let isResult = true;
        if (trial.slice !== null) {
          const effect = afterSlice(weights, sliceTrial(trial, trial.slice), outcome);
          ({ weights, isResult } = effect);
          if (effect.supersedes) candidates = [];
          isResult &&= violation(level, genome) === null;
        }
        if (outcome.kind !== 'scored' || !isResult) break;
        const candidate = { index, genome, metrics: outcome.metrics, inner: inner?.parameters ?? {} };
        candidates = frontWith(candidates, metrics, candidate);
        break;
      }
      case 'intervention':
        if (record.intervention.kind === 'extend') {
          budget = { ...budget, ...record.intervention.budget };
          closed = null;
          retraining = null;
        }
        if (record.intervention.kind === 'adopt') definition = record.intervention.definition;
        break;
      case 'closed':
        closed = { phase: record.phase, reason: record.reason };
        ({ trajectoryHash } = record);
        retraining = record.retraining ?? retraining;
        break;
      default: {
        const never: never = record;
        return never;
      }
    }
  }
  const best = candidates.map((candidate) => ({
    ...candidate,
    parameters: decode(level.space, candidate.genome),
  }));
  const inOrder = [...trials.values()].sort((a, b) => a.index - b.index);
  return {
    search: opened.search,
    definition,
    level,
    budget,
    trials: inOrder,
    best,
    closed,
    trajectoryHash,
    retraining,
  };
}

/** The answer that a running search would give, from its journal. */
export function progressOf(
  summary: JournalSummary,
  phase: SearchPhase,
  message: string | null,
): SearchProgress {
  const opening = openingProgress(summary.search, summary.level, phase, message);
  const outcomes = { ...opening.outcomes };
  let cost = 0;
  for (const { outcome } of summary.trials) {
    if (outcome === null) continue;
    outcomes[outcome.kind] += 1;
    if (outcome.kind !== 'cancelled') cost += outcome.cost ?? 0;
  }
  return {
    ...opening,
    trials: Object.values(outcomes).reduce((sum, count) => sum + count, 0),
    trialsBudget: summary.budget.trials ?? null,
    outcomes,
    cost,
    best: summary.best[0]?.metrics[opening.bestMetric] ?? null,
    trajectoryHash: summary.trajectoryHash,
  };
}

function sliceTrial({ index, continues }: JournalTrial, slice: Slice): SliceTrial {
  return { index, slice, ...(continues === null ? {} : { continues }) };
}

function proposed(
  { trial, source, at }: Extract<JournalRecord, { readonly kind: 'proposed' }>,
  level: LevelDefinition,
): JournalTrial {
  const { index, genome, slice, continues } = trial;
  const parameters = decode(level.space, genome, { violated: 'allow' });
  return {
    index,
    genome,
    parameters,
    slice: slice ?? null,
    continues: continues ?? null,
    source,
    proposedAt: at ?? null,
    toldAt: null,
    outcome: null,
    record: null,
    reused: false,
    timed: false,
    mixed: false,
    inner: null,
  };
}
