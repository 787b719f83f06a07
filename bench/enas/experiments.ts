import type { Genome } from '../../search-spaces/index.js';
import type { Arm } from './arm.js';
import { bestOf } from './outcome.js';
import type { AloneFigures, AloneOf, ArmRunResult } from './outcome.js';
import { skipsOf } from './shared-layers.js';
import { fixedArchitectures } from './shared-search.js';
import type { SharedResult, SharedTask } from './shared-search.js';
import type { Setting } from './setting.js';
import type { AloneResult, AloneTask, LengthResult, LengthTask } from './task.js';

/** Runs a task of each kind, or answers what it came to before. */
export interface TaskRun {
  readonly shared: (task: SharedTask) => Promise<SharedResult>;
  readonly alone: (task: AloneTask) => Promise<AloneResult>;
  readonly length: (task: LengthTask) => Promise<LengthResult>;
}

/** How the paths are drawn, on which the shared weights are trained after a third of the epochs. */
export type Paths = SharedTask['paths'];

/** The trainings of the experiment in terms of what they say. */
export class Experiments {
  constructor(
    private readonly runs: TaskRun,
    readonly setting: Setting,
    private readonly seeds: number,
  ) {}

  /** Runs of arms over all seeds, an array for each arm. */
  async runsOf(arms: readonly Arm[], paths: Paths): Promise<readonly (readonly ArmRunResult[])[]> {
    const bySeed = await Promise.all(upTo(this.seeds).map((seed) => this.runsOfSeed(arms, paths, seed)));
    return arms.map((_arm, place) => bySeed.flatMap((runs) => runs.slice(place, place + 1)));
  }

  /** Shared accuracies of the uniform architectures after trainings of one length. */
  async lengthOf(steps: number): Promise<readonly (readonly number[])[]> {
    const { setting } = this;
    const trainings = await Promise.all(
      upTo(setting.repetitions).map((seed) => this.runs.length({ kind: 'length', setting, steps, seed })),
    );
    return trainings.map(({ shared }) => shared);
  }

  /** The uniform architectures alone, each with all seeds. */
  async uniformAlone(): Promise<readonly AloneFigures[]> {
    const genomes = fixedArchitectures(this.setting);
    // Seed by seed, so that a bench that is stopped has whole seeds.
    const bySeed = await Promise.all(
      upTo(this.setting.repetitions).map((seed) =>
        Promise.all(genomes.map((genome) => this.trainAlone(genome, seed))),
      ),
    );
    return genomes.map((genome, place) =>
      figuresOf(
        genome,
        bySeed.flatMap((results) => results.slice(place, place + 1)),
      ),
    );
  }

  /** What is compared of runs of an arm, alone: all of its architectures with one seed, what is derived with all. */
  async aloneOf(runs: readonly ArmRunResult[]): Promise<AloneOf> {
    const { derivedFrom, repetitions } = this.setting;
    const known = new Map<string, AloneFigures>();
    const uniform = await this.uniformAlone();
    fixedArchitectures(this.setting).forEach((genome, place) => {
      const figures = uniform[place];
      if (figures !== undefined) known.set(genome.join(), figures);
    });
    const counts = new Map<string, { readonly genome: Genome; readonly count: number }>();
    for (const { run } of runs) {
      for (const { genome } of run.drawn)
        if (!counts.has(genome.join())) counts.set(genome.join(), { genome, count: 1 });
      for (const { genome } of [run.greedy, bestOf(run.drawn.slice(0, derivedFrom))])
        counts.set(genome.join(), { genome, count: repetitions });
    }
    await Promise.all(
      [...counts].map(async ([key, { genome, count }]) => {
        if (known.has(key)) return;
        const results = await Promise.all(upTo(count).map((seed) => this.trainAlone(genome, seed)));
        known.set(key, figuresOf(genome, results));
      }),
    );
    return (genome) => {
      const figures = known.get(genome.join());
      if (figures === undefined) throw new Error(`The architecture ${genome.join()} was not trained alone.`);
      return figures;
    };
  }

  private async runsOfSeed(
    arms: readonly Arm[],
    paths: Paths,
    seed: number,
  ): Promise<readonly ArmRunResult[]> {
    const { setting } = this;
    const base = { kind: 'shared', setting, seed } as const;
    if (paths === 'uniform') {
      const shared = await this.runs.shared({ ...base, paths, arms });
      return shared.arms.map((run) => ({ run, shared }));
    }
    const each = await Promise.all(arms.map((arm) => this.runs.shared({ ...base, paths, arm })));
    return each.flatMap((shared) => shared.arms.map((run) => ({ run, shared })));
  }

  private trainAlone(genome: Genome, seed: number): Promise<AloneResult> {
    return this.runs.alone({ kind: 'alone', setting: this.setting, genome, seed });
  }
}

function figuresOf(genome: Genome, results: readonly AloneResult[]): AloneFigures {
  return {
    tests: results.map(({ test }) => test),
    parameters: results[0]?.parameters ?? NaN,
    skips: skipsOf(genome),
  };
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_none, place) => place + 1);
}
