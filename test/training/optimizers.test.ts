import { afterAll, describe, expect, test } from 'vitest';
import type { Optimizer, StepNumbers } from '../../training/step/optimizers.js';
import { compiled, networkOf, patterns, plainNumbers, randomState } from '../support/training-laboratory.js';

const data = patterns(16, [4, 4, 1]);
const indices = Int32Array.from({ length: 16 }, (_none, i) => i);
const network = networkOf(
  [
    { name: 'flat', op: 'flatten', inputs: ['input'] },
    { name: 'logits', op: 'dense', inputs: ['flat'], attributes: { units: 4 } },
  ] as Parameters<typeof networkOf>[0],
  data.imageShape,
);
const oracle = compiled(network, data);
afterAll(() => oracle.close());

type State = Map<string, Float32Array>;

/** The gradient at a state, from a step of the plain rule w − 1 · g. */
function gradients(state: State): State {
  oracle.write(
    new Map([...oracle.stateSizes].map(([name, size]) => [name, state.get(name) ?? new Float32Array(size)])),
  );
  oracle.train(indices, { ...plainNumbers, learningRate: 1 }, 1, () => 0);
  const moved = oracle.read();
  return new Map(
    [...state].map(([name, values]) => [name, values.map((value, i) => value - (moved.get(name)?.[i] ?? 0))]),
  );
}

type Rule = (
  weight: number,
  gradient: number,
  slots: [number, number],
  step: number,
  decayed: boolean,
) => number;

const decay = 0.05;
const rate = 0.1;

const rules: readonly (readonly [string, Optimizer, Rule])[] = [
  [
    'momentum',
    { kind: 'sgd', momentum: 0.9 },
    (weight, gradient, slots, _step, decayed) => {
      slots[0] = 0.9 * slots[0] + gradient + (decayed ? decay * weight : 0);
      return weight - rate * slots[0];
    },
  ],
  [
    'Nesterov momentum',
    { kind: 'sgd', momentum: 0.9, nesterov: true },
    (weight, gradient, slots, _step, decayed) => {
      const direction = gradient + (decayed ? decay * weight : 0);
      slots[0] = 0.9 * slots[0] + direction;
      return weight - rate * (direction + 0.9 * slots[0]);
    },
  ],
  [
    'Adam',
    { kind: 'adam', beta1: 0.8, beta2: 0.95, epsilon: 1e-6 },
    (weight, gradient, slots, step, decayed) =>
      weight - adam(gradient + (decayed ? decay * weight : 0), slots, step),
  ],
  [
    'AdamW',
    { kind: 'adamw', beta1: 0.8, beta2: 0.95, epsilon: 1e-6 },
    (weight, gradient, slots, step, decayed) =>
      weight * (decayed ? 1 - rate * decay : 1) - adam(gradient, slots, step),
  ],
];

function adam(gradient: number, slots: [number, number], step: number): number {
  slots[0] = 0.8 * slots[0] + 0.2 * gradient;
  slots[1] = 0.95 * slots[1] + 0.05 * gradient * gradient;
  const correction = Math.sqrt(1 - 0.95 ** step) / (1 - 0.8 ** step);
  return (rate * correction * slots[0]) / (Math.sqrt(slots[1]) + 1e-6);
}

describe('optimisers follow their rules', () => {
  test.each(rules)('%s', (_name, optimizer, rule) => {
    const step = compiled(network, data, optimizer);
    try {
      const start = randomState(step);
      step.write(start);
      const expected: State = new Map([...start].filter(([name]) => name.startsWith('logits/')));
      const slots = new Map(
        [...expected].map(([name, values]) => [name, [...values].map((): [number, number] => [0, 0])]),
      );
      for (let count = 1; count <= 3; count++) {
        const slopes = gradients(expected);
        for (const [name, values] of expected) {
          const moved = values.map((value, i) =>
            rule(
              value,
              slopes.get(name)?.[i] ?? 0,
              slots.get(name)?.[i] ?? [0, 0],
              count,
              name.endsWith('kernel'),
            ),
          );
          expected.set(name, moved);
        }
        step.train(indices, { ...plainNumbers, learningRate: rate, weightDecay: decay }, count, () => 0);
      }
      const found = step.read();
      for (const [name, values] of expected) {
        values.forEach((value, i) => expect(found.get(name)?.[i], `${name}[${i}]`).toBeCloseTo(value, 4));
        expect(values).not.toEqual(start.get(name));
      }
    } finally {
      step.close();
    }
  });
});

test('gradients longer than the limit are scaled down together', () => {
  const step = compiled(network, data, { kind: 'sgd' }, true);
  try {
    const start = randomState(step);
    const move = (numbers: Partial<StepNumbers>): number => {
      step.write(start);
      step.train(indices, { ...plainNumbers, learningRate: 1, ...numbers }, 1, () => 0);
      const moved = step.read();
      const squares = ['logits/kernel', 'logits/bias'].flatMap((name) =>
        [...(start.get(name) ?? [])].map((value, i) => (value - (moved.get(name)?.[i] ?? 0)) ** 2),
      );
      return Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
    };
    const free = move({ clipNorm: 1000 });
    expect(free).toBeGreaterThan(0.2);
    expect(move({ clipNorm: 0.1 })).toBeCloseTo(0.1, 4);
  } finally {
    step.close();
  }
});

test('label smoothing moves the targets', () => {
  const step = compiled(network, data);
  try {
    step.write(new Map([...step.stateSizes].map(([name, size]) => [name, new Float32Array(size)])));
    step.train(indices, { ...plainNumbers, learningRate: 1, labelSmoothing: 0.2 }, 1, () => 0);
    // With equal logits the slope of each bias is 1/4 minus the mean target, which smoothing leaves at 1/4.
    expect(Math.abs(step.read().get('logits/bias')?.[0] ?? 1)).toBeLessThan(1e-6);
    step.write(randomState(step));
    const plain = step.train(indices, { ...plainNumbers, learningRate: 0 }, 1, () => 0);
    step.write(randomState(step));
    const smoothed = step.train(
      indices,
      { ...plainNumbers, learningRate: 0, labelSmoothing: 0.5 },
      1,
      () => 0,
    );
    expect(smoothed).not.toBeCloseTo(plain, 3);
  } finally {
    step.close();
  }
});
