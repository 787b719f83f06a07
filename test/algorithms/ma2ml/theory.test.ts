import { describe, expect, test } from 'vitest';
import {
  addActorGradient,
  creditOf,
  jointProbabilities,
  sampledCreditOf,
  type Advantage,
} from '../../../algorithms/ma2ml/credit.js';
import type { Layout } from '../../../algorithms/ma2ml/layout.js';
import { drawOptions } from '../../../algorithms/ma2ml/pipeline.js';
import {
  divergenceOf,
  policyOf,
  type CategoricalPolicy,
} from '../../../algorithms/policy-gradient/categorical-policy.js';
import { studyTable } from '../../../bench/ma2ml/study-table.js';
import { dexp, dlog, RandomStream, rngFromSeed } from '../../../foundation/numbers/index.js';
import { oneOf, view } from '../../../search-spaces/index.js';
import { sharedDirectory } from '../../support/shared.js';
import {
  bestResponse,
  closedForm,
  divergence,
  normalised,
  randomGame,
  randomPolicies,
  sequentialUpdate,
  simultaneousUpdate,
  valueOf,
  type Game,
  type Policies,
} from './game.js';
import {
  allActions,
  conditionalSpace,
  exactBlocks,
  plainSpace,
  problemOf,
  tagged,
  valueBy,
} from './problem.js';

const source = (label: string): RandomStream => new RandomStream(rngFromSeed(label));
const logitsOf = (size: number, from: RandomStream): Float64Array =>
  Float64Array.from({ length: size }, () => 3 * from.unit() - 1.5);
/** A fixed random number for each set of active options. */
const randomScore = (actions: readonly number[]): number => source(`value-${actions.join()}`).unit();

const cube = view([0, 1, 2].map((agent) => oneOf([0, 1, 2], tagged(['AUG', 'NAS', 'HPO'][agent] ?? ''))));

function probabilityOf({ heads }: Layout, { probabilities }: CategoricalPolicy, actions: Uint8Array): number {
  return heads.reduce(
    (product, { offset }, head) => product * (probabilities[offset + (actions[head] ?? 0)] ?? 0),
    1,
  );
}

describe('counterfactual credit', () => {
  test.each([
    ['three agents of one decision', cube],
    ['agents of several decisions', plainSpace],
  ])('has mean zero over the own policy whatever the others do: %s', (_, space) => {
    const { layout } = problemOf(space);
    const policy = policyOf(layout, logitsOf(layout.size, source('credit')));
    const value = valueBy(layout, randomScore);
    for (const block of exactBlocks(layout)) {
      const probabilities = jointProbabilities(layout, block, policy);
      for (const others of allActions(layout)) {
        if (block.heads.some((head) => others[head] !== 0)) continue;
        let mean = 0;
        for (let joint = 0; joint < block.count; joint += 1) {
          const actions = others.slice();
          for (const [at, head] of block.heads.entries())
            actions[head] = block.joint[joint * block.heads.length + at] ?? 0;
          mean += (probabilities[joint] ?? 0) * creditOf(layout, block, value, probabilities, actions);
        }
        expect(Math.abs(mean)).toBeLessThan(1e-12);
      }
    }
  });

  /** Exact mean of the gradient estimate beside finite differences of what it estimates. */
  function compareGradients(layout: Layout, weight: number): void {
    const logits = logitsOf(layout.size, source('logits'));
    const target = policyOf(layout, logitsOf(layout.size, source('target')));
    const value = valueBy(layout, randomScore);
    const all = allActions(layout);
    const worth = all.map((actions) => value.value(actions));
    const objective = (at: Float64Array): number => {
      const policy = policyOf(layout, at);
      const mean = all.reduce(
        (sum, actions, place) => sum + probabilityOf(layout, policy, actions) * (worth[place] ?? 0),
        0,
      );
      return layout.heads.reduce((sum, head) => sum - weight * divergenceOf(head, policy, target), mean);
    };
    const policy = policyOf(layout, logits);
    const gradient = new Float64Array(layout.size);
    for (const actions of all) {
      const one = new Float64Array(layout.size);
      const regularised = weight === 0 ? null : { target, weight };
      const step = {
        policy,
        regularised,
        advantage: { kind: 'credit', value, draws: [] },
        samples: [actions],
      } as const;
      addActorGradient(layout, layout.blocks, step, one, new Float64Array(layout.agents.length));
      const probability = probabilityOf(layout, policy, actions);
      for (const [at, slope] of one.entries()) gradient[at] = (gradient[at] ?? 0) + probability * slope;
    }
    const size = Math.sqrt(gradient.reduce((sum, slope) => sum + slope * slope, 0));
    for (let at = 0; at < layout.size; at += 1) {
      const step = 1e-4;
      const moved = (change: number): number =>
        objective(logits.map((logit, place) => (place === at ? logit + change : logit)));
      // The slope by five points, exact to the fourth power of the step.
      const slope = (8 * (moved(step) - moved(-step)) - (moved(2 * step) - moved(-2 * step))) / (12 * step);
      expect(Math.abs((gradient[at] ?? 0) - slope) / size).toBeLessThan(1e-6);
    }
  }

  test('gives the exact gradient of the regularised objective on a 3×3×3 table', () => {
    compareGradients(problemOf(cube).layout, 0.3);
  });

  test('gives it for agents of several decisions', () => {
    compareGradients(problemOf(plainSpace).layout, 0.3);
  });

  test('gives it where decisions switch others on and off', () => {
    const { layout } = problemOf(
      view({
        a: oneOf(
          [{ b: oneOf([0, 1], tagged('NAS')), c: oneOf([0, 1, 2], tagged('HPO')) }, 1, 2],
          tagged('AUG'),
        ),
        d: oneOf([0, { e: oneOf([0, 1]) }], tagged('NAS')),
      }),
    );
    compareGradients(layout, 0);
  });
});

describe('credit whose mean over the policy is estimated', () => {
  test.each([
    ['three agents of one decision', cube],
    ['agents of several decisions', plainSpace],
  ])('is the exact credit in the mean over the draws: %s', (_, space) => {
    const { layout } = problemOf(space);
    const policy = policyOf(layout, logitsOf(layout.size, source('estimated')));
    const value = valueBy(layout, randomScore);
    const all = allActions(layout);
    const from = source('actions');
    for (const block of exactBlocks(layout)) {
      const probabilities = jointProbabilities(layout, block, policy);
      for (let count = 0; count < 5; count += 1) {
        const actions = drawOptions(layout, policy, from);
        const mean = all.reduce((sum, draw) => {
          const credit = sampledCreditOf(block.heads, value, [draw], actions);
          return sum + probabilityOf(layout, policy, draw) * credit;
        }, 0);
        expect(mean).toBeCloseTo(creditOf(layout, block, value, probabilities, actions), 12);
      }
    }
  });

  test('gives an agent of more than 1,024 joint options a gradient without bias', () => {
    const wide = view({
      a: Array.from({ length: 6 }, () => oneOf([0, 1, 2, 3], tagged('AUG'))),
      b: oneOf([0, 1], tagged('NAS')),
      c: oneOf([0, 1, 2], tagged('HPO')),
    });
    const { layout } = problemOf(wide, { credit: 'sampled' });
    expect(layout.blocks.map(({ kind, heads }) => [kind, heads.length])).toEqual([
      ['sampled', 6],
      ['exact', 1],
      ['exact', 1],
    ]);
    const policy = policyOf(layout, logitsOf(layout.size, source('wide')));
    // Far from zero, so that a mean taken from what it is compared with would show.
    const value = valueBy(
      layout,
      (actions) => 3 + actions.reduce((sum, option, head) => sum + ((option * (head + 2)) % 5) / 8, 0),
    );
    const gradientOf = (advantage: Advantage, samples: readonly Uint8Array[]): Float64Array => {
      const gradient = new Float64Array(layout.size);
      const credit = new Float64Array(layout.agents.length);
      const step = { policy, regularised: null, advantage, samples };
      addActorGradient(layout, layout.blocks, step, gradient, credit);
      return gradient;
    };
    // Heads are independent in this value: the slope of a logit is p·(value of its option − mean over the head).
    const slopes = new Float64Array(layout.size);
    for (const [place, { offset, of }] of layout.heads.entries()) {
      const worth = Array.from({ length: of }, (_, option) => ((option * (place + 2)) % 5) / 8);
      const mean = worth.reduce(
        (sum, one, option) => sum + one * (policy.probabilities[offset + option] ?? 0),
        0,
      );
      for (const [option, one] of worth.entries())
        slopes[offset + option] = (policy.probabilities[offset + option] ?? 0) * (one - mean);
    }
    const from = source('samples');
    const repeats = 4_000;
    const sums = new Float64Array(layout.size);
    const squares = new Float64Array(layout.size);
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const drawn = (count: number): readonly Uint8Array[] =>
        Array.from({ length: count }, () => drawOptions(layout, policy, from));
      const gradient = gradientOf({ kind: 'credit', value, draws: drawn(2) }, drawn(1));
      for (const [at, slope] of gradient.entries()) {
        sums[at] = (sums[at] ?? 0) + slope / repeats;
        squares[at] = (squares[at] ?? 0) + (slope * slope) / repeats;
      }
    }
    for (const [at, expected] of slopes.entries()) {
      const mean = sums[at] ?? NaN;
      const error = Math.sqrt(((squares[at] ?? NaN) - mean * mean) / repeats);
      expect(Math.abs(mean - expected)).toBeLessThan(4 * error + 1e-12);
    }
  });
});

describe('exact updates', () => {
  test('the closed form of one agent', () => {
    const prior = Float64Array.of(0.2, 0.3, 0.5);
    const values = Float64Array.of(1, 0.5, 0);
    const policy = closedForm(prior, values, 0.1);
    for (const [at, expected] of [0.98988298, 0.01000467, 0.00011235].entries())
      expect(policy[at]).toBeCloseTo(expected, 8);
    const partition = prior.reduce((sum, p, at) => sum + p * dexp((values[at] ?? 0) / 0.1), 0);
    expect(0.1 * dlog(partition)).toBeCloseTo(0.84007306, 8);
    const reached =
      policy.reduce((sum, p, at) => sum + p * (values[at] ?? 0), 0) - 0.1 * divergence(policy, prior);
    expect(reached).toBeCloseTo(0.84007306, 8);
  });

  test('a joint update never lowers the mean reward, nor does what it pays for its divergence', () => {
    const random = source('chain');
    for (let game = 0; game < 50; game += 1) {
      const rewards = Float64Array.from({ length: 27 }, () => random.unit());
      let policy = normalised(Float64Array.from({ length: 27 }, () => random.unit()));
      const mean = (p: Float64Array): number => p.reduce((sum, one, at) => sum + one * (rewards[at] ?? 0), 0);
      for (let step = 0; step < 10; step += 1) {
        const next = closedForm(policy, rewards, 0.05 + random.unit());
        const weight = 0.05;
        const paid = mean(next) - weight * divergence(next, policy);
        expect(mean(next)).toBeGreaterThanOrEqual(paid - 1e-12);
        const exact = closedForm(policy, rewards, weight);
        expect(mean(exact) - weight * divergence(exact, policy)).toBeGreaterThanOrEqual(mean(policy) - 1e-12);
        policy = next;
      }
    }
  });

  const sizes = (random: RandomStream): readonly number[] =>
    Array.from({ length: 2 + random.below(3) }, () => 2 + random.below(3));
  const range = ({ rewards }: Game): number => Math.max(...rewards) - Math.min(...rewards);

  test('one agent after the other never lowers the mean reward, whatever the weight', () => {
    const random = source('sequential');
    for (let count = 0; count < 500; count += 1) {
      const game = randomGame(sizes(random), random);
      let policies = randomPolicies(game, random);
      const weight = dexp(6 * random.unit() - 5);
      let value = valueOf(game, policies);
      for (let step = 0; step < 5; step += 1) {
        policies = sequentialUpdate(game, policies, weight);
        const next = valueOf(game, policies);
        expect(next).toBeGreaterThanOrEqual(value - 1e-12);
        value = next;
      }
    }
  });

  test('all agents at once keep the bound of the weight in 10,000 games', () => {
    const random = source('simultaneous');
    let violations = 0;
    for (let count = 0; count < 10_000; count += 1) {
      const game = randomGame(sizes(random), random);
      const policies = randomPolicies(game, random);
      const weight = dexp(6 * random.unit() - 5);
      const next = simultaneousUpdate(game, policies, weight);
      const moved = next.reduce((sum, policy, agent) => {
        const distance = policy.reduce(
          (total, p, at) => total + Math.abs(p - (policies[agent]?.[at] ?? 0)),
          0,
        );
        return sum + distance * distance;
      }, 0);
      const bound = (weight - ((game.sizes.length - 1) / 4) * range(game)) * moved;
      if (valueOf(game, next) - valueOf(game, policies) < bound - 1e-12) violations += 1;
    }
    expect(violations).toBe(0);
  });

  test('below the bound a simultaneous update can fall, a sequential one cannot: XOR', () => {
    const game: Game = { sizes: [2, 2], rewards: Float64Array.of(0, 1, 1, 0) };
    const policies: Policies = [Float64Array.of(0.4, 0.6), Float64Array.of(0.4, 0.6)];
    expect(valueOf(game, policies)).toBeCloseTo(0.48, 12);
    const after = (weight: number): number => valueOf(game, simultaneousUpdate(game, policies, weight));
    expect(after(0.01)).toBeLessThan(2e-8);
    expect(after(0.2)).toBeCloseTo(0.45829, 5);
    expect(after(0.25)).toBeCloseTo(0.48104, 5);
    for (const [weight, expected] of [
      [0.01, 1],
      [0.2, 0.60515],
      [0.25, 0.55175],
    ] as const)
      expect(valueOf(game, sequentialUpdate(game, policies, weight))).toBeCloseTo(expected, 5);
  });

  test('iterated joint updates reach the best reward, a fixed prior stays within its bound', () => {
    const random = source('limits');
    for (let count = 0; count < 20; count += 1) {
      const rewards = Float64Array.from({ length: 24 }, () => random.unit());
      const best = Math.max(...rewards);
      const mean = (p: Float64Array): number => p.reduce((sum, one, at) => sum + one * (rewards[at] ?? 0), 0);
      const uniform = new Float64Array(24).fill(1 / 24);
      let policy: Float64Array = uniform;
      for (let step = 0; step < 30_000 && best - mean(policy) > 1e-6; step += 1)
        policy = closedForm(policy, rewards, 0.05);
      expect(best - mean(policy)).toBeLessThanOrEqual(1e-6);
      for (const weight of [0.01, 0.1, 1])
        expect(best - mean(closedForm(uniform, rewards, weight))).toBeLessThanOrEqual(weight * dlog(24));
    }
  });

  test('additive rewards: simultaneous updates never fall, whatever the weight', () => {
    const random = source('additive');
    for (let count = 0; count < 200; count += 1) {
      const parts = [3, 4, 2].map((of) => Float64Array.from({ length: of }, () => random.unit()));
      const rewards = Float64Array.from(
        { length: 24 },
        (_, at) =>
          (parts[0]?.[Math.floor(at / 8)] ?? 0) +
          (parts[1]?.[Math.floor(at / 2) % 4] ?? 0) +
          (parts[2]?.[at % 2] ?? 0),
      );
      const game = { sizes: [3, 4, 2], rewards };
      let policies = randomPolicies(game, random);
      let value = valueOf(game, policies);
      const weight = dexp(6 * random.unit() - 5);
      for (let step = 0; step < 5; step += 1) {
        policies = simultaneousUpdate(game, policies, weight);
        const next = valueOf(game, policies);
        expect(next).toBeGreaterThanOrEqual(value - 1e-12);
        value = next;
      }
    }
  });
});

describe.skipIf(sharedDirectory() === undefined)('exact updates on FCNet', () => {
  test.each(['naval', 'protein'] as const)(
    '%s: regularised updates never fall, best responses do',
    (name) => {
      const game = gameOf(name);
      const falls = (starts: number, update: (policies: Policies) => Policies): number => {
        const random = source('starts');
        let count = 0;
        for (let start = 0; start < starts; start += 1) {
          let policies = randomPolicies(game, random);
          let value = valueOf(game, policies);
          for (let step = 0; step < 12; step += 1) {
            policies = update(policies);
            const next = valueOf(game, policies);
            if (next < value - 1e-12) count += 1;
            value = next;
          }
        }
        return count;
      };
      for (const weight of [0.005, 0.3]) {
        expect(falls(4, (policies) => sequentialUpdate(game, policies, weight))).toBe(0);
        expect(falls(4, (policies) => simultaneousUpdate(game, policies, weight))).toBe(0);
      }
      expect(falls(20, (policies) => bestResponse(game, policies))).toBeGreaterThan(0);
    },
  );
});

/** A table as a game of its three agents over their joint options. */
function gameOf(name: 'naval' | 'protein'): Game {
  const { agents, digits, truth } = studyTable(name);
  const sizes = agents.map((agent) =>
    digits.reduce((size, digit) => (digit.agent === agent ? size * digit.of : size), 1),
  );
  const rewards = new Float64Array(truth.length);
  for (let place = 0; place < truth.length; place += 1) {
    const options: number[] = [];
    for (let rest = place, at = digits.length - 1; at >= 0; at -= 1) {
      const of = digits[at]?.of ?? 1;
      options[at] = rest % of;
      rest = Math.floor(rest / of);
    }
    const joint = agents.reduce(
      (all, agent) =>
        digits.reduce(
          (key, digit, at) => (digit.agent === agent ? key * digit.of + (options[at] ?? 0) : key),
          all,
        ),
      0,
    );
    rewards[joint] = truth[place] ?? 0;
  }
  return { sizes, rewards };
}

test('the conditional space of the tests has decisions of every kind', () => {
  const { layout } = problemOf(conditionalSpace);
  expect(layout.heads.map(({ id }) => id)).toEqual([
    'augment',
    'augment[=1/2].flip',
    'augment[=1/2].strength',
    'layers[0]',
    'layers[0][=0/3].width',
    'layers[0][=1/3].kind',
    'layers[0][=1/3].drop',
    'layers[1]',
    'layers[1][=0/3].width',
    'layers[1][=1/3].kind',
    'layers[1][=1/3].drop',
    'order',
  ]);
});
