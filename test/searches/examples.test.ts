import { expect, test } from 'vitest';
import cifar10 from '../../examples/ma2ml-cifar10/ma2ml-cifar10.search.js';
import coDesign from '../../examples/ma2ml-co-design/ma2ml-co-design.search.js';
import mnist from '../../examples/ma2ml-mnist/ma2ml-mnist.search.js';
import { reportMa2ml } from '../../algorithms/index.js';
import { view } from '../../search-spaces/index.js';
import { planSearch, toDefinition } from '../../searches/index.js';

test.each([
  ['ma2ml-mnist', mnist, { AUG: 11, NAS: 11, HPO: 7 }],
  ['ma2ml-cifar10', cifar10, { AUG: 30, NAS: 21, HPO: 7 }],
  ['ma2ml-co-design', coDesign, { AUG: 11, NAS: 11, HPO: 7, hardware: 7 }],
])('%s: each agent has its decisions, and the first pipeline is drawn', (name, search, decisions) => {
  const bundle = { hash: '0'.repeat(64), packages: '' };
  const definition = toDefinition(search, bundle, () => ({ problem: 'The example names a file.' }));
  expect(definition.name).toBe(name);
  const { algorithm, level, metrics } = planSearch(name, definition, 0, {});
  const state = algorithm.init();
  const { agents } = reportMa2ml(level.algorithm, view(level.space), metrics, state);
  expect(Object.fromEntries(agents.map((agent) => [agent.name, agent.heads.length]))).toEqual(decisions);
  expect(algorithm.propose(state, 0).action.kind).toBe('trial');
});
