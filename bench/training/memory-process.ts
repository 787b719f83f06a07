/*
 * `node memory-process.mjs steps|networks COUNT`: trains one network for so many steps, or so many networks for a few steps
 * each, and says how much memory the process had resident at ten moments.
 */
import { buildNetwork, CompiledStep, initialState, readMnist, simplifyGraph } from '../../training/index.js';
import { networks } from './networks.js';
import type { NetworkParameters } from '../../training/index.js';

const [kind = 'steps', countText = '1000'] = process.argv.slice(2);
const count = Number(countText);
const data = readMnist();
const numbers = { learningRate: 0.001, weightDecay: 0, labelSmoothing: 0, clipNorm: 0 };
const indices = Int32Array.from({ length: 64 }, (_none, i) => i);
const megabytes: number[] = [];

function note(done: number): void {
  if (done % Math.ceil(count / 10) !== 0 && done !== count) return;
  megabytes.push(Math.round(process.memoryUsage.rss() / 1e6));
}

function compile(parameters: NetworkParameters): CompiledStep {
  const network = simplifyGraph(buildNetwork(parameters));
  const step = new CompiledStep({ network, data, optimizer: { kind: 'adam' }, clips: true, threads: 1 });
  step.write(initialState(network, step.stateSizes, 'bench'));
  return step;
}

if (kind === 'steps') {
  // Every kind of feed and fetch that a training has, on a network with dropout.
  const step = compile({ ...networks.multilayerPerceptron, dropout: 0.1 });
  for (let done = 1; done <= count; done++) {
    step.train(indices, { ...numbers, clipNorm: 1 }, done, () => 7);
    if (done % 100 === 0) step.evaluate(indices);
    const { several } = step;
    if (done % 100 === 0 && several !== undefined) {
      const batches = Int32Array.from({ length: 64 * several.count }, (_none, i) => i);
      const eachNumbers = Array.from({ length: several.count }, () => ({ ...numbers, clipNorm: 1 }));
      several.train(batches, eachNumbers, done, () => 7);
    }
    if (done % 1000 === 0) step.write(step.read());
    note(done);
  }
  step.close();
} else {
  for (let done = 1; done <= count; done++) {
    const width = 8 + (done % 8);
    const step = compile({ ...networks.plainConvolutional, widths: [width, 2 * width] });
    for (let number = 1; number <= 3; number++) step.train(indices, numbers, number, () => 7);
    step.evaluate(indices);
    step.close();
    note(done);
  }
}
console.log(JSON.stringify({ memory: kind, count, residentMegabytes: megabytes }));
