import { setImmediate } from 'node:timers/promises';
import { fork, rngFromSeed } from '../foundation/numbers/index.js';
import type { TrainingData } from './data/data-set.js';
import { shuffled } from './data/split.js';
import type { Split } from './data/split.js';
import type { Optimizer, StepNumbers } from './step/optimizers.js';
import { learningRateAt } from './schedules.js';
import type { Schedule } from './schedules.js';
import type { TrainingCheckpoint } from './training-checkpoint.js';
import { TrainingError } from './training-error.js';
import type { EvaluationSums, TrainingState, TrainingStep } from './step/training-step.js';

/** How a network is trained. */
export interface TrainingSettings {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: Optimizer;
  readonly learningRate: number;
  readonly schedule: Schedule;
  /** Acts on kernels only. */
  readonly weightDecay: number;
  readonly labelSmoothing: number;
  /** Largest norm of all gradients together; null: they are not clipped. */
  readonly clipNorm: number | null;
}

/** Mean loss and share of right answers over some examples. */
export interface Score {
  readonly loss: number;
  readonly accuracy: number;
}

/** What is known at the end of an epoch. */
export interface EpochReport extends Score {
  /** Epochs that are over. */
  readonly epoch: number;
  readonly trainingLoss: number;
}

/** What a caller of `train` gives to watch a training and to end it. */
export interface TrainingObserver {
  /** Aborted: the training saves a checkpoint and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  epoch?(report: EpochReport): void;
  /** The training calls it after every epoch, and ends when it answers true. */
  shouldStop?(): boolean;
  checkpoint?(checkpoint: Omit<TrainingCheckpoint, 'content' | 'kinds'>): Promise<void>;
}

/** All that `train` needs: what to train, on what, and from where. */
export interface Training {
  readonly step: TrainingStep;
  readonly data: TrainingData;
  readonly split: Split;
  readonly settings: TrainingSettings;
  readonly seed: string;
  /** State to start with when there is no checkpoint. */
  readonly initial: TrainingState;
  readonly checkpoint: Pick<TrainingCheckpoint, 'seed' | 'step' | 'lossSum' | 'state'> | null;
  readonly observer?: TrainingObserver;
}

/** Examples of one run of an evaluation. It is fixed, because sums of floats depend on it. */
const evaluationBatch = 250;
/** Milliseconds after which a training gives the event loop its turn, so that it reads the messages of its worker. */
const turnMs = 20;
/** Besides the end of every epoch, a checkpoint is written when the last is this old. */
const checkpointMs = 30_000;

/**
 * Trains a network; the result is the score on the validation examples after the last epoch. The same seed and
 * settings give the same bits, also when it went on from a checkpoint. Throws `TrainingError` (`Diverged`) when the
 * loss is not finite.
 */
export async function train(training: Training): Promise<EpochReport> {
  const { step, split, settings, observer = {} } = training;
  const seed = training.checkpoint?.seed ?? training.seed;
  const rng = fork(rngFromSeed(seed), 'training');
  step.write(training.checkpoint?.state ?? training.initial);
  const perEpoch = Math.ceil(split.training.length / settings.batchSize);
  const total = perEpoch * settings.epochs;
  const seeds = (use: string): number => fork(rng, `use:${use}`).key[0] | 0;
  let done = training.checkpoint?.step ?? 0;
  let lossSum = training.checkpoint?.lossSum ?? 0;
  let savedAt = performance.now();
  let turnAt = savedAt;
  const save = async (): Promise<void> => {
    await observer.checkpoint?.({ seed, step: done, lossSum, state: step.read() });
    savedAt = performance.now();
  };
  const numbersOf = (number: number): StepNumbers => ({
    learningRate: learningRateAt(settings.schedule, settings.learningRate, number, total),
    weightDecay: settings.weightDecay,
    labelSmoothing: settings.labelSmoothing,
    clipNorm: settings.clipNorm ?? 0,
  });
  const several = step.several !== undefined && total >= step.several.worthwhileFrom ? step.several : null;
  // One step, or several at once if the rest of the epoch has as many whole batches.
  const trainSteps = async (rest: Int32Array, first: number): Promise<readonly number[]> => {
    const { batchSize } = settings;
    if (several !== null && rest.length >= several.count * batchSize) {
      const numbers = Array.from({ length: several.count }, (_none, i) => numbersOf(first + i));
      return several.train(rest.slice(0, several.count * batchSize), numbers, first, seeds);
    }
    const indices = rest.slice(0, batchSize);
    await step.prepare?.(indices, rest.slice(batchSize, 2 * batchSize));
    return [step.train(indices, numbersOf(first), first, seeds)];
  };
  let report: EpochReport | null = null;

  while (done < total) {
    const epoch = Math.floor(done / perEpoch);
    const order = shuffled(split.training, fork(rng, `epoch:${epoch}`));
    while (done < (epoch + 1) * perEpoch) {
      if (observer.signal?.aborted === true) {
        await save();
        throw observer.signal.reason;
      }
      const start = (done - epoch * perEpoch) * settings.batchSize;
      for (const loss of await trainSteps(order.subarray(start), done + 1)) {
        done++;
        lossSum += loss;
        checkFinite('training', loss, done, epoch + 1);
      }
      if (performance.now() - turnAt > turnMs) {
        await setImmediate();
        turnAt = performance.now();
        if (turnAt - savedAt > checkpointMs) await save();
      }
    }
    const score = evaluate(step, split.validation);
    checkFinite('validation', score.loss, done, epoch + 1);
    report = { epoch: epoch + 1, trainingLoss: lossSum / perEpoch, ...score };
    lossSum = 0;
    observer.epoch?.(report);
    await save();
    if (observer.shouldStop?.() === true) return report;
  }
  // No epoch was left: the process that trained the last one was lost before it returned the report.
  return report ?? { epoch: settings.epochs, trainingLoss: 0, ...evaluate(step, split.validation) };
}

function checkFinite(what: string, loss: number, step: number, epoch: number): void {
  if (Number.isFinite(loss)) return;
  throw new TrainingError('Diverged', `The ${what} loss became ${loss} in step ${step} (epoch ${epoch}).`);
}

/** The score of the network as it is on examples. */
export function evaluate(step: TrainingStep, indices: Int32Array): Score {
  const total: { -readonly [K in keyof EvaluationSums]: number } = { loss: 0, correct: 0 };
  for (let start = 0; start < indices.length; start += evaluationBatch) {
    const sums = step.evaluate(indices.slice(start, start + evaluationBatch));
    total.loss += sums.loss;
    total.correct += sums.correct;
  }
  const count = Math.max(1, indices.length);
  return { loss: total.loss / count, accuracy: total.correct / count };
}
