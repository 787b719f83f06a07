import { expect, test } from 'vitest';
import {
  byValue,
  random,
  regularizedEvolution,
  reinforce,
  stopEarly,
  sweep,
} from '../../algorithms/index.js';
import { bool, float, int, oneOf, space } from '../../search-spaces/index.js';
import { activity, defineSearch, EvaluationError, planSearch, toDefinition } from '../../searches/index.js';
import { simulate } from '../../testing/index.js';
import { choices, SimulatedSearch } from '../support/simulated-search.js';
import { toy } from './toy-algorithm.js';

const plane = space({ width: int(1, 40), kind: oneOf(['a', 'b', 'c']), deep: bool() });

function score(genome: readonly number[]): number {
  return genome.reduce((sum, value, place) => sum + value / (place + 1), 0);
}

test.each([
  ['random', random()],
  ['regularizedEvolution', regularizedEvolution({ populationSize: 8, tournamentSize: 3 })],
  ['reinforce', reinforce({ batchSize: 5 })],
])('%s decides as in a disturbed search of the same definition', async (_name, algorithm) => {
  const options = { name: 'alike', seed: 3, metrics: { score: 'maximize' } } as const;
  const definition = toDefinition(
    defineSearch({
      ...options,
      space: plane,
      algorithm,
      budget: { trials: 60 },
      evaluate: activity('train'),
    }),
  );
  const durable = new SimulatedSearch({
    plan: planSearch('alike', definition, 0, {}),
    source: choices(1),
    evaluate: ({ genome }) => ({ kind: 'scored', metrics: { score: score(genome) } }),
    disturbances: ['kill', 'park', 'rebuild'],
  });
  await durable.run();

  const scores = new Map(
    durable.journal.flatMap((record) =>
      record.kind === 'proposed' ? [[record.trial.index, score(record.trial.genome)] as const] : [],
    ),
  );
  const simulated = await simulate(
    algorithm,
    plane,
    async (_parameters, { index }) => scores.get(index) ?? Number.NaN,
    { ...options, trials: 60 },
  );
  expect(simulated.trajectoryHash).toBe(durable.loop.state.trajectoryHash);
  expect(simulated.trials).toHaveLength(60);
  expect(simulated.best?.metrics['score']).toBe(Math.max(...scores.values()));
});

test('an algorithm that ends by itself needs no number of trials, another one does', async () => {
  const { trials, reason, best } = await simulate(sweep(), plane, ({ width, deep }) =>
    deep ? width : -width,
  );
  expect(trials).toHaveLength(240);
  expect(reason).toEqual({ kind: 'exhausted' });
  expect(best?.parameters).toMatchObject({ width: 40, deep: true });
  await expect(simulate(random(), plane, () => 1)).rejects.toThrow('random does not end by itself');
});

test('reports go through the gate of the trial', async () => {
  const { trials } = await simulate(
    stopEarly(random(), byValue([[2, 0.5]])),
    space({ x: float(0, 1) }),
    ({ x }, trial) => {
      for (let step = 1; step <= 4 && !trial.shouldStop(); step += 1) trial.report(step, { score: x });
      return trial.shouldStop() ? undefined : x;
    },
    { trials: 30 },
  );
  const kinds = new Set(trials.map(({ outcome }) => outcome.kind));
  expect([...kinds].sort()).toEqual(['scored', 'stopped']);
  for (const { parameters, outcome } of trials) {
    if (parameters.x < 0.5)
      expect(outcome).toMatchObject({ kind: 'stopped', step: 2, metrics: { score: parameters.x } });
    else expect(outcome).toMatchObject({ kind: 'scored', metrics: { score: parameters.x } });
  }
});

test('failures with a class are outcomes, all other errors go to the caller', async () => {
  const { trials } = await simulate(
    random(),
    plane,
    () => {
      throw new EvaluationError('Diverged', 'the loss is NaN');
    },
    { trials: 3 },
  );
  expect(trials.map(({ outcome }) => outcome.kind)).toEqual(['failed', 'failed', 'failed']);
  const wrong = simulate(
    random(),
    plane,
    () => {
      throw new RangeError('my mistake');
    },
    { trials: 3 },
  );
  await expect(wrong).rejects.toThrow(new RangeError('my mistake'));
});

test("an algorithm of one's own is simulated like a shipped one", async () => {
  const run = () => simulate(toy(), plane, ({ width }) => width, { trials: 100, seed: 'own' });
  const [one, other] = [await run(), await run()];
  expect(one.trajectoryHash).toBe(other.trajectoryHash);
  expect(one.best?.parameters).toMatchObject({ width: 40 });
});
