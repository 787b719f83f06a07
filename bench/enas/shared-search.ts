import { fork, rngFromSeed } from '../../foundation/numbers/index.js';
import type { Rng } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/index.js';
import { shuffled } from '../../training/index.js';
import { DrivenController } from '../controller/driven-controller.js';
import { controllerOptions } from './arm.js';
import type { Arm } from './arm.js';
import { comparedArchitectures, layerSpace, uniformArchitecture } from './shared-layers.js';
import type { SharedLayers } from './shared-layers.js';
import { stepsOf } from './setting.js';
import type { Setting } from './setting.js';

/**
 * A training of shared weights with controllers beside it. On uniform paths it is the same for all arms, whose controllers
 * therefore share it; on the paths of a policy, which begin after a third of the epochs, there is one arm.
 */
export type SharedTask = { readonly kind: 'shared'; readonly setting: Setting; readonly seed: number } & (
  | { readonly paths: 'uniform'; readonly arms: readonly Arm[] }
  | { readonly paths: 'policy'; readonly arm: Arm }
);

/** What an arm did in an epoch: means over the updates. */
export interface EpochFigures {
  /** Mean reward of the architectures of the policy. */
  readonly reward: number;
  /** That less the mean reward of uniform architectures on the same minibatches under the same weights. */
  readonly gain: number;
  /** In nats. */
  readonly entropy: number;
  readonly relativeEntropy: number;
  /** KL(new ‖ old) of an update in nats, and the share of ratios that the clip held; null where nothing is learned. */
  readonly divergence: number | null;
  readonly clipFraction: number | null;
  readonly skipProbability: number;
}

/** An architecture with its accuracy on all validation images under the last shared weights. */
export interface ScoredArchitecture {
  readonly genome: Genome;
  readonly shared: number;
}

/** What came of an arm. */
export interface ArmResult {
  readonly arm: Arm;
  readonly epochs: readonly EpochFigures[];
  readonly greedy: ScoredArchitecture;
  /** Draws of the last policy. */
  readonly drawn: readonly ScoredArchitecture[];
  /** Processor time of scoring architectures and of updates. */
  readonly scoreSeconds: number;
  readonly updateSeconds: number;
}

export interface SharedResult {
  readonly arms: readonly ArmResult[];
  readonly uniform: readonly ScoredArchitecture[];
  /** Processor time of the training of the weights. */
  readonly trainSeconds: number;
  /** Forward and backward passes on a minibatch, and forward passes of an arm's controller. */
  readonly trainPasses: number;
  readonly scorePasses: number;
}

/** The uniform architectures that all runs compare. */
export function fixedArchitectures(setting: Setting): readonly Genome[] {
  return comparedArchitectures(setting, fork(rngFromSeed(0), 'compared'));
}

/** Trains shared weights, lets the controllers learn after each epoch, and scores what they lead to. */
export async function runSharedSearch(layers: SharedLayers, task: SharedTask): Promise<SharedResult> {
  const { setting, seed } = task;
  const rng = fork(rngFromSeed(seed), 'enas');
  const length = { rng, steps: setting.epochs * stepsOf(setting) };
  const runs = (task.paths === 'uniform' ? task.arms : [task.arm]).map(
    (arm) => new ArmRun(arm, setting, rng),
  );
  const [first] = runs;
  if (first === undefined) throw new Error('A shared training needs an arm.');
  layers.begin(length);
  let trainSeconds = 0;
  for (let epoch = 1; epoch <= setting.epochs; epoch += 1) {
    const isWarmUp = 3 * epoch <= setting.epochs + 2;
    const draw = task.paths === 'uniform' || isWarmUp ? uniformArchitecture : first.drawer();
    const used = process.cpuUsage();
    for (let place = 1; place <= stepsOf(setting); place += 1) {
      const step = (epoch - 1) * stepsOf(setting) + place;
      await layers.train(length, step, draw(fork(rng, `path:${step}`)));
    }
    trainSeconds += secondsSince(used);
    for (let update = 0; update < setting.updates; update += 1) {
      const batches = minibatches(layers, setting, fork(fork(rng, `epoch:${epoch}`), `update:${update}`));
      const uniform: number[] = [];
      for (const { indices, control } of batches) uniform.push(await layers.accuracyOf(control, indices));
      for (const run of runs)
        await run.update(
          layers,
          batches.map(({ indices }) => indices),
          uniform,
        );
    }
    for (const run of runs) run.endEpoch();
  }
  const results: ArmResult[] = [];
  for (const run of runs) results.push(await run.result(layers));
  return {
    arms: results,
    uniform: await scored(layers, fixedArchitectures(setting)),
    trainSeconds,
    trainPasses: length.steps,
    scorePasses: setting.epochs * setting.updates * setting.architectures,
  };
}

interface ScoredBatch {
  readonly indices: Int32Array;
  /** A uniform architecture that is scored on the same images. */
  readonly control: Genome;
}

/** The minibatches of an update, the same in all arms of a seed. */
function minibatches(layers: SharedLayers, setting: Setting, rng: Rng): readonly ScoredBatch[] {
  return Array.from({ length: setting.architectures }, (_none, place) => {
    const own = fork(rng, place);
    const indices = shuffled(layers.images.split.validation, fork(own, 'images'));
    return {
      indices: indices.slice(0, setting.scoredImages),
      control: uniformArchitecture(fork(own, 'control')),
    };
  });
}

async function scored(
  layers: SharedLayers,
  genomes: readonly Genome[],
): Promise<readonly ScoredArchitecture[]> {
  const { validation } = layers.images.split;
  const results: ScoredArchitecture[] = [];
  for (const genome of genomes)
    results.push({ genome: [...genome], shared: await layers.accuracyOf(genome, validation) });
  return results;
}

function secondsSince(used: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(used);
  return (user + system) / 1e6;
}

/** A controller in a run, and what it did so far. */
class ArmRun {
  private readonly driven: DrivenController;
  private readonly epochs: EpochFigures[] = [];
  private updates: EpochFigures[] = [];
  private scoreSeconds = 0;
  private updateSeconds = 0;
  private drawn = 0;

  constructor(
    private readonly arm: Arm,
    private readonly setting: Setting,
    private readonly rng: Rng,
  ) {
    // The controllers of a seed begin with the same parameters.
    this.driven = new DrivenController(layerSpace, controllerOptions(arm, setting), fork(rng, 'controller'));
  }

  drawer(): (rng: Rng) => Genome {
    return this.driven.drawer();
  }

  /** Scores a batch of the policy, each architecture on its own minibatch, and learns from it. */
  async update(
    layers: SharedLayers,
    minibatches: readonly Int32Array[],
    uniform: readonly number[],
  ): Promise<void> {
    const used = process.cpuUsage();
    const rewards: number[] = [];
    for (const [place, genome] of this.batch().entries())
      rewards.push(await layers.accuracyOf(genome, minibatches[place] ?? new Int32Array(0)));
    this.scoreSeconds += secondsSince(used);
    const reward = meanOf(rewards);
    // What the policy was when it drew this batch.
    const entropy = this.driven.figure('entropy');
    const skipProbability = this.driven.figure('skip probability');
    const learning = process.cpuUsage();
    const learns = this.arm.kind !== 'random';
    if (learns) this.driven.learn(rewards);
    this.updateSeconds += secondsSince(learning);
    this.updates.push({
      ...{ reward, gain: reward - meanOf(uniform) },
      ...{ entropy, relativeEntropy: entropy / uniformEntropy, skipProbability },
      divergence: learns ? this.driven.figure('KL') : null,
      clipFraction: this.arm.kind === 'ppo' ? this.driven.figure('clip fraction') : null,
    });
  }

  endEpoch(): void {
    const mean = (of: (figures: EpochFigures) => number): number => meanOf(this.updates.map(of));
    const meanOrNull = (of: (figures: EpochFigures) => number | null): number | null =>
      this.updates.some((figures) => of(figures) === null) ? null : mean((figures) => of(figures) ?? NaN);
    this.epochs.push({
      reward: mean(({ reward }) => reward),
      gain: mean(({ gain }) => gain),
      entropy: mean(({ entropy }) => entropy),
      relativeEntropy: mean(({ relativeEntropy }) => relativeEntropy),
      divergence: meanOrNull(({ divergence }) => divergence),
      clipFraction: meanOrNull(({ clipFraction }) => clipFraction),
      skipProbability: mean(({ skipProbability }) => skipProbability),
    });
    this.updates = [];
  }

  async result(layers: SharedLayers): Promise<ArmResult> {
    const draw = this.driven.drawer();
    const genomes = Array.from({ length: this.setting.compared }, (_none, place) =>
      draw(fork(fork(this.rng, 'final'), place)),
    );
    const [greedy] = await scored(layers, [this.driven.greedy()]);
    if (greedy === undefined) throw new Error('The policy has no most probable architecture.');
    return {
      ...{ arm: this.arm, epochs: this.epochs, greedy, drawn: await scored(layers, genomes) },
      ...{ scoreSeconds: this.scoreSeconds, updateSeconds: this.updateSeconds },
    };
  }

  /** The next architectures: a controller that never learns would draw the same ones again. */
  private batch(): readonly Genome[] {
    if (this.arm.kind !== 'random') return this.driven.batch();
    const draw = this.driven.drawer();
    return Array.from({ length: this.setting.architectures }, () => {
      this.drawn += 1;
      return draw(fork(fork(this.rng, 'random'), this.drawn));
    });
  }
}

/** Of a uniform policy over the space, in nats. */
const uniformEntropy = 6 * Math.log(4) + 15 * Math.log(2);

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
