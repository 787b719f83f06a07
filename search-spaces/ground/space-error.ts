import { cutText, showValue, type ShowWords } from '../../foundation/json/index.js';

/** Why a space cannot be built. */
export type ConstructionCode =
  | 'unknown_kind'
  | 'unknown_field'
  | 'reserved_key'
  | 'not_plain_json'
  | 'bad_meta'
  | 'no_candidates'
  | 'bad_k'
  | 'k_above_candidates'
  | 'min_above_max'
  | 'bad_bounds'
  | 'bad_step'
  | 'unknown_scale'
  | 'scale_needs_positive_min'
  | 'bad_weights'
  | 'duplicate_name'
  | 'unresolved_reference'
  | 'reference_cycle'
  | 'bad_selection'
  | 'bad_parents'
  | 'bad_cuts'
  | 'bad_expr'
  | 'too_large';

/** Why a genome, a value or a dictionary does not belong to a space. */
export type GenomeCode =
  | 'not_finite'
  | 'index_not_integer'
  | 'index_negative'
  | 'index_out_of_range'
  | 'not_distinct'
  | 'not_sorted'
  | 'int_not_integer'
  | 'int_below_min'
  | 'int_above_max'
  | 'int_off_step'
  | 'float_below_min'
  | 'float_above_max'
  | 'length_out_of_range'
  | 'too_short'
  | 'too_long'
  | 'constraint_violated'
  | 'no_feasible_point'
  | 'shape_mismatch'
  | 'no_match'
  | 'encode_too_hard'
  | 'float_not_enumerable'
  | 'out_of_range'
  | 'unknown_key'
  | 'missing_decision'
  | 'inactive_decision'
  | 'ambiguous_literal';

/** Why a program cannot be rewritten, traced, run or made. */
export type ProgramCode =
  | 'bad_path'
  | 'overlapping_paths'
  | 'bad_rule'
  | 'rule_matched_nothing'
  | 'unknown_rule'
  | 'duplicate_rule'
  | 'unknown_parameter'
  | 'missing_parameter'
  | 'bad_parameter'
  | 'check_failed'
  | 'redefined'
  | 'unnamed_decision'
  | 'unknown_decision'
  | 'unused_decision'
  | 'pick_failed'
  | 'pick_ended'
  | 'unknown_call'
  | 'does_not_fit';

export type SpaceErrorCode = ConstructionCode | GenomeCode | ProgramCode;

/** An error as data: where (`id` of the decision or path in the space, `pos` in the genome) and what. */
export interface SpaceProblem {
  readonly code: SpaceErrorCode;
  readonly id: string | null;
  readonly pos: number | null;
  readonly detail: string;
}

/** Outcome of a function whose failure is an ordinary answer. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: SpaceProblem };

/** Thrown by builders, `parseSpace` and functions that were given an invalid genome. One line, never a whole space. */
export class SpaceError extends Error implements SpaceProblem {
  override readonly name = 'SpaceError';
  readonly code: SpaceErrorCode;
  readonly id: string | null;
  readonly pos: number | null;
  readonly detail: string;

  constructor(problem: SpaceProblem) {
    const place = problem.id === null ? '' : ` at ${problem.id === '' ? 'the root' : clip(problem.id)}`;
    // Ids and reasons may come from outside with line breaks, but a message is one line.
    super(`${problem.code}${place}: ${problem.detail}`.replace(/\s+/g, ' '));
    this.code = problem.code;
    this.id = problem.id;
    this.pos = problem.pos;
    this.detail = problem.detail;
  }
}

/** A value as it appears in a message: short, on one line. */
export function show(value: unknown): string {
  return clip(showValue(value, words));
}

const longest = 120;

const words: ShowWords = {
  text: (text) => JSON.stringify(text.slice(0, longest)),
  array: (length) => `an array of ${length}`,
  missing: 'undefined',
};

function clip(text: string): string {
  return cutText(text, longest, '...');
}

/** The error for a part of which no draw satisfied its constraints. */
export function noFeasiblePoint(rejects: number): SpaceError {
  const detail = `no point that satisfies the constraints was drawn in ${rejects + 1} attempts.`;
  return new SpaceError({ code: 'no_feasible_point', id: null, pos: null, detail });
}

/** The value of a result, or its error thrown. */
export function valueOrThrow<T>(result: Result<T>): T {
  if (!result.ok) throw new SpaceError(result.error);
  return result.value;
}
