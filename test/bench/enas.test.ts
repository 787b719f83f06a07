import { describe, expect, test } from 'vitest';
import { DrivenController } from '../../bench/controller/driven-controller.js';
import { barArms, barLearningRate, sweepArms } from '../../bench/enas/arm.js';
import { Experiments } from '../../bench/enas/experiments.js';
import { gainPlot } from '../../bench/enas/gain-plot.js';
import { aloneAgreement, lengthSummaryOf, readingOf, verdictsOf } from '../../bench/enas/outcome.js';
import type { AloneFigures, ArmSummary } from '../../bench/enas/outcome.js';
import { figuresOf } from '../../bench/enas/page.js';
import { readParts, reportOf } from '../../bench/enas/report.js';
import { skipsOf } from '../../bench/enas/shared-layers.js';
import { averaged } from '../../bench/enas/small-images.js';
import { TaskRunner } from '../../bench/enas/task.js';
import type { Setting } from '../../bench/enas/setting.js';
import { common, enasController } from '../../bench/one-shot-nb201/arm.js';
import type { ArmSetting } from '../../bench/one-shot-nb201/arm.js';
import { CellController } from '../../bench/one-shot-nb201/cell-controller.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import { enasMacro } from '../../search-spaces/index.js';

const tiny: Setting = {
  data: 'mnist',
  images: { training: 128, validation: 60, test: 60 },
  ...{ batchSize: 32, epochs: 3, updates: 2, architectures: 2, scoredImages: 20 },
  ...{ aloneEpochs: 1, compared: 3, derivedFrom: 2, repetitions: 2, lengths: [2, 3] },
};

test(
  'a tiny experiment goes through all parts and repeats itself exactly',
  { timeout: 240_000 },
  async () => {
    const runner = new TaskRunner();
    const kinds: string[] = [];
    const experiments = new Experiments(
      {
        shared: (task) => {
          kinds.push(`${task.kind} ${task.paths}`);
          return runner.shared(task);
        },
        alone: (task) => {
          kinds.push(task.kind);
          return runner.alone(task);
        },
        length: (task) => {
          kinds.push(task.kind);
          return runner.length(task);
        },
      },
      tiny,
      2,
    );
    const lines: object[] = [];
    const report = await reportOf(experiments, readParts([]), (line) => lines.push(line));
    const armCount = barArms.length + sweepArms.length;
    expect(report.arms.map(({ paths }) => paths)).toEqual([
      ...Array.from({ length: armCount }, () => 'uniform'),
      ...Array.from({ length: armCount }, () => 'policy'),
    ]);
    // Three parts of arms, one line for the ranking, and trainings alone of two arms on both kinds of paths.
    expect(lines).toHaveLength(2 * armCount + 1 + 4);
    expect(new Set(kinds)).toEqual(new Set(['shared uniform', 'shared policy', 'alone', 'length']));
    const [random, reinforce, ppo] = report.arms;
    expect(random?.relativeEntropy.mean).toBeCloseTo(1, 3);
    expect(random?.divergence).toBeNull();
    expect(reinforce?.clipFraction).toBeNull();
    expect(ppo?.gains).toHaveLength(tiny.epochs);
    expect(ppo?.relativeEntropy.mean).toBeLessThan(random?.relativeEntropy.mean ?? 0);
    // Until the policy draws the paths, both kinds of paths are the same training.
    const follower = report.arms[armCount + 2];
    expect(follower?.gains[0]).toEqual(ppo?.gains[0]);
    expect(follower?.gains[2]).not.toEqual(ppo?.gains[2]);
    expect(report.ranking?.lengths.map(({ steps }) => steps)).toEqual(tiny.lengths);
    expect(report.ranking?.accuracy.most).toBeGreaterThan(0);
    const figures = figuresOf(report, verdictsOf(report.arms.slice(0, armCount)));
    for (const said of ['ppo 0.0035', 'two seeds alone', 'best of uniform', 'Bars:'])
      expect(figures).toContain(said);
    expect(gainPlot(report.arms.slice(0, armCount)).match(/<path/g)?.length).toBeGreaterThan(2 * armCount);

    const again = await reportOf(experiments, readParts(['--only', 'ranking,bars']), () => undefined);
    expect(again.ranking).toEqual(report.ranking);
    expect(again.arms.map(({ gains }) => gains)).toEqual(
      report.arms.slice(0, barArms.length).map(({ gains }) => gains),
    );
  },
);

test('the skips of an architecture are its bits', () => {
  // Operation 3, then 2 with a skip, then 1 with one skip of two.
  expect(skipsOf([3, 2, 1, 1, 0, 1, ...Array.from({ length: 15 }, () => 0)])).toBe(2);
});

test('parts that are unknown are refused', () => {
  expect(readParts(['--only', 'bars'])).toEqual(['bars']);
  expect(() => readParts(['--only', 'bars,none'])).toThrow('not "none"');
});

test('pixels are averaged in blocks, and the moments are those of the new images', () => {
  const data = {
    ...{
      name: 'four',
      hash: 'four',
      classes: 2,
      imageShape: [2, 4, 1] as const,
      testFrom: 1,
      mean: 0,
      deviation: 1,
    },
    labels: Int32Array.of(0, 1),
    images: Uint8Array.of(0, 2, 100, 200, 4, 5, 0, 0, 255, 255, 1, 0, 255, 255, 0, 0),
  };
  const small = averaged(data);
  expect(small.imageShape).toEqual([1, 2, 1]);
  expect([...small.images]).toEqual([3, 75, 255, 0]);
  expect(small.mean).toBeCloseTo(39 / 255, 12);
  expect(small.deviation).toBeCloseTo(36 / 255, 12);
  expect(() => averaged({ ...data, imageShape: [4, 1, 2] })).toThrow('no grey images');
});

describe('what figures allow to say', () => {
  const tests = (...values: readonly number[]): AloneFigures => ({
    tests: values,
    parameters: 10 * (values[0] ?? 0),
    skips: -(values[0] ?? 0),
  });
  const alone = [tests(0.1, 0.2), tests(0.2, 0.1), tests(0.4, 0.4), tests(0.5, 0.6)];

  test('weights that rank as trainings alone do, and weights that rank the other way', () => {
    const good = lengthSummaryOf(5, [[0.1, 0.2, 0.3, 0.4]], alone);
    const bad = lengthSummaryOf(5, [[0.4, 0.3, 0.2, 0.1]], alone);
    expect(good.bias).toEqual({ parameters: 1, skips: -1 });
    expect(good.spearman).toBeGreaterThan(0.9);
    expect(bad.spearman).toBeLessThan(-0.9);
    expect(readingOf([bad, good])).toContain('rank this space with a Spearman');
    expect(readingOf([bad, { ...good, spearman: 0.29 }])).toContain('cannot rank this space');
    expect(aloneAgreement(alone).spearman).toBeCloseTo(0.8, 12);
  });

  test('bars are those of the learning arms at their learning rate', () => {
    const value = { mean: 0.05, standardError: 0.03 };
    const summary: ArmSummary = {
      ...{ arm: { kind: 'ppo', learningRate: barLearningRate }, seeds: 5, gain: value, reward: value },
      ...{
        entropy: value,
        relativeEntropy: value,
        entropyRange: [0.1, 0.8],
        divergence: null,
        clipFraction: null,
      },
      ...{ skipProbability: value, gains: [], entropies: [], seconds: value, passes: { train: 1, score: 1 } },
    };
    const others = (['random', 'reinforce'] as const).map((kind) => ({
      ...summary,
      arm: kind === 'random' ? { kind } : { kind, learningRate: 0.5 },
    }));
    expect(verdictsOf([...others, summary]).map(({ passed }) => passed)).toEqual([true, false]);
    const clear = {
      ...summary,
      gain: { mean: 0.07, standardError: 0.03 },
      entropyRange: [0.01, 0.8] as const,
    };
    expect(verdictsOf([clear]).map(({ passed }) => passed)).toEqual([false, true]);
  });
});

describe('a driven controller', () => {
  test('keeps its batch until it learns, and learns what is rewarded', () => {
    const driven = new DrivenController(enasMacro(3), { learningRate: 0.01 }, rngFromSeed(1));
    const first = driven.batch();
    expect(driven.batch()).toEqual(first);
    const entropy = driven.figure('entropy');
    const share = (): number => {
      const rewards = driven.batch().map(([operation]) => (operation === 2 ? 1 : 0));
      driven.learn(rewards);
      return rewards.reduce<number>((sum, reward) => sum + reward, 0) / rewards.length;
    };
    const shares = Array.from({ length: 30 }, share);
    expect(shares[29]).toBeGreaterThan(0.7);
    expect(driven.greedy()[0]).toBe(2);
    expect(driven.figure('entropy')).toBeLessThan(entropy);
    expect(() => driven.learn([1])).toThrow('there are 1 rewards');
  });
});

describe('the controller of cells', () => {
  const setting: ArmSetting = {
    ...{ paths: 'enas', seed: 1, minutes: 1, cells: 10, common: { ...common } },
    controller: { ...enasController, stepsPerUpdate: 2 },
  };
  const cells = {
    validation: Int32Array.from({ length: 200 }, (_none, i) => i),
    // Rewards that differ between cells and between batches of images.
    accuracyOf: (cell: readonly number[], images: Int32Array = Int32Array.of(0)): Promise<number> =>
      Promise.resolve(((cell[0] ?? 0) + (images[0] ?? 0) / 200) / 5),
  };

  test('draws no paths during the warm-up, and goes on from its rewards', async () => {
    const whole = new CellController(cells, setting, []);
    expect(whole.cellOf(1, 0.3)).toBeNull();
    await whole.afterStep(2, 0.3);
    expect(whole.figures()).toMatchObject({ updates: 0, reward: null });
    for (const step of [3, 4, 5, 6]) await whole.afterStep(step, 0.5);
    expect(whole.figures().updates).toBe(2);
    const resumed = new CellController(cells, setting, structuredClone(whole.rewards()));
    expect(resumed.cellOf(7, 0.6)).toEqual(whole.cellOf(7, 0.6));
    for (const one of [whole, resumed]) await one.afterStep(8, 0.6);
    expect(resumed.rewards()).toEqual(whole.rewards());
    expect(await resumed.derive()).toEqual(await whole.derive());
    expect(await whole.derive()).toHaveLength(enasController.derivedFrom + 1);
  });
});
