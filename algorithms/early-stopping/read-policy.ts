import { isPlainObject } from '../../foundation/json/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { Metric } from '../contract/trial.js';
import { optimisedMetrics } from '../contract/score.js';
import {
  checkRankGates,
  checkValueGates,
  type Judged,
  type RankGate,
  type StoppingPolicy,
  type ValueGate,
} from './stopping-policy.js';

/** A policy whose metrics are declared, each with its goal. */
export type CheckedPolicy = StoppingPolicy<Required<Judged>>;

/** Most policies and gates of a whole policy, because they travel with every trial. */
const mostParts = 64;

/**
 * A policy as JSON has it, over the declared metrics. Throws `AlgorithmError` with the place of what is wrong: a shape,
 * gates, a metric that is not declared, or a goal that is not the declared one.
 */
export function readStoppingPolicy(value: unknown, metrics: readonly Metric[]): CheckedPolicy {
  let parts = 0;
  const count = (more: number): void => {
    parts += more;
    if (parts > mostParts) {
      throw new AlgorithmError(`a stopping policy has at most ${mostParts} policies and gates together`);
    }
  };
  const read = (part: unknown, place: string): CheckedPolicy => {
    count(1);
    if (!isPlainObject(part))
      throw new AlgorithmError(`${place} must be a stopping policy such as byValue(…)`);
    const { kind } = part;
    switch (kind) {
      case 'and':
      case 'or': {
        const { of } = readMembers(part, place, ['kind', 'of']);
        if (!Array.isArray(of) || of.length === 0) {
          throw new AlgorithmError(`${place}.of must be a list of at least one policy`);
        }
        return { kind, of: of.map((one: unknown, i) => read(one, `${place}.of[${i}]`)) };
      }
      case 'not':
        return { kind, of: read(readMembers(part, place, ['kind', 'of'])['of'], `${place}.of`) };
      case 'byValue':
      case 'byRank': {
        const { gates, metric, goal } = readMembers(part, place, ['kind', 'gates', 'metric', 'goal']);
        if (!Array.isArray(gates)) throw new AlgorithmError(`${place}.gates must be a list of gates`);
        count(gates.length);
        const judged = readJudged(metric, goal, place, metrics);
        return kind === 'byValue'
          ? { kind, gates: readValueGates(gates, place), ...judged }
          : { kind, gates: readRankGates(gates, place), ...judged };
      }
      default:
        throw new AlgorithmError(`${place}.kind must be 'byValue', 'byRank', 'and', 'or' or 'not'`);
    }
  };
  return read(value, 'policy');
}

function readMembers(
  part: { readonly [key: string]: unknown },
  place: string,
  known: readonly string[],
): { readonly [key: string]: unknown } {
  const other = Object.keys(part).find((key) => !known.includes(key));
  if (other !== undefined) throw new AlgorithmError(`${place} has no field '${other}'`);
  return part;
}

function readValueGates(gates: readonly unknown[], place: string): readonly ValueGate[] {
  const read = gates.map((gate, i): ValueGate => {
    const [step, threshold] = readNumbers(gate, 2, `${place}.gates[${i}]`, 'a step and a threshold');
    return [step ?? NaN, threshold ?? NaN];
  });
  located(place, () => checkValueGates(read));
  return read;
}

function readRankGates(gates: readonly unknown[], place: string): readonly RankGate[] {
  const sentence = 'a step, a rank and how many trials it takes';
  const read = gates.map((gate, i): RankGate => {
    const [step, rank, minimum] = readNumbers(gate, 3, `${place}.gates[${i}]`, sentence);
    return [step ?? NaN, rank ?? NaN, minimum ?? NaN];
  });
  located(place, () => checkRankGates(read));
  return read;
}

function readNumbers(gate: unknown, length: number, place: string, must: string): readonly number[] {
  if (Array.isArray(gate) && gate.length === length && gate.every((one) => typeof one === 'number')) {
    // −0 would not survive the journal.
    return gate.map((one) => one + 0);
  }
  throw new AlgorithmError(`${place} must be ${must}`);
}

function located(place: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof AlgorithmError)) throw error;
    throw new AlgorithmError(`${place}: ${error.message}`);
  }
}

/** What a policy looks at: by default the one optimised metric, with the goal that the search declares. */
function readJudged(
  metric: unknown,
  goal: unknown,
  place: string,
  metrics: readonly Metric[],
): Required<Judged> {
  const optimised = optimisedMetrics(metrics);
  const only = optimised.length === 1 ? optimised[0] : undefined;
  const asked = metric ?? only?.name;
  const declared = metrics.find(({ name }) => name === asked);
  if (declared === undefined) {
    const names = metrics.map(({ name }) => name).join(', ');
    throw new AlgorithmError(
      asked === undefined
        ? `${place}.metric is missing: the search optimises ${optimised.length} metrics, name one of ${names}`
        : `${place}.metric is ${JSON.stringify(asked)}, which the search does not declare: it has ${names}`,
    );
  }
  const { name } = declared;
  if (goal !== undefined && goal !== 'maximize' && goal !== 'minimize') {
    throw new AlgorithmError(`${place}.goal must be 'maximize' or 'minimize'`);
  }
  if (declared.goal === 'observe') {
    if (goal !== undefined) return { metric: name, goal };
    throw new AlgorithmError(
      `${place}.goal is missing: '${name}' is only observed, so say whether to maximize or minimize it`,
    );
  }
  if (goal !== undefined && goal !== declared.goal) {
    throw new AlgorithmError(
      `${place}.goal is '${goal}', but the search wants '${name}' to ${declared.goal}`,
    );
  }
  return { metric: name, goal: declared.goal };
}
