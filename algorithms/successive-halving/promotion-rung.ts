import type { Genome, View } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { StateValue } from '../contract/state-value.js';
import { isFiniteNumber, readFields, readGenome, readInteger, readList } from '../contract/state-shape.js';

/** A trial that completed a rung and may be promoted to the next. Higher scores are better. */
export type Candidate = {
  readonly index: number;
  readonly score: number;
  readonly genome: Genome;
};

/**
 * What successive halving remembers of one rung: how many trials completed it, how many of them were promoted, the
 * best ones that were not (best first, ties by index) and the lowest scores among the promoted (ascending).
 *
 * The rule of promotion is that of asynchronous successive halving: a trial is promotable while it is among the best
 * ⌊completed / η⌋ of its rung. The rung follows it exactly as long as it has dropped no candidate that would be
 * promotable later: it drops a candidate for good when `capacity` better ones wait at the same time, and forgets a
 * promoted score when it knows `promotedScores` lower ones.
 */
export type PromotionRung = {
  readonly completed: number;
  readonly promoted: number;
  readonly candidates: readonly Candidate[];
  readonly lowestPromoted: readonly number[];
};

/** Largest number of promoted scores that a rung keeps. */
export const promotedScores = 128;

export const emptyPromotionRung: PromotionRung = {
  completed: 0,
  promoted: 0,
  candidates: [],
  lowestPromoted: [],
};

/** The rung after a trial completed it; a trial without a score counts as worse than all others. */
export function completeTrial(
  rung: PromotionRung,
  candidate: Candidate | null,
  capacity: number,
): PromotionRung {
  const completed = rung.completed + 1;
  if (candidate === null) return { ...rung, completed };
  const place = rung.candidates.findIndex((other) => isBetter(candidate, other));
  const candidates =
    place < 0 ? [...rung.candidates, candidate] : rung.candidates.toSpliced(place, 0, candidate);
  return { ...rung, completed, candidates: candidates.slice(0, capacity) };
}

/** The best trial of the rung if it may be promoted now, together with the rung after that. */
export function promote(
  rung: PromotionRung,
  reductionFactor: number,
): { readonly candidate: Candidate; readonly rung: PromotionRung } | null {
  const candidate = rung.candidates[0];
  if (candidate === undefined) return null;
  const worse = rung.lowestPromoted.filter((score) => score < candidate.score).length;
  const betterPromoted = rung.promoted - worse;
  if (betterPromoted >= Math.floor(rung.completed / reductionFactor)) return null;
  const place = rung.lowestPromoted.findIndex((score) => score > candidate.score);
  const lowest =
    place < 0
      ? [...rung.lowestPromoted, candidate.score]
      : rung.lowestPromoted.toSpliced(place, 0, candidate.score);
  return {
    candidate,
    rung: {
      completed: rung.completed,
      promoted: rung.promoted + 1,
      candidates: rung.candidates.slice(1),
      lowestPromoted: lowest.slice(0, promotedScores),
    },
  };
}

/** Reads a rung from a state; throws `AlgorithmError` naming the place of what is wrong. */
export function readPromotionRung(
  view: View,
  value: StateValue | undefined,
  place: string,
  capacity: number,
): PromotionRung {
  const fields = readFields(value, place, ['completed', 'promoted', 'candidates', 'lowestPromoted']);
  const rung = {
    completed: readInteger(fields.completed, `${place}.completed`),
    promoted: readInteger(fields.promoted, `${place}.promoted`),
    candidates: readList(fields.candidates, `${place}.candidates`, capacity, (item, itemPlace) =>
      readCandidate(view, item, itemPlace),
    ),
    lowestPromoted: readList(fields.lowestPromoted, `${place}.lowestPromoted`, promotedScores, readScore),
  };
  if (rung.promoted > rung.completed)
    throw new AlgorithmError(`${place} has more trials promoted than completed`);
  return rung;
}

function isBetter(a: Candidate, b: Candidate): boolean {
  return a.score > b.score || (a.score === b.score && a.index < b.index);
}

function readCandidate(view: View, value: StateValue, place: string): Candidate {
  const fields = readFields(value, place, ['index', 'score', 'genome']);
  return {
    index: readInteger(fields.index, `${place}.index`),
    score: readScore(fields.score ?? null, `${place}.score`),
    genome: readGenome(view, fields.genome, `${place}.genome`),
  };
}

function readScore(value: StateValue, place: string): number {
  if (!isFiniteNumber(value)) throw new AlgorithmError(`${place} must be a finite number`);
  return value;
}
