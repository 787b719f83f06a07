import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  comparisonOf,
  firstEqual,
  secondsUntil,
  type ComparedCandidate,
  type ComparedSearch,
} from '../../examples/one-file-two-ways/comparison.mjs';
import cifar10 from '../../examples/ma2ml-cifar10/ma2ml-cifar10.search.js';
import coDesign from '../../examples/ma2ml-co-design/ma2ml-co-design.search.js';
import dartsCifar10 from '../../examples/darts-cifar10/darts-cifar10.search.js';
import enasCifar10 from '../../examples/enas-cifar10/enas-cifar10.search.js';
import enasMnist from '../../examples/enas-mnist/enas-mnist.search.js';
import mnist from '../../examples/ma2ml-mnist/ma2ml-mnist.search.js';
import pytorchSupernet from '../../examples/pytorch-supernet/pytorch-supernet.search.js';
import { shippedProbes } from '../../algorithms/contract/index.js';
import { reportMa2ml, type Slice } from '../../algorithms/index.js';
import { view } from '../../search-spaces/index.js';
import { planSearch, toDefinition, type SearchDefinition, type Search } from '../../searches/index.js';

const bundle = { hash: '0'.repeat(64), packages: '' };

function defined(search: Search): SearchDefinition {
  return toDefinition(search, bundle, () => ({ problem: 'The example names a file.' }));
}

test.each([
  ['ma2ml-mnist', mnist, { AUG: 11, NAS: 11, HPO: 7 }],
  ['ma2ml-cifar10', cifar10, { AUG: 30, NAS: 21, HPO: 7 }],
  ['ma2ml-co-design', coDesign, { AUG: 11, NAS: 11, HPO: 7, hardware: 7 }],
])('%s: each agent has its decisions, and the first pipeline is drawn', (name, search, decisions) => {
  const definition = defined(search);
  expect(definition.name).toBe(name);
  const { algorithm, level, metrics } = planSearch(name, definition, 0, {});
  const state = algorithm.init();
  const { agents } = reportMa2ml(level.algorithm, view(level.space), metrics, state);
  expect(Object.fromEntries(agents.map((agent) => [agent.name, agent.heads.length]))).toEqual(decisions);
  expect(algorithm.propose(state, 0).action.kind).toBe('trial');
});

test.each([
  ['enas-mnist', enasMnist, 8, 5 + 10],
  ['enas-cifar10', enasCifar10, 30, 12 + 66],
])(
  '%s: the controller draws its first batch, and the weights begin on uniform paths',
  (name, search, epochs, decisions) => {
    const definition = defined(search);
    expect(definition.name).toBe(name);
    expect(definition.levels[0]?.budget).toEqual({ cost: epochs });
    const { algorithm } = planSearch(name, definition, 0, {});
    const { state, action } = algorithm.propose(algorithm.init(), 0);
    if (action.kind !== 'update') throw new Error(`It begins with ${action.kind}.`);
    const computed = algorithm.computeUpdate?.(null, action.request.input);
    const drawn = algorithm.applyUpdate?.(state, { bulk: 'a'.repeat(64), output: computed?.output ?? null });
    if (drawn === undefined) throw new Error('The controller has no updates.');
    const first = algorithm.propose(drawn, 0);
    if (first.action.kind !== 'trial')
      throw new Error(`A search goes on with a trial, not with ${first.action.kind}.`);
    expect(first.action.proposal.genome).toHaveLength(decisions);
    expect(first.action.proposal.slice).toMatchObject({
      ...{ kind: 'train', epoch: 1, epochs, paths: { from: 'uniform', stream: 'epoch 1' } },
    });
  },
);

test('darts-cifar10: the data are embedded by the large probe, and three stages narrow the operations', () => {
  const definition = toDefinition(
    ...([dartsCifar10, bundle, () => ({ problem: 'The example names a file.' }), undefined] as const),
    () => 'a'.repeat(64),
  );
  expect(firstSlice(definition)).toMatchObject({ kind: 'embed', probe: shippedProbes.large.hash });
  const [level] = definition.levels;
  const stages = level?.algorithm.config['stages'];
  expect(stages).toMatchObject([{ keep: 5 }, { keep: 3 }, { network: { cells: 8 } }]);
});

/** The first trial that a search proposes. */
function firstSlice(definition: SearchDefinition): Slice | undefined {
  const { algorithm } = planSearch(definition.name, definition, 0, {});
  const { action } = algorithm.propose(algorithm.init(), 0);
  if (action.kind !== 'trial') throw new Error(`A search begins with a trial, not with ${action.kind}.`);
  return action.proposal.slice;
}

describe('one file, two ways', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.resetModules();
  });

  async function way(sharing: string): Promise<SearchDefinition> {
    vi.resetModules();
    vi.stubEnv('WEIGHT_SHARING', sharing);
    const module = await import('../../examples/one-file-two-ways/two-ways.search.js');
    return defined(module.default);
  }

  test('the same search, but for the algorithm around it, its name and the trials that train the shared weights', async () => {
    const [shared, alone] = [await way('yes'), await way('no')];
    expect([shared.name, alone.name]).toEqual(['two-ways-shared', 'two-ways-alone']);
    expect(firstSlice(shared)).toMatchObject({ kind: 'train', epoch: 1, paths: { from: 'fair' } });
    expect(firstSlice(alone)).toBeUndefined();
    const [[own], [other]] = [shared.levels, alone.levels];
    if (own === undefined || other === undefined) throw new Error('Each search has one level.');
    expect(own.algorithm.config['algorithm']).toEqual(other.algorithm);
    const { algorithm, name, budget } = other;
    expect({ ...own, algorithm, name, budget }).toEqual(other);
    expect(own.budget.trials).toBe(12 + 1 + (budget.trials ?? 0));
    const { levels } = alone;
    expect({ ...shared, levels, name: alone.name }).toEqual(alone);
  });
});

describe('the comparison of two searches', () => {
  const candidate = (mean: number | null, ...trials: readonly number[]): ComparedCandidate => ({
    search: { trials },
    retrained: { mean },
  });
  const search = (way: string, candidates: readonly ComparedCandidate[], chosen: number): ComparedSearch => ({
    way,
    retraining: { candidates, chosen, rankCorrelation: { search: { value: 0.5 } } },
    trials: [0, 1, 2, 3].map((index) => ({ index, outcome: { metrics: { processorSeconds: 2 ** index } } })),
  });

  test('counts up to the first trial of a candidate that is as good as the worse of the two best ones', () => {
    const one = search('one', [candidate(0.8, 1), candidate(0.95, 3), candidate(0.92, 2)], 1);
    const other = search('other', [candidate(null, 0), candidate(0.9, 1, 3)], 1);
    expect(firstEqual(one.retraining, 0.9)).toBe(2);
    expect(firstEqual(other.retraining, 0.9)).toBe(1);
    const lines = comparisonOf([one, other]).split('\n');
    expect(lines[1]).toMatch(/^one +95\.00 % +0\.50 +7\.0 s +15\.0 s$/);
    expect(lines[2]).toMatch(/^other +90\.00 % +0\.50 +3\.0 s +15\.0 s$/);
  });

  test('a trial that measured nothing took no counted time', () => {
    expect(
      secondsUntil(9, [
        { index: 0, outcome: null },
        { index: 1, outcome: {} },
      ]),
    ).toBe(0);
  });
});

test('pytorch-supernet: a command trains slices whose draws come from Duramen', () => {
  const definition = defined(pytorchSupernet);
  expect(firstSlice(definition)).toMatchObject({
    kind: 'train',
    paths: { from: 'uniform', stream: 'epoch 1' },
    steps: 200,
  });
  expect(definition.evaluator).toMatchObject({ kind: 'command' });
  expect(definition.retraining?.evaluator).toEqual(definition.evaluator);
});
