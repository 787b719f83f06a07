import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fork, RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import { clockSeed } from '../support/clock-seed.js';
import { finished, trial, Workplace } from '../support/workplace.js';

let place: Workplace;
beforeAll(() => {
  place = new Workplace();
});
afterAll(() => place.close());

const kills = 10;
const epochs = 12;
const stepsPerEpoch = 15;

/** A training that kills its own process right before a step: by attempt, counted from the checkpoint. */
function training(killAfter: readonly number[]): string {
  return `evaluate: async (parameters, trial) => {
    const { trainClassifier } = await import('duramen/training');
    const count = 400, size = 64;
    const labels = new Int32Array(count).map((_, i) => i % 4);
    const images = new Uint8Array(count * size).map((_, i) => (labels[Math.floor(i / size)] * 37 + i * 101) % 256);
    const data = {
      name: 'stripes', hash: 'stripes', classes: 4, imageShape: [8, 8, 1], images, labels, testFrom: null,
      mean: 0.5, deviation: 0.25,
    };
    let left = ${JSON.stringify(killAfter)}[trial.attempt - 1] ?? Infinity;
    const asked = Object.create(trial, {
      signal: {
        value: {
          get aborted() {
            if (left-- === 0) process.kill(process.pid, 'SIGKILL');
            return trial.signal.aborted;
          },
        },
      },
    });
    const train = trainClassifier({
      dataset: data, validationExamples: 100, batchSize: 20, epochs: ${epochs}, optimizer: 'adam',
      network: () => ({ builder: 'plainConvolutional', widths: [4], dropout: 0.2 }),
    });
    return train({}, asked);
  }`;
}

async function weights(
  search: string,
  killAfter: readonly number[],
): Promise<{ readonly lost: number; readonly end: unknown }> {
  const address = await place.functionAddress(training(killAfter));
  for (let lost = 0; ; lost++) {
    try {
      const result = await place.evaluate(trial(address, { search }));
      const { attributes } = await place.record(result);
      return { lost, end: [finished(result).outcome, attributes['training']] };
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || error.type !== 'Preempted') throw error;
    }
  }
}

test(`a training killed at ${kills} random steps ends with the weights of the undisturbed one`, async () => {
  const stream = new RandomStream(fork(rngFromSeed(clockSeed()), 'kills'));
  // Each attempt gets as far as somewhere in its first two epochs, the checkpoint being at the end of an epoch. Of two in
  // a row one reaches a checkpoint: a trial that is lost five times at the same step is given up.
  const killAfter: number[] = [];
  while (killAfter.length < kills) {
    const wasEarly = (killAfter.at(-1) ?? stepsPerEpoch) < stepsPerEpoch;
    killAfter.push(wasEarly ? stepsPerEpoch + stream.below(stepsPerEpoch) : stream.below(2 * stepsPerEpoch));
  }
  const undisturbed = await weights('undisturbed', []);
  expect(undisturbed).toMatchObject({
    lost: 0,
    end: [{ kind: 'scored' }, { weights: expect.stringMatching(/^[0-9a-f]{64}$/) }],
  });
  const killed = await weights('killed', killAfter);
  expect(killed.lost).toBe(kills);
  expect(killed.end, `killed after ${killAfter.join(', ')} steps`).toEqual(undisturbed.end);
}, 240_000);
