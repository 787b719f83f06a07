import { build } from 'esbuild';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A search with states that hold bytes, driven through the codec; ends with the hash of all it did. */
const program = `
import { bindAlgorithm, decodeState, encodeState, ma2ml, reinforce, regularizedEvolution } from './algorithms/index.js';
import { rngFromSeed, sha256Hex } from './foundation/numbers/index.js';
import { float, int, manyOf, oneOf, view } from './search-spaces/index.js';

const tags = ['all'];
const space = view({ a: oneOf(['x', { n: int(1, 9) }], { tags }), b: manyOf(2, [1, 2, 3], { tags }), c: float(1e-3, 1, { scale: 'log', tags }) });
let hash = '';
const agents = ma2ml({ agents: [{ name: 'all' }], range: [0, 20], pipelinesPerRound: 3, stepsPerRound: 2, hiddenUnits: 8 });
for (const reference of [reinforce({ batchSize: 3 }), agents, regularizedEvolution({ populationSize: 4, tournamentSize: 2 })]) {
  const algorithm = bindAlgorithm(reference, space, [{ name: 'score', goal: 'maximize' }], rngFromSeed(1), 'in-order');
  let state = algorithm.init();
  let bulk = null;
  for (let index = 0; index < 30; ) {
    const { state: next, action } = algorithm.propose(decodeState(outer(encodeState(state))), index);
    state = next;
    if (action.kind === 'update') {
      const result = algorithm.computeUpdate(bulk, action.request.input);
      bulk = outer(result.bulk);
      state = algorithm.applyUpdate(state, { bulk: sha256Hex(result.bulk), output: result.output });
    } else {
      const trial = { ...action.proposal, index };
      const score = trial.genome.reduce((sum, number) => sum + number, 0);
      state = algorithm.tell(state, [{ trial, outcome: { kind: 'scored', metrics: { score } } }]);
      index += 1;
    }
    hash = sha256Hex(hash + JSON.stringify(action) + sha256Hex(encodeState(state)));
  }
}
report(hash);
`;

describe('in a realm of its own, with the globals of the workflow sandbox alone', () => {
  let script: vm.Script;
  beforeAll(async () => {
    const result = await build({
      stdin: { contents: program, resolveDir: root, loader: 'js', sourcefile: path.join(root, 'program.js') },
      bundle: true,
      format: 'iife',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      conditions: ['import'],
      write: false,
    });
    script = new vm.Script(result.outputFiles[0]?.text ?? '');
  });

  const run = (globals: Record<string, unknown>): string => {
    let hash = '';
    // Bytes come back from a payload as arrays of the outer realm.
    const outer = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);
    const context = { ...globals, outer, report: (text: string) => (hash = text) };
    script.runInContext(vm.createContext(context));
    return hash;
  };

  test('states survive the codec and searches give the same bits as outside', () => {
    const inside = run({ TextEncoder, TextDecoder });
    expect(inside).toMatch(/^[0-9a-f]{64}$/);
    let outside = '';
    const outer = (bytes: Uint8Array): Uint8Array => bytes;
    Object.assign(globalThis, { outer, report: (text: string) => (outside = text) });
    script.runInThisContext();
    expect(outside).toBe(inside);
  });
});
