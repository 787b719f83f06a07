import { describe, expect, test } from 'vitest';
import { algorithmNames, random, reinforce, sweep, type Action } from '../../algorithms/index.js';
import { RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import { float, sample, space, type Genome } from '../../search-spaces/index.js';
import {
  contractCases,
  contractSpaces,
  describeAlgorithm,
  type TestedAlgorithm,
} from '../../testing/index.js';
import { bestSoFar, toy, type BestAlgorithm, type BestState } from './toy-algorithm.js';

// An algorithm of one's own is tested like those that come along.
await describeAlgorithm(toy());

const small = { spaces: { small: contractSpaces.small }, orders: ['in-order'] } as const;

/** The names of the cases that fail. */
function failures(algorithm: TestedAlgorithm): readonly string[] {
  return contractCases(algorithm, small).flatMap(({ name, run }) => {
    try {
      run();
      return [];
    } catch {
      return [name];
    }
  });
}

function trialOf(genome: Genome): Action {
  return { kind: 'trial', proposal: { genome } };
}

describe('what breaks the contract is found', () => {
  test('nothing in an algorithm that keeps it', () => {
    expect(failures(toy())).toEqual([]);
  });

  test('proposals from elsewhere than the seed', () => {
    let calls = 0;
    const propose: BestAlgorithm['propose'] = ({ view }, state) => ({
      state,
      action: trialOf(sample(view, new RandomStream(rngFromSeed(calls++)))),
    });
    expect(failures(toy({ propose }))).toEqual(
      expect.arrayContaining([
        'the same seed gives the same proposals',
        'a state survives as bytes at every step and no call changes its arguments',
        'any interleaving of any number of workers gives the same trajectory',
      ]),
    );
  });

  test('a state that is changed in place', () => {
    const tell: BestAlgorithm['tell'] = (problem, state, told) =>
      Object.assign(state, bestSoFar.tell(problem, state, told));
    expect(failures(toy({ tell }))).toContain(
      'a state survives as bytes at every step and no call changes its arguments',
    );
  });

  test.each([
    ['NaN', Number.NaN],
    ['undefined', undefined],
    ['a date', new Date(0)],
    ['−0', -0],
  ])('a state that is no plain value: %s', (_what, odd) => {
    const tell: BestAlgorithm['tell'] = (problem, state, told) => {
      return { ...bestSoFar.tell(problem, state, told), odd };
    };
    expect(failures(toy({ tell }))).toContain(
      'a state survives as bytes at every step and no call changes its arguments',
    );
  });

  test('a memory beside the state', () => {
    const memory: { best: BestState['best'] } = { best: null };
    const tell: BestAlgorithm['tell'] = (problem, state, told) => {
      memory.best = bestSoFar.tell(problem, memory, told).best;
      return state;
    };
    const propose: BestAlgorithm['propose'] = (problem, state, index) => ({
      state,
      action: bestSoFar.propose(problem, memory, index).action,
    });
    expect(failures(toy({ propose, tell }))).toContain('the same seed gives the same proposals');
  });

  test('outcomes that are forgotten', () => {
    expect(failures(toy({ tell: (_problem, state) => state }))).toEqual([
      'other outcomes give other proposals or another state',
    ]);
  });

  test('trials that are waited for although they were told', () => {
    const propose: BestAlgorithm['propose'] = (problem, state, index) =>
      index === 20 ? { state, action: { kind: 'wait' } } : bestSoFar.propose(problem, state, index);
    expect(failures(toy({ propose }))).toEqual([
      'it waits for an outcome only while there is one to come',
      'it goes on for 2000 trials',
      'it goes on when no trial ever has a score',
    ]);
  });

  test('an end that it does not promise, and a promised one that does not come', () => {
    const propose: BestAlgorithm['propose'] = (problem, state, index) =>
      index === 150 ? { state, action: { kind: 'done' } } : bestSoFar.propose(problem, state, index);
    expect(failures(toy({ propose }))).toContain('it goes on for 2000 trials');
    expect(failures(toy({ propose, endsByItself: () => true }))).toEqual([]);
    expect(failures(toy({ endsByItself: () => true }))).toEqual(['it ends by itself, and done stays done']);
  });

  test('done that does not stay so', () => {
    let isDone = false;
    const init: BestAlgorithm['init'] = (problem) => {
      isDone = false;
      return bestSoFar.init(problem);
    };
    const propose: BestAlgorithm['propose'] = (problem, state, index) => {
      if (index < 150 || isDone) return bestSoFar.propose(problem, state, index);
      isDone = true;
      return { state, action: { kind: 'done' } };
    };
    expect(failures(toy({ init, propose, endsByItself: () => true }))).toContain(
      'it ends by itself, and done stays done',
    );
  });

  test('points outside the space, and trials that continue later ones', () => {
    const outside = toy({ propose: (_problem, state) => ({ state, action: trialOf([99, 99]) }) });
    const later = toy({
      propose(problem, state, index) {
        const { action } = bestSoFar.propose(problem, state, index);
        if (action.kind !== 'trial') return { state, action };
        return { state, action: { kind: 'trial', proposal: { ...action.proposal, continues: index } } };
      },
    });
    for (const broken of [outside, later])
      expect(failures(broken)).toContain(
        'proposals are points of the space and continue earlier trials alone',
      );
  });

  test('states above the bound, and states of others taken for its own', () => {
    expect(failures(toy({ maximumStateBytes: () => 8 }))).toEqual([
      'states stay within the bound that it names',
    ]);
    expect(failures(toy({ readState: () => ({ best: null }) }))).toContain(
      'states of another kind are refused',
    );
  });

  test('probabilities that do not add up', () => {
    const decision = { id: 'a', node: 'a', options: [[0], [1]], probabilities: [0.4, 0.4] };
    const describe: BestAlgorithm['describe'] = () => ({
      figures: [],
      groups: [{ name: 'all', figures: [], decisions: [decision] }],
      warning: null,
    });
    expect(failures(toy({ describe }))).toEqual([
      'it describes decisions of the space with probabilities, and changes nothing',
    ]);
  });
});

describe('cases by capability', () => {
  const names = (algorithm: TestedAlgorithm): readonly string[] =>
    contractCases(algorithm, small).map(({ name }) => name);

  test('only those that can fail are there', () => {
    expect(names(random())).toContain('it goes on for 2000 trials');
    expect(names(random())).not.toContain('it ends by itself, and done stays done');
    expect(names(sweep())).toContain('it ends by itself, and done stays done');
    expect(names(sweep())).not.toContain('it goes on when no trial ever has a score');
    const described = 'it describes decisions of the space with probabilities, and changes nothing';
    expect(names(random())).not.toContain(described);
    expect(names(reinforce())).toContain(described);
  });

  test('spaces that do not suit are left out, unless they were asked for', () => {
    const groups = new Set(contractCases(sweep()).map(({ group }) => group));
    expect([...groups].sort()).toEqual([
      'conditional space, as-completed',
      'conditional space, in-order',
      'small space, as-completed',
      'small space, in-order',
    ]);
    const continuous = { continuous: space({ x: float(0, 1) }) };
    expect(() => contractCases(sweep(), { spaces: continuous })).toThrow("cannot enumerate the float 'x'");
    const refused = toy({
      configure() {
        throw new (class extends Error {})('no space is good enough');
      },
    });
    expect(() => contractCases(refused)).toThrow('no space is good enough');
  });

  test('a second algorithm of the name of a shipped one is its own', () => {
    expect(algorithmNames).toContain('random');
    expect(failures(toy({ name: 'random' }))).toEqual([]);
  });
});
