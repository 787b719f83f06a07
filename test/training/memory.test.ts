import { expect, test } from 'vitest';
import { buildNetwork } from '../../training/index.js';
import { compiled, patterns, plainNumbers, randomState } from '../support/training-laboratory.js';

// A megabyte of images, which a network that is not freed keeps.
const data = patterns(4096, [16, 16, 1]);
const network = buildNetwork({
  builder: 'multilayerPerceptron',
  inputShape: data.imageShape,
  classes: data.classes,
  units: [256],
});
const indices = Int32Array.from({ length: 16 }, (_none, i) => i);

/** Megabytes by which the process grew between the warm-up and the end of doing something so many times. */
function growth(times: number, warmUp: number, work: () => void): number {
  for (let i = 0; i < warmUp; i++) work();
  const before = process.memoryUsage.rss();
  for (let i = 0; i < times; i++) work();
  return (process.memoryUsage.rss() - before) / 1e6;
}

test('networks that are closed leave nothing behind', () => {
  const grown = growth(40, 15, () => {
    const step = compiled(network, data);
    step.write(randomState(step));
    step.train(indices, plainNumbers, 1, () => 0);
    step.close();
  });
  // Each would keep more than a megabyte.
  expect(grown).toBeLessThan(50);
}, 120_000);

test('steps, evaluations, reading and writing leave nothing behind', () => {
  const step = compiled(network, data);
  const state = randomState(step);
  let number = 0;
  const grown = growth(400, 100, () => {
    // The state has half a megabyte.
    step.write(state);
    for (let i = 0; i < 5; i++) step.train(indices, plainNumbers, ++number, () => 0);
    step.evaluate(indices);
    step.read();
  });
  step.close();
  expect(grown).toBeLessThan(60);
}, 120_000);
