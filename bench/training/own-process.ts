/*
 * Duramen's side of the bench: `node own-process.mjs TASK`. Trains the task's network as a long `trainClassifier`
 * does, and answers each line, a number of seconds, with what it did in about that time.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fork, rngFromSeed } from '../../foundation/numbers/index.js';
import { CompiledStep, initialState, networkCost, readMnist, shuffled } from '../../training/index.js';
import type { Task } from './task.js';

const task = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Task;
const { network, batchSize, threads, mode, parallelism } = task;
const data = readMnist();
const optimizer = { kind: 'sgd', momentum: task.momentum, nesterov: true } as const;
const form = { clips: false, decays: false, smooths: false };
const step = new CompiledStep({ network, data, optimizer, ...form, threads, mode, parallelism });
step.write(initialState(network, step.stateSizes, 'bench'));

const numbers = { learningRate: task.learningRate, weightDecay: 0, labelSmoothing: 0, clipNorm: 0 };
const rng = rngFromSeed(0);
const training = Int32Array.from({ length: data.testFrom ?? data.labels.length }, (_none, i) => i);
let order = shuffled(training, fork(rng, '0'));
let at = 0;
let steps = 0;

function trainSteps(): number {
  const { several } = step;
  const count = several?.count ?? 1;
  if (at + count * batchSize > order.length) {
    at = 0;
    order = shuffled(training, fork(rng, String(steps)));
  }
  const indices = order.slice(at, at + count * batchSize);
  at += indices.length;
  const first = steps + 1;
  steps += count;
  if (several === undefined) return step.train(indices, numbers, first, () => 0);
  const losses = several.train(
    indices,
    Array.from({ length: count }, () => numbers),
    first,
    () => 0,
  );
  return losses.at(-1) ?? Number.NaN;
}

function trainFor(seconds: number): string {
  const before = process.cpuUsage();
  const start = performance.now();
  const from = steps;
  let loss = 0;
  while (performance.now() - start < 1000 * seconds) loss = trainSteps();
  const used = process.cpuUsage(before);
  return JSON.stringify({
    examples: (steps - from) * batchSize,
    seconds: (performance.now() - start) / 1000,
    processorSeconds: (used.user + used.system) / 1e6,
    loss,
  });
}

trainFor(0.5);
console.log(
  JSON.stringify({
    parameters: networkCost(network).parameters,
    form: `Duramen, ${step.nodeCount} nodes, ${step.several?.count ?? 1} steps a call`,
  }),
);
for await (const line of createInterface({ input: process.stdin })) console.log(trainFor(Number(line)));
