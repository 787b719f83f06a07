/*
 * Duramen's side of the case darts: `node mixture-process.mjs TASK weights|logits`. Answers each line, a number of steps of the
 * weights or of the logits of a mixture, with what these cost.
 */
import { readFileSync } from 'node:fs';
import { fork, rngFromSeed } from '../../foundation/numbers/index.js';
import { initialValues } from '../../networks/index.js';
import { supernetworkParameters } from '../../networks/supernetwork/index.js';
import { compileMixture, shuffled } from '../../training/index.js';
import { answerPasses } from './answer-passes.js';
import { readNoise } from './noise-data.js';
import type { MixtureTask } from './task.js';

const task = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as MixtureTask;
const isOfWeights = process.argv[3] === 'weights';
const { network: supernetwork, batchSize } = task;
const data = readNoise(task);
const mixture = compileMixture({
  ...{ supernetwork, data, none: true, clips: true, decays: true, smooths: false, threads: task.threads },
  optimizer: { kind: 'sgd', momentum: task.momentum },
  architectureOptimizer: { kind: 'adam', beta1: 0.5, beta2: 0.999 },
});
const parameters = supernetworkParameters(supernetwork).map(({ parameter }) => parameter);
const values = initialValues(parameters, fork(rngFromSeed(0), 'initial'));
mixture.write(
  new Map([...mixture.stateSizes].map(([name, size]) => [name, values.get(name) ?? new Float32Array(size)])),
);
const training = Int32Array.from({ length: data.labels.length }, (_none, i) => i);
const order = shuffled(training, rngFromSeed(1));
let done = 0;

function step(): number {
  const at = (done * batchSize) % (order.length - batchSize);
  const indices = order.slice(at, at + batchSize);
  done += 1;
  const own = { labelSmoothing: 0, clipNorm: 5 };
  return isOfWeights
    ? mixture.trainWeights(
        indices,
        { ...own, learningRate: task.learningRate, weightDecay: 3e-4 },
        done,
        () => 0,
      )
    : mixture.trainArchitecture(indices, { ...own, learningRate: 3e-4, weightDecay: 1e-3 }, done, () => 0);
}

await answerPasses({ parameters, warmUp: 2, stepsOf: (passes) => passes, step });
