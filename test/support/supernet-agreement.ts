import { expect } from 'vitest';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import {
  childNetwork,
  holds,
  outcomesOf,
  supernetworkParameters,
} from '../../networks/supernetwork/index.js';
import { sample } from '../../search-spaces/index.js';
import type { Space } from '../../search-spaces/index.js';
import { CompiledStep } from '../../training/step/compiled-step.js';
import type { CompiledStepOptions } from '../../training/step/compiled-step.js';
import type { TrainingState } from '../../training/step/training-step.js';
import { compileSupernetwork } from '../../training/supernet/compiled-supernetwork.js';
import { randomNetwork, sharedSpace } from './supernet-laboratory.js';
import { randomState } from './training-laboratory.js';

/** What a child and its supernetwork are compiled for alike. */
export type SharedForm = Omit<CompiledStepOptions, 'network'>;

const numbers = { learningRate: 0.05, weightDecay: 0.01, labelSmoothing: 0.1, clipNorm: 0.5 };
const seeds = (use: string): number => use.length;

/** The numbers of `expected` are also in the other state, but for what roundings leave. */
export function expectNear(own: TrainingState, expected: TrainingState, tolerance: number): void {
  for (const [name, values] of expected) {
    const found = own.get(name);
    expect(found?.length, name).toBe(values.length);
    const worst = values.reduce(
      (most, value, i) =>
        Math.max(most, Math.abs((found?.[i] ?? Number.NaN) - value) / (1 + 10 * Math.abs(value))),
      0,
    );
    expect(worst, name).toBeLessThan(tolerance);
  }
}

/**
 * Trains children of a space, by default of one of random networks, in turn on one set of weights: each step has the loss and the new weights of the child
 * that is compiled alone from the same state, and leaves the bits of what only other children have.
 */
export function expectPathSteps(
  space: Space,
  form: SharedForm,
  indices: Int32Array,
  children: readonly number[],
  tolerance: number,
  network: (program: unknown) => unknown = randomNetwork,
): void {
  const { supernetwork, choices, pathFor } = sharedSpace(space, network);
  const parameters = supernetworkParameters(supernetwork);
  const whole = compileSupernetwork({ supernetwork, ...form });
  whole.write(randomState(whole));
  children.forEach((seed, i) => {
    const path = pathFor(sample(space, rngFromSeed(seed)));
    const before = whole.read();
    const alone = new CompiledStep({ network: childNetwork(supernetwork, path), ...form });
    alone.write(before);
    const loss = whole.trainPaths(indices, numbers, i + 1, seeds, [path]);
    const expected = alone.train(indices, numbers, i + 1, seeds);
    expect(Math.abs(loss - expected) / expected).toBeLessThan(tolerance);
    const after = whole.read();
    expectNear(after, alone.read(), tolerance);
    alone.close();
    const outcomeOf = outcomesOf(choices, path);
    const idle = parameters.flatMap(({ parameter, under }) =>
      under.every((condition) => holds(condition, outcomeOf)) ? [] : [parameter.name],
    );
    for (const name of idle) {
      for (const each of ['', 'momentum/', 'firstMoment/', 'secondMoment/'])
        expect(after.get(each + name), each + name).toEqual(before.get(each + name));
    }
  });
  whole.close();
}
