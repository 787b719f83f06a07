import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeState,
  random,
  regularizedEvolution,
  reinforce,
  successiveHalving,
  sweep,
  type AlgorithmReference,
  type BoundAlgorithm,
  type Outcome,
  type StateValue,
} from '../../algorithms/index.js';
import { hashJson } from '../../foundation/numbers/index.js';
import {
  planSearch,
  rebuild,
  RebuildError,
  SearchLoop,
  type JournalRecord,
  type LevelDefinition,
  type SearchPlan,
} from '../../searches/index.js';
import {
  choices,
  computeUpdate,
  genomeOf,
  levelDefinition,
  mixedOutcome,
  planOf,
  searchDefinition,
  SimulatedSearch,
  smallSpace,
  trajectoryOf,
  wideSpace,
  type Disturbance,
  type Simulation,
} from '../support/simulated-search.js';

const algorithms: Readonly<Record<string, AlgorithmReference>> = {
  random: random(),
  sweep: sweep(),
  regularizedEvolution: regularizedEvolution({ populationSize: 8, tournamentSize: 3 }),
  reinforce: reinforce({ batchSize: 5 }),
  successiveHalving: successiveHalving({ minimumSteps: 1, maximumSteps: 9, reductionFactor: 3 }),
};

type Order = LevelDefinition['order'];

function plan(name: string, order: Order, trials = 36, level: Partial<LevelDefinition> = {}): SearchPlan {
  if (name === 'learner') {
    const base = planOf({ level: { order, budget: { trials }, window: 6, ...level } });
    return { ...base, algorithm: learner(base.algorithm) };
  }
  const algorithm = algorithms[name] ?? random();
  const space = name === 'sweep' ? smallSpace : wideSpace;
  return planOf({ algorithm, space, level: { order, budget: { trials }, window: 6, ...level } });
}

/**
 * An algorithm whose updates depend on every outcome told so far and which asks for them after a number of outcomes or
 * proposals, whatever is still open: nothing in it hides that a replay tells in another order.
 */
function learner(base: BoundAlgorithm): BoundAlgorithm {
  interface Learned {
    readonly policy: number;
    readonly told: readonly number[];
    readonly proposed: number;
    readonly updated: number;
  }
  const read = (state: StateValue): Learned => state as unknown as Learned;
  const write = (state: Learned): StateValue => state as unknown as StateValue;
  return {
    ...base,
    init: () => write({ policy: 1, told: [], proposed: 0, updated: 0 }),
    propose(given, index) {
      const state = read(given);
      if (state.told.length + state.proposed - state.updated >= 9) {
        return {
          state: given,
          action: {
            kind: 'update',
            request: { bulk: null, input: { told: state.told, policy: state.policy } },
          },
        };
      }
      const genome = genomeOf(1 + ((state.policy * 7 + index) % 40));
      return {
        state: write({ ...state, proposed: state.proposed + 1 }),
        action: { kind: 'trial', proposal: { genome } },
      };
    },
    tell: (given, told) =>
      write({ ...read(given), told: [...read(given).told, ...told.map(({ trial }) => trial.index)] }),
    computeUpdate: (_bulk, input) => ({
      bulk: null,
      output: Number.parseInt(hashJson(JSON.parse(JSON.stringify(input))).slice(0, 6), 16),
    }),
    applyUpdate(given, { output }) {
      const state = read(given);
      return write({ ...state, policy: Number(output), updated: state.told.length + state.proposed });
    },
  };
}

async function run(
  simulation: Omit<Simulation, 'source'> & { readonly seed?: number },
): Promise<SimulatedSearch> {
  const { seed = 1, ...rest } = simulation;
  const search = new SimulatedSearch({ evaluate: mixedOutcome, ...rest, source: choices(seed) });
  await search.run();
  return search;
}

const harmless: readonly Disturbance[] = ['kill', 'park', 'pause', 'concurrency'];

describe.each([...Object.keys(algorithms), 'learner'])('%s', (name) => {
  test('in order: any beginning of a journal goes on to the same trajectory', async () => {
    const whole = await run({ plan: plan(name, 'in-order'), disturbances: harmless });
    const property = fc.asyncProperty(
      fc.nat({ max: whole.journal.length }),
      fc.nat(),
      async (records, seed) => {
        const found = await run({
          plan: plan(name, 'in-order'),
          journal: whole.journal.slice(0, records),
          seed,
          disturbances: [...harmless, 'rebuild', 'snapshot'],
        });
        expect(trajectoryOf(found)).toEqual(trajectoryOf(whole));
      },
    );
    await fc.assert(property, {
      numRuns: 10,
      seed: 1,
      examples: [
        [0, 1],
        [1, 1],
        [whole.journal.length, 1],
      ],
    });
  });

  test('in order: a snapshot is only a shortcut', async () => {
    const one = plan(name, 'in-order');
    const snapshots: { readonly records: number; readonly state: Uint8Array }[] = [];
    const whole = await run({
      plan: one,
      onRecord: ({ journal, loop }) => snapshots.push({ records: journal.length, state: loop.encode() }),
    });
    const expected = await rebuild(one, whole.journal, computeUpdate);
    for (const { records, state } of snapshots.filter((_, place) => place % 7 === 0)) {
      const from = SearchLoop.decode(one, state);
      const found = await rebuild(one, whole.journal.slice(records), computeUpdate, from);
      expect(found.state.trajectoryHash).toBe(whole.loop.state.trajectoryHash);
      expect(found.report.result({ kind: 'trials' })).toEqual(expected.report.result({ kind: 'trials' }));
      expect(found.state.nextIndex).toBe(expected.state.nextIndex);
    }
  });

  test('in order of arrival: the journal gives the same state at every record', async () => {
    const property = fc.asyncProperty(fc.nat(), fc.constantFrom(1, 2, 5), async (seed, concurrency) => {
      const one = plan(name, 'as-completed');
      const states: { readonly records: number; readonly state: unknown }[] = [];
      const search = await run({
        plan: one,
        seed,
        concurrency,
        disturbances: harmless,
        interventions: [
          [3, { kind: 'enqueue', genome: name === 'sweep' ? [2, 1, 0] : genomeOf(2) }],
          [12, { kind: 'cancelTrial', trial: 11 }],
        ],
        onRecord: ({ journal, loop }) => {
          if (states.at(-1)?.records !== journal.length)
            states.push({ records: journal.length, state: lasting(loop) });
        },
      });
      for (const { records, state } of states.filter((_, place) => place % 5 === seed % 5 || place > 60)) {
        const rebuilt = await rebuild(one, search.journal.slice(0, records), computeUpdate);
        expect(lasting(rebuilt)).toEqual(state);
      }
      const last = await rebuild(one, search.journal, computeUpdate);
      expect(last.state.trajectoryHash).toBe(search.loop.state.trajectoryHash);
      expect(last.report.result({ kind: 'trials' })).toEqual(search.loop.report.result({ kind: 'trials' }));
    });
    await fc.assert(property, { numRuns: 4, seed: 5 });
  });

  test('in order of arrival: a search goes on from its journal as from its state', async () => {
    const one = plan(name, 'as-completed');
    const property = fc.asyncProperty(fc.nat(), async (seed) => {
      const search = await run({ plan: one, seed, disturbances: ['rebuild', 'snapshot', ...harmless] });
      expect(search.loop.state.recorded).toBe(36);
      const { proposals, outcomes } = trajectoryOf(search);
      expect(proposals.map(({ index }) => index)).toEqual(Array.from({ length: 36 }, (_, index) => index));
      expect(outcomes.size).toBe(36);
      const again = await rebuild(one, search.journal, computeUpdate);
      expect(again.state.trajectoryHash).toBe(search.loop.state.trajectoryHash);
    });
    await fc.assert(property, { numRuns: 4, seed: 6 });
  });
});

test('enqueueing while an update is computed does not change what the update learns', async () => {
  const one = plan('learner', 'in-order', 40, { concurrency: 3 });
  const property = fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 30 }), async (seed, index) => {
    const search = await run({
      plan: one,
      seed,
      interventions: [[index, { kind: 'enqueue', genome: genomeOf(40) }, 'update']],
    });
    expect(search.loop.state.timed).toBe(true);
    const found = await rebuild(one, search.journal, computeUpdate);
    expect(found.state.trajectoryHash).toBe(search.loop.state.trajectoryHash);
  });
  await fc.assert(property, { numRuns: 15, seed: 1 });
});

test('an outcome known at proposal is recorded once', async () => {
  const base = planOf({ level: { budget: { trials: 20 } } });
  const known: Outcome = { kind: 'infeasible', reason: 'known' };
  const one: SearchPlan = {
    ...base,
    algorithm: {
      ...base.algorithm,
      propose: (state, index) => ({
        state,
        action: {
          kind: 'trial',
          proposal: { genome: genomeOf(1 + (index % 40)), ...(index % 3 === 2 ? { known } : {}) },
        },
      }),
    },
  };
  const whole = await run({ plan: one });
  expect(whole.attempts.has(2)).toBe(false);
  expect(trajectoryOf(whole).outcomes.get(2)).toEqual(known);
  const loop = SearchLoop.open(one);
  while (loop.step().kind === 'start');
  loop.recordHeld();
  const found = await run({ plan: one, journal: loop.drainRecords() });
  expect(trajectoryOf(found)).toEqual(trajectoryOf(whole));
});

test('a journal of another space, seed or algorithm is refused with the record', async () => {
  const search = await run({ plan: planOf() });
  const others = [
    planOf({ space: smallSpace }),
    planOf({ seed: 8 }),
    planOf({ algorithm: algorithms['reinforce'] ?? random() }),
  ];
  for (const other of others) {
    await expect(rebuild(other, search.journal, computeUpdate)).rejects.toThrow(RebuildError);
    await expect(rebuild(other, search.journal, computeUpdate)).rejects.toThrow(
      /^The journal of "simulated" does not follow from its definition: it has trial 0 as /,
    );
  }
  const later = search.journal.filter((record) => record.kind !== 'proposed' || record.trial.index !== 3);
  await expect(rebuild(planOf(), later, computeUpdate)).rejects.toThrow('it has trial 4 as');
});

test('a failed or closed search is tried again', async () => {
  const search = new SimulatedSearch({
    plan: planOf(),
    source: choices(1),
    evaluate: (trial) =>
      trial.index === 9 ? { kind: 'failed', class: 'Bug', message: 'x' } : mixedOutcome(trial),
  });
  expect((await search.run()).kind).toBe('failed');
  search.close();
  const closed: JournalRecord = {
    kind: 'closed',
    phase: 'failed',
    reason: 'x',
    trajectoryHash: search.loop.state.trajectoryHash,
  };
  const found = await rebuild(planOf(), [...search.journal, closed], computeUpdate);
  expect(found.state.failure).toBe(null);
  expect(found.step().kind).toBe('start');
});

test('an adopted evaluator changes no decision of the search', async () => {
  const one = planOf();
  const search = new SimulatedSearch({ plan: one, source: choices(1), evaluate: mixedOutcome, stopAt: 20 });
  await search.run();
  const definition = {
    ...searchDefinition([levelDefinition('simulated')]),
    evaluator: { kind: 'command', command: 'python train.py', pure: false } as const,
  };
  search.loop.adopt(planSearch('simulated', definition, 0, {}));
  const journal = [...search.journal, ...search.loop.drainRecords()];
  const found = await rebuild(one, journal, computeUpdate);
  expect(found.plan.definition).toEqual(definition);
  expect(found.state.timed).toBe(true);
  expect(trajectoryOf(await run({ plan: one, journal }))).toEqual(trajectoryOf(await run({ plan: one })));
});

/** The state without what a journal does not keep: what runs, what is held, how often the algorithm was asked. */
function lasting(loop: SearchLoop): unknown {
  const value = decodeState(loop.encode()) as { readonly loop: string };
  const { open, ...rest } = JSON.parse(value.loop) as {
    readonly open: readonly { readonly trial: unknown }[];
  };
  return {
    ...value,
    loop: {
      ...rest,
      open: open.map(({ trial }) => trial),
      arrivals: null,
      mustTell: null,
      exhausted: null,
      end: null,
    },
  };
}
