import { fork } from '../../foundation/numbers/index.js';
import type { Json } from '../../foundation/json/index.js';
import { decode, view, type Genome, type Space, type View } from '../../search-spaces/index.js';
import {
  optimisedMetrics,
  readQuestion,
  type Metric,
  type Metrics,
  type Note,
  type Outcome,
  type StateValue,
} from '../../algorithms/index.js';
import { seedText, type SearchPlan } from '../loop/search-plan.js';

/** An outcome as a program is told it: JSON (docs/own-algorithm.md). */
export interface ProgramOutcome {
  readonly index: number;
  readonly genome: Genome;
  readonly parameters: Json;
  readonly proposed: boolean;
  readonly kind: Outcome['kind'];
  readonly metrics: Metrics;
  readonly score: number | null;
  readonly scores: readonly number[] | null;
  readonly note: Note;
}

/** What the program of an algorithm is asked: JSON that needs nothing else to be understood (docs/own-algorithm.md). */
export interface ProgramQuestion {
  readonly format: 'duramen-algorithm/1';
  /** Answers of the program before this one. */
  readonly answers: number;
  /** Proposals that are wanted, at most. */
  readonly wanted: number;
  /** Sixteen hexadecimal digits that follow from the seed of the search, others for each answer. */
  readonly seed: string;
  readonly metrics: readonly Metric[];
  readonly space: Space;
  readonly view: View;
  /** Outcomes since the last answer, in the order in which the search told them. */
  readonly outcomes: readonly ProgramOutcome[];
  /** Outcomes since the last answer that were too many to keep. */
  readonly missed: number;
  /** Proposals of the program whose outcomes are not known. */
  readonly pending: number;
}

/** The question that the program of a plan's algorithm is asked by an update with this input. */
export function programQuestion({ level, metrics, rng }: SearchPlan, input: StateValue): ProgramQuestion {
  const { answers, wanted, heard, missed, pending } = readQuestion(input);
  const single = optimisedMetrics(metrics).length === 1;
  return {
    format: 'duramen-algorithm/1',
    answers,
    wanted,
    seed: seedText(fork(fork(rng, 'program'), answers)),
    metrics,
    space: level.space,
    view: view(level.space),
    outcomes: heard.map((one) => ({
      ...one,
      // Also points that violate a declared constraint come back, as infeasible ones.
      parameters: decode(level.space, one.genome, { violated: 'allow' }),
      score: single ? (one.scores?.[0] ?? null) : null,
    })),
    missed,
    pending,
  };
}
