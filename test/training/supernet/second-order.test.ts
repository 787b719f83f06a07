import { expect, test } from 'vitest';
import { oneOf, space } from '../../../search-spaces/index.js';
import { compileMixture } from '../../../training/supernet/compiled-mixture.js';
import type { MixtureOptions } from '../../../training/supernet/compiled-mixture.js';
import { patterns, plainNumbers, randomState } from '../../support/training-laboratory.js';
import { randomNetwork, sharedSpace } from '../../support/supernet-laboratory.js';

const data = patterns(40, [5, 5, 2]);
const training = Int32Array.from({ length: 12 }, (_none, i) => i);
const validation = Int32Array.from({ length: 12 }, (_none, i) => 20 + i);
const seeds = (use: string): number => use.length;
const operation = (name: string) => ({ do: 'operation', name });
const of = space({
  of: [
    { do: 'choose', of: oneOf([operation('wide'), operation('normal'), operation('skip')]) },
    { do: 'choose', of: oneOf([operation('conv'), operation('skip')]) },
  ],
});
const { supernetwork } = sharedSpace(of, randomNetwork);
const steps = { weights: 1, architecture: 1 };

/** The gradient of the logits that a step with plain descent at rate 1 takes. */
const form = {
  supernetwork,
  data,
  architectureOptimizer: { kind: 'sgd' },
  clips: false,
  threads: 1,
} as const satisfies Partial<MixtureOptions>;

test.each([0, 0.9])(
  'is the derivative of the loss after a step of the weights, with momentum %s',
  (momentum) => {
    const optimizer = { kind: 'sgd', momentum } as const;
    const mixture = compileMixture({ ...form, optimizer, secondOrder: true });
    const state = randomState(mixture);
    // Momentum from a step before.
    mixture.write(state);
    mixture.trainWeights(training, { ...plainNumbers, learningRate: 0.02 }, 1, seeds);
    const before = mixture.read();
    const weights = { ...plainNumbers, learningRate: 0.5, weightDecay: 0.01 };
    const loss = mixture.trainArchitectureAhead(
      { training, validation },
      { weights, architecture: { ...plainNumbers, learningRate: 1 } },
      steps,
      seeds,
    );
    const after = mixture.read();
    const lossAfterStep = (logits: ReadonlyMap<string, Float32Array>): number => {
      mixture.write(new Map([...before, ...logits]));
      mixture.trainWeights(training, weights, 1, seeds);
      return mixture.trainArchitecture(validation, { ...plainNumbers, learningRate: 0 }, 1, seeds);
    };
    expect(loss).toBeCloseTo(lossAfterStep(new Map()), 5);
    let compared = 0;
    let beyondFirst = 0;
    for (const [name, values] of before) {
      if (!name.startsWith('architecture/')) {
        // The weights, their momentum and the running averages keep their bits.
        if (!name.includes('/architecture/')) expect(after.get(name), name).toEqual(values);
        continue;
      }
      values.forEach((value, i) => {
        const at = (logit: number): number =>
          lossAfterStep(new Map([[name, values.map((own, j) => (j === i ? logit : own))]]));
        const slope = (at(value + 0.02) - at(value - 0.02)) / 0.04;
        const moved = value - (after.get(name)?.[i] ?? Number.NaN);
        expect(Math.abs(moved - slope), `${name}[${i}]`).toBeLessThan(4e-4 + 0.03 * Math.abs(slope));
        compared += 1;
      });
      mixture.write(before);
      mixture.trainArchitecture(validation, { ...plainNumbers, learningRate: 1 }, 1, seeds);
      const first = mixture.read().get(name);
      values.forEach((value, i) => {
        const difference = Math.abs((first?.[i] ?? 0) - (after.get(name)?.[i] ?? 0));
        beyondFirst = Math.max(beyondFirst, difference);
        expect(value).not.toBe(first?.[i]);
      });
    }
    expect(compared).toBe(5);
    // Else the test could not tell the second order from the first.
    expect(beyondFirst).toBeGreaterThan(2e-3);
    mixture.close();
  },
);

test('is that of the first order where the weights do not move', () => {
  const optimizer = { kind: 'sgd' } as const;
  const mixture = compileMixture({ ...form, optimizer, secondOrder: true });
  mixture.write(randomState(mixture));
  const before = mixture.read();
  const still = { ...plainNumbers, learningRate: 0 };
  const one = { ...plainNumbers, learningRate: 1 };
  mixture.trainArchitectureAhead(
    { training, validation },
    { weights: still, architecture: one },
    steps,
    seeds,
  );
  const ahead = mixture.readLogits();
  mixture.write(before);
  const slopes = mixture.slopes(validation, 1, seeds);
  const logits = mixture.readLogits();
  mixture.trainArchitecture(validation, one, 1, seeds);
  expect(mixture.readLogits()).toEqual(ahead);
  expect(logits.map((logit, i) => Math.fround(logit - (slopes[i] ?? 0)))).toEqual(ahead);
  mixture.close();
});
