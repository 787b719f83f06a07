import { describe, expect, test } from 'vitest';
import {
  AlgorithmError,
  bindAlgorithm,
  decodeState,
  deriveMa2ml,
  encodeState,
  ma2ml,
  random,
  reportMa2ml,
  type BoundAlgorithm,
  type Ma2mlOptions,
  type Metric,
  type Outcome,
  type StateValue,
  type Trial,
} from '../../../algorithms/index.js';
import { readMemory, writeMemory } from '../../../algorithms/ma2ml/memory.js';
import type { Ma2mlState } from '../../../algorithms/ma2ml/ma2ml-state.js';
import { actionsOf } from '../../../algorithms/ma2ml/pipeline.js';
import { genomeOf } from '../../../algorithms/policy-gradient/decisions.js';
import { RandomStream, rngFromSeed, sha256Hex } from '../../../foundation/numbers/index.js';
import type { Genome } from '../../../search-spaces/views/genome.js';
import {
  float,
  int,
  manyOf,
  oneOf,
  permutation,
  sample,
  validate,
  view,
  type View,
} from '../../../search-spaces/index.js';
import {
  accuracy,
  conditionalSpace,
  exactBlocks,
  plainSpace,
  problemOf,
  subPolicySpace,
  tagged,
} from './problem.js';

interface Ended {
  readonly state: Ma2mlState;
  readonly bulk: Uint8Array | null;
  readonly trials: readonly Trial[];
}

/** Twelve decisions, of which each agent's only count together with those of the others. */
const agreeing = view(
  Array.from({ length: 12 }, (_, place) => oneOf([0, 1, 2], tagged(['AUG', 'NAS', 'HPO'][place % 3] ?? ''))),
);
const agreement = (genome: Genome): number =>
  genome.reduce((sum, option, place) => sum + (option === (place * 2) % 3 ? 1 / genome.length : 0), 0);
const quick: Ma2mlOptions = { stepsPerRound: 5, hiddenUnits: 16, learningRate: 0.1 };

function make(
  options: Ma2mlOptions,
  space: View = agreeing,
  metrics: readonly Metric[] = accuracy,
  seed = 3,
): BoundAlgorithm {
  return bindAlgorithm(ma2ml(options), space, metrics, rngFromSeed(seed), 'in-order');
}

function updated(
  algorithm: BoundAlgorithm,
  bulk: Uint8Array | null,
  input: StateValue,
): { readonly bulk: Uint8Array; readonly output: StateValue } {
  const result = algorithm.computeUpdate?.(bulk, input);
  if (result === undefined || result.bulk === null) throw new Error('the update has no result');
  return { bulk: result.bulk, output: result.output };
}

/** Runs rounds; with `through`, everything goes through bytes at every step. */
function run(
  algorithm: BoundAlgorithm,
  rounds: number,
  score: (genome: Genome) => number,
  through: (state: StateValue) => StateValue = (state) => state,
): Ended {
  const trials: Trial[] = [];
  let state = algorithm.init();
  let bulk: Uint8Array | null = null;
  for (let round = 0; round < rounds;) {
    const proposed = algorithm.propose(through(state), trials.length);
    state = proposed.state;
    if (proposed.action.kind === 'trial') {
      const trial = { ...proposed.action.proposal, index: trials.length };
      trials.push(trial);
      const outcome: Outcome = { kind: 'scored', metrics: { accuracy: score(trial.genome) } };
      state = algorithm.tell(through(state), [{ trial, outcome }]);
    } else if (proposed.action.kind === 'update') {
      const result = updated(algorithm, bulk, through(proposed.action.request.input));
      bulk = result.bulk;
      state =
        algorithm.applyUpdate?.(through(state), { bulk: sha256Hex(bulk), output: result.output }) ?? null;
      round += 1;
    } else throw new Error('the search stands still');
  }
  return { state: state as Ma2mlState, bulk, trials };
}

describe('a search', () => {
  test.each<[string, Ma2mlOptions]>([
    ['full', quick],
    ['full, sequential', { ...quick, updates: 'sequential' }],
    ['full, mixture', { ...quick, target: 'mixture' }],
    ['full, sampled credit', { ...quick, credit: 'sampled' }],
    ['off-nocredit', { ...quick, variant: 'off-nocredit' }],
    ['no-kl', { ...quick, variant: 'no-kl' }],
    ['on-credit', { variant: 'on-credit', hiddenUnits: 16 }],
    ['on-nocredit', { variant: 'on-nocredit', hiddenUnits: 16 }],
    ['lite', { variant: 'lite' }],
  ])('%s proposes better pipelines as it learns', (_, options) => {
    const { trials } = run(make(options), 25, agreement);
    const mean = (list: readonly Trial[]): number =>
      list.reduce((sum, { genome }) => sum + agreement(genome), 0) / list.length;
    expect(mean(trials.slice(-40))).toBeGreaterThan(mean(trials.slice(0, 40)) + 0.12);
  });

  test('variants and orders of updates differ from each other', () => {
    const all: readonly Ma2mlOptions[] = [
      quick,
      { ...quick, updates: 'sequential' },
      { ...quick, target: 'mixture' },
      { ...quick, variant: 'off-nocredit' },
      { ...quick, variant: 'no-kl' },
      { ...quick, variant: 'on-credit' },
      { ...quick, variant: 'on-nocredit' },
      { ...quick, variant: 'lite' },
    ];
    const policies = all.map((options) => sha256Hex(run(make(options), 3, agreement).state.policy));
    expect(new Set(policies).size).toBe(all.length);
  });

  test('saved and loaded at every step it gives the same bits as undisturbed', () => {
    const straight = run(make(quick), 6, agreement);
    const saved = run(make(quick), 6, agreement, (state) => decodeState(encodeState(state)));
    expect(sha256Hex(encodeState(saved.state))).toBe(sha256Hex(encodeState(straight.state)));
    expect(saved.trials).toEqual(straight.trials);
    const { layout, config } = problemOf(agreeing, quick);
    const bulk = straight.bulk ?? new Uint8Array(0);
    expect(writeMemory(layout, readMemory(layout, config, bulk))).toEqual(bulk);
  });

  test('the replay buffer holds the newest results with their flags and costs', () => {
    const metrics: readonly Metric[] = [...accuracy, { name: 'latency', goal: 'observe' }];
    const options: Ma2mlOptions = {
      ...quick,
      replay: 20,
      costs: [{ metric: 'latency', target: 4, mode: 'hard' }],
    };
    const algorithm = make(options, plainSpace, metrics);
    const trials: Trial[] = [];
    let state = algorithm.init();
    let bulk: Uint8Array | null = null;
    for (let round = 0; round < 4;) {
      const { state: next, action } = algorithm.propose(state, trials.length);
      state = next;
      if (action.kind === 'trial') {
        const trial = { ...action.proposal, index: trials.length };
        trials.push(trial);
        const metricsOf = { accuracy: 0.5, latency: trial.index % 8 };
        const outcome: Outcome =
          trial.index === 30
            ? { kind: 'infeasible', reason: 'rejected' }
            : { kind: 'scored', metrics: metricsOf };
        state = algorithm.tell(state, [{ trial, outcome }]);
      } else if (action.kind === 'update') {
        const result = updated(algorithm, bulk, action.request.input);
        bulk = result.bulk;
        state = algorithm.applyUpdate?.(state, { bulk: 'hash', output: result.output }) ?? null;
        round += 1;
      }
    }
    // Latencies 5, 6 and 7 of eight, and of the others the infeasible one.
    expect(state).toMatchObject({ evaluations: 32, unscored: 1, overTarget: 11, clipped: 0 });
    const { layout, config } = problemOf(plainSpace, options, metrics);
    const { replay } = readMemory(layout, config, bulk ?? new Uint8Array(0));
    expect(replay.count).toBe(20);
    expect([...replay.costs]).toEqual(trials.slice(-20).map(({ index }) => (index === 30 ? -1 : index % 8)));
    expect([...replay.flags]).toEqual(
      trials.slice(-20).map(({ index }) => (index === 30 ? 1 : index % 8 > 4 ? 2 : 0)),
    );
    expect([...replay.rewards]).toEqual(
      trials.slice(-20).map(({ index }) => (index === 30 || index % 8 > 4 ? 0 : 0.5)),
    );
    expect(genomeOf(layout, replay.actions.subarray(0, 4))).toEqual(trials[12]?.genome);
  });

  test('equal rewards move no policy and are reported', () => {
    const { state } = run(make(quick), 3, () => 0.25);
    expect(state.policy).toEqual((make(quick).init() as Ma2mlState).policy);
    const report = reportMa2ml(ma2ml(quick), agreeing, accuracy, state);
    expect(report.warning).toBe(
      'All 24 rewards so far are 0.25: the agents have nothing to learn from and keep their policies.',
    );
  });

  test('results without a score, above a target or outside of the range are counted and reported', () => {
    const options: Ma2mlOptions = { ...quick, range: [0.5, 0.6] };
    const { state } = run(make(options), 2, agreement);
    const report = reportMa2ml(ma2ml(options), agreeing, accuracy, state);
    expect(report).toMatchObject({ evaluations: 16, unscored: 0, overTarget: 0, clipped: state.clipped });
    expect(report.warning).toBe(
      `${state.clipped} of 16 trials lie outside of the range of rewards: the agents cannot tell them apart.`,
    );
  });

  test('an inactive head is never moved', () => {
    const space = view({
      a: oneOf([0, { b: oneOf([0, 1, 2], tagged('HPO')) }], { weights: [1, 1e-12], tags: ['NAS'] }),
      c: oneOf([0, 1], tagged('AUG')),
    });
    const { state, trials } = run(make(quick, space), 4, (genome) => (genome.at(-1) ?? 0) / 2);
    expect(trials.every(({ genome }) => genome[0] === 0)).toBe(true);
    const { agents } = reportMa2ml(ma2ml(quick), space, accuracy, state);
    expect(agents[2]?.heads[0]?.probabilities).toEqual([1 / 3, 1 / 3, 1 / 3]);
    expect(agents[0]?.heads[0]?.probabilities[1]).toBeGreaterThan(0.6);
  });

  test('the weight of the divergence follows the first 64 rewards, then stays', () => {
    const options: Ma2mlOptions = { ...quick, klWeight: 'reward-spread' };
    const at = (rounds: number) => run(make(options), rounds, agreement).state.klWeight;
    expect(at(7)).toBeNull();
    expect(at(8)).toBeGreaterThan(0.001);
    expect(at(12)).toBe(at(8));
  });

  test('agents of more than 1,024 joint options get credit head by head', () => {
    const wide = view([
      ...Array.from({ length: 6 }, () => oneOf([0, 1, 2, 3], tagged('NAS'))),
      oneOf([0, 1], tagged('AUG')),
      oneOf([0, 1], tagged('HPO')),
    ]);
    expect(exactBlocks(problemOf(wide).layout).map(({ count }) => count)).toEqual([2, 4, 4, 4, 4, 4, 4, 2]);
    expect(exactBlocks(problemOf(plainSpace).layout).map(({ count }) => count)).toEqual([3, 8, 6]);
    const agree = (genome: Genome): number => genome.filter((option) => option === 1).length / genome.length;
    const hashes = (['exact', 'sampled'] as const).map((credit) => {
      const { state, trials } = run(make({ ...quick, credit }, wide), 25, agree);
      const late = trials.slice(-40);
      const mean = late.reduce((sum, { genome }) => sum + agree(genome) / late.length, 0);
      expect(mean).toBeGreaterThan(0.45);
      return sha256Hex(state.policy);
    });
    expect(hashes[0]).not.toBe(hashes[1]);
  });
});

describe('pipelines and genomes', () => {
  test('are the same thing in a space of every kind of decision', () => {
    const { layout } = problemOf(conditionalSpace);
    const algorithm = make({}, conditionalSpace);
    for (let index = 0; index < 200; index += 1) {
      const { action } = algorithm.propose(algorithm.init(), index);
      if (action.kind !== 'trial') throw new Error('a trial was expected');
      const { genome } = action.proposal;
      expect(validate(conditionalSpace, genome)).toMatchObject({ ok: true });
      const actions = actionsOf(layout, genome);
      expect(actions === null ? null : genomeOf(layout, actions)).toEqual(genome);
    }
  });

  test('floats and long ints have levels from end to end, short ints all values, sorted picks their combinations', () => {
    const space = view({
      a: float(1e-4, 1e-1, { scale: 'log', ...tagged('HPO') }),
      b: int(0, 1000, tagged('HPO')),
      c: int(2, 10, { step: 4, ...tagged('NAS') }),
      d: manyOf(2, ['x', 'y', 'z'], { sorted: true, ...tagged('AUG') }),
      e: permutation(['x', 'y', 'z'], tagged('AUG')),
    });
    const options = problemOf(space, { levels: 3 }).layout.heads.map((head) => head.options);
    expect(options[0]?.map(([value]) => Number(value?.toPrecision(6)))).toEqual([1e-4, 0.00316228, 0.1]);
    expect(options[1]).toEqual([[0], [500], [1000]]);
    expect(options[2]).toEqual([[2], [6], [10]]);
    expect(options[3]).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
    ]);
    expect(options[4]?.length).toBe(6);
    expect(problemOf(space).layout.heads[0]?.of).toBe(6);
  });

  test('an agent of continuous decisions alone has six values of each, from end to end', () => {
    const continuous = view({
      crop: oneOf([0, 1], tagged('AUG')),
      depth: oneOf([1, 2], tagged('NAS')),
      rate: float(1e-3, 1, { scale: 'log', ...tagged('HPO') }),
      momentum: float(0, 0.5, tagged('HPO')),
    });
    const { agents } = reportMa2ml(ma2ml(quick), continuous, accuracy, make(quick, continuous).init());
    const [rate, momentum] = (agents[2]?.heads ?? []).map(({ options }) =>
      options.map(([value]) => value ?? NaN),
    );
    expect(momentum?.map((value) => Number(value.toFixed(9)))).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5]);
    expect([rate?.length, rate?.at(0), rate?.at(-1)]).toEqual([6, 1e-3, 1]);
    expect((rate?.[1] ?? NaN) / 1e-3).toBeCloseTo((rate?.[3] ?? NaN) / (rate?.[2] ?? NaN), 9);
  });

  test('a float between two levels is none of theirs', () => {
    const { layout } = problemOf(plainSpace);
    const genome = sample(plainSpace, new RandomStream(rngFromSeed(1)));
    expect(actionsOf(layout, genome)).toBeNull();
    expect(actionsOf(layout, [0, 0, 0])).toBeNull();
    expect(actionsOf(layout, [0, 0, 0, 1e-4])).toEqual(Uint8Array.of(0, 0, 0, 0));
  });
});

describe('reports and candidates', () => {
  const { state, bulk } = run(make(quick), 30, agreement);
  const reference = ma2ml(quick);

  test('show probabilities, entropies and the share of credit of every agent', () => {
    const report = reportMa2ml(reference, agreeing, accuracy, decodeState(encodeState(state)));
    expect(report).toMatchObject({ round: 30, evaluations: 240, klWeight: 0.3, warning: null });
    expect(report.agents.map(({ name, heads }) => [name, heads.length])).toEqual([
      ['AUG', 4],
      ['NAS', 4],
      ['HPO', 4],
    ]);
    expect(report.agents.reduce((sum, { creditShare }) => sum + (creditShare ?? NaN), 0)).toBeCloseTo(1, 12);
    for (const { heads, entropy } of report.agents) {
      expect(entropy).toBeLessThan(4 * Math.log(3));
      for (const { probabilities } of heads)
        expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    }
    expect(reportMa2ml(reference, agreeing, accuracy, make(quick).init()).agents[0]?.creditShare).toBeNull();
  });

  test('the greedy, the best and the most promising pipelines, each once and only feasible ones', () => {
    const isFeasible = (genome: Genome): boolean => genome[0] === 0;
    const derive = (options = {}) =>
      deriveMa2ml(reference, agreeing, accuracy, state, bulk, rngFromSeed(1), options);
    const { greedy, best, drawn } = derive({ best: 5 });
    expect(agreement(greedy?.genome ?? [])).toBeGreaterThan(0.8);
    expect(best.length).toBe(5);
    expect(best[0]?.value).toBe(Math.fround(agreement(best[0]?.genome ?? [])));
    expect(drawn.length).toBe(10);
    expect(new Set(drawn.map(({ genome }) => genome.join())).size).toBe(10);
    const values = drawn.map(({ value }) => value ?? 0);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(derive()).toEqual(derive());
    const feasible = derive({ isFeasible, best: 5 });
    for (const { genome } of [...feasible.best, ...feasible.drawn]) expect(genome[0]).toBe(0);
    expect(derive({ isFeasible: () => false })).toEqual({ greedy: null, best: [], drawn: [] });
  });

  test('a pipeline that was measured above a cost target is none; the results of an open round count', () => {
    const options = { ...quick, costs: [{ metric: 'size', target: 2, mode: 'hard' as const }] };
    const metrics: readonly Metric[] = [...accuracy, { name: 'size', goal: 'observe' }];
    const algorithm = bindAlgorithm(ma2ml(options), agreeing, metrics, rngFromSeed(1), 'in-order');
    let own = algorithm.init();
    const sizes = [3, 1, 2];
    const genomes = sizes.map((size, index) => {
      const { state: asked, action } = algorithm.propose(own, index);
      if (action.kind !== 'trial') throw new Error('A round begins with trials.');
      const trial = { ...action.proposal, index };
      const outcome = { kind: 'scored', metrics: { accuracy: 0.5 + index / 10, size } } as const;
      own = algorithm.tell(asked, [{ trial, outcome }]);
      return trial.genome;
    });
    const { derivation } = algorithm;
    expect(derivation?.limits).toEqual([{ metric: 'size', atMost: 2 }]);
    expect(derivation?.bulk(own)).toBeNull();
    const derived = derivation?.derive(own, null, { best: 5, draws: 10, drawn: 2 }) ?? [];
    const best = derived.filter(({ source }) => source === 'best');
    expect(best.map(({ genome }) => genome)).toEqual([genomes[2], genomes[1]]);
  });

  test('without results there is only the greedy pipeline', () => {
    const start = make(quick).init();
    const candidates = deriveMa2ml(reference, agreeing, accuracy, start, null, rngFromSeed(1));
    expect(candidates).toEqual({
      greedy: { genome: new Array<number>(12).fill(0), value: null },
      best: [],
      drawn: [],
    });
    expect(() => deriveMa2ml(reference, agreeing, accuracy, state, null, rngFromSeed(1))).toThrow(
      /the state names/,
    );
    expect(() => reportMa2ml(random(), agreeing, accuracy, state)).toThrow(/'random' version 1, not ma2ml/);
  });
});

describe('refused in one sentence', () => {
  const untagged = view({
    a: oneOf([1, 2], tagged('AUG')),
    b: oneOf([1, 2], tagged('NAS')),
    units: int(1, 9),
  });
  const pair = { agents: [{ name: 'a' }, { name: 'b' }] };
  const loss: readonly Metric[] = [{ name: 'loss', goal: 'minimize' }];
  const options = (value: Record<string, unknown>): Ma2mlOptions => value;
  test.each<[string, () => unknown, string]>([
    [
      'a decision without a tag',
      () => make({}, untagged),
      "decision 'units' belongs to no agent of ma2ml: give it one of the tags AUG, NAS, HPO, or ma2ml other 'agents'",
    ],
    [
      'a decision that two agents claim',
      () => make(pair, view({ x: oneOf([1, 2], { tags: ['a', 'b'] }) })),
      "decision 'x' carries the tags of the agents a and b: every decision belongs to one agent of ma2ml",
    ],
    [
      'an agent without decisions',
      () => make(pair, view({ x: oneOf([1, 2], tagged('a')) })),
      "the agent b has nothing to decide, no decision carries the tag 'b': tag its decisions or give ma2ml other 'agents'",
    ],
    [
      'two agents of one tag',
      () =>
        make({
          agents: [
            { name: 'a', tag: 't' },
            { name: 'b', tag: 't' },
          ],
        }),
      "'agents' of ma2ml has two agents with the tag 't'",
    ],
    ['no list of agents', () => make(options({ agents: ['a'] })), "'agents' of ma2ml must be a list"],
    [
      'a minimised metric without a range',
      () => make({}, plainSpace, loss),
      "ma2ml scales rewards to 0 … 1 and needs the worst and the best value of loss: give it a 'range', such as [10, 0]",
    ],
    [
      'an empty range',
      () => make({ range: [1, 1] }),
      "'range' of ma2ml is [1, 1]: the first must be the worse",
    ],
    ['a range turned round', () => make({ range: [0, 1] }, plainSpace, loss), 'which the search minimizes'],
    [
      'an unknown variant',
      () => make(options({ variant: 'best' })),
      "'variant' of ma2ml must be one of full",
    ],
    [
      'sequential updates on-policy',
      () => make({ variant: 'lite', updates: 'sequential' }),
      "which only fits 'updates': 'simultaneous'",
    ],
    [
      'a credit where none is given',
      () => make({ variant: 'lite', credit: 'sampled' }),
      "leave out 'credit'",
    ],
    [
      'an unknown credit',
      () => make(options({ credit: 'some' })),
      "'credit' of ma2ml must be one of exact, sampled",
    ],
    ['a divergence without targets', () => make({ variant: 'no-kl', klWeight: 1 }), "leave out 'klWeight'"],
    [
      'a single action without credit',
      () => make({ variant: 'off-nocredit', actionsPerStep: 1 }),
      'from 2 to 256',
    ],
    [
      'an undeclared cost',
      () => make({ costs: [{ metric: 'flops', target: 1, mode: 'hard' }] }),
      "'metric' of costs[0] of ma2ml must be one of the declared metrics accuracy, it is 'flops'",
    ],
    [
      'a target of nothing',
      () => make({ costs: [{ metric: 'accuracy', target: 0, mode: 'hard' }] }),
      "'target' of costs[0] of ma2ml must be a positive number",
    ],
    [
      'a cost without mode',
      () => make(options({ costs: [{ metric: 'accuracy' }] })),
      'the mode hard, mnasnet or tunas',
    ],
    [
      'operations that are not there',
      () => make({ orderFree: { operation: 'op', levels: [] } }),
      "no decision called 'op'",
    ],
    [
      'levels that are not there',
      () => make({ orderFree: { operation: 'op', levels: ['angle'] } }, subPolicySpace(2)),
      "finds the operation 'augment[0].op' but no decision 'augment[0].angle' beside it",
    ],
    [
      'picks that exclude each other, with decisions below',
      () =>
        make({ agents: [{ name: 'a' }] }, view({ x: manyOf(2, ['p', 'q', { r: int(1, 2) }], tagged('a')) })),
      "decision 'x' is a multi-choice whose picks depend on each other",
    ],
    [
      'too many combinations',
      () =>
        make({ agents: [{ name: 'a' }] }, view({ x: permutation([1, 2, 3, 4, 5, 6, 7, 8, 9], tagged('a')) })),
      'which ma2ml cannot divide into independent choices',
    ],
    [
      'a memory beyond its limit',
      () => make({}, subPolicySpace(80)),
      'the critic and the replay buffer of ma2ml could take',
    ],
  ])('%s', (_, attempt, sentence) => {
    expect(attempt).toThrow(AlgorithmError);
    expect(attempt).toThrow(sentence);
  });

  test('a reward outside of 0 … 1 when nobody stated a range', () => {
    expect(() => run(make(quick), 1, () => 87)).toThrow(
      /trial 0 reports accuracy 87, outside of the range 0 to 1/,
    );
  });

  test('a definition and a state of another version', () => {
    const other = { ...ma2ml(quick), version: 2 };
    expect(() => bindAlgorithm(other, agreeing, accuracy, rngFromSeed(1), 'in-order')).toThrow(
      "the search uses 'ma2ml' version 2 but this build has version 1: use a build with that version or start a new search",
    );
    const algorithm = make(quick);
    const { round: _round, ...older } = algorithm.init() as Ma2mlState;
    for (const state of [older, { ...older, round: 0, later: 1 }, { ...older, round: -1 }, null]) {
      const attempt = (): unknown => algorithm.propose(state, 0);
      expect(attempt).toThrow(AlgorithmError);
      expect(attempt).toThrow(
        /^this is not a state of ma2ml for this search: state.*; use the build that wrote it, or start a new search$/,
      );
    }
  });

  test('bulks and states of another version or another space', () => {
    const algorithm = make(quick);
    const { state, bulk } = run(algorithm, 2, agreement);
    const bytes = bulk ?? new Uint8Array(0);
    const request = (): StateValue => {
      let next: StateValue = state;
      for (let index = 16; ; index += 1) {
        const { state: after, action } = algorithm.propose(next, index);
        if (action.kind === 'update') return action.request.input;
        if (action.kind !== 'trial') throw new Error('a trial was expected');
        const outcome: Outcome = { kind: 'scored', metrics: { accuracy: 0.5 } };
        next = algorithm.tell(after, [{ trial: { ...action.proposal, index }, outcome }]);
      }
    };
    const input = request();
    const changed = (at: number, value: number): Uint8Array =>
      bytes.map((byte, place) => (place === at ? value : byte));
    const compute = (other: Uint8Array | null) => () => algorithm.computeUpdate?.(other, input);
    expect(compute(changed(4, 2))).toThrow(
      'the memory of ma2ml has version 2 but this build reads version 1: use a build with that version or start a new search',
    );
    expect(compute(changed(0, 0))).toThrow(/no memory of ma2ml/);
    expect(compute(bytes.subarray(0, bytes.length - 8))).toThrow(/memory of ma2ml is damaged/);
    expect(compute(changed(20, 0))).toThrow(/memory of ma2ml is damaged/);
    expect(compute(null)).toThrow('the critic and the replay buffer of ma2ml are missing after 2 rounds');
    const other = run(make({ ...quick, hiddenUnits: 8 }), 1, agreement).bulk;
    expect(compute(other)).toThrow(/belongs to another space, other agents or another critic/);
    expect(() => make(quick, plainSpace).propose(decodeState(encodeState(state)), 16)).toThrow(
      /this is not a state of ma2ml for this search: state.policy should be/,
    );
    expect(() => algorithm.applyUpdate?.(state, { bulk: 'hash', output: null })).toThrow(/did not ask for/);
  });
});
