import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  random,
  regularizedEvolution,
  reinforce,
  stateByteLimit,
  successiveHalving,
  sweep,
  type AlgorithmReference,
  type Outcome,
  type Trial,
} from '../../algorithms/index.js';
import {
  rebuild,
  SearchLoop,
  type Budget,
  type Intervention,
  type JournalRecord,
  type LevelDefinition,
  type SearchPlan,
} from '../../searches/index.js';
import type { Space } from '../../search-spaces/index.js';
import {
  choices,
  computeUpdate,
  genomeOf,
  mixedOutcome,
  planOf,
  scoredOutcome,
  SimulatedSearch,
  smallSpace,
  trajectoryOf,
  wideSpace,
  type Disturbance,
  type Simulation,
} from '../support/simulated-search.js';

interface Case {
  readonly name: string;
  readonly algorithm: AlgorithmReference;
  readonly space: Space;
  readonly trials: number;
}

const cases: readonly Case[] = [
  { name: 'random', algorithm: random(), space: wideSpace, trials: 40 },
  { name: 'sweep', algorithm: sweep(), space: smallSpace, trials: 70 },
  {
    name: 'regularizedEvolution',
    algorithm: regularizedEvolution({ populationSize: 8, tournamentSize: 3 }),
    space: wideSpace,
    trials: 45,
  },
  { name: 'reinforce', algorithm: reinforce({ batchSize: 6 }), space: wideSpace, trials: 45 },
  {
    name: 'successiveHalving',
    algorithm: successiveHalving({ minimumSteps: 1, maximumSteps: 9, reductionFactor: 3 }),
    space: wideSpace,
    trials: 45,
  },
];

const everything: readonly Disturbance[] = ['kill', 'park', 'pause', 'rebuild', 'snapshot', 'concurrency'];

function caseplan({ algorithm, space, trials }: Case, level: Partial<LevelDefinition> = {}): SearchPlan {
  return planOf({ algorithm, space, level: { budget: { trials }, ...level } });
}

async function run(
  simulation: Omit<Simulation, 'source'> & { readonly seed?: number },
): Promise<SimulatedSearch> {
  const { seed = 1, ...rest } = simulation;
  const search = new SimulatedSearch({ ...rest, source: choices(seed) });
  await search.run();
  return search;
}

describe.each(cases)('in order, $name', (one) => {
  test('the trajectory depends on the definition alone', async () => {
    const property = fc.asyncProperty(
      fc.constantFrom(1, 2, 3, 7, 16),
      fc.constantFrom(1, 2, 7),
      fc.nat(),
      fc.subarray([...everything]),
      async (window, slots, seed, disturbances) => {
        const plan = caseplan(one, { window, concurrency: 1 });
        const expected = await run({ plan, evaluate: mixedOutcome });
        const found = await run({
          plan,
          evaluate: mixedOutcome,
          concurrency: Math.min(slots, window),
          seed,
          disturbances,
        });
        expect(trajectoryOf(found)).toEqual(trajectoryOf(expected));
        expect(found.loop.report.result(found.loop.end ?? { kind: 'trials' })).toEqual(
          expected.loop.report.result(expected.loop.end ?? { kind: 'trials' }),
        );
        const points = one.name === 'sweep' ? 60 : one.trials;
        expect(found.loop.state.recorded).toBe(points);
        expect(found.loop.end).toEqual({ kind: one.name === 'sweep' ? 'exhausted' : 'trials' });
        expect(found.journal.filter(({ kind }) => kind === 'proposed').length).toBe(points);
      },
    );
    await fc.assert(property, { numRuns: 14, seed: 1 });
  });

  // Those of reinforce follow from its updates, which have a test of their own.
  test.skipIf(one.name === 'reinforce')(
    'every proposal sees exactly the outcomes that its window lets it see',
    async () => {
      const plan = caseplan(one, { window: 5, concurrency: 5, budget: { trials: 30 } });
      const told: number[] = [];
      const seen: number[] = [];
      const { algorithm } = plan;
      const watched: SearchPlan = {
        ...plan,
        algorithm: {
          ...algorithm,
          tell: (state, outcomes) => {
            told.push(...outcomes.map(({ trial }) => trial.index));
            return algorithm.tell(state, outcomes);
          },
          propose: (state, index) => {
            seen[index] = told.length;
            return algorithm.propose(state, index);
          },
        },
      };
      await run({ plan: watched, seed: 3 });
      expect(seen).toEqual(seen.map((_, index) => Math.max(0, index - 4)));
      expect(told).toEqual(told.map((_, place) => place));
    },
  );

  test('a shorter search is the beginning of a longer one, and is extended to it exactly', async () => {
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.nat(), async (trials, seed) => {
      const full = await run({ plan: caseplan(one, { budget: { trials: 30 } }), evaluate: mixedOutcome });
      const short = await run({
        plan: caseplan(one, { budget: { trials } }),
        evaluate: mixedOutcome,
        seed,
      });
      expect(trajectoryOf(short).proposals).toEqual(trajectoryOf(full).proposals.slice(0, trials));
      short.close();
      const longer = new SimulatedSearch({
        plan: caseplan(one, { budget: { trials } }),
        evaluate: mixedOutcome,
        source: choices(seed + 1),
        journal: short.journal,
        disturbances: everything,
        interventions: [[trials, { kind: 'extend', budget: { trials: 30 } }]],
      });
      expect(await longer.run()).toEqual({ kind: 'end', reason: { kind: 'trials' } });
      expect(trajectoryOf(longer)).toEqual(trajectoryOf(full));
    });
    await fc.assert(property, { numRuns: 6, seed: 2 });
  });

  test('the encoded state of 2,000 trials stays below its limit', async () => {
    const plan = caseplan(one, { budget: { trials: 2_000 }, concurrency: 16 });
    const search = await run({ plan, evaluate: mixedOutcome });
    expect(search.largestState).toBeGreaterThan(0);
    expect(search.largestState).toBeLessThan(stateByteLimit);
  });
});

describe('budgets', () => {
  const level = (budget: Budget): SearchPlan => planOf({ level: { budget } });

  test('trials: the indices 0 … N − 1 and nothing else, whatever dies', async () => {
    const search = await run({ plan: level({ trials: 23 }), seed: 5, disturbances: everything });
    expect([...trajectoryOf(search).outcomes.keys()].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 23 }, (_, index) => index),
    );
    expect(search.loop.report.progress('finished', 0).outcomes.scored).toBe(23);
  });

  test('target, scored and cost end at the same index however many run', async () => {
    const full = await run({ plan: level({ trials: 60 }), evaluate: mixedOutcome });
    const outcomes = Array.from({ length: 60 }, (_, index) => trajectoryOf(full).outcomes.get(index));
    const indexWhere = (isEnd: (outcome: Outcome, index: number) => boolean): number =>
      outcomes.findIndex((outcome, index) => outcome !== undefined && isEnd(outcome, index));
    let scored = 0;
    let cost = 0;
    const expected: readonly (readonly [Budget, string, number])[] = [
      [
        { target: { metric: 'score', value: 20 } },
        'target',
        indexWhere((outcome) => outcome.kind === 'scored' && (outcome.metrics['score'] ?? 0) >= 20),
      ],
      [{ scored: 9 }, 'scored', indexWhere(({ kind }) => (scored += kind === 'scored' ? 1 : 0) === 9)],
      [
        { cost: 20 },
        'cost',
        indexWhere((outcome) => (cost += outcome.kind === 'cancelled' ? 0 : (outcome.cost ?? 0)) >= 20),
      ],
    ];
    for (const [budget, kind, last] of expected) {
      expect(last).toBeGreaterThan(1);
      for (const concurrency of [1, 2, 7, 16]) {
        const plan = level({ ...budget, trials: 60 });
        const search = await run({ plan, evaluate: mixedOutcome, concurrency, seed: concurrency });
        expect(search.loop.end?.kind).toBe(kind);
        expect(search.loop.state.recorded).toBe(last + 1);
        const told = search.journal.flatMap((record) => (record.kind === 'told' ? [record.index] : []));
        expect(told).toEqual(Array.from({ length: last + 1 }, (_, index) => index));
        // The end of the search is not told to anybody: an extension goes on as a longer search would have.
        search.close();
        const longer = new SimulatedSearch({
          plan,
          evaluate: mixedOutcome,
          source: choices(3),
          journal: search.journal,
          interventions: [[0, { kind: 'extend', budget: extensionOf(budget) }]],
        });
        expect(await longer.run()).toEqual({ kind: 'end', reason: { kind: 'trials' } });
        expect(trajectoryOf(longer)).toEqual(trajectoryOf(full));
        expect(longer.loop.state.timed).toBe(true);
      }
    }
  });

  test('an extension that is no further ends at the same trial', async () => {
    const plan = level({ target: { metric: 'score', value: 15 }, trials: 60 });
    for (const [budget, ends] of [
      [{ target: { metric: 'score', value: 14 } }, true],
      [{ trials: 80 }, true],
      [{ target: { metric: 'score', value: 1e9 } }, false],
    ] as const) {
      const search = await run({ plan });
      expect(search.loop.end?.kind).toBe('target');
      search.loop.intervene({ kind: 'extend', budget });
      expect(search.loop.end?.kind).toBe(ends ? 'target' : undefined);
    }
  });

  test('duration: no new proposals, running trials finish', async () => {
    for (const concurrency of [1, 5]) {
      const search = await run({
        plan: level({ duration: 1_000 }),
        concurrency,
        interventions: [[12, { kind: 'durationReached' }]],
      });
      expect(search.loop.end).toEqual({ kind: 'duration' });
      expect(search.loop.state.recorded).toBe(search.loop.state.nextIndex);
      expect(search.loop.state.recorded).toBe(12);
      expect(search.loop.state.timed).toBe(true);
      search.loop.intervene({ kind: 'extend', budget: { trials: 50 } });
      expect(search.loop.step().kind).toBe('end');
      search.loop.intervene({ kind: 'extend', budget: { duration: 2_000 } });
      expect(search.loop.step().kind).toBe('start');
    }
  });

  test('an algorithm that waits for ever ends its search', async () => {
    for (const order of ['in-order', 'as-completed'] as const) {
      const plan = planOf({ level: { order } });
      const waiting: SearchPlan = {
        ...plan,
        algorithm: {
          ...plan.algorithm,
          propose: (state, index) =>
            index < 5 ? plan.algorithm.propose(state, index) : { state, action: { kind: 'wait' } },
        },
      };
      const search = await run({ plan: waiting });
      expect(search.loop.end).toEqual({ kind: 'exhausted' });
      expect(search.loop.state.recorded).toBe(5);
    }
  });

  test('an exhausted search goes on for an enqueued point', async () => {
    const search = await run({
      plan: planOf({ algorithm: sweep(), space: smallSpace, level: { budget: {} } }),
    });
    expect(search.loop.end).toEqual({ kind: 'exhausted' });
    search.loop.intervene({ kind: 'enqueue', genome: [3, 1, 0] });
    const step = search.loop.step();
    expect(step).toMatchObject({ kind: 'start', open: { trial: { index: 60, genome: [3, 1, 0] } } });
    search.loop.complete(60, { outcome: { kind: 'infeasible', reason: 'late' } });
    expect(search.loop.step()).toEqual({ kind: 'end', reason: { kind: 'exhausted' } });
  });

  function extensionOf(budget: Budget): Budget {
    return {
      trials: 60,
      ...(budget.target === undefined ? {} : { target: { metric: 'score', value: 1e9 } }),
      ...(budget.scored === undefined ? {} : { scored: 1e9 }),
      ...(budget.cost === undefined ? {} : { cost: 1e9 }),
    };
  }
});

describe('outcomes', () => {
  const failing =
    (failure: Extract<Outcome, { kind: 'failed' }>, until: number, index = 4) =>
    (trial: Trial, attempt: number): Outcome =>
      trial.index === index && attempt <= until ? failure : scoredOutcome(trial);

  test('a timeout is repeated once, then told and marked as depending on time', async () => {
    const timeout: Outcome = { kind: 'failed', class: 'Timeout', message: 'too slow' };
    const once = await run({ plan: planOf(), evaluate: failing(timeout, 1) });
    expect(trajectoryOf(once).outcomes.get(4)?.kind).toBe('scored');
    expect(once.attempts.get(4)).toBe(2);
    expect(once.loop.state.timed).toBe(false);
    const twice = await run({ plan: planOf(), evaluate: failing(timeout, 9) });
    expect(trajectoryOf(twice).outcomes.get(4)).toEqual(timeout);
    expect(twice.attempts.get(4)).toBe(2);
    expect(twice.loop.state.recorded).toBe(30);
    expect(twice.loop.state.timed).toBe(true);
  });

  test.each(['Bug', 'BadInput'] as const)(
    '%s stops the search after its retries; the index is kept',
    async (kind) => {
      const failure: Outcome = { kind: 'failed', class: kind, message: 'division by zero' };
      for (const retries of [0, 1, 3]) {
        const plan = planOf({ level: { retries } });
        const search = new SimulatedSearch({ plan, evaluate: failing(failure, 99), source: choices(2) });
        const step = await search.run();
        expect(step).toEqual({ kind: 'failed', message: `Trial 4 failed (${kind}): division by zero` });
        expect(search.attempts.get(4)).toBe(retries + 1);
        expect(trajectoryOf(search).outcomes.has(4)).toBe(false);
        expect(search.loop.find(4)?.status.kind).toBe('queued');
        search.close();
        // The search is tried again with a mended function: as if nothing had happened.
        const mended = await run({ plan, journal: search.journal });
        expect(trajectoryOf(mended)).toEqual(trajectoryOf(await run({ plan })));
      }
      const passing = await run({ plan: planOf({ level: { retries: 2 } }), evaluate: failing(failure, 2) });
      expect(trajectoryOf(passing)).toEqual(trajectoryOf(await run({ plan: planOf() })));
    },
  );

  test('a policy makes any class infeasible, or stop', async () => {
    const policies = { ...planOf().level.failurePolicy, Bug: 'infeasible', Diverged: 'stop' } as const;
    const plan = planOf({ level: { failurePolicy: policies, retries: 0 } });
    const bug = await run({ plan, evaluate: failing({ kind: 'failed', class: 'Bug', message: 'x' }, 9) });
    expect(bug.loop.state.recorded).toBe(30);
    const diverged = await run({
      plan,
      evaluate: failing({ kind: 'failed', class: 'Diverged', message: 'x' }, 9),
    });
    expect(diverged.loop.state.failure).toBe('Trial 4 failed (Diverged): x');
  });

  test('what is not a number never enters', async () => {
    for (const value of [Number.NaN, Infinity, -Infinity]) {
      const search = await run({
        plan: planOf(),
        evaluate: (trial) =>
          trial.index % 3 === 0
            ? { kind: 'scored', metrics: { score: value, size: 1 } }
            : trial.index % 3 === 1
              ? { kind: 'stopped', step: 2, metrics: { score: value } }
              : scoredOutcome(trial),
      });
      expect(search.loop.report.progress('finished', 0).outcomes).toMatchObject({
        failed: 10,
        stopped: 10,
        scored: 10,
      });
      expect(JSON.stringify(search.journal)).not.toContain('null');
    }
  });

  test('an objective that cannot be computed is an outcome, not a crash', async () => {
    const plan = planOf({
      level: { objective: { expression: ['/', 1, ['path', 'score']], goal: 'minimize' } },
    });
    const search = await run({
      plan,
      evaluate: (trial) => ({ kind: 'scored', metrics: { score: trial.index % 2, size: 1 } }),
    });
    expect(search.loop.report.progress('finished', 0).outcomes).toMatchObject({ failed: 15, scored: 15 });
    expect(search.loop.report.bestMetric()).toBe('objective');
    expect(search.loop.report.bestValue()).toBe(1);
    expect(search.loop.report.best()[0]?.index).toBe(1);
  });

  test('a cancelled trial keeps its index and is told as cancelled', async () => {
    const search = await run({
      plan: planOf({ algorithm: regularizedEvolution({ populationSize: 5, tournamentSize: 2 }) }),
      concurrency: 6,
      interventions: [[6, { kind: 'cancelTrial', trial: 5 }]],
    });
    expect(trajectoryOf(search).outcomes.get(5)).toEqual({ kind: 'cancelled' });
    expect(search.loop.state.recorded).toBe(30);
    expect(search.loop.complete(5, { outcome: { kind: 'scored', metrics: { score: 1 } } })).toBe('ignored');
  });

  test('held outcomes are written once when a search closes, and told in their turn afterwards', async () => {
    const loop = SearchLoop.open(planOf());
    const start = (): void => {
      while (loop.step().kind === 'start');
    };
    start();
    for (const index of [3, 1])
      loop.complete(index, { outcome: { kind: 'scored', metrics: { score: index } } });
    start();
    expect(loop.state.recorded).toBe(0);
    expect(loop.report.completed).toBe(2);
    const before: JournalRecord[] = [...loop.drainRecords()];
    expect(before.filter(({ kind }) => kind === 'told')).toEqual([]);
    const { trajectoryHash } = loop.state;
    loop.recordHeld();
    loop.recordHeld();
    const held = loop.drainRecords();
    expect(held.map((record) => (record.kind === 'told' ? record.index : null))).toEqual([1, 3]);
    expect(loop.state.trajectoryHash).toBe(trajectoryHash);
    const search = await run({ plan: loop.plan, journal: [...before, ...held] });
    // The evaluation of the two is not repeated, and their records are not written again.
    expect(search.attempts.has(1) || search.attempts.has(3)).toBe(false);
    expect(trajectoryOf(search).outcomes.get(3)).toEqual({ kind: 'scored', metrics: { score: 3 } });
  });

  test('a cancelled trial that was held when the search closed is written once', async () => {
    const loop = SearchLoop.open(planOf());
    while (loop.step().kind === 'start');
    loop.intervene({ kind: 'cancelTrial', trial: 2 });
    loop.recordHeld();
    const search = await run({ plan: loop.plan, journal: loop.drainRecords() });
    expect(trajectoryOf(search).outcomes.get(2)).toEqual({ kind: 'cancelled' });
  });
});

describe('enqueued points', () => {
  const points = (): readonly (readonly [number, Intervention])[] => [
    [4, { kind: 'enqueue', genome: genomeOf(4) }],
    [9, { kind: 'enqueue', genome: genomeOf(9) }],
    [9, { kind: 'enqueue', genome: genomeOf(10) }],
  ];

  test.each(cases.filter(({ name }) => name !== 'sweep'))('take the next index, $name', async (one) => {
    const plan = caseplan(one, { window: 7 });
    const search = await run({ plan, interventions: points(), concurrency: 3, evaluate: mixedOutcome });
    const { proposals } = trajectoryOf(search);
    expect([4, 9, 10].map((index) => proposals[index]?.genome)).toEqual([4, 9, 10].map(genomeOf));
    const records = search.journal.filter((record) => record.kind === 'intervention');
    expect(records.slice(-3).map((record) => record.index)).toEqual([4, 9, 9]);
    expect(search.loop.state.recorded).toBe(one.trials);
    expect(search.loop.state.timed).toBe(true);
    // Their journal gives the same search at any moment.
    for (const records of [15, 30, 60]) {
      const found = await run({
        plan,
        evaluate: mixedOutcome,
        journal: search.journal.slice(0, records),
        interventions: points().slice(
          search.journal
            .slice(0, records)
            .filter((record) => record.kind === 'intervention' && record.intervention.kind === 'enqueue')
            .length,
        ),
      });
      expect(trajectoryOf(found)).toEqual(trajectoryOf(search));
    }
  });

  test('the moment of the enqueueing decides nothing but the index', async () => {
    const one = cases.find(({ name }) => name === 'reinforce');
    if (one === undefined) throw new Error('no reinforce');
    const plan = caseplan(one, { window: 16, concurrency: 6 });
    const property = fc.asyncProperty(fc.nat(), fc.constantFrom(1, 3, 6), async (seed, concurrency) => {
      // The batch of six is complete or not, the update is computed or not, when index 6 is enqueued.
      const interventions = [[6, { kind: 'enqueue', genome: genomeOf(3) }]] as const;
      const search = await run({ plan, interventions, seed, concurrency, evaluate: mixedOutcome });
      const again = await run({
        plan,
        journal: search.journal.filter((record) => {
          if (record.kind === 'proposed') return record.trial.index < 6;
          return record.kind === 'intervention' || (record.kind === 'told' && record.index < 6);
        }),
        evaluate: mixedOutcome,
      });
      expect(trajectoryOf(again).proposals).toEqual(trajectoryOf(search).proposals);
      expect(again.loop.state.trajectoryHash).toBe(search.loop.state.trajectoryHash);
    });
    await fc.assert(property, { numRuns: 12, seed: 3 });
  });

  test('come after the initial points, and the index is known beforehand', () => {
    const loop = SearchLoop.open(planOf({ level: { initial: [genomeOf(1), genomeOf(2)] } }));
    expect(loop.report.nextEnqueuedIndex).toBe(2);
    loop.intervene({ kind: 'enqueue', genome: genomeOf(3) });
    expect(loop.report.nextEnqueuedIndex).toBe(3);
    const started: (number | undefined)[] = [];
    for (let step = loop.step(); step.kind === 'start'; step = loop.step())
      started.push(step.open.trial.genome[1]);
    expect(started.slice(0, 3)).toEqual([1, 2, 3]);
  });
});

describe('trials of equal content', () => {
  const same = genomeOf(5);
  const open = (pure: boolean): SearchLoop =>
    SearchLoop.open(planOf({ pure, level: { initial: [same, same, genomeOf(6), same] } }));
  const startAll = (loop: SearchLoop): number[] => {
    const started: number[] = [];
    for (let step = loop.step(); step.kind === 'start'; step = loop.step())
      started.push(step.open.trial.index);
    return started;
  };
  const scored = { outcome: { kind: 'scored', metrics: { score: 1 } } } as const;

  test('wait for the first of them under a pure evaluator only', () => {
    expect(startAll(open(false))).toEqual([0, 1, 2, 3]);
    const loop = open(true);
    expect(startAll(loop)).toEqual([0, 2, 4, 5]);
    loop.complete(0, scored);
    expect(startAll(loop)).toEqual([1]);
    loop.complete(2, scored);
    expect(startAll(loop)).toEqual([6]);
    expect(loop.find(3)?.status).toEqual({ kind: 'following', leader: 1 });
    loop.complete(1, scored);
    expect(startAll(loop)).toEqual([3]);
  });

  test('the first may be parked, fail, be cancelled or lost', () => {
    const outcomes: readonly (readonly [string, (loop: SearchLoop) => SearchLoop])[] = [
      [
        'parked',
        (loop) => {
          loop.park(0);
          return loop;
        },
      ],
      [
        'repeated',
        (loop) => {
          loop.complete(0, { outcome: { kind: 'failed', class: 'Bug', message: 'x' } });
          return loop;
        },
      ],
      [
        'lost',
        (loop) => {
          const again = SearchLoop.decode(loop.plan, loop.encode());
          again.parkAll();
          return again;
        },
      ],
    ];
    for (const [, happen] of outcomes) {
      const loop = open(true);
      startAll(loop);
      const after = happen(loop);
      expect(startAll(after)).toContain(0);
      expect(after.find(1)?.status).toEqual({ kind: 'following', leader: 0 });
      after.complete(0, scored);
      expect(startAll(after)).toContain(1);
    }
    const cancelled = open(true);
    startAll(cancelled);
    cancelled.intervene({ kind: 'cancelTrial', trial: 0 });
    expect(startAll(cancelled)).toEqual([1]);
  });

  test('a search with many repeated points ends, whatever happens', async () => {
    const plan = planOf({ space: smallSpace, pure: true, level: { budget: { trials: 120 } } });
    for (const seed of [1, 2, 3]) {
      const search = await run({ plan, seed, concurrency: 7, disturbances: everything });
      expect(search.loop.state.recorded).toBe(120);
    }
  });
});

describe('the result', () => {
  test('a trajectory that must never change', async () => {
    const search = await run({
      plan: planOf({ algorithm: regularizedEvolution({ populationSize: 6, tournamentSize: 2 }) }),
      evaluate: mixedOutcome,
    });
    expect(search.loop.state.trajectoryHash).toBe(
      '74611e22f531a4019ca4b9d36f3ff5a902ca43c784735fb08fbb21f60b7f1367',
    );
  });

  test('changes in concurrency make a search of arrivals timed, others not', () => {
    for (const order of ['in-order', 'as-completed'] as const) {
      const loop = SearchLoop.open(planOf({ level: { order, concurrency: 1 } }));
      expect(loop.state.timed).toBe(false);
      loop.intervene({ kind: 'setConcurrency', concurrency: 2 });
      expect(loop.state.timed).toBe(order === 'as-completed');
    }
  });

  test('an extended search is never reused', () => {
    const loop = SearchLoop.open(planOf());
    loop.intervene({ kind: 'extend', budget: { trials: 50 } });
    expect(loop.state.timed).toBe(true);
  });

  test('a search that is paused starts nothing until every flag is cleared', () => {
    const loop = SearchLoop.open(planOf(), true);
    expect(loop.step().kind).toBe('idle');
    loop.intervene({ kind: 'pause', by: 'user' });
    loop.intervene({ kind: 'resume', by: 'parent' });
    expect(loop.step().kind).toBe('idle');
    loop.intervene({ kind: 'pause', by: 'losses', message: 'trial 3 was lost' });
    expect(loop.report.progress('paused', 0).message).toBe('trial 3 was lost');
    loop.intervene({ kind: 'resume', by: 'user' });
    expect(loop.step().kind).toBe('start');
  });
});

describe('a journal that went on without the search', () => {
  test.each(cases)('is merged with what the search knows, $name', async (one) => {
    const property = fc.asyncProperty(fc.nat(), fc.nat(), async (at, seed) => {
      const plan = caseplan(one, { window: 8, concurrency: 4 });
      const expected = await run({ plan, evaluate: mixedOutcome });
      const ahead = await run({ plan, evaluate: mixedOutcome, seed });
      // The history was restored after some records and went on differently; the journal goes on as before.
      const common = at % (ahead.journal.length - 20);
      const restored = new SimulatedSearch({
        plan,
        evaluate: mixedOutcome,
        source: choices(seed + 1),
        journal: ahead.journal.slice(0, common),
        stopAt: common + (at % 37),
      });
      await restored.run();
      const written = ahead.journal.slice(0, common + 1 + (seed % 19));
      const unwritten = restored.journal.slice(common);
      const found = await rebuild(plan, written, computeUpdate);
      found.merge(restored.loop, unwritten, [...restored.running]);
      const merged = new SimulatedSearch({
        plan,
        evaluate: mixedOutcome,
        source: choices(seed + 2),
        journal: written,
        disturbances: ['kill', 'park'],
      });
      merged.take(found, restored.running);
      await merged.run();
      expect(trajectoryOf(merged)).toEqual(trajectoryOf(expected));
      // What either knew is not evaluated again; an update that must come first hides what lies behind it.
      if (one.name === 'reinforce') return;
      for (const record of [...written, ...unwritten]) {
        if (record.kind === 'told') expect(merged.attempts.has(record.index)).toBe(false);
      }
    });
    await fc.assert(property, { numRuns: 8, seed: 4 });
  });
});
