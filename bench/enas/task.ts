import { fork, rngFromSeed } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/index.js';
import { fixedArchitectures, runSharedSearch } from './shared-search.js';
import type { SharedResult, SharedTask } from './shared-search.js';
import { SharedLayers, uniformArchitecture } from './shared-layers.js';
import { smallImages } from './small-images.js';
import { stepsOf } from './setting.js';
import type { Setting } from './setting.js';

/** A training of one architecture from new weights. */
export interface AloneTask {
  readonly kind: 'alone';
  readonly setting: Setting;
  readonly genome: Genome;
  readonly seed: number;
}

export interface AloneResult {
  /** Accuracy on the test images. */
  readonly test: number;
  readonly parameters: number;
  readonly seconds: number;
}

/** A training of shared weights on uniform paths for a number of steps, with a cosine over these. */
export interface LengthTask {
  readonly kind: 'length';
  readonly setting: Setting;
  readonly steps: number;
  readonly seed: number;
}

export interface LengthResult {
  /** Shared accuracies of the uniform architectures that all runs compare, on all validation images. */
  readonly shared: readonly number[];
  readonly seconds: number;
}

export type Task = SharedTask | AloneTask | LengthTask;
export type TaskResult = SharedResult | AloneResult | LengthResult;

/** Runs the tasks of a process one after the other, in one compiled supernetwork. */
export class TaskRunner {
  private last: Promise<unknown> = Promise.resolve();
  private kept: { readonly key: string; readonly layers: SharedLayers } | null = null;

  async run(task: Task): Promise<TaskResult> {
    switch (task.kind) {
      case 'shared':
        return this.shared(task);
      case 'alone':
        return this.alone(task);
      case 'length':
        return this.length(task);
      default:
        return task satisfies never;
    }
  }

  shared(task: SharedTask): Promise<SharedResult> {
    return this.inTurn(task.setting, (layers) => runSharedSearch(layers, task));
  }

  alone(task: AloneTask): Promise<AloneResult> {
    return this.inTurn(task.setting, (layers) => runAlone(layers, task));
  }

  length(task: LengthTask): Promise<LengthResult> {
    return this.inTurn(task.setting, (layers) => runLength(layers, task));
  }

  /** All tasks train the one state of the weights, so each waits for the one before. */
  private inTurn<Result>(setting: Setting, run: (layers: SharedLayers) => Promise<Result>): Promise<Result> {
    const running = this.last.then(async () => run(await this.layersOf(setting)));
    this.last = running.catch(() => undefined);
    return running;
  }

  private async layersOf(setting: Setting): Promise<SharedLayers> {
    const key = JSON.stringify(setting);
    if (this.kept?.key !== key)
      this.kept = { key, layers: new SharedLayers(await smallImages(setting), setting) };
    return this.kept.layers;
  }
}

async function runAlone(layers: SharedLayers, { setting, genome, seed }: AloneTask): Promise<AloneResult> {
  const seconds = await train(layers, setting.aloneEpochs * stepsOf(setting), `alone:${seed}`, () => genome);
  return {
    test: await layers.accuracyOf(genome, layers.images.split.test),
    parameters: layers.parametersOf(genome),
    seconds,
  };
}

async function runLength(layers: SharedLayers, { setting, steps, seed }: LengthTask): Promise<LengthResult> {
  const rng = fork(rngFromSeed(seed), 'length');
  const seconds = await train(layers, steps, `length:${seed}`, (step) =>
    uniformArchitecture(fork(rng, `path:${step}`)),
  );
  const shared: number[] = [];
  for (const genome of fixedArchitectures(setting))
    shared.push(await layers.accuracyOf(genome, layers.images.split.validation));
  return { shared, seconds };
}

/** Trains new weights; seconds of processor time. */
async function train(
  layers: SharedLayers,
  steps: number,
  stream: string,
  pathOf: (step: number) => Genome,
): Promise<number> {
  const length = { rng: fork(rngFromSeed(0), stream), steps };
  const used = process.cpuUsage();
  layers.begin(length);
  for (let step = 1; step <= steps; step += 1) await layers.train(length, step, pathOf(step));
  const { user, system } = process.cpuUsage(used);
  return (user + system) / 1e6;
}
