import { describe, expect, test } from 'vitest';
import {
  AlgorithmError,
  bindAlgorithm,
  controller,
  decodeState,
  encodeState,
  type BoundAlgorithm,
  type ControllerOptions,
  type Metric,
  type StateValue,
  type Trial,
} from '../../../algorithms/index.js';
import { rngFromSeed, sha256Hex } from '../../../foundation/numbers/index.js';
import { enasMacro, oneOf, space, view, type Genome, type Space } from '../../../search-spaces/index.js';
import { metrics, spaces } from './problem.js';

const row = space(Array.from({ length: 6 }, () => oneOf([0, 1, 2])));
/** The share of decisions that are the third option. */
const share = (genome: Genome): number => genome.filter((number) => number === 2).length / genome.length;

const quick = { hiddenUnits: 16, batchSize: 8, learningRate: 0.01 } as const;

/** A search by hand, with a store of bulks. */
class Hand {
  readonly algorithm: BoundAlgorithm;
  readonly bulks = new Map<string, Uint8Array>();
  readonly trials: Trial[] = [];
  state: StateValue;

  constructor(options: ControllerOptions, of: Space = row, declared: readonly Metric[] = metrics, seed = 1) {
    this.algorithm = bindAlgorithm(controller(options), view(of), declared, rngFromSeed(seed), 'in-order');
    this.state = this.algorithm.init();
  }

  /** The next proposal, after the updates that it needs. */
  propose(): Trial | 'wait' {
    for (;;) {
      const { state, action } = this.algorithm.propose(this.state, this.trials.length);
      switch (action.kind) {
        case 'wait':
          return 'wait';
        case 'trial': {
          this.state = state;
          const trial = { ...action.proposal, index: this.trials.length };
          this.trials.push(trial);
          return trial;
        }
        case 'update': {
          const { bulk, input } = action.request;
          const before = bulk === null ? null : (this.bulks.get(bulk) ?? null);
          const result = this.algorithm.computeUpdate?.(before, input);
          if (result === undefined) throw new Error('The controller has no update.');
          const name = result.bulk === null ? null : sha256Hex(result.bulk);
          if (name !== null && result.bulk !== null) this.bulks.set(name, result.bulk);
          const applied = this.algorithm.applyUpdate?.(state, { bulk: name, output: result.output });
          if (applied === undefined) throw new Error('The controller applies no update.');
          this.state = applied;
          break;
        }
        case 'done':
          throw new Error('The controller never ends.');
      }
    }
  }

  /** So many trials with the rewards of an objective; `between` may replace the state between any two calls. */
  run(
    count: number,
    objective: (genome: Genome) => number,
    between: (state: StateValue) => StateValue = (state) => state,
  ): void {
    while (this.trials.length < count) {
      const trial = this.propose();
      if (trial === 'wait') throw new Error('All outcomes are known.');
      this.state = between(this.state);
      const outcome = { kind: 'scored', metrics: { accuracy: objective(trial.genome) } } as const;
      this.state = between(this.algorithm.tell(this.state, [{ trial, outcome }]));
    }
  }

  figure(name: string): number | null {
    const figures = this.algorithm.describe?.(this.state)?.figures ?? [];
    return figures.find((one) => one.name === name)?.value ?? null;
  }
}

const meanOf = (trials: readonly Trial[]): number =>
  trials.reduce((sum, { genome }) => sum + share(genome), 0) / trials.length;

test.each([
  ['PPO', quick],
  ['PPO by decision', { ...quick, ratio: 'decision' }],
  ['REINFORCE', { ...quick, update: 'reinforce', learningRate: 0.03 }],
  ['REINFORCE in several passes', { ...quick, update: 'reinforce', passes: 5 }],
] as const)('%s finds what is rewarded, and says so', (_, options) => {
  const hand = new Hand(options);
  hand.run(480, share);
  expect(meanOf(hand.trials.slice(0, 16))).toBeLessThan(0.55);
  expect(meanOf(hand.trials.slice(-80))).toBeGreaterThan(0.8);
  const learned = hand.algorithm.policy?.(hand.state);
  expect(share(learned?.mostProbable ?? [])).toBe(1);
  expect(hand.figure('entropy') ?? 9).toBeLessThan(0.7 * (hand.figure('largest entropy') ?? 0));
  expect(hand.figure('KL') ?? -1).toBeGreaterThanOrEqual(0);
});

test('the first policy is nearly uniform, its batch has another seed for another search', () => {
  const first = new Hand(quick);
  const other = new Hand(quick, row, metrics, 2);
  first.run(8, share);
  other.run(8, share);
  expect(first.figure('entropy') ?? 0).toBeGreaterThan(0.99 * (first.figure('largest entropy') ?? 9));
  expect(first.trials.map(({ genome }) => genome)).not.toEqual(other.trials.map(({ genome }) => genome));
});

test('the baseline after the first batch is its mean, then a moving average', () => {
  const hand = new Hand({ ...quick, baselineDecay: 0.75 });
  hand.run(16, share);
  expect(hand.propose()).not.toBe('wait');
  const state = hand.state as { readonly baseline: number };
  const [first, second] = [hand.trials.slice(0, 8), hand.trials.slice(8, 16)].map(meanOf);
  expect(state.baseline).toBeCloseTo(0.75 * (first ?? 0) + 0.25 * (second ?? 0), 12);
});

test('a state that went through bytes at every step takes the same decisions, to the same policy', () => {
  const straight = new Hand(quick);
  const broken = new Hand(quick);
  straight.run(60, share);
  broken.run(60, share, (state) => decodeState(encodeState(state)));
  expect(broken.trials).toEqual(straight.trials);
  expect(encodeState(broken.state)).toEqual(encodeState(straight.state));
  expect([...broken.bulks.keys()]).toEqual([...straight.bulks.keys()]);
});

test('outcomes in any order give the same policy; a cancelled trial does not count', () => {
  const run = (order: readonly number[]): string | undefined => {
    const hand = new Hand({ ...quick, batchSize: 4 });
    const trials = [0, 1, 2, 3].map(() => hand.propose());
    for (const place of order) {
      const trial = trials[place];
      if (trial === undefined || trial === 'wait') throw new Error('A trial is missing.');
      const outcome =
        place === 2
          ? ({ kind: 'cancelled' } as const)
          : ({ kind: 'scored', metrics: { accuracy: place / 4 } } as const);
      hand.state = hand.algorithm.tell(hand.state, [{ trial, outcome }]);
    }
    hand.propose();
    return hand.algorithm.policy?.(hand.state)?.bulk;
  };
  expect(run([0, 1, 2, 3])).toBe(run([3, 2, 0, 1]));
  expect(run([0, 1, 2, 3])).toMatch(/^[0-9a-f]{64}$/);
});

test('the drawer draws from the stored policy, as the update does', () => {
  const hand = new Hand({ ...quick, learningRate: 0.05 });
  hand.run(400, share);
  const bulk = hand.bulks.get(hand.algorithm.policy?.(hand.state)?.bulk ?? '');
  if (bulk === undefined) throw new Error('The policy is not stored.');
  const draw = hand.algorithm.drawer?.(bulk);
  const genomes = Array.from({ length: 50 }, (_, seed) => draw?.(rngFromSeed(seed)) ?? []);
  expect(genomes.reduce((sum, genome) => sum + share(genome), 0) / 50).toBeGreaterThan(0.75);
});

test('candidates are the most probable architecture, the best results and probable draws', () => {
  const hand = new Hand(quick);
  hand.run(160, share);
  const { derivation } = hand.algorithm;
  const bulk = hand.bulks.get(derivation?.bulk(hand.state) ?? '') ?? null;
  const candidates = derivation?.derive(hand.state, bulk, { best: 2, draws: 50, drawn: 3 }) ?? [];
  expect(candidates.map(({ source }) => source)).toEqual([
    'greedy',
    'best',
    'best',
    'drawn',
    'drawn',
    'drawn',
  ]);
  const best = Math.max(...hand.trials.map(({ genome }) => share(genome)));
  expect(candidates[1]?.value).toBe(best);
});

test('skips are pulled to the target, and shown', () => {
  const hand = new Hand({ ...quick, skipTarget: 0.9, skipWeight: 3, learningRate: 0.02 }, enasMacro(4));
  hand.run(400, () => 0.5);
  expect(hand.figure('skip probability') ?? 0).toBeGreaterThan(0.75);
  const groups = hand.algorithm.describe?.(hand.state)?.groups ?? [];
  expect(groups[0]?.decisions.length).toBe(4 + 6);
});

describe('refusals are one sentence', () => {
  const bind = (options: object, of: Space = row, declared = metrics): (() => unknown) => {
    const { name, version } = controller();
    const reference = {
      name,
      version,
      config: JSON.parse(JSON.stringify(options)) as Record<string, StateValue>,
    };
    return () => bindAlgorithm(reference, view(of), declared, rngFromSeed(1), 'in-order');
  };

  test.each<[string, object, string]>([
    ['an unknown option', { epochs: 3 }, "no field 'epochs'"],
    ['an unknown update', { update: 'trpo' }, 'one of ppo, reinforce'],
    ['a clip without PPO', { update: 'reinforce', clip: 0.1 }, "'clip' of controller belongs to PPO"],
    ['more parts than architectures', { batchSize: 2, minibatches: 3 }, 'take at most 2'],
    ['skips in a space without them', { skipTarget: 0.4 }, 'this space has none'],
    ['a range the wrong way round', { range: [1, 0] }, "'range' of controller is [1, 0]"],
    ['no steps', { learningRate: 0 }, "'learningRate'"],
  ])('%s', (_, options, sentence) => {
    expect(bind(options)).toThrow(AlgorithmError);
    expect(bind(options)).toThrow(sentence);
  });

  test('a space without decisions', () => {
    expect(bind({}, space({ width: 3 }))).toThrow('nothing to decide');
  });

  test('a metric to minimize without a range', () => {
    expect(bind({}, row, [{ name: 'loss', goal: 'minimize' }])).toThrow("give it a 'range'");
  });

  test('a reward outside of 0 … 1, which is taken with a range', () => {
    const hand = new Hand(quick);
    expect(() => hand.run(1, () => 93)).toThrow('trial 0 reports accuracy 93, outside of the range 0 to 1');
    const ranged = new Hand({ ...quick, range: [0, 100] });
    ranged.run(8, () => 93);
    ranged.propose();
    expect(ranged.figure('mean reward')).toBeCloseTo(0.93, 12);
  });

  test('a policy of another space, and a state of other options', () => {
    const hand = new Hand(quick);
    hand.run(1, share);
    const other = new Hand({ ...quick, hiddenUnits: 8 });
    const [bulk] = hand.bulks.values();
    expect(() => other.algorithm.drawer?.(bulk ?? new Uint8Array())).toThrow(
      'another space or of other options',
    );
    const smaller = new Hand({ ...quick, batchSize: 2 });
    expect(() => smaller.algorithm.propose(decodeState(encodeState(hand.state)), 1)).toThrow(
      'not a state of',
    );
  });
});

test('the state stays within its bound', () => {
  for (const of of [spaces.macro, spaces.micro, spaces.conditional]) {
    const hand = new Hand({ ...quick, hiddenUnits: 4 }, of);
    hand.run(8, (genome) => (genome.length % 3) / 3);
    for (let each = 0; each < 7; each += 1) hand.propose();
    expect(encodeState(hand.state).length).toBeLessThan(hand.algorithm.maximumStateBytes);
  }
});
