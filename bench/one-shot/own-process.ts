/*
 * Duramen's side of the bench: `node own-process.mjs TASK path|alone|gating`. Answers each line, a number of passes over the
 * children of the task, with what these steps cost.
 */
import { readFileSync } from 'node:fs';
import { fork, rngFromSeed } from '../../foundation/numbers/index.js';
import { initialValues } from '../../networks/index.js';
import { supernetworkParameters } from '../../networks/supernetwork/index.js';
import {
  childNetwork,
  compileMixture,
  compileSupernetwork,
  CompiledStep,
  shuffled,
} from '../../training/index.js';
import type { TrainingState } from '../../training/index.js';
import { answerPasses } from './answer-passes.js';
import { readNoise } from './noise-data.js';
import type { OwnWay, PathsTask } from './task.js';

/** One training step of the child at a place of the list; returns the loss. */
type StepOfChild = (place: number, indices: Int32Array, step: number) => number;

const task = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as PathsTask;
const { network: supernetwork, batchSize } = task;
const data = readNoise(task);
const optimizer = { kind: 'sgd', momentum: task.momentum, nesterov: true } as const;
const form = { data, optimizer, clips: false, decays: false, smooths: false, threads: task.threads } as const;
const numbers = { learningRate: task.learningRate, weightDecay: 0, labelSmoothing: 0, clipNorm: 0 };
const paths = task.children.map((child) => Int32Array.from(child));
const parameters = supernetworkParameters(supernetwork).map(({ parameter }) => parameter);
const values = initialValues(parameters, fork(rngFromSeed(0), 'initial'));

function stateOf(sizes: TrainingState | ReadonlyMap<string, number>): TrainingState {
  return new Map(
    [...sizes].map(([name, size]) => [
      name,
      values.get(name) ?? new Float32Array(typeof size === 'number' ? size : size.length),
    ]),
  );
}

function stepOf(way: OwnWay): StepOfChild {
  switch (way) {
    case 'path': {
      const compiled = compileSupernetwork({ supernetwork, ...form });
      compiled.write(stateOf(compiled.stateSizes));
      return (place, indices, step) =>
        compiled.trainPaths(indices, numbers, step, () => 0, [paths[place] ?? new Int32Array(0)]);
    }
    case 'alone': {
      const steps = paths.map((path) => {
        const compiled = new CompiledStep({ network: childNetwork(supernetwork, path), ...form });
        compiled.write(stateOf(compiled.stateSizes));
        return compiled;
      });
      return (place, indices, step) => steps[place]?.train(indices, numbers, step, () => 0) ?? Number.NaN;
    }
    case 'gating': {
      const compiled = compileMixture({ supernetwork, ...form, architectureOptimizer: { kind: 'sgd' } });
      const state = new Map(stateOf(compiled.stateSizes));
      // A softmax of logits so far apart is one-hot to the bit. All branches run whichever is hot, so the first child's stay.
      for (const [place, { name }] of compiled.choices.entries()) {
        const logits = Float32Array.from(state.get(`architecture/${name}`) ?? [], () => -1e4);
        logits[task.children[0]?.[place] ?? 0] = 1e4;
        state.set(`architecture/${name}`, logits);
      }
      compiled.write(state);
      return (_place, indices, step) => compiled.trainWeights(indices, numbers, step, () => 0);
    }
  }
}

const step = stepOf((process.argv[3] ?? 'path') as OwnWay);
const training = Int32Array.from({ length: data.labels.length }, (_none, i) => i);
let order = shuffled(training, rngFromSeed(1));
let at = 0;
let done = 0;

function nextBatch(): Int32Array {
  if (at + batchSize > order.length) {
    at = 0;
    order = shuffled(training, fork(rngFromSeed(1), done));
  }
  at += batchSize;
  return order.slice(at - batchSize, at);
}

await answerPasses({
  parameters,
  warmUp: 1,
  stepsOf: (passes) => passes * paths.length,
  step: (place) => {
    done += 1;
    return step(place % paths.length, nextBatch(), done);
  },
});
