import { fork, rngFromSeed } from '../../foundation/numbers/index.js';
import type { Rng } from '../../foundation/numbers/index.js';
import { buildWithChoices } from '../../networks/builders/index.js';
import { initialValues } from '../../networks/index.js';
import { fairPaths, supernetworkParameters } from '../../networks/supernetwork/index.js';
import { nasBench201Cell, sample, settingOf, superNet } from '../../search-spaces/index.js';
import {
  compileSupernetwork,
  learningRateAt,
  parseAugmentationPolicy,
  pathOf,
  shuffled,
  splitData,
  supernetworkOf,
} from '../../training/index.js';
import type { CompiledSupernetwork, Split, TrainingData, TrainingState } from '../../training/index.js';
import { common } from './arm.js';
import type { Cell, PathKind } from './arm.js';

/** Images of one run of an evaluation, whose moments normalise them. */
const evaluationBatch = 250;

/** Places of the cosine between the beginning and the end of a training that ends when its time is up. */
const schedulePlaces = 100_000;

/** The supernetwork of all cells of NAS-Bench-201 in training on CIFAR-10. */
export class SharedCells {
  private readonly net = superNet(nasBench201Cell, () => true, { picks: 'all' });
  private readonly compiled: CompiledSupernetwork;
  private readonly split: Split;
  private readonly rng: Rng;
  private readonly perEpoch: number;
  private order: { readonly epoch: number; readonly indices: Int32Array } | null = null;

  constructor(
    data: TrainingData,
    private readonly paths: Exclude<PathKind, 'enas'>,
    seed: number,
  ) {
    const { channels, cellsPerStage, threads, momentum, validationExamples, batchSize } = common;
    const { imageShape, classes } = data;
    const supernetwork = supernetworkOf(this.net, (program) =>
      buildWithChoices({
        ...{ builder: 'nasBench201', inputShape: imageShape, classes, channels, cellsPerStage },
        cell: program,
      }),
    );
    this.rng = fork(rngFromSeed(seed), 'shared cells');
    this.split = splitData(data, { validation: validationExamples }, fork(rngFromSeed(0), 'split'));
    this.perEpoch = Math.floor(this.split.training.length / batchSize);
    this.compiled = compileSupernetwork({
      ...{ supernetwork, data, threads, clips: true, decays: true, smooths: false },
      optimizer: { kind: 'sgd', momentum, nesterov: true },
      augmentation: parseAugmentationPolicy('cropAndFlip'),
    });
    const parameters = supernetworkParameters(supernetwork).map(({ parameter }) => parameter);
    const values = initialValues(parameters, fork(this.rng, 'initial'));
    const sizes = [...this.compiled.stateSizes];
    this.compiled.write(
      new Map(sizes.map(([name, size]) => [name, values.get(name) ?? new Float32Array(size)])),
    );
  }

  /** The images that cells are scored on. */
  get validation(): Int32Array {
    return this.split.validation;
  }

  /** The step of a number (from 1) at a share of the whole training, on the path of a cell if one is given; its mean loss. */
  async train(step: number, share: number, cell: Cell | null = null): Promise<number> {
    const { batchSize, learningRate, weightDecay, clipNorm } = common;
    const place = (step - 1) % this.perEpoch;
    const order = this.orderOf(Math.floor((step - 1) / this.perEpoch));
    const indices = order.slice(place * batchSize, (place + 1) * batchSize);
    await this.compiled.prepare(indices, order.slice((place + 1) * batchSize, (place + 2) * batchSize));
    const at = 1 + Math.floor(share * schedulePlaces);
    const numbers = {
      learningRate: learningRateAt({ kind: 'cosine' }, learningRate, at, schedulePlaces),
      ...{ weightDecay, labelSmoothing: 0, clipNorm },
    };
    const seeds = (use: string): number => fork(this.rng, `use:${use}`).key[0] | 0;
    const paths = cell === null ? this.pathsOf(step) : [this.pathOf(cell)];
    const loss = this.compiled.trainPaths(indices, numbers, step, seeds, paths);
    if (!Number.isFinite(loss)) throw new Error(`The training reached the loss ${loss} at step ${step}.`);
    return loss;
  }

  /** Accuracy of a cell under the shared weights on images, by default those for validation. */
  async accuracyOf(cell: Cell, images: Int32Array = this.validation): Promise<number> {
    let correct = 0;
    for (let from = 0; from < images.length; from += evaluationBatch) {
      const indices = images.slice(from, from + evaluationBatch);
      await this.compiled.prepare(indices, new Int32Array(0));
      correct += this.compiled.evaluate(indices, this.pathOf(cell)).correct;
    }
    return correct / images.length;
  }

  read(): TrainingState {
    return this.compiled.read();
  }

  write(state: TrainingState): void {
    this.compiled.write(state);
  }

  private pathsOf(step: number): readonly Int32Array[] {
    const rng = fork(this.rng, `paths:${step}`);
    switch (this.paths) {
      case 'uniform':
        return [this.pathOf(sample(nasBench201Cell, rng))];
      case 'fair':
        return fairPaths(this.compiled.choices, rng);
    }
  }

  private pathOf(genome: readonly number[]): Int32Array {
    return pathOf(this.compiled.choices, settingOf(this.net, genome));
  }

  private orderOf(epoch: number): Int32Array {
    if (this.order?.epoch !== epoch)
      this.order = { epoch, indices: shuffled(this.split.training, fork(this.rng, `epoch:${epoch}`)) };
    return this.order.indices;
  }
}
