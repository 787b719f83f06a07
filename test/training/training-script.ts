/*
 * Trains a small network in a process of its own: `node training-script.mjs FOLDER STOP_AFTER [THREADS PARALLELISM]`. It
 * goes on from `FOLDER/checkpoint` if that is there, saves it and stops after STOP_AFTER steps (0: never), and prints the
 * hash of the final state.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseAugmentationPolicy } from '../../training/augmentation/augmentation-policy.js';
import { splitData } from '../../training/data/split.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import { initialState } from '../../training/train-classifier.js';
import { train } from '../../training/trainer.js';
import { decodeCheckpoint, encodeCheckpoint, hashState } from '../../training/training-checkpoint.js';
import type { TrainingStep } from '../../training/step/training-step.js';
import { compiled, networkOf, patterns } from '../support/training-laboratory.js';

const [folder = '', stopAfter = '0', threads = '1', parallelism] = process.argv.slice(2);
const file = path.join(folder, 'checkpoint');
const data = patterns(200, [8, 8, 2]);
// Everything with a state or with random numbers: averages, slots, dropout, drop-path, augmentation.
const network = networkOf(
  [
    { name: 'a', op: 'convolution', inputs: ['input'], attributes: { filters: 6, kernel: 3 } },
    { name: 'b', op: 'batchNormalization', inputs: ['a'] },
    { name: 'c', op: 'activation', inputs: ['b'], attributes: { function: 'relu' } },
    { name: 'd', op: 'maxPooling', inputs: ['c'], attributes: { kernel: 2, stride: 2 } },
    { name: 'e', op: 'dropPath', inputs: ['d'], attributes: { rate: 0.2 } },
    { name: 'f', op: 'flatten', inputs: ['e'] },
    { name: 'g', op: 'dropout', inputs: ['f'], attributes: { rate: 0.3 } },
    { name: 'logits', op: 'dense', inputs: ['g'], attributes: { units: 4 } },
  ] as Parameters<typeof networkOf>[0],
  data.imageShape,
);
const optimizer = { kind: 'adamw' } as const;
const augmentation = parseAugmentationPolicy([
  { op: 'randomCrop', magnitude: 1, unit: 'pixels' },
  { op: 'horizontalFlip', probability: 0.5 },
  { policy: 'trivialAugment' },
  { oneOf: [{ op: 'mixup' }, { op: 'cutmix' }, { op: 'cutout' }] },
]);
const step = compiled(network, data, optimizer, true, augmentation, {
  threads: Number(threads),
  parallelism: parallelism === 'operations' ? 'operations' : 'data',
});
const parking = new AbortController();
let steps = 0;
const counted: TrainingStep = {
  stateSizes: step.stateSizes,
  train: (...values) => {
    if (++steps === Number(stopAfter)) parking.abort(new Error('parked'));
    return step.train(...values);
  },
  evaluate: (indices) => step.evaluate(indices),
  read: () => step.read(),
  write: (state) => step.write(state),
  close: () => step.close(),
};

await train({
  step: counted,
  data,
  split: splitData(data, { validation: 40 }, rngFromSeed(0)),
  settings: {
    epochs: 3,
    batchSize: 32,
    optimizer,
    learningRate: 0.01,
    schedule: { kind: 'cosine', warmUpSteps: 3 },
    weightDecay: 0.01,
    labelSmoothing: 0.1,
    clipNorm: 1,
  },
  seed: 'training',
  initial: initialState(network, step.stateSizes, 'training'),
  checkpoint: existsSync(file) ? decodeCheckpoint(readFileSync(file)) : null,
  observer: {
    signal: parking.signal,
    checkpoint: async (saved) => {
      writeFileSync(file, encodeCheckpoint({ ...saved, content: 'test', kinds: [] }));
    },
  },
}).catch((error: unknown) => {
  if (!parking.signal.aborted) throw error;
});
console.log(hashState(step.read()));
step.close();
