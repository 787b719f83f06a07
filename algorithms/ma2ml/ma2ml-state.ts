import { AlgorithmError } from '../contract/algorithm-error.js';
import type { SearchProblem } from '../contract/algorithm.js';
import type { StateValue } from '../contract/state-value.js';
import { isBytes } from '../contract/state-codec.js';
import {
  isFiniteNumber,
  readBulkName,
  readFields,
  readInteger,
  readList,
  readScore,
} from '../contract/state-shape.js';
import { isActive } from '../policy-gradient/decisions.js';
import { readRound, type Round } from '../policy-gradient/rounds.js';
import { layoutOf } from './layout.js';
import type { Ma2mlConfig } from './options.js';
import { inactive } from './pipeline.js';
import { policyOfBytes } from './policy-bytes.js';
import type { RoundResult } from './replay.js';

/** What MA2ML carries from trial to trial, the current round included. */
export type Ma2mlState = Round<RoundResult> & {
  /** Logits of all heads, then the target logits, as little-endian float32. */
  readonly policy: Uint8Array;
  /** Hash of the critic, the optimiser moments and the replay buffer in the artifact store. */
  readonly bulk: string | null;
  /** Updates so far. */
  readonly round: number;
  /** Results so far. */
  readonly evaluations: number;
  /** How many of them had no score, a cost above its target, a metric outside of the range. */
  readonly unscored: number;
  readonly overTarget: number;
  readonly clipped: number;
  /** Moving average of batch means; null before the first update. */
  readonly baseline: number | null;
  /** ω once it is known. */
  readonly klWeight: number | null;
  /** Smallest and largest reward so far; null before the first result. */
  readonly least: number | null;
  readonly most: number | null;
  /** Mean size of each agent's credit in the last update. */
  readonly credit: readonly number[];
  /** With `screen`, the pipelines of the round that the critic chose; none in the first round. */
  readonly planned?: readonly Uint8Array[];
};

type Problem = SearchProblem<Ma2mlConfig>;

/** The state that a value is; throws `AlgorithmError` for one that this problem cannot have. */
export function readMa2mlState(problem: Problem, value: StateValue): Ma2mlState {
  const { pipelinesPerRound } = problem.config;
  const fields = readFields(value, 'state', [
    'policy',
    'bulk',
    'round',
    'evaluations',
    'unscored',
    'overTarget',
    'clipped',
    'baseline',
    'klWeight',
    'least',
    'most',
    'credit',
    'proposed',
    'pending',
    'results',
    ...(problem.config.screen > 0 ? (['planned'] as const) : []),
  ]);
  return {
    policy: readPolicy(problem, fields.policy, 'state.policy'),
    bulk: readBulkName(fields.bulk ?? null),
    round: readInteger(fields.round, 'state.round'),
    evaluations: readInteger(fields.evaluations, 'state.evaluations'),
    unscored: readInteger(fields.unscored, 'state.unscored'),
    overTarget: readInteger(fields.overTarget, 'state.overTarget'),
    clipped: readInteger(fields.clipped, 'state.clipped'),
    baseline: readScore(fields.baseline, 'state.baseline'),
    klWeight: readScore(fields.klWeight, 'state.klWeight'),
    least: readScore(fields.least, 'state.least'),
    most: readScore(fields.most, 'state.most'),
    credit: readCredit(problem, fields.credit, 'state.credit'),
    ...readRound(fields, pipelinesPerRound, 'round', (results, place) =>
      readResults(problem, results, place),
    ),
    ...(problem.config.screen > 0 ? { planned: readPlanned(problem, fields.planned, 'state.planned') } : {}),
  };
}

/** The bytes of a policy and its target, for the heads of the problem. */
export function readPolicy(problem: Problem, value: StateValue | undefined, place: string): Uint8Array {
  if (!isBytes(value)) throw new AlgorithmError(`${place} must be bytes`);
  policyOfBytes(value, layoutOf(problem).size, place);
  return value;
}

/** A number for each agent of the problem. */
export function readCredit(
  problem: Problem,
  value: StateValue | undefined,
  place: string,
): readonly number[] {
  const agents = layoutOf(problem).agents.length;
  const credit = readList(value, place, agents, readNumber);
  if (credit.length === agents) return credit;
  throw new AlgorithmError(`${place} must have a number for each of the ${agents} agents`);
}

/** Results of a round: pipelines of the problem with their rewards and costs. */
export function readResults(
  problem: Problem,
  value: StateValue | undefined,
  place: string,
): readonly RoundResult[] {
  const { config } = problem;
  return readList(value, place, config.pipelinesPerRound, (item, itemPlace) => {
    const fields = readFields(item, itemPlace, ['index', 'actions', 'reward', 'flags', 'costs']);
    const costs = readList(fields.costs, `${itemPlace}.costs`, config.costs.length, readNumber);
    if (costs.length !== config.costs.length)
      throw new AlgorithmError(`${itemPlace}.costs must have ${config.costs.length} numbers`);
    const flags = readInteger(fields.flags, `${itemPlace}.flags`);
    if (flags > 255) throw new AlgorithmError(`${itemPlace}.flags must be below 256`);
    return {
      index: readInteger(fields.index, `${itemPlace}.index`),
      actions: readActions(problem, fields.actions, `${itemPlace}.actions`),
      reward: readNumber(fields.reward ?? null, `${itemPlace}.reward`),
      flags,
      costs,
    };
  });
}

/** The pipelines of a round that were chosen for it. */
export function readPlanned(
  problem: Problem,
  value: StateValue | undefined,
  place: string,
): readonly Uint8Array[] {
  return readList(value, place, problem.config.pipelinesPerRound, (item, itemPlace) =>
    readActions(problem, item, itemPlace),
  );
}

function readActions(problem: Problem, value: StateValue | undefined, place: string): Uint8Array {
  const { heads } = layoutOf(problem);
  if (!isBytes(value) || value.length !== heads.length)
    throw new AlgorithmError(`${place} must be ${heads.length} bytes`);
  for (const [head, { of }] of heads.entries()) {
    const option = value[head] ?? inactive;
    const fits = isActive(heads, value, head) ? option < of : option === inactive;
    if (!fits) throw new AlgorithmError(`${place} has no possible option for head ${head}`);
  }
  return value;
}

function readNumber(value: StateValue, place: string): number {
  if (isFiniteNumber(value)) return value;
  throw new AlgorithmError(`${place} must be a finite number`);
}
