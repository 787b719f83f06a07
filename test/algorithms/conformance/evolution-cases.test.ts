import { describe, expect, test } from 'vitest';
import {
  allOf,
  anyOf,
  applyOperation,
  bindAlgorithm,
  byRank,
  byValue,
  crowdingOrder,
  dedupe,
  dominatesScores,
  evolution,
  fromList,
  gateDecision,
  initialStoppingState,
  nonDominatedFronts,
  notStopped,
  observeMeasurement,
  operations,
  orientedScores,
  random,
  schedules,
  stopEarly,
  type DedupeOptions,
  type EvolutionOptions,
  type Individual,
  type Item,
  type Metric,
  type Operation,
  type Outcome,
  type StateValue,
  type StoppingPolicy,
} from '../../../algorithms/index.js';
import { isPlainObject, type Json } from '../../../foundation/json/index.js';
import { rngFromSeed } from '../../../foundation/numbers/index.js';
import {
  evaluateExpression,
  int,
  oneOf,
  parseSpace,
  view,
  type Expression,
} from '../../../search-spaces/index.js';
import { sharedDirectory } from '../../support/shared.js';
import { adapted, readSection } from '../../search-spaces/conformance/case-file.js';

const metrics: readonly Metric[] = [{ name: 'score', goal: 'maximize' }];

interface Sections {
  readonly selector_cases: readonly {
    readonly id: string;
    readonly expression: string;
    readonly weights?: readonly number[];
    readonly input: readonly number[];
    readonly output: readonly number[];
  }[];
  readonly pareto_cases: readonly {
    readonly id: string;
    readonly maximise: boolean;
    readonly points: readonly (readonly number[])[];
    readonly fronts: readonly (readonly number[])[];
    readonly fronts_by_crowding: readonly (readonly number[])[];
  }[];
  readonly dominance_cases: readonly {
    readonly a: readonly number[];
    readonly b: readonly number[];
    readonly a_dominates_b: boolean;
  }[];
  readonly early_stopping_cases: readonly {
    readonly id: string;
    readonly policy: CasePolicy;
    readonly events: readonly {
      readonly trial: number;
      readonly step: number;
      readonly reward: number;
      readonly should_stop: boolean;
    }[];
  }[];
  readonly schedule_cases: readonly {
    readonly id: string;
    readonly values: readonly { readonly step: number; readonly value: Json }[];
  }[];
  readonly dedup_cases: readonly {
    readonly id: string;
    readonly inner_proposals: readonly number[];
    readonly options: {
      readonly hash?: string;
      readonly max_duplicates?: number;
      readonly max_proposal_attempts?: number;
    };
    readonly needs_feedback: boolean;
    readonly trace: readonly ('stop' | { readonly propose: number })[];
  }[];
  readonly evolution_trace_cases: readonly {
    readonly id: string;
    readonly algorithm: {
      readonly reproduce: string;
      readonly init: readonly [string, number];
      readonly update: string | null;
    };
    readonly space: Json;
    readonly trace: readonly {
      readonly proposal: readonly number[];
      readonly generation: number;
      readonly initial: boolean;
      readonly reward?: number;
      readonly skipped?: boolean;
      readonly population_after: readonly (readonly number[])[];
    }[];
  }[];
}

type CasePolicy =
  | {
      readonly kind: 'by_value';
      readonly gates: readonly (readonly [number, number])[];
      readonly maximise?: boolean;
    }
  | {
      readonly kind: 'by_rank';
      readonly gates: readonly (readonly [number, number, number])[];
      readonly maximise?: boolean;
    }
  | { readonly kind: 'and' | 'or' | 'not'; readonly of: readonly CasePolicy[] };

const {
  at,
  bottom,
  concat,
  first,
  identity,
  last,
  nextPoint,
  pipe,
  proportional,
  repeat,
  slice,
  times,
  top,
  union,
} = operations;
const { when, xor } = operations;

const selectors: Readonly<Record<string, Operation>> = {
  'bottom(2)': bottom(2),
  'top(0.5)': top(0.5),
  'top()': top(),
  'top(9)': top(9),
  'first(2)': first(2),
  'last(2)': last(2),
  'last(0.4)': last(0.4),
  'top(2, key=floor(x/2), cluster)': top(2, {
    key: ['floor', ['/', ['path', 'score'], 2]],
    cluster: true,
  }),
  'bottom(1, cluster)': bottom(1, { cluster: true }),
  'first(4) >> last(2)': pipe(first(4), last(2)),
  'first(3) + last(3)': concat(first(3), last(3)),
  'first(3) | last(3)': union(first(3), last(3)),
  'first(3) & last(3)': operations.intersect(first(3), last(3)),
  'first(3) - last(3)': operations.minus(first(3), last(3)),
  'first(3) ^ last(3)': xor(first(3), last(3)),
  '~first(3)': operations.invert(first(3)),
  'first(2) * 2': repeat(first(2), 2),
  '(drop first) ** 3': times(slice(1), 3),
  'identity[1:4:2]': slice(1, 4, 2),
  'identity[2]': at(2),
  'first(1).if_true(len > 9)': when(['>', ['path', 'len'], 9], first(1)),
  '(first(3) + last(1)) >> first(2)': pipe(concat(first(3), last(1)), first(2)),
};

describe.skipIf(sharedDirectory() === undefined)('shared: selector_cases', () => {
  const cases = readSection<Sections, 'selector_cases'>('selector_cases', 23);
  const space = view(oneOf([0, 1, 2, 3, 4, 5]));
  for (const { id, expression, weights, input, output } of cases) {
    test(`${id}: ${expression}`, () => {
      const individuals = input.map((score, place): Individual => ({
        ...{ id: place, genome: [score], generation: 1, initial: true, parents: [], scores: [score] },
        told: weights?.[place] ?? 0,
      }));
      const share = /^proportional\((\d+)\)$/.exec(expression)?.[1];
      const found = selectors[expression];
      // The weight of a case stands in a field that expressions can read.
      const operation = share === undefined ? found : proportional(Number(share), ['path', 'told']);
      if (operation === undefined) throw new Error(`No operation for ${expression}.`);
      const context = { rng: rngFromSeed(0), step: 0, view: space, globals: {}, generation: 1, rejected: [] };
      const { items } = applyOperation(operation, individuals, context);
      expect(items.map(scoreOf)).toEqual(output);
    });
  }
});

function scoreOf(item: Item): number | undefined {
  return 'scores' in item ? item.scores?.[0] : undefined;
}

describe.skipIf(sharedDirectory() === undefined)('shared: pareto_cases', () => {
  const cases = readSection<Sections, 'pareto_cases'>('pareto_cases', 4);
  for (const { id, points, maximise, fronts, fronts_by_crowding: crowded } of cases) {
    test.each([false, true])(`${id}, negated and minimised: %s`, (negated) => {
      const given = negated ? points.map((point) => point.map((value) => 0 - value)) : points;
      const goal = maximise === negated ? ('minimize' as const) : ('maximize' as const);
      const scores = orientedScores(given, points[0]?.map(() => goal) ?? []);
      const found = nonDominatedFronts(scores);
      expect(found).toEqual(fronts);
      const order = found.map((front) => {
        const own = front.map((i) => scores[i] ?? []);
        return crowdingOrder(own).map((place) => front[place]);
      });
      expect(order).toEqual(crowded);
    });
  }
});

describe.skipIf(sharedDirectory() === undefined)('shared: dominance_cases', () => {
  const cases = readSection<Sections, 'dominance_cases'>('dominance_cases', 5);
  for (const { a, b, a_dominates_b: expected } of cases) {
    test(`${JSON.stringify(a)} over ${JSON.stringify(b)}`, () =>
      expect(dominatesScores(a, b)).toBe(expected));
  }
});

function policyOf(policy: CasePolicy): StoppingPolicy {
  switch (policy.kind) {
    case 'by_value':
      return byValue(policy.gates, { goal: policy.maximise === false ? 'minimize' : 'maximize' });
    case 'by_rank':
      return byRank(policy.gates, { goal: policy.maximise === false ? 'minimize' : 'maximize' });
    case 'and':
      return allOf(...policy.of.map(policyOf));
    case 'or':
      return anyOf(...policy.of.map(policyOf));
    case 'not': {
      const [inner] = policy.of;
      if (inner === undefined) throw new Error('A negation needs a policy.');
      return notStopped(policyOf(inner));
    }
  }
}

describe.skipIf(sharedDirectory() === undefined)('shared: early_stopping_cases', () => {
  const cases = readSection<Sections, 'early_stopping_cases'>('early_stopping_cases', 3);
  for (const { id, policy, events } of cases) {
    test(id, () => {
      let state = initialStoppingState;
      const own = policyOf(policy);
      for (const { trial, step, reward, should_stop: expected } of events) {
        const observed = observeMeasurement(own, state, { trial, step, metrics: { score: reward } });
        expect(observed.stop).toBe(expected);
        state = JSON.parse(JSON.stringify(observed.state)) as typeof state;
      }
    });

    test(`${id}, frozen into the gates of trials`, () => {
      const reference = stopEarly(random(), policyOf(policy));
      const algorithm = bindAlgorithm(reference, view(int(0, 9)), metrics, rngFromSeed(1), 'in-order');
      let state = algorithm.init();
      for (const [index, { step, reward, should_stop: expected }] of events.entries()) {
        const { state: after, action } = algorithm.propose(state, index);
        if (action.kind !== 'trial' || action.proposal.gate === undefined)
          throw new Error('A gate was expected.');
        const { stop, ...values } = gateDecision(action.proposal.gate, [
          { step, metrics: { score: reward } },
        ]);
        expect(stop).toBe(expected);
        const outcome: Outcome = { kind: 'scored', metrics: { score: reward }, ...values };
        state = algorithm.tell(after, [{ trial: { ...action.proposal, index }, outcome }]);
      }
    });
  }
});

const { step } = schedules;
const scheduleOf: Readonly<Record<string, Expression>> = {
  step,
  arith: ['/', ['+', ['*', step, 2], 1], 4],
  floordiv: ['floor', ['/', step, 3]],
  mod: ['%', step, 3],
  linear: schedules.linear(10, 1, 0),
  exp: schedules.exponentialDecay(0.5, 2, 1, true),
  'exp-smooth': schedules.exponentialDecay(0.5, 2, 1),
  cyclic: schedules.cyclic(4, 0, 1, 0),
  'stepwise-frac': schedules.stepwise(
    [
      [0.25, 'a'],
      [0.75, 'b'],
    ],
    8,
  ),
  'stepwise-relative': schedules.stepwise([
    [2, step],
    [3, ['*', step, 10]],
  ]),
};

describe.skipIf(sharedDirectory() === undefined)('shared: schedule_cases', () => {
  const cases = readSection<Sections, 'schedule_cases'>('schedule_cases', 10);
  for (const { id, values } of cases) {
    test(id, () => {
      const schedule = scheduleOf[id];
      if (schedule === undefined) throw new Error(`No schedule for ${id}.`);
      // Backwards: the answers must not depend on the order of the questions.
      for (const { step: asked, value } of [...values].reverse()) {
        const found = evaluateExpression(schedule, null, { step: asked });
        if (typeof value === 'number') expect(found).toBeCloseTo(value, 12);
        else expect(found).toEqual(value);
      }
    });
  }
});

describe.skipIf(sharedDirectory() === undefined)('shared: dedup_cases', () => {
  const cases = readSection<Sections, 'dedup_cases'>('dedup_cases', 2);
  for (const { id, inner_proposals: proposals, options, needs_feedback: told, trace } of cases) {
    test(id, () => {
      const given: DedupeOptions = {
        count: told ? 'told' : 'proposed',
        ...(options.hash === 'value % 3' ? { key: ['%', ['path', 'genome[0]'], 3] } : {}),
        ...(options.max_duplicates === undefined ? {} : { max: options.max_duplicates }),
        ...(options.max_proposal_attempts === undefined ? {} : { attempts: options.max_proposal_attempts }),
      };
      const algorithm = bindAlgorithm(
        dedupe(fromList(proposals.map((value) => [value])), given),
        view(oneOf([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])),
        metrics,
        rngFromSeed(1),
        'in-order',
      );
      let state = algorithm.init();
      for (const [index, expected] of trace.entries()) {
        const proposed = algorithm.propose(state, index);
        state = proposed.state;
        const { action } = proposed;
        const found = action.kind === 'trial' ? { propose: action.proposal.genome[0] } : 'stop';
        expect(found).toEqual(expected);
        if (action.kind !== 'trial') continue;
        const trial = { ...action.proposal, index };
        state = algorithm.tell(state, [{ trial, outcome: { kind: 'scored', metrics: { score: 1 } } }]);
      }
    });
  }
});

const reproduceOf: Readonly<Record<string, Operation>> = {
  'top(1) >> next': pipe(top(1), nextPoint),
  'top(2) >> next': pipe(top(2), nextPoint),
  'last(1) >> next': pipe(last(1), nextPoint),
};
const updateOf: Readonly<Record<string, Operation>> = {
  'top(1)': top(1),
  'last(2)': last(2),
  'last(3)': last(3),
  'last(4)': last(4),
  null: identity,
};

/** The generation, whether it is an initial one, and the genomes of the population, from a state. */
function read(state: StateValue, key: 'outstanding' | 'population'): readonly Record<string, StateValue>[] {
  if (!isPlainObject(state) || !Array.isArray(state[key]))
    throw new Error('This is no state of an evolution.');
  return state[key] as readonly Record<string, StateValue>[];
}

describe.skipIf(sharedDirectory() === undefined)('shared: evolution_trace_cases', () => {
  const cases = readSection<Sections, 'evolution_trace_cases'>('evolution_trace_cases', 5);
  for (const { id, algorithm: config, space, trace } of cases) {
    test(id, () => {
      const [by, size] = config.init;
      const reproduce = reproduceOf[config.reproduce];
      const update = updateOf[String(config.update)];
      if (reproduce === undefined || update === undefined || by !== 'sweep')
        throw new Error(`Unknown: ${id}.`);
      const options: EvolutionOptions = { initial: { by, size }, reproduce, update };
      const decisions = view(parseSpace(adapted(space)));
      const algorithm = bindAlgorithm(evolution(options), decisions, metrics, rngFromSeed(1), 'in-order');
      let state = algorithm.init();
      for (const [index, expected] of trace.entries()) {
        const proposed = algorithm.propose(state, index);
        if (proposed.action.kind !== 'trial') throw new Error(`Nothing is proposed for ${index}.`);
        const trial = { ...proposed.action.proposal, index };
        expect(trial.genome).toEqual(expected.proposal);
        expect(read(proposed.state, 'outstanding')).toMatchObject([
          { id: index, generation: expected.generation, initial: expected.initial },
        ]);
        const { reward } = expected;
        const outcome =
          reward === undefined
            ? ({ kind: 'infeasible', reason: 'skipped' } as const)
            : ({ kind: 'scored', metrics: { score: reward } } as const);
        state = algorithm.tell(proposed.state, [{ trial, outcome }]);
        expect(read(state, 'population').map(({ genome }) => genome)).toEqual(expected.population_after);
      }
    });
  }
});
