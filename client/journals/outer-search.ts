import type { Outcome } from '../../algorithms/contract/index.js';
import { unreachable } from '../../foundation/errors/index.js';
import { canonicalJson } from '../../foundation/json/index.js';
import { decode } from '../../search-spaces/index.js';
import {
  beyondEvaluators,
  completeOutcome,
  concludeRetraining,
  differences,
  type JournalRecord,
  plainJson,
  planSearch,
  readMetrics,
  type Retraining,
  retrainingSearch,
  sameOutcome,
  type SearchLoop,
  type SearchPlan,
  VerificationError,
} from '../../searches/index.js';

type Told = Extract<JournalRecord, { kind: 'told' }>;
type Proposed = Extract<JournalRecord, { kind: 'proposed' }>;

/** What an outer search has in its journal about an inner one, which evaluated its trial or retrained its candidates. */
export type OuterSearch =
  | {
      readonly kind: 'trial';
      readonly plan: SearchPlan;
      readonly proposed: Proposed;
      readonly told: Told | null;
    }
  | {
      readonly kind: 'retraining';
      readonly plan: SearchPlan;
      readonly retraining: Retraining;
      /** From 0. */
      readonly repetition: number;
    };

/** A search whose journal holds. */
export interface HeldSearch {
  /** The search after its last record. */
  readonly loop: SearchLoop;
  readonly records: readonly JournalRecord[];
}

/**
 * Compares an inner search with its outer one: the outer one must have started exactly this search, and its journal
 * must hold what this one found. Throws `VerificationError` for the record of the inner search that disagrees.
 */
export function compareWithOuter(inner: HeldSearch, outer: OuterSearch): void {
  switch (outer.kind) {
    case 'trial':
      return compareWithTrial(inner, outer);
    case 'retraining':
      return compareWithRetraining(inner, outer);
    default:
      return unreachable(outer, 'outer search');
  }
}

function compareWithRetraining(
  { loop, records }: HeldSearch,
  { plan, retraining, repetition }: Extract<OuterSearch, { kind: 'retraining' }>,
): void {
  const { definition } = plan;
  const { candidates, trials, searches } = retraining;
  if (definition.retraining === undefined) {
    throw new VerificationError(0, `"${plan.search}" is not followed by a retraining`);
  }
  const expected = retrainingSearch(definition, definition.retraining, candidates, repetition + 1, 1);
  const different = [...beyondEvaluators(differences(expected, loop.plan.definition))];
  if (!sameContext(loop.plan, plan)) different.push('context');
  if (different.length > 0) {
    throw new VerificationError(
      0,
      `it is not the search that retrains the candidates of "${plan.search}" (${different.join(', ')})`,
    );
  }
  const told = new Map(
    records.flatMap((record) => (record.kind === 'told' ? [[record.index, record.outcome]] : [])),
  );
  const outcomes = candidates.flatMap((_, index) => told.get(index) ?? []);
  const found = concludeRetraining(definition, definition.retraining, trials, searches, candidates, [
    outcomes,
  ]);
  for (const [place, { retrained }] of candidates.entries()) {
    if (found.candidates[place]?.retrained.values[0] === retrained.values[repetition]) continue;
    throw new VerificationError(
      records.length - 1,
      `candidate ${place} of the retraining of "${plan.search}" has another value`,
    );
  }
}

function compareWithTrial(
  { loop, records }: HeldSearch,
  { plan, proposed, told }: Extract<OuterSearch, { kind: 'trial' }>,
): void {
  const [opened] = records;
  if (opened?.kind !== 'opened') return;
  const outerParameters = decode(plan.level.space, proposed.trial.genome, { violated: 'allow' });
  const context = { ...plan.context, [plan.level.name]: outerParameters };
  const expected = planSearch(loop.plan.search, plan.definition, plan.levelIndex + 1, context);
  const different = beyondEvaluators(differences(plan.definition, opened.definition));
  if (opened.level !== expected.levelIndex || !sameContext(loop.plan, expected) || different.length > 0) {
    throw new VerificationError(
      0,
      `it is not the search that trial ${proposed.trial.index} of "${plan.search}" starts` +
        (different.length > 0 ? ` (${different.join(', ')})` : ''),
    );
  }
  if (told === null || told.reused === true || told.outcome.kind === 'cancelled') return;
  const last = records.length - 1;
  const disagree = (what: string): never => {
    throw new VerificationError(last, `${what} trial ${told.index} of "${plan.search}" has another outcome`);
  };
  const best = loop.report.best()[0];
  if (loop.end === null) return disagree('the search has not ended, but');
  const { cost } = loop.report.result(loop.end);
  if (best === undefined) {
    if (told.outcome.kind !== 'infeasible') disagree('the search found no feasible trial, but');
    return;
  }
  const parameters = { [loop.plan.level.name]: best.parameters, ...best.inner };
  const itsParameters = canonicalJson(plainJson(told.inner?.parameters ?? {}));
  if (itsParameters !== canonicalJson(plainJson(parameters)))
    disagree('the best trial has other parameters;');
  // The outer search adds measures of its own, so its metrics cannot be computed from the inner search alone.
  if (plan.level.measure !== undefined) return;
  const read = readMetrics(plan.level.metrics, best.metrics);
  const found: Outcome = read.kind === 'failed' ? read : { kind: 'scored', metrics: read.metrics, cost };
  if (!sameOutcome(completeOutcome(plan.level, found), told.outcome))
    disagree('the best trial is known, but');
}

/** Whether two searches run under the same outer parameters, as far as they read them. */
function sameContext(one: SearchPlan, other: SearchPlan): boolean {
  return canonicalJson(plainJson(one.context)) === canonicalJson(plainJson(other.context));
}
