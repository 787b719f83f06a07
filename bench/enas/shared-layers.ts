import { fork } from '../../foundation/numbers/index.js';
import type { Rng } from '../../foundation/numbers/index.js';
import { buildWithChoices } from '../../networks/builders/index.js';
import { initialValues } from '../../networks/index.js';
import { networkCost } from '../../networks/network-graph/index.js';
import { supernetworkParameters } from '../../networks/supernetwork/index.js';
import { decode, enasMacro, sample, settingOf, superNet } from '../../search-spaces/index.js';
import type { Genome } from '../../search-spaces/index.js';
import {
  childNetwork,
  compileSupernetwork,
  learningRateAt,
  pathOf,
  shuffled,
  supernetworkOf,
} from '../../training/index.js';
import type { CompiledSupernetwork, Supernetwork } from '../../training/index.js';
import { stepsOf, training } from './setting.js';
import type { Setting } from './setting.js';
import type { SmallImages } from './small-images.js';

const channels = 8;

/** Images of one run of an evaluation, whose moments normalise them. */
const evaluationBatch = 250;

/** The macro space of the experiment: six layers, four operations, no reduction. */
export const layerSpace = enasMacro(6, {
  operations: ['conv_3x3', 'conv_1x1', 'avg_pool_3x3', 'max_pool_3x3'],
});

/** A training in the supernetwork of all layers: how long it is, and where its random numbers come from. */
interface LayerTraining {
  readonly rng: Rng;
  readonly steps: number;
}

/** An architecture that nothing chose. */
export function uniformArchitecture(rng: Rng): Genome {
  return sample(layerSpace, rng);
}

/** How many of the 15 skips an architecture has. */
export function skipsOf(genome: Genome): number {
  const layers = decode(layerSpace, genome);
  return layers.reduce((sum, { skips }) => sum + skips.reduce<number>((own, bit) => own + bit, 0), 0);
}

/** The uniform architectures that are compared, the same in all runs. */
export function comparedArchitectures({ compared }: Setting, rng: Rng): readonly Genome[] {
  return Array.from({ length: compared }, (_none, place) => uniformArchitecture(fork(rng, place)));
}

/**
 * The supernetwork of the experiment with one state of its weights. A training whose paths are all the same one is the
 * training of that child alone, because a step changes nothing but the weights on its path.
 */
export class SharedLayers {
  private readonly net = superNet(layerSpace, () => true, { picks: 'all' });
  private readonly supernetwork: Supernetwork;
  private readonly compiled: CompiledSupernetwork;
  private readonly perEpoch: number;
  private order: { readonly epoch: number; readonly indices: Int32Array } | null = null;

  constructor(
    readonly images: SmallImages,
    private readonly setting: Setting,
  ) {
    const { data } = images;
    const { imageShape, classes } = data;
    this.supernetwork = supernetworkOf(this.net, (program) =>
      buildWithChoices({
        ...{ builder: 'enasMacro', inputShape: imageShape, classes, layers: program },
        ...{ channels, reductions: false },
      }),
    );
    this.compiled = compileSupernetwork({
      ...{ supernetwork: this.supernetwork, data, threads: 1, clips: false, decays: true, smooths: false },
      optimizer: { kind: 'sgd', momentum: training.momentum, nesterov: true },
    });
    this.perEpoch = stepsOf(setting);
  }

  /** Forgets all weights and their momentum, and draws the first weights of a training. */
  begin({ rng }: LayerTraining): void {
    const parameters = supernetworkParameters(this.supernetwork).map(({ parameter }) => parameter);
    const values = initialValues(parameters, fork(rng, 'initial'));
    const sizes = [...this.compiled.stateSizes];
    this.compiled.write(
      new Map(sizes.map(([name, size]) => [name, values.get(name) ?? new Float32Array(size)])),
    );
    this.order = null;
  }

  /** The step of a number (from 1) along the path of an architecture. */
  async train({ rng, steps }: LayerTraining, step: number, genome: Genome): Promise<void> {
    const { batchSize } = this.setting;
    const place = (step - 1) % this.perEpoch;
    const order = this.orderOf(rng, Math.floor((step - 1) / this.perEpoch));
    const indices = order.slice(place * batchSize, (place + 1) * batchSize);
    await this.compiled.prepare(indices, order.slice((place + 1) * batchSize, (place + 2) * batchSize));
    const numbers = {
      learningRate: learningRateAt({ kind: 'cosine' }, training.learningRate, step, steps),
      ...{ weightDecay: training.weightDecay, labelSmoothing: 0, clipNorm: 0 },
    };
    const seeds = (use: string): number => fork(rng, `use:${use}`).key[0] | 0;
    const loss = this.compiled.trainPaths(indices, numbers, step, seeds, [this.pathOf(genome)]);
    if (!Number.isFinite(loss)) throw new Error(`The training reached the loss ${loss} at step ${step}.`);
  }

  /** Accuracy of an architecture on images, under the weights as they are, normalised by the images' own moments. */
  async accuracyOf(genome: Genome, indices: Int32Array): Promise<number> {
    let correct = 0;
    for (let from = 0; from < indices.length; from += evaluationBatch) {
      const part = indices.slice(from, from + evaluationBatch);
      await this.compiled.prepare(part, new Int32Array(0));
      correct += this.compiled.evaluate(part, this.pathOf(genome)).correct;
    }
    return correct / indices.length;
  }

  parametersOf(genome: Genome): number {
    return networkCost(childNetwork(this.supernetwork, this.pathOf(genome))).parameters;
  }

  private pathOf(genome: Genome): Int32Array {
    return pathOf(this.compiled.choices, settingOf(this.net, genome));
  }

  private orderOf(rng: Rng, epoch: number): Int32Array {
    if (this.order?.epoch !== epoch) {
      const indices = shuffled(this.images.split.training, fork(rng, `epoch:${epoch}`));
      this.order = { epoch, indices };
    }
    return this.order.indices;
  }
}
