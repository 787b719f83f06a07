import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { kill, victims } from '../../bench/kill-matrix/victims.js';
import { ma2ml } from '../../algorithms/index.js';
import { fork, RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import { float, oneOf, space } from '../../search-spaces/index.js';
import { simulatedLoop } from '../support/plain-search.js';
import { algorithmBits } from '../support/algorithm-state.js';
import { clockSeed } from '../support/clock-seed.js';
import { TestInstallation } from '../support/test-installation.js';

const trials = 60;
/** Each part twice: evaluating processes, trainer worker, search worker, server, everything. */
const kills = 10;

interface Pipeline {
  readonly cutout: number;
  readonly depth: number;
  readonly rate: number;
}
const loss = ({ cutout, depth, rate }: Pipeline): number => cutout + (depth - 2) * (depth - 2) + rate * rate;
const evaluate = `async ({ cutout, depth, rate }, trial) => {
  const saved = await trial.checkpoint.latest();
  for (let step = saved === null ? 1 : saved.step + 1; step <= 4; step++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    await trial.checkpoint.save(new Uint8Array([step]), step);
  }
  return { loss: cutout + (depth - 2) * (depth - 2) + rate * rate };
}`;

let installation: TestInstallation;
beforeAll(async () => {
  installation = new TestInstallation(inject('temporalCliPath'));
  await installation.start({}, ['search', 'trainer']);
});
afterAll(() => installation.close());

test('killed at ten random moments, agents end with the bits of the undisturbed search', async () => {
  const definition = await installation.define(
    {
      name: 'agents-killed',
      space: space({
        cutout: oneOf([0, 1, 2], { tags: ['AUG'] }),
        depth: oneOf([1, 2, 3, 4], { tags: ['NAS'] }),
        rate: float(-3, 3, { tags: ['HPO'] }),
      }),
      metrics: { loss: 'minimize' },
      algorithm: ma2ml({ range: [20, 0], pipelinesPerRound: 4 }),
      budget: { trials: trials, concurrency: 2 },
      window: 6,
      seed: 22,
    },
    evaluate,
  );
  const random = new RandomStream(fork(rngFromSeed(clockSeed()), 'kills'));
  const order = Array.from({ length: kills }, (_, count) => ({ count, key: random.unit() }))
    .sort((a, b) => a.key - b.key)
    .map(({ count }) => victims[count % victims.length] ?? 'everything');
  const moments = order.map(() => 200 + random.below(900));
  let ended = false;
  const result = installation.run(definition).finally(() => {
    ended = true;
  });
  for (const [place, victim] of order.entries()) {
    await new Promise((resolve) => setTimeout(resolve, moments[place]));
    expect(ended, 'the search is longer than the kills').toBe(false);
    await kill(installation, victim);
  }
  const how = order.map((victim, place) => `${victim} after ${moments[place]} ms`).join(', ');
  const { trajectoryHash } = await result;

  const { loop } = simulatedLoop(definition, (pipeline) => ({
    kind: 'scored',
    metrics: { loss: loss(pipeline as unknown as Pipeline) },
  }));
  expect(trajectoryHash, how).toBe(loop.state.trajectoryHash);
  const expected = algorithmBits(loop.encode());
  expect(expected.policy).not.toBeNull();
  expect(await installation.learned('agents-killed'), how).toEqual(expected);
  expect(await installation.told('agents-killed')).toEqual(
    Array.from({ length: trials }, (_, index) => index),
  );
}, 240_000);
