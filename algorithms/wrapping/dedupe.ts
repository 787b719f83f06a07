import { fork, hashJson, RandomStream } from '../../foundation/numbers/index.js';
import { isPlainObject } from '../../foundation/json/index.js';
import {
  evaluateExpression,
  type Expression,
  parseExpression,
} from '../../search-spaces/expressions/index.js';
import { mutate, sample } from '../../search-spaces/variation/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import { SpaceError } from '../../search-spaces/ground/index.js';
import type { Action, Algorithm, SearchProblem } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { StateValue } from '../contract/state-value.js';
import type { Metrics, Outcome, Proposal, ToldTrial } from '../contract/trial.js';
import type { BoundAlgorithm, RegisteredAlgorithm } from '../contract/bound-algorithm.js';
import { Configuration, plainConfig } from '../contract/configuration.js';
import { answersOfInner, naturalOrderOfInner, readInnerAlgorithm } from './inner-algorithm.js';
import { scoresOf } from '../contract/score.js';
import { isFiniteNumber, readFields, readInteger, readList } from '../contract/state-shape.js';

/** What `dedupe` does with a duplicate: it drops it, or proposes it with the result that its key already has. */
export type OnDuplicate = 'drop' | { readonly reward: 'mean' | 'max' | 'last' };

/** Options of `dedupe`; all have defaults. */
export interface DedupeOptions {
  /** What makes two points the same: `genome` (default) or an expression over `["path", "genome[0]"]` …. */
  readonly key?: Expression;
  /** How often a key may be evaluated (1). */
  readonly max?: number;
  /** Duplicates dropped in a row before the search is done (100). */
  readonly attempts?: number;
  /** Whether a key counts once it is proposed (default) or only when the search tells its outcome. */
  readonly count?: 'proposed' | 'told';
  /**
   * Whether a proposal that continues an earlier trial, such as a promotion of successive halving, is a duplicate of
   * that trial (`count`, the default) or passes.
   */
  readonly continuations?: 'count' | 'pass';
  /** Default `drop`. */
  readonly onDuplicate?: OnDuplicate;
  /**
   * What follows when `attempts` proposals in a row of an algorithm that learns in rounds are duplicates, as those of
   * policies that have settled on few points: points beside them that are none (`vary`, the default), which the algorithm
   * does not learn from, or the end (`done`).
   */
  readonly exhausted?: 'vary' | 'done';
  /** Number of the latest keys that it remembers (2,000), because they are part of its state. */
  readonly remember?: number;
}

export type DedupeConfig = {
  readonly algorithm: AlgorithmReference;
  readonly key: Expression;
  readonly max: number;
  readonly attempts: number;
  readonly count: 'proposed' | 'told';
  readonly continuations: 'count' | 'pass';
  readonly reward: 'mean' | 'max' | 'last' | null;
  readonly exhausted: 'vary' | 'done';
  readonly remember: number;
};

/** A key with how often it counts, how many results it has, and what they come to, in declared order of the metrics. */
type Seen = {
  readonly key: string;
  readonly count: number;
  readonly results: number;
  readonly values: readonly number[];
};

/** The state of the inner algorithm, and the keys that `dedupe` remembers, oldest first. */
export type DedupeState = { readonly inner: StateValue; readonly seen: readonly Seen[] };

type Problem = SearchProblem<DedupeConfig>;

const name = 'dedupe';
const version = 1;
const fieldNames = [
  'algorithm',
  'key',
  'max',
  'attempts',
  'count',
  'continuations',
  'onDuplicate',
  'exhausted',
  'remember',
];

/** Names of the algorithms whose policies may settle on few points. */
const learnInRounds: readonly string[] = ['reinforce', 'controller', 'ma2ml'];

/** Keeps an algorithm from proposing the same point more than `max` times. */
export function dedupe(algorithm: AlgorithmReference, options: DedupeOptions = {}): AlgorithmReference {
  // Written where it matters alone: definitions of all other algorithms stay equal to those of stored searches.
  const exhausted = learnInRounds.includes(algorithm.name) ? { exhausted: 'vary' } : {};
  return { name, version, config: plainConfig(name, { algorithm, ...exhausted, ...options }) };
}

/** The wrapper over the algorithms that `find` knows. */
export function dedupeAlgorithm(
  find: (reference: AlgorithmReference) => RegisteredAlgorithm,
): Algorithm<DedupeConfig, DedupeState> {
  const bound = new WeakMap<Problem, BoundAlgorithm[]>();
  /**
   * The inner algorithm; another stream for each attempt at one index, or an algorithm that draws by the index would
   * propose the same duplicate again. Attempt 0 asks for what the algorithm alone would propose.
   */
  const innerOf = (problem: Problem, attempt = 0): BoundAlgorithm => {
    const all = bound.get(problem) ?? [];
    bound.set(problem, all);
    const { view, metrics, order, config, rng } = problem;
    const own = attempt === 0 ? rng : fork(rng, `attempt:${attempt}`);
    const { algorithm } = config;
    const inner = (all[attempt] ??= find(algorithm).bind(algorithm.config, view, metrics, own, order));
    if (inner.slices) {
      throw new AlgorithmError(
        `${algorithm.name} proposes slices of one training, none of which is a duplicate of another: ` +
          'put dedupe around the algorithm inside it, or leave dedupe out',
      );
    }
    return inner;
  };

  return {
    name,
    version,
    orders: ['in-order', 'as-completed'],
    naturalOrder(config) {
      const fields = new Configuration(name, config, fieldNames);
      const natural = naturalOrderOfInner(fields, find);
      if (readContinuations(fields) === 'pass') return natural;
      // As trials complete, an algorithm promotes points that it has proposed before, and each would be dropped here.
      return find(fields.algorithm('algorithm')).orders.includes('in-order') ? 'in-order' : natural;
    },
    objectives: 'any',
    configure(config, view, metrics) {
      const fields = new Configuration(name, config, fieldNames);
      const algorithm = readInnerAlgorithm(fields, find, view, metrics);
      const key = fields.value('key') ?? 'genome';
      const count = fields.value('count') ?? 'proposed';
      return {
        algorithm,
        key: key === 'genome' ? key : readKey(fields, key),
        max: fields.integer('max', 1, 1_000_000, 1),
        attempts: fields.integer('attempts', 1, 10_000, 100),
        count:
          count === 'proposed' || count === 'told' ? count : fields.refuse('count', "'proposed' or 'told'"),
        continuations: readContinuations(fields),
        reward: readReward(fields),
        exhausted: readExhausted(fields),
        remember: fields.integer('remember', 1, 100_000, 2_000),
      };
    },
    maximumStateBytes(problem) {
      const { config, metrics } = problem;
      const values = config.reward === null ? 0 : 9 * metrics.length;
      return 64 + innerOf(problem).maximumStateBytes + config.remember * (64 + values);
    },
    init: (problem) => ({ inner: innerOf(problem).init(), seen: [] }),
    propose(problem, state, index) {
      const { config } = problem;
      let inner = state.inner;
      let dropped: Genome | null = null;
      for (let attempt = 0; attempt < config.attempts; attempt += 1) {
        const asked = innerOf(problem, attempt).propose(inner, index);
        if (asked.action.kind === 'wait') return { state, action: asked.action };
        inner = asked.state;
        if (asked.action.kind !== 'trial') return { state: { ...state, inner }, action: asked.action };
        const { proposal } = asked.action;
        const key = keyOf(config, proposal.genome);
        const known = state.seen.find((one) => one.key === key);
        const passes = config.continuations === 'pass' && proposal.continues !== undefined;
        if (known === undefined || known.count < config.max || passes) {
          const counts = config.count === 'proposed' && proposal.continues === undefined;
          const seen = counts ? withSeen(config, state.seen, key, { count: 1 }) : state.seen;
          return { state: { inner, seen }, action: asked.action };
        }
        const outcome = config.reward === null ? null : outcomeOf(problem, known);
        if (outcome !== null) {
          const known: Proposal = { ...proposal, known: outcome };
          return { state: { ...state, inner }, action: { kind: 'trial', proposal: known } satisfies Action };
        }
        dropped = proposal.genome;
        // An algorithm that learns in rounds would wait for ever for the trial that was dropped.
        const algorithm = innerOf(problem);
        if (algorithm.computeUpdate !== undefined)
          inner = algorithm.tell(inner, [{ trial: { ...proposal, index }, outcome: { kind: 'cancelled' } }]);
      }
      const learnsInRounds = innerOf(problem).computeUpdate !== undefined;
      const varied =
        learnsInRounds && config.exhausted === 'vary' && dropped !== null
          ? newPointBeside(problem, state.seen, dropped, index)
          : null;
      if (varied === null) return { state: { ...state, inner }, action: { kind: 'done' } };
      const seen =
        config.count === 'proposed'
          ? withSeen(config, state.seen, keyOf(config, varied), { count: 1 })
          : state.seen;
      return { state: { inner, seen }, action: { kind: 'trial', proposal: { genome: varied } } };
    },
    tell(problem, state, told) {
      const { config } = problem;
      const seen = told.reduce<readonly Seen[]>((before, one) => {
        const key = keyOf(config, one.trial.genome);
        // The inner algorithm did not propose enqueued trials, so they count when the search tells them.
        const isNew = before.every((other) => other.key !== key);
        const counts = one.trial.known === undefined && (config.count === 'told' || isNew);
        return withSeen(config, before, key, { count: counts ? 1 : 0, ...resultOf(problem, one) });
      }, state.seen);
      return { inner: innerOf(problem).tell(state.inner, told), seen };
    },
    readState(problem, value) {
      const fields = readFields(value, 'state', ['inner', 'seen']);
      return {
        inner: fields.inner ?? null,
        seen: readList(fields.seen, 'state.seen', problem.config.remember, (item, place) => {
          const one = readFields(item, place, ['key', 'count', 'results', 'values']);
          if (typeof one.key !== 'string') throw new AlgorithmError(`${place}.key must be a text`);
          return {
            key: one.key,
            count: readInteger(one.count, `${place}.count`),
            results: readInteger(one.results, `${place}.results`),
            values: readList(one.values, `${place}.values`, problem.metrics.length, readValue),
          };
        }),
      };
    },
    ...answersOfInner((problem) => innerOf(problem)),
  };
}

/** Mutations from a duplicate to a point that is none, at most, before random points are tried. */
const mostSteps = 50;

/** A point that is no duplicate, by a walk of mutations from one that is, or at random; null when none is found. */
function newPointBeside(
  { view, config, rng }: Problem,
  seen: readonly Seen[],
  duplicate: Genome,
  index: number,
): Genome | null {
  const used = new Set(seen.filter(({ count }) => count >= config.max).map(({ key }) => key));
  const source = new RandomStream(fork(rng, `vary:${index}`));
  let point = duplicate;
  for (let step = 0; step < mostSteps + config.attempts; step += 1) {
    point = step < mostSteps ? mutate(view, point, source) : sample(view, source);
    if (!used.has(keyOf(config, point))) return point;
  }
  return null;
}

function readKey(fields: Configuration, key: unknown): Expression {
  try {
    return parseExpression(key);
  } catch (error) {
    if (error instanceof SpaceError)
      return fields.refuse('key', `'genome' or an expression (${error.message})`);
    throw error;
  }
}

function readContinuations(fields: Configuration): 'count' | 'pass' {
  const value = fields.value('continuations') ?? 'count';
  return value === 'count' || value === 'pass' ? value : fields.refuse('continuations', "'count' or 'pass'");
}

// Absent in searches from before `vary`, which end.
function readExhausted(fields: Configuration): 'vary' | 'done' {
  const value = fields.value('exhausted') ?? 'done';
  return value === 'vary' || value === 'done' ? value : fields.refuse('exhausted', "'vary' or 'done'");
}

function readReward(fields: Configuration): DedupeConfig['reward'] {
  const value = fields.value('onDuplicate') ?? 'drop';
  if (value === 'drop') return null;
  const reward = isPlainObject(value) ? value['reward'] : undefined;
  if (reward === 'mean' || reward === 'max' || reward === 'last') return reward;
  return fields.refuse('onDuplicate', "'drop' or {reward: 'mean'}, {reward: 'max'} or {reward: 'last'}");
}

function readValue(value: StateValue, place: string): number {
  if (isFiniteNumber(value)) return value;
  throw new AlgorithmError(`${place} must be a finite number`);
}

/** Twenty hexadecimal digits: enough to tell the keys of a search apart, few enough to bound the state. */
function keyOf({ key }: DedupeConfig, genome: Genome): string {
  return hashJson(key === 'genome' ? genome : evaluateExpression(key, { genome })).slice(0, 20);
}

function withSeen(
  { remember, reward }: DedupeConfig,
  seen: readonly Seen[],
  key: string,
  more: { readonly count: number; readonly values?: readonly number[]; readonly better?: boolean },
): readonly Seen[] {
  const place = seen.findIndex((one) => one.key === key);
  const before = seen[place] ?? { key, count: 0, results: 0, values: [] };
  const { values } = more;
  const after: Seen = {
    ...before,
    count: before.count + more.count,
    ...(reward === null || values === undefined
      ? {}
      : { results: before.results + 1, values: combined(reward, before, values) }),
  };
  if (place !== -1) return seen.with(place, after);
  return [...seen, after].slice(-remember);
}

function combined(
  reward: 'mean' | 'max' | 'last',
  before: Seen,
  values: readonly number[],
): readonly number[] {
  if (before.results === 0) return values;
  switch (reward) {
    case 'mean':
      return values.map(
        (value, m) => (before.values[m] ?? 0) + (value - (before.values[m] ?? 0)) / (before.results + 1),
      );
    case 'max':
      // Values come oriented: the first one decides.
      return (values[0] ?? 0) > (before.values[0] ?? 0) ? values : before.values;
    case 'last':
      return values;
    default:
      return reward satisfies never;
  }
}

/** The values of a result in the order of the metrics, oriented so that higher is better. */
function resultOf(problem: Problem, { trial, outcome }: ToldTrial): { readonly values?: readonly number[] } {
  if (trial.known !== undefined || scoresOf(problem.metrics, outcome) === null) return {};
  const reported = outcome.kind === 'scored' || outcome.kind === 'stopped' ? outcome.metrics : undefined;
  const values = problem.metrics.map(({ name: metric, goal }) => oriented(reported?.[metric] ?? NaN, goal));
  return values.every(Number.isFinite) ? { values } : {};
}

function outcomeOf({ metrics }: Problem, { results, values }: Seen): Outcome | null {
  if (results === 0) return null;
  const entries = metrics.map(
    ({ name: metric, goal }, m) => [metric, oriented(values[m] ?? 0, goal)] as const,
  );
  return { kind: 'scored', metrics: Object.fromEntries(entries) satisfies Metrics };
}

function oriented(value: number, goal: 'maximize' | 'minimize' | 'observe'): number {
  return goal === 'minimize' ? 0 - value : value + 0;
}
