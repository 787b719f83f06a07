import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { custom, regularizedEvolution } from '../../algorithms/index.js';
import { JournalVerifier } from '../../client/index.js';
import { fork, RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import { float, space } from '../../search-spaces/index.js';
import { clockSeed } from '../support/clock-seed.js';
import { TestInstallation } from '../support/test-installation.js';

const trials = 8;
const kills = 2;

/** Trains for ten steps and goes on from its last checkpoint. */
const evaluate = `async (p, trial) => {
  const saved = await trial.checkpoint.latest();
  for (let step = saved === null ? 1 : saved.step + 1; step <= 10; step++) {
    await new Promise((resolve) => setTimeout(resolve, 120));
    trial.report(step, { loss: 10 / step });
    await trial.checkpoint.save(new Uint8Array([step]), step);
  }
  return { loss: (p.x - 1) * (p.x - 1) };
}`;

describe('kill -9 at random moments', () => {
  let installation: TestInstallation;
  beforeEach(async () => {
    installation = new TestInstallation(inject('temporalCliPath'));
    await installation.start({}, ['search', 'trainer']);
  });
  afterEach(() => installation.close());

  const victims: Record<string, () => Promise<void>> = {
    'search worker': async () => {
      await installation.killWorker('search');
      await installation.startWorker(2, 'search');
    },
    'trainer worker': async () => {
      await installation.killWorker('trainer');
      await installation.startWorker(2, 'trainer');
    },
    'evaluating process': async () => {
      expect(installation.killEvaluations()).not.toEqual([]);
    },
    server: async () => {
      await installation.killServer();
      await installation.server.start();
    },
    everything: async () => {
      installation.killEvaluations();
      await Promise.all([
        installation.killWorker('search'),
        installation.killWorker('trainer'),
        installation.killServer(),
      ]);
      await Promise.all([installation.startWorker(2, 'search'), installation.startWorker(2, 'trainer')]);
    },
  };

  test.each(Object.keys(victims))(
    '%s: the search ends with the trajectory of the undisturbed one',
    async (victim) => {
      const definition = await installation.define(
        {
          name: 'killed',
          space: space({ x: float(-5, 10) }),
          metrics: { loss: 'minimize' },
          algorithm: regularizedEvolution({ populationSize: 4, tournamentSize: 2 }),
          budget: { trials: trials, concurrency: 2 },
          window: 4,
          seed: 21,
        },
        evaluate,
      );
      const random = new RandomStream(fork(rngFromSeed(clockSeed()), victim));
      const moments = Array.from({ length: kills }, () => 800 + random.below(1_700));
      const result = installation.run(definition);
      for (const moment of moments) {
        await new Promise((resolve) => setTimeout(resolve, moment));
        await victims[victim]?.();
      }
      const expected = installation.expected(definition, ({ x }) => (x - 1) * (x - 1));
      expect((await result).trajectoryHash, `killed after ${moments.join(', ')} ms`).toBe(expected);
      expect(await installation.told('killed')).toEqual(Array.from({ length: trials }, (_, index) => index));
    },
    180_000,
  );

  test('everything: an unpredictable algorithm of the search file decides each trial once', async () => {
    const definition = await installation.define(
      {
        name: 'own',
        space: space({ x: float(-5, 10) }),
        metrics: { loss: 'minimize' },
        algorithm: custom({ ask: () => ({ proposals: [] }), batch: 2 }),
        budget: { trials, concurrency: 2 },
        window: 4,
        seed: 22,
      },
      evaluate,
      `own: {
        start: () => ({ calls: 0 }),
        ask: ({ calls }, wanted) => ({
          proposals: Array.from({ length: wanted }, () => ({ genome: [Math.random()], note: calls })),
          state: { calls: calls + 1 },
        }),
      }`,
    );
    const random = new RandomStream(fork(rngFromSeed(clockSeed()), 'own'));
    const moments = Array.from({ length: kills }, () => 800 + random.below(1_700));
    const result = installation.run(definition);
    for (const moment of moments) {
      await new Promise((resolve) => setTimeout(resolve, moment));
      await victims['everything']?.();
    }
    const { trajectoryHash } = await result;
    expect(await installation.told('own')).toEqual(Array.from({ length: trials }, (_, index) => index));
    // What was decided follows from the journal alone, whatever was asked again.
    const { searches, fault } = await new JournalVerifier(installation.home).verify('own');
    expect(fault, `killed after ${moments.join(', ')} ms`).toBeNull();
    expect(searches[0]?.trajectoryHash).toBe(trajectoryHash);
  }, 180_000);
});
