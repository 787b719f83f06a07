import { cpus } from 'node:os';
import type { EvaluationSums } from './step/training-step.js';
import { tensorflowKind } from './tensorflow.js';
import type { SettledComputation } from './tensorflow.js';
import type { Score } from './trainer.js';
import { TrainingError } from './training-error.js';

/** Most examples of one run of an evaluation. */
const evaluationBatch = 250;

/** Mean loss and accuracy on examples, which `evaluate` sums up batch by batch. Throws `TrainingError` where it diverged. */
export function scoreUnderSharedWeights(
  indices: Int32Array,
  evaluate: (batch: Int32Array) => EvaluationSums,
): Score {
  const total = { loss: 0, correct: 0 };
  for (const batch of evenBatches(indices)) {
    const { loss, correct } = evaluate(batch);
    total.loss += loss;
    total.correct += correct;
  }
  const score = { loss: total.loss / indices.length, accuracy: total.correct / indices.length };
  checkSharedLoss('validation', score.loss, 'an evaluation');
  return score;
}

/** Throws `TrainingError` of class `Diverged` for a loss that is not finite. */
export function checkSharedLoss(what: 'training' | 'validation', loss: number, where: string): void {
  if (Number.isFinite(loss)) return;
  throw new TrainingError('Diverged', `The ${what} loss of the shared weights became ${loss} in ${where}.`);
}

/** Library and processor of this process, as checkpoints note it. */
export function kindOfProcess(computation: SettledComputation): string {
  return `${tensorflowKind(computation)}; ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
}

/** Examples in batches of nearly one size: moments of a few examples at the end would say little of them. */
function evenBatches(indices: Int32Array): readonly Int32Array[] {
  const count = Math.ceil(indices.length / evaluationBatch);
  const end = (i: number): number => Math.round((i * indices.length) / count);
  return Array.from({ length: count }, (_none, i) => indices.slice(end(i), end(i + 1)));
}
