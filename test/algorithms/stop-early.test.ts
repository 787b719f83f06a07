import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AlgorithmError,
  allOf,
  anyOf,
  bindAlgorithm,
  byPercentile,
  byRank,
  byValue,
  decodeState,
  dedupe,
  encodeState,
  fromList,
  gateDecision,
  initialStoppingState,
  ma2ml,
  notStopped,
  observeMeasurement,
  random,
  regularizedEvolution,
  stopEarly,
  successiveHalving,
  TrialSession,
  type AlgorithmReference,
  type BoundAlgorithm,
  type Gate,
  type Metric,
  type Outcome,
  type Proposal,
  type RankGate,
  type Report,
  type StoppingPolicy,
  type ValueGate,
} from '../../algorithms/index.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import { int, view } from '../../search-spaces/index.js';

const metrics: readonly Metric[] = [
  { name: 'score', goal: 'maximize' },
  { name: 'loss', goal: 'observe' },
];
const digits = view({ a: int(0, 9) });

function bind(reference: AlgorithmReference, over: readonly Metric[] = metrics): BoundAlgorithm {
  return bindAlgorithm(reference, digits, over, rngFromSeed(3), 'in-order');
}

/**
 * An algorithm that a test asks and tells by hand: it looks at the gate of each proposal before it decides what the
 * trial reports, which no loop lets it do. The state goes through the codec each time.
 */
class Driver {
  private state: Uint8Array;
  private index = 0;

  constructor(readonly algorithm: BoundAlgorithm) {
    this.state = encodeState(algorithm.init());
  }

  propose(): Proposal & { readonly gate: Gate } {
    const { state, action } = this.algorithm.propose(decodeState(this.state), this.index);
    this.state = encodeState(state);
    if (action.kind !== 'trial' || action.proposal.gate === undefined) throw new Error('a gate was expected');
    return { ...action.proposal, gate: action.proposal.gate };
  }

  /** Tells what became of a proposal after these reports. */
  tell(proposal: Proposal & { readonly gate: Gate }, reports: readonly Report[]): void {
    const { stop, ...values } = gateDecision(proposal.gate, reports);
    const scores = { score: 1, loss: 1 };
    const outcome: Outcome = stop
      ? { kind: 'stopped', step: 1, metrics: scores, ...values }
      : { kind: 'scored', metrics: scores, ...values };
    const told = [{ trial: { ...proposal, index: this.index++ }, outcome }];
    this.state = encodeState(this.algorithm.tell(decodeState(this.state), told));
  }
}

const steps = fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 });
const ascending = steps.map((list) => [...list].sort((a, b) => a - b));
const small = fc.integer({ min: -3, max: 3 });
const judged = fc.constantFrom(
  {},
  { metric: 'score', goal: 'maximize' } as const,
  { metric: 'loss', goal: 'minimize' } as const,
);
const leaf = fc.oneof(
  fc
    .tuple(ascending, fc.array(small, { minLength: 3, maxLength: 3 }), judged)
    .map(([at, thresholds, options]) =>
      byValue(
        at.map((step, i): ValueGate => [step, thresholds[i] ?? 0]),
        options,
      ),
    ),
  fc
    .tuple(
      ascending,
      fc.array(fc.constantFrom(1, 2, 3, 0.25, 0.5, 0.9), { minLength: 3, maxLength: 3 }),
      fc.integer({ min: 0, max: 3 }),
      judged,
    )
    .map(([at, ranks, minimum, options]) =>
      byRank(
        at.map((step, i): RankGate => [step, ranks[i] ?? 1, minimum]),
        options,
      ),
    ),
);
const policies = fc.letrec<{ policy: StoppingPolicy }>((tie) => ({
  policy: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    leaf,
    fc.array(tie('policy'), { minLength: 1, maxLength: 3 }).map((of) => allOf(...of)),
    fc.array(tie('policy'), { minLength: 1, maxLength: 3 }).map((of) => anyOf(...of)),
    tie('policy').map(notStopped),
  ),
})).policy;
const measured = fc.record({
  step: fc.integer({ min: 0, max: 8 }),
  metrics: fc.record({ score: small, loss: small }, { requiredKeys: [] }),
});
const courses = fc.array(fc.uniqueArray(measured, { maxLength: 6, selector: ({ step }) => step }), {
  minLength: 1,
  maxLength: 12,
});

describe('the frozen gate', () => {
  test('says of trials one after the other what the policy says of their measurements', () => {
    let stopped = 0;
    fc.assert(
      fc.property(policies, courses, (policy, trials) => {
        const driver = new Driver(bind(stopEarly(random(), policy)));
        let state = initialStoppingState;
        for (const [trial, reports] of trials.entries()) {
          const proposal = driver.propose();
          let seen = 0;
          for (const { step, metrics: values } of reports) {
            seen += 1;
            const observed = observeMeasurement(policy, state, { trial, step, metrics: values });
            state = observed.state;
            expect(gateDecision(proposal.gate, reports.slice(0, seen)).stop).toBe(observed.stop);
            if (observed.stop) break;
          }
          if (seen < reports.length) stopped += 1;
          driver.tell(proposal, reports.slice(0, seen));
        }
      }),
      { numRuns: 400, seed: 2 },
    );
    // The property says nothing where no trial stops.
    expect(stopped).toBeGreaterThan(100);
  });

  test('compares with the trials told before the proposal, not with those that run beside it', () => {
    const driver = new Driver(bind(stopEarly(random(), byRank([[1, 1, 1]]))));
    const at = (score: number): readonly Report[] => [{ step: 1, metrics: { score } }];
    const [first, second] = [driver.propose(), driver.propose()];
    driver.tell(first, at(5));
    expect(gateDecision(second.gate, at(4)).stop).toBe(false);
    expect(gateDecision(driver.propose().gate, at(4)).stop).toBe(true);
  });

  test('of many trials keeps the best exactly, and a sample for a share', () => {
    const whole = new Driver(bind(stopEarly(random(), byRank([[1, 3, 0]]))));
    const share = new Driver(bind(stopEarly(random(), byRank([[1, 0.25, 1_500]]))));
    const scores = Array.from({ length: 1_500 }, (_, i) => (i * 7_919) % 1_500);
    for (const score of scores) {
      for (const driver of [whole, share]) driver.tell(driver.propose(), [{ step: 1, metrics: { score } }]);
    }
    const threshold = ({ gate }: { readonly gate: Gate }): number => {
      const only = gate.kind === 'or' ? gate.of[0] : undefined;
      return (only?.kind === undefined ? only?.rungs[0]?.threshold : undefined) ?? NaN;
    };
    expect(threshold(whole.propose())).toBe(1_497);
    expect(Math.abs(threshold(share.propose()) - 1_125)).toBeLessThan(60);
  });

  test('is that of a policy whose rungs a trial jumped over', () => {
    const policy = byRank([
      [1, 1, 0],
      [2, 1, 0],
    ]);
    const driver = new Driver(bind(stopEarly(random(), policy)));
    driver.tell(driver.propose(), [{ step: 2, metrics: { score: 9 } }]);
    const { gate } = driver.propose();
    expect(gateDecision(gate, [{ step: 1, metrics: { score: 0 } }])).toEqual({
      stop: false,
      atLeaves: [[0]],
    });
    expect(gateDecision(gate, [{ step: 2, metrics: { score: 8 } }])).toEqual({
      stop: true,
      atLeaves: [[null, 8]],
    });
  });
});

describe('the algorithm inside', () => {
  test('proposes what it would propose alone, and hears of stopped trials', () => {
    const inner = regularizedEvolution({ populationSize: 4, tournamentSize: 2 });
    const [alone, wrapped] = [bind(inner), bind(stopEarly(inner, byValue([[1, 0]])))];
    let [left, right] = [alone.init(), wrapped.init()];
    for (let index = 0; index < 40; index++) {
      const [own, gated] = [alone.propose(left, index), wrapped.propose(right, index)];
      if (own.action.kind !== 'trial' || gated.action.kind !== 'trial') throw new Error('no trial');
      expect(gated.action.proposal).toEqual({
        ...own.action.proposal,
        gate: {
          kind: 'or',
          of: [{ metric: 'score', goal: 'maximize', rungs: [{ step: 1, threshold: 0 }] }],
        },
      });
      const outcome: Outcome =
        index % 3 === 0
          ? { kind: 'stopped', step: 1 }
          : { kind: 'scored', metrics: { score: index % 7, loss: 0 } };
      left = alone.tell(own.state, [{ trial: { ...own.action.proposal, index }, outcome }]);
      right = wrapped.tell(gated.state, [{ trial: { ...gated.action.proposal, index }, outcome }]);
    }
  });

  test.each([
    ['stopEarly', (inner: AlgorithmReference) => stopEarly(inner, byValue([[1, 0]], { metric: 'score' }))],
    ['dedupe', (inner: AlgorithmReference) => dedupe(inner)],
  ])('says through %s its limits, what it learned and its candidates', (_name, wrap) => {
    const inner = ma2ml({
      agents: [{ name: 'A' }],
      costs: [{ metric: 'loss', target: 2, mode: 'hard' }],
      range: [0, 1],
    });
    const tagged = view({ a: int(0, 9, { tags: ['A'] }) });
    const [alone, wrapped] = [inner, wrap(inner)].map((reference) =>
      bindAlgorithm(reference, tagged, metrics, rngFromSeed(3), 'in-order'),
    );
    if (alone === undefined || wrapped === undefined) throw new Error('two algorithms were expected');
    expect(wrapped.limits).toEqual({ loss: 2 });
    expect(wrapped.describe?.(wrapped.init())).toEqual(alone.describe?.(alone.init()));
    expect(wrapped.derivation?.limits).toEqual([{ metric: 'loss', atMost: 2 }]);
    const counts = { best: 1, draws: 10, drawn: 1 };
    const candidates = wrapped.derivation?.derive(wrapped.init(), null, counts);
    expect(candidates).toEqual(alone.derivation?.derive(alone.init(), null, counts));
    expect(candidates).not.toEqual([]);
  });

  test('may know an outcome, which needs no gate', () => {
    const twice = dedupe(fromList([[1], [1]]), { onDuplicate: { reward: 'last' } });
    const algorithm = bind(stopEarly(twice, byValue([[1, 0]])));
    const first = algorithm.propose(algorithm.init(), 0);
    if (first.action.kind !== 'trial') throw new Error('no trial');
    const trial = { ...first.action.proposal, index: 0 };
    const state = algorithm.tell(first.state, [
      { trial, outcome: { kind: 'scored', metrics: { score: 1, loss: 1 } } },
    ]);
    const { action } = algorithm.propose(state, 1);
    expect(action).toMatchObject({ kind: 'trial', proposal: { known: { kind: 'scored' } } });
    expect(action).not.toHaveProperty('proposal.gate');
  });
});

test('a search without a loop asks whether to stop, and its trials fill the histories', () => {
  const session = TrialSession.open({
    algorithm: stopEarly(random(), byRank([[2, 1, 1]])),
    view: digits,
    metrics,
  });
  const outcomes = [5, 4, 6].map((score, index) => {
    session.ask();
    for (const step of [1, 2]) session.report(index, { score, loss: 0 }, step);
    expect(session.shouldStop(index)).toBe(score === 4);
    return session.finish(index);
  });
  expect(outcomes).toEqual([
    { kind: 'scored', metrics: { score: 5, loss: 0 }, atLeaves: [[5]] },
    { kind: 'stopped', step: 2, metrics: { score: 4, loss: 0 }, atLeaves: [[4]] },
    { kind: 'scored', metrics: { score: 6, loss: 0 }, atLeaves: [[6]] },
  ]);
});

describe('refused in one sentence', () => {
  const one = byValue([[1, 0]]);
  const raw = (policy: unknown): AlgorithmReference => ({
    ...stopEarly(random(), one),
    config: { ...stopEarly(random(), one).config, policy: policy as never },
  });

  test.each<[string, AlgorithmReference, string]>([
    [
      'an algorithm with gates of its own',
      stopEarly(successiveHalving({ minimumSteps: 1, maximumSteps: 9 }), one),
      'successiveHalving decides itself where its trials end',
    ],
    ['itself', stopEarly(stopEarly(random(), one), one), 'both policies in one anyOf or allOf'],
    [
      'an unknown metric',
      stopEarly(random(), allOf(one, byValue([[1, 0]], { metric: 'accuracy' }))),
      'policy.of[1].metric is "accuracy", which the search does not declare: it has score, loss',
    ],
    [
      'the opposite goal',
      stopEarly(random(), byRank([[1, 1, 0]], { goal: 'minimize' })),
      "policy.goal is 'minimize', but the search wants 'score' to maximize",
    ],
    [
      'a metric without a goal',
      stopEarly(random(), notStopped(byValue([[1, 0]], { metric: 'loss' }))),
      "policy.of.goal is missing: 'loss' is only observed",
    ],
    ['another shape', raw(['byValue']), 'policy must be a stopping policy'],
    ['another kind', raw({ kind: 'xor' }), "policy.kind must be 'byValue'"],
    ['an unknown field', raw({ ...one, code: 'x' }), "policy has no field 'code'"],
    ['no parts', raw({ kind: 'and', of: [] }), 'policy.of must be a list of at least one policy'],
    ['no gates', raw({ kind: 'byValue', gates: [] }), 'policy: a stopping policy needs at least one gate'],
    ['a gate too short', raw({ kind: 'byRank', gates: [[1, 2]] }), 'policy.gates[0] must be a step, a rank'],
    [
      'steps that fall',
      raw({
        kind: 'byValue',
        gates: [
          [2, 0],
          [1, 0],
        ],
      }),
      'policy: the steps of gates must ascend, but 2 comes before 1',
    ],
    ['half a rank', raw({ kind: 'byRank', gates: [[1, 1.5, 0]] }), 'a rank is a whole number from 1 to 1024'],
    [
      'too many parts',
      raw({ kind: 'or', of: Array.from({ length: 40 }, () => one) }),
      'at most 64 policies and gates together',
    ],
    [
      'too many ranks',
      stopEarly(random(), byRank(Array.from({ length: 40 }, (_, i): RankGate => [i, 1, 0]))),
      'the state of stopEarly could take',
    ],
  ])('%s', (_case, reference, sentence) => {
    expect(() => bind(reference)).toThrow(AlgorithmError);
    expect(() => bind(reference)).toThrow(sentence);
  });

  test('several metrics and none named', () => {
    const two: readonly Metric[] = [
      { name: 'score', goal: 'maximize' },
      { name: 'loss', goal: 'minimize' },
    ];
    expect(() => bind(stopEarly(random(), one), two)).toThrow(
      'policy.metric is missing: the search optimises 2 metrics, name one of score, loss',
    );
    expect(() => allOf()).toThrow('need at least one policy');
  });
});

describe('byPercentile', () => {
  test('is a rank by share at each step', () => {
    expect(byPercentile(25, [2, 8])).toEqual(
      byRank([
        [2, 0.25, 5],
        [8, 0.25, 5],
      ]),
    );
    expect(byPercentile(50, [3], { minimum: 2, metric: 'loss', goal: 'minimize' })).toEqual(
      byRank([[3, 0.5, 2]], { metric: 'loss', goal: 'minimize' }),
    );
  });

  test('stops what is below the median of the trials that were there', () => {
    const policy = byPercentile(50, [1], { minimum: 3 });
    let state = initialStoppingState;
    const stopped = [1, 2, 3, 1.5, 2.5].map((score, trial) => {
      const observed = observeMeasurement(policy, state, { trial, step: 1, metrics: { score } });
      state = observed.state;
      return observed.stop;
    });
    expect(stopped).toEqual([false, false, false, true, false]);
  });

  test.each([0, 100, -1, NaN])('refuses %d per cent', (percent) => {
    expect(() => byPercentile(percent, [1])).toThrow('a percentile is above 0 and below 100');
  });
});
