import type { ControllerOptions } from '../../algorithms/index.js';
import { fork, rngFromSeed, type Rng } from '../../foundation/numbers/index.js';
import { sample, view, type Genome } from '../../search-spaces/index.js';
import { accuracyTable, type AccuracyTable } from './accuracy-table.js';
import { plain, type Task, type TaskResult } from './arm.js';
import { DrivenController } from './driven-controller.js';
import { MeanRatioController } from './mean-ratio.js';

const moments = [100, 200, 500, 800];
/** Architectures that the last policy draws. */
const finalDraws = 200;
const batchesOfTarget = 5;

/** What the arms have in common: they choose, and at the end they say what their policy is. */
interface Chosen {
  /** Architectures in order, each batch of them chosen at once. */
  readonly genomes: readonly Genome[];
  readonly batchSize: number;
  readonly entropy: number;
  readonly draw: (rng: Rng) => Genome;
}

/** Runs one search. */
export function runTask(task: Task): TaskResult {
  const table = accuracyTable(task.table);
  const rng = fork(rngFromSeed(task.seed), task.table);
  const chosen = choose(task, table, rng);
  const accuracies = chosen.genomes.map((genome) => table.accuracyOf(genome));
  const drawn = Array.from({ length: finalDraws }, (_, place) =>
    table.accuracyOf(chosen.draw(fork(fork(rng, 'final'), place))),
  );
  return {
    policyAt: Object.fromEntries(
      moments
        .filter((moment) => moment <= accuracies.length)
        .map((moment) => [moment, meanOf(accuracies.slice(Math.floor(0.8 * moment), moment))]),
    ),
    final: meanOf(drawn),
    reached: reachedAt(accuracies, batchesOfTarget * chosen.batchSize, chosen.batchSize, table.target),
    entropy: chosen.entropy,
    best: Math.max(...accuracies),
  };
}

function choose({ arm, evaluations }: Task, table: AccuracyTable, rng: Rng): Chosen {
  // Arms of a seed share their noise: the n-th evaluation draws the same way in all of them.
  const rewardOf = (genome: Genome, index: number): number =>
    table.rewardOf(genome, fork(fork(rng, 'noise'), index));
  switch (arm.kind) {
    case 'random': {
      const draw = (own: Rng): Genome => sample(view(table.space), own);
      const genomes = Array.from({ length: evaluations }, (_, place) =>
        draw(fork(fork(rng, 'random'), place)),
      );
      return { genomes, batchSize: plain.batchSize, entropy: uniformEntropy(table), draw };
    }
    case 'controller':
      return chooseByController(arm.options, evaluations, table, rng, rewardOf);
    case 'mean-ratio': {
      const own = new MeanRatioController(table.space, rng, arm.learningRate, arm.passes);
      const genomes: Genome[] = [];
      for (let batch = 0; genomes.length < evaluations; batch += 1) {
        const drawn = own.draw(batch);
        own.learn(
          drawn,
          drawn.map((genome, place) => rewardOf(genome, genomes.length + place)),
        );
        genomes.push(...drawn);
      }
      const policy = own.policy();
      const entropies = Array.from({ length: 20 }, (_, place) =>
        policy.draw(fork(fork(rng, 'entropy'), place)),
      );
      return {
        genomes,
        batchSize: plain.batchSize,
        entropy: meanOf(entropies.map(({ entropy }) => entropy)),
        draw: (source) => policy.draw(source).genome,
      };
    }
    default:
      return arm satisfies never;
  }
}

function chooseByController(
  options: ControllerOptions,
  evaluations: number,
  table: AccuracyTable,
  rng: Rng,
  rewardOf: (genome: Genome, index: number) => number,
): Chosen {
  const driven = new DrivenController(table.space, options, rng);
  const genomes: Genome[] = [];
  while (genomes.length < evaluations) {
    const batch = driven.batch();
    driven.learn(batch.map((genome, place) => rewardOf(genome, genomes.length + place)));
    genomes.push(...batch);
  }
  return {
    genomes,
    batchSize: options.batchSize ?? plain.batchSize,
    entropy: driven.figure('entropy'),
    draw: driven.drawer(),
  };
}

/** The first number of architectures, in whole batches, at which the mean of the last `window` reaches the target. */
function reachedAt(
  accuracies: readonly number[],
  window: number,
  batchSize: number,
  target: number,
): number | null {
  for (let count = window; count <= accuracies.length; count += batchSize)
    if (meanOf(accuracies.slice(count - window, count)) >= target) return count;
  return null;
}

function uniformEntropy({ space }: AccuracyTable): number {
  return view(space).nodes.reduce((sum, node) => sum + (node.kind === 'choice' ? Math.log(node.of) : 0), 0);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
