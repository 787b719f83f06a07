import { expect, test } from 'vitest';
import { register, type Algorithm, type Proposal } from '../../algorithms/index.js';
import { contractCases, describeAlgorithm, simulate } from '../../testing/index.js';
import { int, oneOf, space } from '../../search-spaces/index.js';
import { toySlicesAlgorithm, type ToyConfig, type ToyState } from '../support/slices/toy-slices.js';

const config = { epochs: 3, scores: 2, count: 3, evaluations: 3 };

await describeAlgorithm({ ...register(toySlicesAlgorithm), config });

type Toy = Algorithm<ToyConfig, ToyState>;

/** The sentences in which the contract names what a changed toy does wrong. */
function faults(changes: Partial<Toy>): readonly string[] {
  const changed = { ...register({ ...toySlicesAlgorithm, ...changes }), config };
  return contractCases(changed, { orders: ['in-order'] })
    .filter(({ group }) => group.startsWith('small'))
    .flatMap(({ run }) => {
      try {
        run();
        return [];
      } catch (error) {
        return [String(error)];
      }
    });
}

function proposing(change: (proposal: Proposal, index: number) => Proposal): Partial<Toy> {
  return {
    propose(problem, state, index) {
      const proposed = toySlicesAlgorithm.propose(problem, state, index);
      if (proposed.action.kind !== 'trial') return proposed;
      return { ...proposed, action: { kind: 'trial', proposal: change(proposed.action.proposal, index) } };
    },
  };
}

test('the contract finds slices that continue no weights, cost too much, or learn nothing from values', () => {
  expect(faults({})).toEqual([]);
  const anywhere = proposing((proposal, index) => (index === 2 ? { ...proposal, continues: 1 } : proposal));
  expect(faults(anywhere).join()).toContain('has left no weights that the algorithm was told of');
  const dear = proposing((proposal) =>
    proposal.slice === undefined ? proposal : { ...proposal, slice: { ...proposal.slice, cost: 1 } },
  );
  expect(faults(dear).join()).toContain('it has declared a cost of');
  const deaf: Partial<Toy> = {
    tell: (problem, state, told) => ({ ...toySlicesAlgorithm.tell(problem, state, told), gain: 0 }),
  };
  expect(faults(deaf).join()).toContain('opposite values give the same proposals and the same state');
});

test('simulate hands a slice its draws and takes its values', async () => {
  const plane = space({ x: int(0, 99), k: oneOf(['a', 'b']) });
  const drawn: unknown[] = [];
  const { trials, best } = await simulate(
    { ...register(toySlicesAlgorithm), config },
    plane,
    async ({ x }, trial) => {
      if (trial.slice?.kind === 'score') {
        const points = await trial.draws(trial.slice.count);
        drawn.push(...points.map(({ parameters }) => parameters));
        trial.values(points.map(({ genome }) => (genome[0] ?? 0) / 100));
      }
      return { score: x };
    },
    { trials: 30 },
  );
  expect(trials).toHaveLength(30);
  expect(new Set(drawn.map((point) => JSON.stringify(point))).size).toBeGreaterThan(10);
  const last = trials.findLast(({ slice }) => slice?.kind === 'train');
  expect(trials.find(({ index }) => index === best?.index)?.continues).toBe(last?.index);
});
