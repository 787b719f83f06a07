import { AlgorithmError } from './algorithm.js';

/** A gate that compares with a fixed value: stop when worse. */
export type ValueGate = readonly [step: number, threshold: number];

/**
 * A gate that compares with earlier measurements at the same gate, once there are `minimumHistory`: stop when worse
 * than the one at that rank. A whole number counts places from 1, a number below 1 is a share of the history.
 */
export type RankGate = readonly [step: number, rank: number, minimumHistory: number];

interface Judged {
  readonly metric: string;
  readonly goal: 'maximize' | 'minimize';
}

/** A rule that ends trials early, as data. */
export type StoppingPolicy =
  | ({ readonly kind: 'byValue'; readonly gates: readonly ValueGate[] } & Judged)
  | ({ readonly kind: 'byRank'; readonly gates: readonly RankGate[] } & Judged)
  | { readonly kind: 'and' | 'or'; readonly of: readonly StoppingPolicy[] }
  | { readonly kind: 'not'; readonly of: StoppingPolicy };

/** What a policy remembers, by the policy's place in the tree; plain JSON. */
export type StoppingState = {
  /** `place/gate` → measurements so far, best first. */
  readonly histories: { readonly [key: string]: readonly number[] };
  /** `place/gate/trial` → what the gate decided. */
  readonly answers: { readonly [key: string]: boolean };
};

/** A measurement of a trial. */
export interface StoppingMeasurement {
  readonly trial: number;
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Measurements of a gate beyond so many are thinned out: every second one is kept. */
const longestHistory = 1_024;

const judged = (options: Partial<Judged>): Judged => ({ metric: 'score', goal: 'maximize', ...options });

/** Stops trials that are worse than a fixed value at a step. */
export function byValue(gates: readonly ValueGate[], options: Partial<Judged> = {}): StoppingPolicy {
  checkGates(gates);
  return { kind: 'byValue', gates, ...judged(options) };
}

/** Stops trials that are worse than others were at a step. */
export function byRank(gates: readonly RankGate[], options: Partial<Judged> = {}): StoppingPolicy {
  checkGates(gates);
  for (const [, rank] of gates) {
    if (rank >= 1 ? Number.isInteger(rank) : rank > 0) continue;
    throw new AlgorithmError(`a rank is a whole number of at least 1 or a share above 0, not ${rank}`);
  }
  return { kind: 'byRank', gates, ...judged(options) };
}

/** Stops what all policies would stop. */
export const allOf = (...of: readonly StoppingPolicy[]): StoppingPolicy => ({ kind: 'and', of });
/** Stops what any of the policies would stop. */
export const anyOf = (...of: readonly StoppingPolicy[]): StoppingPolicy => ({ kind: 'or', of });
/** Stops what a policy let pass at a gate; nothing before its gate was reached. */
export const notStopped = (of: StoppingPolicy): StoppingPolicy => ({ kind: 'not', of });

/** Before any measurement. */
export const initialStoppingState: StoppingState = { histories: {}, answers: {} };

/**
 * Whether a trial stops after a measurement, with the state after it. A measurement belongs to the last gate whose
 * step is not above its own; the first one of a trial decides there and the answer stays. All parts of `and` and `or`
 * are asked, so what they remember does not depend on the others.
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
  readonly histories: Record<string, readonly number[]>;
  readonly answers: Record<string, boolean>;
}

/** Null: no gate has been reached, so nothing can be said. */
function ask(
  policy: StoppingPolicy,
  draft: Draft,
  measurement: StoppingMeasurement,
  place: string,
): boolean | null {
  switch (policy.kind) {
    case 'and':
    case 'or': {
      const answers = policy.of.map((part, i) => ask(part, draft, measurement, `${place}.${i}`));
      const deciding = policy.kind === 'or';
      if (answers.includes(deciding)) return deciding;
      return answers.includes(null) ? null : !deciding;
    }
    case 'not': {
      const answer = ask(policy.of, draft, measurement, `${place}.0`);
      return answer === null ? null : !answer;
    }
    case 'byValue':
    case 'byRank': {
      const gate = policy.gates.findLastIndex(([step]) => step <= measurement.step);
      const value = Object.hasOwn(measurement.metrics, policy.metric)
        ? measurement.metrics[policy.metric]
        : undefined;
      if (gate === -1) return null;
      const key = `${place}/${gate}`;
      const known = draft.answers[`${key}/${measurement.trial}`];
      if (known !== undefined) return known;
      if (value === undefined || !Number.isFinite(value)) return null;
      const sign = policy.goal === 'maximize' ? 1 : -1;
      const stop =
        policy.kind === 'byValue'
          ? sign * value < sign * (policy.gates[gate]?.[1] ?? -Infinity)
          : rankStops(policy.gates[gate], draft, key, sign, value);
      draft.answers[`${key}/${measurement.trial}`] = stop;
      return stop;
    }
    default:
      return policy satisfies never;
  }
}

function rankStops(
  gate: RankGate | undefined,
  draft: Draft,
  key: string,
  sign: number,
  value: number,
): boolean {
  const history = draft.histories[key] ?? [];
  const [, rank = 1, minimumHistory = 0] = gate ?? [];
  const place = rank >= 1 ? rank - 1 : Math.floor((history.length - 1) * rank);
  const bar = history.length >= minimumHistory ? history[place] : undefined;
  const at = history.findIndex((other) => sign * other < sign * value);
  const after = history.toSpliced(at === -1 ? history.length : at, 0, value);
  draft.histories[key] = after.length > longestHistory ? after.filter((_, i) => i % 2 === 0) : after;
  return bar !== undefined && sign * value < sign * bar;
}

function checkGates(gates: readonly (readonly [step: number, ...number[]])[]): void {
  if (gates.length === 0) throw new AlgorithmError('a stopping policy needs at least one gate');
  for (const [i, gate] of gates.entries()) {
    if (!gate.every(Number.isFinite)) throw new AlgorithmError(`gate ${i} holds a number that is not finite`);
    const before = gates[i - 1];
    if (before !== undefined && gate[0] <= before[0]) {
      throw new AlgorithmError(`the steps of gates must ascend, but ${before[0]} comes before ${gate[0]}`);
    }
  }
}
