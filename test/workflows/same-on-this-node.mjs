// Run by any version of Node: `node same-on-this-node.mjs DIST HISTORIES`. Replays all recorded histories, and prints as
// JSON what must be equal on every version: bits of the numbers, and trajectories of algorithms. The built package is
// imported by its path, because a version under test knows nothing of the set-up of the tests.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';

import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';

const [dist, histories] = process.argv.slice(2);
const room = (name) => import(pathToFileURL(path.join(dist, name, 'index.js')).href);
const numbers = await room('foundation/numbers');
const algorithms = await room('algorithms');
const { decode, float, int, oneOf, space } = await room('search-spaces');
const { defineSearch, planSearch, SearchLoop, toDefinition } = await room('searches');

/** Bits of every function at many places of its range, as one hash. */
function bitsOfNumbers() {
  const { dcos, dexp, dlog, dpow, dtanh, RandomStream, rngFromSeed, sha256Hex } = numbers;
  const random = new RandomStream(rngFromSeed(1));
  const results = new Float64Array(25_000);
  for (let i = 0; i < results.length; i += 5) {
    const x = random.unit() * 1400 - 700;
    const positive = dexp(x);
    results.set([positive, dlog(positive), dtanh(x / 70), dcos(x), dpow(positive, random.unit())], i);
  }
  return sha256Hex(new Uint8Array(results.buffer));
}

/** Trajectory of a search that is driven to its end without Temporal. */
function trajectoryOf(algorithm) {
  const search = defineSearch({
    name: 'same',
    space: space({
      rate: float(1e-4, 1, { scale: 'log' }),
      width: int(1, 64, { scale: 'log' }),
      kind: oneOf(['a', 'b', 'c']),
      depth: int(0, 9),
    }),
    metrics: { score: 'maximize' },
    algorithm,
    order: 'in-order',
    budget: { trials: 80, concurrency: 4 },
    seed: 13,
    evaluate: () => ({}),
  });
  const definition = toDefinition(search, { hash: '0'.repeat(64), packages: '' });
  const plan = planSearch('same', definition, 0, {});
  const loop = SearchLoop.open(plan);
  const bulks = new Map();
  for (;;) {
    const step = loop.step();
    if (step.kind === 'end') return loop.state.trajectoryHash;
    if (step.kind === 'update') {
      const { bulk, input } = step.request;
      const computed = plan.algorithm.computeUpdate(bulk === null ? null : bulks.get(bulk), input);
      const name = computed.bulk === null ? null : `bulk-${bulks.size}`;
      bulks.set(name, computed.bulk);
      loop.applyUpdate({ bulk: name, output: computed.output });
    } else if (step.kind === 'start') {
      const { index, genome } = step.open.trial;
      const { rate, width, depth } = decode(plan.level.space, genome);
      const score = depth / (1 + rate) - width * rate;
      loop.complete(index, { outcome: { kind: 'scored', metrics: { score } } });
    } else {
      throw new Error(`The search stands still: ${JSON.stringify(step)}`);
    }
  }
}

async function replayAll() {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const recorded = readdirSync(histories).filter((name) => name.endsWith('.json.gz'));
  const all = recorded.map((name) => ({
    workflowId: name.replace(/(@.*)?\.json\.gz$/, '').replaceAll('+', '/'),
    history: JSON.parse(gunzipSync(readFileSync(path.join(histories, name))).toString('utf8')),
  }));
  const options = { workflowBundle: { codePath: path.join(dist, 'workflow-bundle.js') } };
  let replayed = 0;
  for await (const { error, workflowId } of Worker.runReplayHistories(options, all)) {
    if (error !== undefined) throw new Error(`${workflowId}: ${error.message}`);
    replayed += 1;
  }
  return replayed;
}

const { random, regularizedEvolution, reinforce } = algorithms;
const hashes = {
  numbers: bitsOfNumbers(),
  random: trajectoryOf(random()),
  regularizedEvolution: trajectoryOf(regularizedEvolution({ populationSize: 8, tournamentSize: 3 })),
  reinforce: trajectoryOf(reinforce({ batchSize: 5 })),
};
console.log(JSON.stringify({ node: process.versions.node, hashes, replayed: await replayAll() }));
