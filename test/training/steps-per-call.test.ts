import { afterAll, expect, test } from 'vitest';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import type { CompiledStep } from '../../training/step/compiled-step.js';
import { splitData } from '../../training/data/split.js';
import type { Optimizer } from '../../training/step/optimizers.js';
import { stepsPerCall } from '../../training/step/steps-per-call.js';
import { initialState } from '../../training/train-classifier.js';
import { train } from '../../training/trainer.js';
import type { Training, TrainingObserver } from '../../training/trainer.js';
import { hashState } from '../../training/training-checkpoint.js';
import type { TrainingStep } from '../../training/step/training-step.js';
import { compiled, networkOf, patterns } from '../support/training-laboratory.js';

const data = patterns(175, [8, 8, 1]);
// Everything with a state or with random numbers.
const network = networkOf(
  [
    { name: 'a', op: 'flatten', inputs: ['input'] },
    { name: 'b', op: 'dense', inputs: ['a'], attributes: { units: 16, bias: false } },
    { name: 'c', op: 'batchNormalization', inputs: ['b'] },
    { name: 'd', op: 'activation', inputs: ['c'], attributes: { function: 'relu' } },
    { name: 'e', op: 'dropout', inputs: ['d'], attributes: { rate: 0.3 } },
    { name: 'logits', op: 'dense', inputs: ['e'], attributes: { units: 4 } },
  ] as Parameters<typeof networkOf>[0],
  data.imageShape,
);
// An epoch has 17 steps: two calls of eight, and a last batch of seven examples by itself.
const split = splitData(data, { validation: 40 }, rngFromSeed(0));
const open: CompiledStep[] = [];
afterAll(() => open.forEach((step) => step.close()));

type Checkpoint = NonNullable<Training['checkpoint']>;

interface Told {
  readonly isSeveral: boolean;
  readonly optimizer?: Optimizer;
  readonly learningRate?: number;
  readonly checkpoint?: Checkpoint;
  /** The call with the step of this number is the last. */
  readonly stopIn?: number;
}

/** Trains and tells the final state, what was reported, the calls that were made and the last checkpoint. */
async function trained({ optimizer = { kind: 'adamw' }, learningRate = 0.05, ...told }: Told) {
  const step = compiled(network, data, optimizer, true);
  open.push(step);
  const { several } = step;
  if (several === undefined) throw new Error('The step has no calls of several.');
  const parking = new AbortController();
  const calls: number[] = [];
  const noteCall = (first: number, count: number): void => {
    calls.push(count);
    const { stopIn = 0 } = told;
    if (first <= stopIn && stopIn < first + count) parking.abort(new Error('parked'));
  };
  const watched: TrainingStep = {
    stateSizes: step.stateSizes,
    train: (indices, numbers, number, seeds) => {
      noteCall(number, 1);
      return step.train(indices, numbers, number, seeds);
    },
    ...(told.isSeveral
      ? {
          several: {
            count: several.count,
            worthwhileFrom: 0,
            train: (indices, numbers, first, seeds) => {
              noteCall(first, several.count);
              return several.train(indices, numbers, first, seeds);
            },
          },
        }
      : {}),
    evaluate: (indices) => step.evaluate(indices),
    read: () => step.read(),
    write: (state) => step.write(state),
    close: () => step.close(),
  };
  const reports: Parameters<NonNullable<TrainingObserver['epoch']>>[0][] = [];
  let saved: Checkpoint | null = null;
  const settings = {
    ...{ epochs: 2, batchSize: 8, optimizer, learningRate },
    schedule: { kind: 'cosine', warmUpSteps: 3 },
    ...{ weightDecay: 0.01, labelSmoothing: 0.1, clipNorm: 1 },
  } as const;
  await train({
    ...{ step: watched, data, split, settings, seed: 'training', checkpoint: told.checkpoint ?? null },
    initial: initialState(network, step.stateSizes, 'training'),
    observer: {
      signal: parking.signal,
      epoch: (report) => void reports.push(report),
      checkpoint: async (checkpoint) => {
        saved = checkpoint;
      },
    },
  }).catch((error: unknown) => {
    if (!parking.signal.aborted) throw error;
  });
  return { hash: hashState(step.read()), reports, calls, saved: saved as Checkpoint | null };
}

test.each<Optimizer>([{ kind: 'adamw' }, { kind: 'sgd', momentum: 0.9, nesterov: true }])(
  'several steps a call have the bits of single ones: $kind',
  async (optimizer) => {
    const single = await trained({ isSeveral: false, optimizer });
    const several = await trained({ isSeveral: true, optimizer });
    expect(several.hash).toBe(single.hash);
    expect(several.reports).toEqual(single.reports);
    expect(single.calls).toEqual(Array.from({ length: 34 }, () => 1));
    expect(several.calls).toEqual([8, 8, 1, 8, 8, 1]);
  },
);

test('a training that stops among single steps goes on by several, and the other way round', async () => {
  const whole = await trained({ isSeveral: false });
  const stoppedEarly = await trained({ isSeveral: false, stopIn: 3 });
  expect(stoppedEarly.saved?.step).toBe(3);
  if (stoppedEarly.saved === null) throw new Error('There is no checkpoint.');
  const early = await trained({ isSeveral: true, checkpoint: stoppedEarly.saved });
  expect(early.calls).toEqual([8, 1, 1, 1, 1, 1, 1, 8, 8, 1]);
  expect(early.hash).toBe(whole.hash);
  const stoppedLate = await trained({ isSeveral: true, stopIn: 20 });
  // A cancellation is heard when the call is over.
  expect(stoppedLate.saved?.step).toBe(25);
  if (stoppedLate.saved === null) throw new Error('There is no checkpoint.');
  const late = await trained({ isSeveral: false, checkpoint: stoppedLate.saved });
  expect(late.hash).toBe(whole.hash);
  expect(late.reports.at(-1)).toEqual(whole.reports.at(-1));
});

test('a loss that is not finite is that of the same step', async () => {
  const failure = async (isSeveral: boolean): Promise<unknown> =>
    trained({ isSeveral, optimizer: { kind: 'sgd' }, learningRate: 1e38 }).catch((error: unknown) => error);
  const single = await failure(false);
  expect(single).toMatchObject({ failureClass: 'Diverged', message: expect.stringMatching(/in step \d+ /) });
  expect(await failure(true)).toEqual(single);
});

test('only small networks on images in memory take several steps a call', () => {
  const large = networkOf(
    [
      { name: 'a', op: 'convolution', inputs: ['input'], attributes: { filters: 128, kernel: 3 } },
      { name: 'b', op: 'convolution', inputs: ['a'], attributes: { filters: 128, kernel: 3 } },
      { name: 'c', op: 'flatten', inputs: ['b'] },
      { name: 'logits', op: 'dense', inputs: ['c'], attributes: { units: 4 } },
    ] as Parameters<typeof networkOf>[0],
    data.imageShape,
  );
  expect(stepsPerCall(network, data)).toBe(8);
  expect(stepsPerCall(large, data)).toBe(1);
});
