import type { JournalRecord } from '../loop/journal-record.js';
import { countedTrials } from './retraining-candidates.js';
import type { SearchPlan } from '../loop/search-plan.js';
import { afterSlice, type SharedWeights } from '../loop/shared-weights.js';

/** The trials of a search in slices whose checkpoints no later trial needs, from its journal. */
export function obsoleteCheckpoints(
  plan: SearchPlan,
  records: readonly JournalRecord[],
  recorded: number,
): readonly number[] {
  let weights: SharedWeights | undefined;
  const obsolete: number[] = [];
  for (const trial of countedTrials(plan, records, recorded)) {
    if (trial.slice === undefined) continue;
    const effect = afterSlice(weights, { ...trial, slice: trial.slice }, trial.outcome);
    ({ weights } = effect);
    obsolete.push(...effect.obsolete);
  }
  return obsolete;
}
