import { AlgorithmError } from '../contract/algorithm-error.js';
import { answerOf, negated } from './gate.js';
import { barOf, emptyHistory, joinHistory, longestHistory, type RankHistory } from './rank-history.js';

/** A gate that compares with a fixed value: stop when worse. */
export type ValueGate = readonly [step: number, threshold: number];

/**
 * A gate that compares with earlier measurements at the same gate, once there are `minimumHistory`: stop when worse
 * than the one at that rank. A whole number counts from the best, 1; a number below 1 is a share of the history.
 */
export type RankGate = readonly [step: number, rank: number, minimumHistory: number];

/** What a policy looks at; absent: the one metric that the search optimises, with its goal. */
export interface Judged {
  readonly metric?: string;
  readonly goal?: 'maximize' | 'minimize';
}

/** A rule that ends trials early, as data. */
export type StoppingPolicy<J extends Judged = Judged> =
  | ({ readonly kind: 'byValue'; readonly gates: readonly ValueGate[] } & J)
  | ({ readonly kind: 'byRank'; readonly gates: readonly RankGate[] } & J)
  | { readonly kind: 'and' | 'or'; readonly of: readonly StoppingPolicy<J>[] }
  | { readonly kind: 'not'; readonly of: StoppingPolicy<J> };

/** What a policy remembers; plain JSON. `place` is the path to a part of the policy, such as `0.1`. */
export type StoppingState = {
  /** `place/gate` → measurements so far. */
  readonly histories: { readonly [key: string]: RankHistory };
  /** `place/gate/trial` → what the gate decided. */
  readonly answers: { readonly [key: string]: boolean };
};

/** A measurement of a trial. */
export interface StoppingMeasurement {
  readonly trial: number;
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Stops trials that are worse than a fixed value at a step. */
export function byValue(gates: readonly ValueGate[], options: Judged = {}): StoppingPolicy {
  checkValueGates(gates);
  return { kind: 'byValue', gates, ...options };
}

/** Stops trials that are worse than others were at a step. */
export function byRank(gates: readonly RankGate[], options: Judged = {}): StoppingPolicy {
  checkRankGates(gates);
  return { kind: 'byRank', gates, ...options };
}

/**
 * Stops trials that are not among the best `percent` per cent of those that reached a step, at each of the steps; 50 is
 * the median rule. `minimum` is the number of trials that must have been there before (5).
 */
export function byPercentile(
  percent: number,
  steps: readonly number[],
  { minimum = 5, ...judged }: Judged & { readonly minimum?: number } = {},
): StoppingPolicy {
  if (!(percent > 0 && percent < 100))
    throw new AlgorithmError(`a percentile is above 0 and below 100, not ${percent}`);
  return byRank(
    steps.map((step): RankGate => [step, percent / 100, minimum]),
    judged,
  );
}

/** Stops a trial that all policies would stop. */
export const allOf = (...of: readonly StoppingPolicy[]): StoppingPolicy => ({ kind: 'and', of: several(of) });
/** Stops a trial that any of the policies would stop. */
export const anyOf = (...of: readonly StoppingPolicy[]): StoppingPolicy => ({ kind: 'or', of: several(of) });
/** Stops a trial that a policy lets pass at a gate; none before it has reached that gate. */
export const notStopped = (of: StoppingPolicy): StoppingPolicy => ({ kind: 'not', of });

/** What a policy remembers before any measurement. */
export const initialStoppingState: StoppingState = { histories: {}, answers: {} };

/**
 * Whether a trial stops after a measurement, with the state after it. A measurement belongs to the last gate whose
 * step is not above its own; the first one of a trial decides there and the answer stays. `and` and `or` ask all their
 * parts, so that what a part remembers does not depend on the others. A policy that names no metric looks at `score`,
 * one without a goal maximises.
 */
export function observeMeasurement(
  policy: StoppingPolicy,
  state: StoppingState,
  measurement: StoppingMeasurement,
): { readonly state: StoppingState; readonly stop: boolean } {
  const draft = { histories: { ...state.histories }, answers: { ...state.answers } };
  const answer = ask(policy, draft, measurement, '0');
  return { state: draft, stop: answer === true };
}

/** The state without the answers for a trial that has ended. */
export function forgetTrial(state: StoppingState, trial: number): StoppingState {
  const answers = Object.entries(state.answers).filter(([key]) => !key.endsWith(`/${trial}`));
  return { ...state, answers: Object.fromEntries(answers) };
}

interface Draft {
  readonly histories: Record<string, RankHistory>;
  readonly answers: Record<string, boolean>;
}

/** What a part of a policy says to a measurement; null where the trial has reached no gate. */
function ask(
  policy: StoppingPolicy,
  draft: Draft,
  measurement: StoppingMeasurement,
  place: string,
): boolean | null {
  switch (policy.kind) {
    case 'and':
    case 'or':
      return answerOf(
        policy.kind,
        policy.of.map((part, i) => ask(part, draft, measurement, `${place}.${i}`)),
      );
    case 'not':
      return negated(ask(policy.of, draft, measurement, `${place}.0`));
    case 'byValue':
    case 'byRank': {
      const gate = policy.gates.findLastIndex(([step]) => step <= measurement.step);
      const { metric = 'score', goal = 'maximize' } = policy;
      const value = Object.hasOwn(measurement.metrics, metric) ? measurement.metrics[metric] : undefined;
      if (gate === -1) return null;
      const key = `${place}/${gate}`;
      const known = draft.answers[`${key}/${measurement.trial}`];
      if (known !== undefined) return known;
      if (value === undefined || !Number.isFinite(value)) return null;
      const sign = goal === 'maximize' ? 1 : -1;
      const bar = barAt(policy, gate, draft.histories[key] ?? emptyHistory);
      const stop = bar !== null && sign * value < sign * bar;
      if (policy.kind === 'byRank') {
        const [, rank = 1] = policy.gates[gate] ?? [];
        draft.histories[key] = joinHistory(draft.histories[key] ?? emptyHistory, value, rank, goal);
      }
      draft.answers[`${key}/${measurement.trial}`] = stop;
      return stop;
    }
    default:
      return policy satisfies never;
  }
}

/** The value that a trial must not be worse than at a gate; null where there is none yet. */
export function barAt(
  policy: Extract<StoppingPolicy, { readonly kind: 'byValue' | 'byRank' }>,
  gate: number,
  history: RankHistory,
): number | null {
  if (policy.kind === 'byValue') return policy.gates[gate]?.[1] ?? null;
  const [, rank = 1, minimumHistory = 0] = policy.gates[gate] ?? [];
  return barOf(history, rank, minimumHistory);
}

/** Throws `AlgorithmError` unless the gates are finite and their steps ascend. */
export function checkValueGates(gates: readonly (readonly [step: number, ...number[]])[]): void {
  if (gates.length === 0) throw new AlgorithmError('a stopping policy needs at least one gate');
  for (const [i, gate] of gates.entries()) {
    if (!gate.every(Number.isFinite)) throw new AlgorithmError(`gate ${i} holds a number that is not finite`);
    const before = gates[i - 1];
    if (before !== undefined && gate[0] <= before[0]) {
      throw new AlgorithmError(`the steps of gates must ascend, but ${before[0]} comes before ${gate[0]}`);
    }
  }
}

/** Throws `AlgorithmError` unless the gates have ranks as well. */
export function checkRankGates(gates: readonly RankGate[]): void {
  checkValueGates(gates);
  for (const [, rank] of gates) {
    if (rank >= 1 ? Number.isInteger(rank) && rank <= longestHistory : rank > 0) continue;
    throw new AlgorithmError(
      `a rank is a whole number from 1 to ${longestHistory} or a share above 0, not ${rank}`,
    );
  }
}

function several(of: readonly StoppingPolicy[]): readonly StoppingPolicy[] {
  if (of.length === 0) throw new AlgorithmError('allOf and anyOf need at least one policy');
  return of;
}
