import { describe, expect, test } from 'vitest';
import {
  algorithmNames,
  bindAlgorithm,
  type Outcome,
  type Slice,
  type Trial,
} from '../../algorithms/index.js';
import { hashJson, sha256Hex } from '../../foundation/numbers/index.js';
import { view, type Space } from '../../search-spaces/index.js';
import {
  choices,
  mixedOutcome,
  planOf,
  scoredOutcome,
  SimulatedSearch,
  trajectoryOf,
} from '../support/simulated-search.js';
import { programAlgorithms, shippedAlgorithms } from '../support/shipped-algorithms.js';
import { GoldenRecord, hashOf, plain, refusal } from './golden.js';
import {
  agentSpace,
  oneMetric,
  searchCases,
  searchSpaces,
  spacesOf,
  type SearchCase,
} from './search-cases.js';

const golden = GoldenRecord.open('trajectories');

const trials = 200;
const spaces: Readonly<Record<string, Space>> = { ...searchSpaces, 'two agents': agentSpace };

const cases: Readonly<Record<string, SearchCase>> = {
  ...searchCases,
  ...Object.fromEntries(
    shippedAlgorithms.map(([name, algorithm]) => [
      `shipped ${name}`,
      { algorithm: () => algorithm, on: ['wide'] } satisfies SearchCase,
    ]),
  ),
};

/** An outcome of every kind by the trial alone, with a second metric that is always positive. */
function evaluated(trial: Trial): Outcome {
  if (trial.slice !== undefined) return sliced(trial, trial.slice);
  const outcome = mixedOutcome(trial);
  if (outcome.kind !== 'scored') return outcome;
  const size = 1 + trial.genome.reduce((sum, value, place) => sum + Math.abs(value) / (1 + (place % 3)), 0);
  return { ...outcome, metrics: { ...outcome.metrics, size } };
}

/** Slices are scored or cancelled: every failure of one stops its search. */
function sliced(trial: Trial, slice: Slice): Outcome {
  if (trial.index % 13 === 7) return { kind: 'cancelled' };
  const outcome = scoredOutcome(trial);
  if (outcome.kind === 'scored' && slice.kind === 'embed')
    return { ...outcome, values: Array.from({ length: slice.values ?? 0 }, (_, place) => 1 + (place % 5)) };
  if (outcome.kind !== 'scored' || (slice.kind !== 'score' && slice.kind !== 'mix')) return outcome;
  const length = slice.kind === 'score' ? slice.count : (slice.values ?? 0);
  const values =
    slice.kind === 'score'
      ? Array.from({ length }, (_, place) => (trial.index % 5) - place / 4)
      : Array.from({ length }, (_, place) => ((place * 7 + trial.index) % 11) / 8);
  return { ...outcome, values };
}

interface Telling {
  readonly order: 'in-order' | 'as-completed';
  readonly window: number;
  readonly concurrency: number;
}

const tellings: readonly Telling[] = [
  { order: 'in-order', window: 16, concurrency: 4 },
  { order: 'as-completed', window: 16, concurrency: 4 },
  { order: 'in-order', window: 1, concurrency: 1 },
];

async function searched(
  { algorithm, metrics = oneMetric }: SearchCase,
  of: Space,
  telling: Telling,
): Promise<object> {
  const level = { ...telling, budget: { trials } };
  try {
    const plan = planOf({ space: of, metrics, algorithm: algorithm(of), pure: true, level });
    const search = new SimulatedSearch({ plan, source: choices(5), evaluate: evaluated });
    const last = await search.run();
    const { proposals, hash } = trajectoryOf(search);
    const { loop, journal } = search;
    return {
      end: last.kind === 'end' ? loop.end : { kind: last.kind },
      genomes: hashJson(proposals.map(({ genome }) => genome)),
      journal: hashOf(journal),
      records: journal.length,
      state: sha256Hex(loop.encode()),
      trajectory: hash,
    };
  } catch (error) {
    return refusal(error);
  }
}

describe.each(Object.entries(cases))('200 trials of %s', (name, one) => {
  test.each(spacesOf(one))('on the space %s', async (spaceName) => {
    const of = spaces[spaceName];
    if (of === undefined) throw new Error(`There is no space ${spaceName}.`);
    for (const telling of tellings) {
      // Trials one at a time differ by the window alone: one space shows it.
      if (telling.window === 1 && spaceName !== 'wide') continue;
      golden.check(
        `${name} | ${spaceName} | ${telling.order} ${telling.window}`,
        await searched(one, of, telling),
      );
    }
  });
});

test('candidates that the agents of a search draw for a full training', async () => {
  const algorithm = searchCases['ma2ml, two agents']?.algorithm(agentSpace);
  if (algorithm === undefined) throw new Error('The case is gone.');
  const plan = planOf({
    space: agentSpace,
    metrics: oneMetric,
    algorithm,
    level: { budget: { trials: 60 } },
  });
  let bulk: Uint8Array | null = null;
  const bound = bindAlgorithm(algorithm, view(agentSpace), oneMetric, plan.rng, 'in-order');
  const { computeUpdate: compute, derivation } = bound;
  if (compute === undefined || derivation === undefined) throw new Error('The agents derive nothing.');
  let state = bound.init();
  let index = 0;
  for (let event = 0; index < 60; event += 1) {
    if (event > 1_000) throw new Error('The agents stand still.');
    const { state: next, action } = bound.propose(state, index);
    state = next;
    if (action.kind === 'trial') {
      const trial = { ...action.proposal, index };
      state = bound.tell(state, [{ trial, outcome: evaluated(trial) }]);
      index += 1;
    } else if (action.kind === 'update') {
      const computed = compute(bulk, action.request.input);
      bulk = computed.bulk;
      if (bulk === null) throw new Error('The update has no bulk.');
      state = bound.applyUpdate?.(state, { bulk: sha256Hex(bulk), output: computed.output }) ?? state;
    }
  }
  golden.check('candidates of two agents', {
    bulk: bulk === null ? null : sha256Hex(bulk),
    derived: plain(derivation.derive(state, bulk, { best: 3, draws: 200, drawn: 4 })),
    limits: plain(derivation.limits),
  });
});

test('the state after every record of a search with updates', async () => {
  const algorithm = searchCases['reinforce, small batches']?.algorithm(agentSpace);
  if (algorithm === undefined) throw new Error('The case is gone.');
  const plan = planOf({
    space: agentSpace,
    metrics: oneMetric,
    algorithm,
    level: { budget: { trials: 40 } },
  });
  const hashes: string[] = [];
  const search = new SimulatedSearch({
    plan,
    source: choices(3),
    evaluate: evaluated,
    onRecord: ({ loop }) => hashes.push(sha256Hex(loop.encode())),
  });
  await search.run();
  golden.check('states of a search with updates', { count: hashes.length, hash: hashOf(hashes) });
});

test('every shipped algorithm has a record, and every record a search', () => {
  const searched = new Set(
    // An algorithm may be made for decisions that not all spaces have.
    Object.values(cases).map(({ algorithm, on = ['wide'] }) => algorithm(spaces[on[0] ?? ''] ?? null).name),
  );
  expect([...searched].sort()).toEqual(
    // What a program decides is no part of this build.
    algorithmNames.filter((name) => !programAlgorithms.includes(name)).sort(),
  );
  expect(golden.unchecked).toEqual([]);
});
