import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ControllerPolicy } from '../../../algorithms/controller/controller-policy.js';
import {
  logarithmsOf,
  slopeOf,
  slopesOf,
  type Sample,
} from '../../../algorithms/controller/policy-update.js';
import { dexp, dlog, fork, rngFromSeed } from '../../../foundation/numbers/index.js';
import { sweep, validate, view } from '../../../search-spaces/index.js';
import { laboratory, spaces, type Laboratory } from './problem.js';

const names = ['macro', 'micro', 'row', 'conditional', 'rates'] as const;

describe.each(names)('a policy over the space %s', (name) => {
  const of = spaces[name];

  test('draws points of the space, and finds their decisions and probabilities again', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { policy } = laboratory(of, {}, seed);
        const drawn = policy.draw(rngFromSeed(seed));
        const again = policy.replay(drawn.genome);
        expect(again.logProbability).toBe(drawn.logProbability);
        expect(again.decisions.map(({ place, option }) => [place, option])).toEqual(
          drawn.decisions.map(({ place, option }) => [place, option]),
        );
        expect(validate(of, drawn.genome).ok || name === 'rates').toBe(true);
        expect(drawn.logProbability).toBeCloseTo(
          drawn.decisions.reduce(
            (sum, { option, probabilities }) => sum + dlog(probabilities[option] ?? 0),
            0,
          ),
          9,
        );
      }),
      { numRuns: 30 },
    );
  });

  test('the most probable architecture takes the first largest option of each decision', () => {
    const { decisions } = laboratory(of, {}, 3).policy.mostProbable();
    for (const { option, probabilities } of decisions) {
      const largest = Math.max(...probabilities);
      expect(probabilities.indexOf(largest)).toBe(option);
    }
    expect(decisions.length).toBeGreaterThan(0);
  });

  test('the slope of the objective is that of finite differences, in every tensor', () => {
    const options = { update: 'reinforce', entropyWeight: 0.3, valueWeight: 0.7 } as const;
    const setting = laboratory(of, options, 5);
    const batch = [0, 1, 2].map((place): Sample => {
      const { genome } = setting.policy.draw(fork(rngFromSeed(7), place));
      return { genome, reward: 0.2 * place, advantage: [0.8, -1.1, 0.4][place] ?? 0 };
    });
    const { gradient } = slope(setting, batch);
    let checked = 0;
    for (let at = 0; at < gradient.length; at += 1) {
      const up = setting.parameters.slice();
      const down = setting.parameters.slice();
      up[at] = (up[at] ?? 0) + 1e-3;
      down[at] = (down[at] ?? 0) - 1e-3;
      const difference =
        (objective({ ...setting, parameters: up }, batch) -
          objective({ ...setting, parameters: down }, batch)) /
        ((up[at] ?? 0) - (down[at] ?? 0));
      expect(Math.abs(difference - (gradient[at] ?? 0))).toBeLessThan(2e-6 + 1e-4 * Math.abs(difference));
      if (Math.abs(difference) > 1e-4) checked += 1;
    }
    expect(checked).toBeGreaterThan(20);
  });
});

test.each(['macro', 'micro', 'row', 'conditional'] as const)(
  'the probabilities of all points of the space %s add up to 1',
  (name) => {
    const { policy } = laboratory(spaces[name]);
    let total = 0;
    let points = 0;
    for (const point of sweep(view(spaces[name]))) {
      const { logProbability } = policy.replay(point);
      total += dexp(logProbability);
      points += 1;
    }
    expect(points).toBeGreaterThan(20);
    expect(total).toBeCloseTo(1, 10);
  },
);

test('only active decisions enter the probability', () => {
  const { policy, layout } = laboratory(spaces.conditional);
  const widths = layout.tree.heads.findIndex(({ id }) => id.endsWith('width'));
  const met = new Set<number>();
  for (let seed = 0; seed < 40; seed += 1) {
    const { genome, decisions } = policy.draw(rngFromSeed(seed));
    const hasWidth = decisions.some(({ place }) => place === widths);
    expect(hasWidth).toBe(genome[0] === 0);
    met.add(genome[0] ?? -1);
  }
  expect(met.size).toBeGreaterThan(1);
});

test('a masked pick has probability and slope 0', () => {
  const { policy } = laboratory(spaces.conditional);
  const { decisions } = policy.draw(rngFromSeed(4));
  const masked = decisions.filter(({ probabilities }) => probabilities.includes(0));
  expect(masked.length).toBeGreaterThan(0);
  for (const { probabilities, logarithms, option } of masked) {
    expect(probabilities[option]).toBeGreaterThan(0);
    for (const [each, probability] of probabilities.entries())
      if (probability === 0) expect(logarithms[each]).toBe(0);
  }
});

describe('the slope of PPO', () => {
  const rule = { kind: 'ppo', clip: 0.2, ratio: 'architecture', klStop: null } as const;

  test('is that of REINFORCE before the policy has moved, bit for bit', () => {
    const reinforce = laboratory(spaces.macro, { update: 'reinforce' });
    const ppo = laboratory(spaces.macro, { update: 'ppo' });
    const batch = [1, 2, 3].map((seed): Sample => {
      const { genome } = ppo.policy.draw(rngFromSeed(seed));
      return { genome, reward: seed / 4, advantage: seed - 2.2 };
    });
    expect(slope(ppo, batch).gradient).toEqual(slope(reinforce, batch).gradient);
  });

  test('is 0 exactly where the clip holds the ratio back', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -2, max: 2, noNaN: true }).filter((advantage) => advantage !== 0),
        fc.array(fc.double({ min: -0.4, max: 0.4, noNaN: true }), { minLength: 1, maxLength: 4 }),
        (advantage, changes) => {
          const moved = dexp(changes.reduce((sum, change) => sum + change, 0));
          const held = advantage > 0 ? moved > 1.2 : moved < 0.8;
          expect(slopesOf(rule, advantage, changes)).toEqual(
            changes.map(() => (held ? 0 : moved * advantage)),
          );
          const each = slopesOf({ ...rule, ratio: 'decision' }, advantage, changes);
          for (const [at, change] of changes.entries()) {
            const own = dexp(change);
            const isHeld = advantage > 0 ? own > 1.2 : own < 0.8;
            expect(each[at]).toBe(isHeld ? 0 : own * advantage);
          }
        },
      ),
    );
  });

  test('has no bound with a wide clip', () => {
    expect(slopesOf({ ...rule, clip: 1e6 }, 1, [2, 3])).toEqual([dexp(5), dexp(5)]);
  });
});

function slope(setting: Laboratory, batch: readonly Sample[]): ReturnType<typeof slopeOf> {
  const old = batch.map(({ genome }) => logarithmsOf(setting.policy.replay(genome)));
  return slopeOf({ ...setting, rng: rngFromSeed(0) }, setting.parameters, batch, old, [...batch.keys()]);
}

/** The mean objective of REINFORCE, written out from the probabilities. */
function objective({ layout, tensors, config, parameters }: Laboratory, batch: readonly Sample[]): number {
  const policy = new ControllerPolicy(layout, tensors, parameters, config);
  let sum = 0;
  for (const { genome, advantage, reward } of batch) {
    const episode = policy.replay(genome);
    sum += advantage * episode.logProbability + config.entropyWeight * episode.entropy;
    sum -= config.valueWeight * ((policy.valueOf(episode)?.value[0] ?? 0) - reward) ** 2;
    if (layout.order.kind !== 'macro') continue;
    const { target, weight } = config.skips;
    for (const { place, probabilities } of episode.decisions) {
      if (layout.classOf[place] !== -1) continue;
      const [none = 0, skip = 0] = probabilities;
      const divergence = none * dlog(none / (1 - target)) + skip * dlog(skip / target);
      sum -= (weight * divergence) / (layout.order.layers.length - 1);
    }
  }
  return sum / batch.length;
}
