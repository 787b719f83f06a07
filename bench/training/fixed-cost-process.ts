/*
 * `node fixed-cost-process.mjs ROUNDS THREADS CELLS…`: what a new network costs, from its parameters to the end of its
 * first step, in a process that has trained another one. One line for each number of cells a stage.
 */
import { median } from '../durable-trials/contender.js';
import { buildNetwork, CompiledStep, initialState, readMnist, simplifyGraph } from '../../training/index.js';
import { nasBench201With, networks } from './networks.js';
import type { NetworkParameters } from '../../training/index.js';

const [rounds = 5, threads = 1, ...cells] = process.argv.slice(2).map(Number);
const data = readMnist();
const indices = Int32Array.from({ length: 64 }, (_none, i) => i);
const numbers = { learningRate: 0.01, weightDecay: 0, labelSmoothing: 0, clipNorm: 0 };

function cost(
  parameters: NetworkParameters,
): Readonly<Record<'build' | 'compile' | 'firstStep' | 'all' | 'processor' | 'nodes', number>> {
  const before = process.cpuUsage();
  const start = performance.now();
  const network = simplifyGraph(buildNetwork(parameters));
  const built = performance.now();
  const optimizer = { kind: 'sgd', momentum: 0.9 } as const;
  const form = { clips: false, decays: false, smooths: false };
  const step = new CompiledStep({ network, data, optimizer, ...form, threads });
  const compiled = performance.now();
  step.write(initialState(network, step.stateSizes, 'bench'));
  step.train(indices, numbers, 1, () => 0);
  const end = performance.now();
  const used = process.cpuUsage(before);
  step.close();
  return {
    build: built - start,
    compile: compiled - built,
    firstStep: end - compiled,
    all: end - start,
    processor: (used.user + used.system) / 1000,
    nodes: step.nodeCount,
  };
}

cost(networks.multilayerPerceptron);
for (const cellsPerStage of cells) {
  const costs = Array.from({ length: rounds }, () => cost(nasBench201With(cellsPerStage)));
  const of = (part: keyof ReturnType<typeof cost>): number =>
    Math.round(median(costs.map((each) => each[part])));
  const milliseconds = {
    first: Math.round(costs[0]?.all ?? Number.NaN),
    median: of('all'),
    build: of('build'),
    compile: of('compile'),
    writeAndFirstStep: of('firstStep'),
    processor: of('processor'),
  };
  console.log(
    JSON.stringify({
      fixedCost: 'nasBench201',
      ...{ cellsPerStage, threads, nodes: of('nodes'), rounds, milliseconds },
    }),
  );
}
