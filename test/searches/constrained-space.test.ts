import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { random } from '../../algorithms/index.js';
import { constrained, decode, int, optional, space } from '../../search-spaces/index.js';
import { DefinitionError, verifyJournal, type JournalRecord } from '../../searches/index.js';
import { shippedAlgorithms } from '../support/shipped-algorithms.js';
import {
  choices,
  computeUpdate,
  levelDefinition,
  planOf,
  scoredOutcome,
  searchDefinition,
  SimulatedSearch,
  trajectoryOf,
  type Simulation,
} from '../support/simulated-search.js';

const reason = 'too wide for its depth';

/** About half of its points violate. */
const halfSpace = constrained({ width: int(0, 9, { tags: ['all'] }), depth: int(0, 9, { tags: ['all'] }) }, [
  { expr: ['<=', ['+', ['path', 'width'], ['path', 'depth']], 9], reason },
]);
const violates = ([width = 0, depth = 0]: readonly number[]): boolean => width + depth > 9;

/** What is never evaluated where a point violates. */
const evaluate: Simulation['evaluate'] = (trial) => {
  if (violates(trial.genome)) throw new Error(`trial ${trial.index} must not be evaluated`);
  return scoredOutcome(trial);
};

function closed(search: SimulatedSearch, reason = 'trials'): readonly JournalRecord[] {
  const { definition } = search.loop.plan;
  return [
    { kind: 'opened', search: 'simulated', definition, level: 0, context: {}, version: '0.1.0' },
    ...search.journal,
    { kind: 'closed', phase: 'finished', reason, trajectoryHash: search.loop.state.trajectoryHash },
  ];
}

describe('a proposal that violates a constraint of the space', () => {
  const orders = ['in-order', 'as-completed'] as const;
  // What fromList proposes is given, and belongs to another space.
  const proposing = shippedAlgorithms.filter(([name]) => name !== 'fromList');
  test.each(
    proposing.flatMap(([name, algorithm]) => orders.map((order) => [name, order, algorithm] as const)),
  )(
    'is told to %s as infeasible with its reason (%s), and never evaluated',
    async (_name, order, algorithm) => {
      const plan = planOf({
        algorithm,
        space: halfSpace,
        pure: true,
        level: { order, budget: { trials: 60 }, window: 6, concurrency: 3 },
      });
      const search = new SimulatedSearch({ plan, source: choices(1), evaluate });
      await search.run();
      const { proposals, outcomes } = trajectoryOf(search);
      const violating = proposals.filter(({ genome }) => violates(genome));
      expect(violating.length).toBeGreaterThan(0);
      for (const { index } of violating) expect(outcomes.get(index)).toEqual({ kind: 'infeasible', reason });
      expect(search.attempts.size).toBe(60 - violating.length);
      const { last } = search.loop.report.trials();
      expect(last.map(({ parameters }) => parameters)).toEqual(
        last.map(({ index }) => decode(halfSpace, proposals[index]?.genome ?? [], { violated: 'allow' })),
      );
      expect(search.loop.report.progress('finished', 0).outcomes.infeasible).toBe(violating.length);
      await verifyJournal('simulated', closed(search), computeUpdate);
    },
  );

  test('whatever happens to the search, its trajectory is the same', async () => {
    const plan = planOf({ space: halfSpace, pure: true, level: { window: 6, concurrency: 3 } });
    const whole = new SimulatedSearch({ plan, source: choices(1), evaluate });
    await whole.run();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seed) => {
        const search = new SimulatedSearch({
          plan,
          source: choices(seed),
          evaluate,
          disturbances: ['kill', 'park', 'rebuild', 'snapshot', 'concurrency'],
        });
        await search.run();
        expect(trajectoryOf(search)).toEqual(trajectoryOf(whole));
      }),
      { numRuns: 20 },
    );
  });

  test('a journal that gives it another outcome does not verify', async () => {
    const plan = planOf({ space: halfSpace });
    const search = new SimulatedSearch({ plan, source: choices(1), evaluate });
    await search.run();
    const journal = closed(search);
    const place = journal.findIndex(
      (record) => record.kind === 'told' && record.outcome.kind === 'infeasible',
    );
    const told = journal[place];
    if (told?.kind !== 'told') throw new Error('No point violated.');
    for (const outcome of [
      { kind: 'infeasible', reason: 'another reason' },
      { kind: 'scored', metrics: { score: 100, size: 5 } },
    ] as const) {
      const forged = journal.with(place, { ...told, outcome });
      await expect(verifyJournal('simulated', forged, computeUpdate)).rejects.toMatchObject({
        record: place,
      });
    }
  });

  test('a search without a feasible point ends by its budget, without one long step', async () => {
    const never = constrained({ width: int(0, 9) }, [{ expr: ['<', ['path', 'width'], 0], reason }]);
    const plan = planOf({ space: never, algorithm: random(), level: { budget: { trials: 600 } } });
    const search = new SimulatedSearch({ plan, source: choices(1), evaluate: () => expect.fail() });
    let longest = 0;
    const { loop } = search;
    for (let from = 0; ; from = loop.state.nextIndex) {
      const step = loop.step();
      longest = Math.max(longest, loop.state.nextIndex - from);
      if (step.kind === 'end') break;
      expect(step.kind).toBe('breathe');
    }
    expect(longest).toBeLessThanOrEqual(256);
    expect(loop.report.result({ kind: 'trials' })).toMatchObject({ trials: 600, scored: 0, best: null });
  });
});

test('a constraint on a branch that is not active excludes nothing', async () => {
  const inner = constrained({ units: int(1, 4) }, [{ expr: ['<', ['path', 'units'], 3], reason }]);
  const plan = planOf({ space: space({ layer: optional(inner) }), pure: true });
  const search = new SimulatedSearch({ plan, source: choices(1), evaluate: scoredOutcome });
  await search.run();
  const { proposals, outcomes } = trajectoryOf(search);
  for (const { index, genome } of proposals) {
    expect(outcomes.get(index)?.kind).toBe((genome[1] ?? 0) >= 3 ? 'infeasible' : 'scored');
  }
});

test('an initial point that violates a constraint is refused with its reason', () => {
  const level = levelDefinition('simulated', { space: halfSpace, level: { initial: [[9, 9]] } });
  expect(() => searchDefinition([level])).toThrow(
    expect.toSatisfy(
      (error) =>
        error instanceof DefinitionError &&
        /initial.*is not a point of the space: constraint_violated.*too wide for its depth/.test(
          error.message,
        ),
    ),
  );
});
