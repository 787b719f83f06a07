import { describe, expect, test } from 'vitest';
import type { Moments } from '../../../algorithms/policy-gradient/adam.js';
import { Critic, criticSize, initialCritic } from '../../../algorithms/ma2ml/critic.js';
import type { Layout } from '../../../algorithms/ma2ml/layout.js';
import { drawOptions, withoutInactive } from '../../../algorithms/ma2ml/pipeline.js';
import { policyOf } from '../../../algorithms/policy-gradient/categorical-policy.js';
import { isActive } from '../../../algorithms/policy-gradient/decisions.js';
import { RandomStream, rngFromSeed } from '../../../foundation/numbers/index.js';
import { exactBlocks, conditionalSpace, plainSpace, problemOf, subPolicySpace } from './problem.js';

const random = new RandomStream(rngFromSeed('critic'));
const hidden = 11;

function make(layout: Layout): { critic: Critic; draw: () => Uint8Array } {
  const parameters = initialCritic(layout.input.width, hidden, rngFromSeed('weights'));
  const policy = policyOf(layout, new Float32Array(layout.size));
  return { critic: new Critic(layout, hidden, parameters), draw: () => drawOptions(layout, policy, random) };
}

/** The network written down plainly, over the input of a pipeline without order-free rows. */
function plainValue(layout: Layout, parameters: Float32Array, actions: Uint8Array): number {
  const { width } = layout.input;
  const input = new Float64Array(width);
  for (const [head, { offset }] of layout.heads.entries())
    if (isActive(layout.heads, actions, head)) input[offset + (actions[head] ?? 0)] = 1;
  const layer = (from: number, values: Float64Array, size: number): Float64Array =>
    Float64Array.from({ length: size }, (_, to) => {
      const bias = parameters[from + values.length * size + to] ?? 0;
      return values.reduce((sum, value, at) => sum + value * (parameters[from + at * size + to] ?? 0), bias);
    });
  const relu = (values: Float64Array): Float64Array => values.map((value) => Math.max(0, value));
  const first = relu(layer(0, input, hidden));
  const second = relu(layer(width * hidden + hidden, first, hidden));
  return layer(width * hidden + hidden + hidden * hidden + hidden, second, 1)[0] ?? NaN;
}

const emptyMoments = (size: number): Moments => ({
  first: new Float32Array(size),
  second: new Float32Array(size),
});

describe('the critic', () => {
  test.each([
    ['plain', plainSpace],
    ['conditional', conditionalSpace],
  ])('is the network that it says, in a %s space', (_, space) => {
    const { layout } = problemOf(space);
    const { critic, draw } = make(layout);
    for (let count = 0; count < 50; count += 1) {
      const actions = draw();
      expect(critic.value(actions)).toBeCloseTo(plainValue(layout, critic.parameters, actions), 10);
      // What an inactive head would choose does not matter.
      expect(critic.value(withoutInactive(layout, actions))).toBe(critic.value(actions));
    }
  });

  test.each([
    ['plain', plainSpace, {}],
    ['conditional', conditionalSpace, {}],
    [
      'order-free',
      subPolicySpace(3),
      { orderFree: { operation: 'op', levels: ['probability', 'magnitude'] } },
    ],
  ])('values alternatives as if each were asked for alone, in a %s space', (_, space, options) => {
    const { layout } = problemOf(space, options);
    const { critic, draw } = make(layout);
    for (let count = 0; count < 10; count += 1) {
      const actions = draw();
      for (const block of exactBlocks(layout)) {
        const values = new Float64Array(block.count);
        critic.alternatives(block, actions, values);
        for (let joint = 0; joint < block.count; joint += 1) {
          const swapped = actions.slice();
          for (const [at, head] of block.heads.entries())
            swapped[head] = block.joint[joint * block.heads.length + at] ?? 0;
          expect(values[joint]).toBeCloseTo(critic.value(swapped), 10);
        }
      }
    }
  });

  test('a step of training moves every parameter against the slope of the mean squared error', () => {
    const { layout } = problemOf(conditionalSpace);
    const { critic, draw } = make(layout);
    const actions = Array.from({ length: 6 }, () => withoutInactive(layout, draw()));
    const rewards = actions.map(() => 2 * random.unit());
    const loss = (): number =>
      actions.reduce((sum, one, at) => sum + (critic.value(one) - (rewards[at] ?? 0)) ** 2, 0) /
      actions.length;
    const start = critic.parameters.slice();
    const moments = emptyMoments(start.length);
    critic.train({ actions, rewards }, moments, 1, 1e-3);
    const slopes = moments.first.map((mean) => mean / (1 - 0.9));
    critic.parameters.set(start);
    let checked = 0;
    for (let at = 0; at < start.length; at += 7) {
      const step = 1 / 1024;
      const from = start[at] ?? 0;
      critic.parameters[at] = from + step;
      const above = loss();
      critic.parameters[at] = from - step;
      const below = loss();
      critic.parameters[at] = from;
      const slope = (above - below) / (2 * step);
      // Where a unit switches between the two points, the difference says nothing.
      if (Math.abs(slope - (slopes[at] ?? 0)) < 2e-3) checked += 1;
    }
    expect(checked).toBeGreaterThan(0.97 * Math.ceil(start.length / 7));
    expect(slopes.filter((slope) => Math.abs(slope) > 0.01).length).toBeGreaterThan(20);
  });

  test('learns a function of interactions', () => {
    const { layout } = problemOf(plainSpace);
    const { critic, draw } = make(layout);
    const reward = (actions: Uint8Array): number => ((actions[0] ?? 0) + (actions[1] ?? 0)) % 2;
    const moments = emptyMoments(critic.parameters.length);
    const error = (): number => {
      const samples = Array.from({ length: 100 }, draw);
      return samples.reduce((sum, one) => sum + (critic.value(one) - reward(one)) ** 2, 0) / samples.length;
    };
    expect(error()).toBeGreaterThan(0.2);
    for (let step = 1; step <= 400; step += 1) {
      const actions = Array.from({ length: 32 }, draw);
      critic.train({ actions, rewards: actions.map(reward) }, moments, step, 0.01);
    }
    expect(error()).toBeLessThan(0.02);
  });

  test('starts small at the output and uniform within the bounds of each layer', () => {
    const width = 20;
    const parameters = initialCritic(width, 64, rngFromSeed(1));
    expect(parameters.length).toBe(criticSize(width, 64));
    expect(criticSize(width, 64)).toBe(64 * width + 4_289);
    const largest = (from: number, count: number): number =>
      parameters.subarray(from, from + count).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const close = (value: number, bound: number): void => {
      expect(value).toBeLessThanOrEqual(bound);
      expect(value).toBeGreaterThan(0.9 * bound);
    };
    close(largest(0, 64 * width), 2 * Math.sqrt(6 / width));
    expect(largest(64 * width, 64)).toBe(0);
    close(largest(65 * width - width + 64, 64 * 64), Math.sqrt(6 / 64));
    close(largest(64 * width + 64 + 64 * 64 + 64, 64), 0.1 * Math.sqrt(6 / 64));
  });

  test('sub-policies in another order are the same to it, other sub-policies are not', () => {
    const options = { orderFree: { operation: 'op', levels: ['probability', 'magnitude'] } };
    const { layout } = problemOf(subPolicySpace(4), options);
    expect(layout.input.width).toBe(4 * 3 + 3 + 2);
    const { critic } = make(layout);
    const slots = [
      [0, 1, 2],
      [3, 2, 1],
      [0, 0, 3],
      [2, 1, 1],
    ];
    const value = (order: readonly number[]): number =>
      critic.value(Uint8Array.from([...order.flatMap((slot) => slots[slot] ?? []), 1, 0]));
    expect(value([3, 1, 0, 2])).toBeCloseTo(value([0, 1, 2, 3]), 12);
    expect(Math.abs(value([0, 1, 1, 3]) - value([0, 1, 2, 3]))).toBeGreaterThan(1e-4);
  });
});
