import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Slice } from '../algorithms/contract/index.js';
import type { Json } from '../foundation/json/index.js';
import { fork, hashJson, rngFromSeed } from '../foundation/numbers/index.js';
import type { Rng } from '../foundation/numbers/index.js';
import { initialValues } from '../networks/index.js';
import { networkCost } from '../networks/network-graph/index.js';
import { childNetwork, fairPaths, pathOf, supernetworkParameters } from '../networks/supernetwork/index.js';
import { settingOf } from '../search-spaces/index.js';
import type { Genome } from '../search-spaces/index.js';
import type { TrainClassifierOptions } from './classifier-options.js';
import type { TrainingData } from './data/data-set.js';
import type { SharedNetwork } from './kept-trainings.js';
import { shuffled } from './data/split.js';
import type { Split } from './data/split.js';
import { beyondLimit } from './metric-limits.js';
import { learningRateAt } from './schedules.js';
import type { DrawnArchitecture, SliceTrial } from './slice-trial.js';
import type { TrainingState } from './step/training-step.js';
import type { CompiledSupernetwork } from './supernet/index.js';
import { checkSharedLoss, kindOfProcess, scoreUnderSharedWeights } from './shared-measurement.js';
import type { SettledComputation } from './tensorflow.js';
import type { Score, TrainingSettings } from './trainer.js';
import { decodeCheckpoint, encodeCheckpoint, hashState } from './training-checkpoint.js';
import type { TrainingCheckpoint } from './training-checkpoint.js';
import { TrainingError } from './training-error.js';

/** Everything that the slices of one training have in common. */
export interface SharedTraining {
  readonly compiled: CompiledSupernetwork;
  readonly network: SharedNetwork;
  readonly data: TrainingData;
  readonly split: Split;
  readonly settings: TrainingSettings;
  readonly computation: SettledComputation;
  readonly costs: TrainClassifierOptions['costs'];
}

type SliceOf<K extends Slice['kind']> = Extract<Slice, { readonly kind: K }>;

/** What a slice of any kind measures of an architecture; `trainingLoss` of those that train. */
export type SharedMetrics = Readonly<Record<string, number>>;

/** The result of an evaluation whose costs are known to be beyond a limit. */
interface Unevaluated {
  readonly infeasible: string;
  readonly metrics: SharedMetrics;
}

/** Paths that are drawn at a time. */
const drawsAtOnce = 64;
const checkpointMs = 30_000;
const turnMs = 20;

// The weights that the compiled supernetwork of this process holds, as the name of the checkpoint that has them: the next
// slice of the same search need not load them again.
const held = new WeakMap<CompiledSupernetwork, string>();

/** What an architecture came to on all validation examples, under the weights with this name. */
interface Measured {
  readonly weights: string;
  readonly split: Split;
  readonly genome: string;
  readonly score: Score;
}

// The slices of one epoch often have the same architecture, and each would measure it under the same weights.
const lastMeasured = new WeakMap<CompiledSupernetwork, Measured>();

/** Does one slice of a training whose weights are shared. Draws and order of examples follow from the seed of the search. */
export class SliceRun {
  private readonly rng: Rng;
  private readonly content: string;
  private readonly perEpoch: number;

  constructor(
    private readonly shared: SharedTraining,
    private readonly trial: SliceTrial,
    private readonly parameters: Json,
  ) {
    const { network, data, split, settings } = shared;
    this.rng = fork(rngFromSeed(trial.seed), 'training');
    this.content = hashJson([
      ...['supernetwork', network.hash, data.hash, settings.optimizer.kind],
      ...[settings.batchSize, split.training.length, split.validation.length],
    ]);
    this.perEpoch = Math.ceil(split.training.length / settings.batchSize);
  }

  /** One epoch on the paths of the slice, from the weights that it continues or from its own checkpoint. */
  async train(slice: SliceOf<'train'>, genome: Genome): Promise<SharedMetrics> {
    const { shared, trial, perEpoch } = this;
    const { compiled, settings, split } = shared;
    const from = (slice.epoch - 1) * perEpoch;
    const total = perEpoch * (slice.epochs ?? settings.epochs);
    const checkpoint = await this.load();
    let { step, lossSum } = checkpoint;
    if (step < from || step > from + perEpoch) {
      throw new TrainingError(
        'BadInput',
        `Epoch ${slice.epoch} begins at step ${from}, and the weights that it continues are those of step ${step}: the batch size or the data were changed.`,
      );
    }
    if (step === from) lossSum = 0;
    held.delete(compiled);
    const order = shuffled(split.training, fork(this.rng, `epoch:${slice.epoch - 1}`));
    const seeds = (use: string): number => fork(this.rng, `use:${use}`).key[0] | 0;
    const pathsOf = this.pathsOf(slice);
    let savedAt = performance.now();
    let turnAt = savedAt;
    const save = async (): Promise<void> => {
      await this.save({ ...checkpoint, step, lossSum });
      savedAt = performance.now();
    };
    while (step < from + perEpoch) {
      if (trial.signal.aborted) {
        await save();
        throw trial.signal.reason;
      }
      const start = (step - from) * settings.batchSize;
      const indices = order.slice(start, start + settings.batchSize);
      await compiled.prepare(
        indices,
        order.slice(start + settings.batchSize, start + 2 * settings.batchSize),
      );
      const paths = await pathsOf(step - from);
      const numbers = {
        learningRate: learningRateAt(settings.schedule, settings.learningRate, step + 1, total),
        weightDecay: settings.weightDecay,
        labelSmoothing: settings.labelSmoothing,
        clipNorm: settings.clipNorm ?? 0,
      };
      const loss = compiled.trainPaths(indices, numbers, step + 1, seeds, paths);
      step++;
      lossSum += loss;
      checkSharedLoss('training', loss, `step ${step} (epoch ${slice.epoch})`);
      if (performance.now() - turnAt > turnMs) {
        await setImmediate();
        turnAt = performance.now();
        if (turnAt - savedAt > checkpointMs) await save();
      }
    }
    const score = this.score(genome, split.validation);
    await save();
    held.set(compiled, this.weightsName(trial.index, step));
    this.keep(genome, score);
    return { ...score, trainingLoss: lossSum / perEpoch };
  }

  /** Hands back the reward of each architecture that the slice draws; the metrics are those of the trial's own genome. */
  async scores(slice: SliceOf<'score'>, genome: Genome, reward: string): Promise<SharedMetrics> {
    const { trial } = this;
    const { count } = slice;
    await this.restore();
    const examplesAt = this.examplesOf(slice);
    const rewards: number[] = [];
    for (let first = 0; first < count; first += drawsAtOnce) {
      const draws = await trial.draws(Math.min(drawsAtOnce, count - first), first);
      for (const drawn of draws) {
        rewards.push(this.rewardOf(drawn, examplesAt(rewards.length), reward));
        await this.turn();
      }
    }
    trial.values(rewards);
    return { ...this.measure(genome) };
  }

  /** The metrics of the trial's own genome under the weights that it continues. */
  async evaluate(genome: Genome): Promise<SharedMetrics | Unevaluated> {
    const { trial } = this;
    const costs = this.costsOf(genome, this.parameters);
    const beyond = beyondLimit(trial.limits, costs);
    if (beyond !== null)
      return { infeasible: `The architecture was not evaluated: ${beyond}.`, metrics: costs };
    await this.restore();
    return { ...costs, ...this.measure(genome) };
  }

  private pathsOf({ paths }: SliceOf<'train'>): (place: number) => Promise<readonly Int32Array[]> {
    const { compiled } = this.shared;
    if (!('stream' in paths)) {
      const root = fork(this.rng, 'paths');
      if (paths.from === 'fair') {
        return (place) => Promise.resolve(fairPaths(compiled.choices, fork(root, this.placeName(place))));
      }
      throw new TrainingError(
        'BadInput',
        'Uniform paths without a stream cannot be drawn: name one in the slice.',
      );
    }
    let drawn: { readonly from: number; readonly genomes: readonly Genome[] } = { from: 0, genomes: [] };
    return async (place) => {
      if (place < drawn.from || place >= drawn.from + drawn.genomes.length) {
        const draws = await this.trial.draws(Math.min(drawsAtOnce, this.perEpoch - place), place);
        drawn = { from: place, genomes: draws.map(({ genome }) => genome) };
      }
      const genome = drawn.genomes[place - drawn.from];
      if (genome === undefined) throw new Error('A path was not drawn.');
      return [this.pathOf(genome)];
    };
  }

  /**
   * The validation examples of the architecture at a place of a `score` slice: the first ones for all, or with `batches`
   * others for each place, drawn without replacement, the same in every slice with that stream.
   */
  private examplesOf({ examples, batches }: SliceOf<'score'>): (place: number) => Int32Array {
    const { validation } = this.shared.split;
    if (batches === undefined) {
      const first = validation.subarray(0, examples);
      return () => first;
    }
    const root = fork(fork(this.rng, 'batches'), batches);
    return (place) => shuffled(validation, fork(root, place)).subarray(0, examples);
  }

  private placeName(place: number): string {
    const { slice } = this.trial;
    return `${'epoch' in slice ? slice.epoch : 0}:${place}`;
  }

  private pathOf(genome: Genome): Int32Array {
    const { compiled, network } = this.shared;
    return pathOf(compiled.choices, settingOf(network.net, genome));
  }

  /** The score of an architecture on all validation examples. */
  private measure(genome: Genome): Score {
    const { compiled, split } = this.shared;
    const known = lastMeasured.get(compiled);
    const isKnown =
      known?.weights === held.get(compiled) && known?.split === split && known.genome === genome.join();
    if (isKnown) return known.score;
    const score = this.score(genome, split.validation);
    this.keep(genome, score);
    return score;
  }

  private keep(genome: Genome, score: Score): void {
    const { compiled, split } = this.shared;
    const weights = held.get(compiled);
    // Weights without a name are those of no checkpoint.
    if (weights !== undefined) lastMeasured.set(compiled, { weights, split, genome: genome.join(), score });
  }

  private score(genome: Genome, indices: Int32Array): Score {
    const { compiled } = this.shared;
    const path = this.pathOf(genome);
    return scoreUnderSharedWeights(indices, (batch) => compiled.evaluate(batch, path));
  }

  private rewardOf({ genome, parameters }: DrawnArchitecture, indices: Int32Array, reward: string): number {
    const { accuracy, loss } = this.score(genome, indices);
    if (reward === 'accuracy') return accuracy;
    if (reward === 'loss') return loss;
    const cost = this.costsOf(genome, parameters)[reward];
    if (cost !== undefined) return cost;
    throw new TrainingError(
      'BadInput',
      `Shared weights measure accuracy, loss and costs, and the search optimises ${JSON.stringify(reward)}: optimise one of them first.`,
    );
  }

  private costsOf(genome: Genome, parameters: Json): SharedMetrics {
    const { network, costs } = this.shared;
    const child = childNetwork(network.supernetwork, this.pathOf(genome));
    const cost = networkCost(child);
    const known = { parameters: cost.parameters, multiplyAdds: cost.multiplyAdds };
    return { ...known, ...costs?.(child, parameters, this.trial.context) };
  }

  /** As `load`, for a slice that only reads the weights: the file is not read where they are held already. */
  private async restore(): Promise<void> {
    const latest = await this.trial.checkpoint.latest();
    const isHeld =
      latest !== null && held.get(this.shared.compiled) === this.weightsName(latest.trial, latest.step);
    if (!isHeld) await this.load();
  }

  /** Brings the weights that the slice goes on from into the supernetwork, unless it holds them already. */
  private async load(): Promise<Pick<TrainingCheckpoint, 'seed' | 'step' | 'lossSum' | 'kinds'>> {
    const { shared, trial } = this;
    const { compiled } = shared;
    const latest = await trial.checkpoint.latest();
    if (latest === null) {
      compiled.write(this.initialState());
      held.delete(compiled);
      return { seed: trial.seed, step: 0, lossSum: 0, kinds: [this.kind()] };
    }
    const checkpoint = decodeCheckpoint(readFileSync(latest.path));
    if (checkpoint.content !== this.content) {
      throw new TrainingError(
        'BadInput',
        'The shared weights to go on from do not fit: they are of another space, network, data set, split, batch size or optimizer than this search file has now.',
      );
    }
    const name = this.weightsName(latest.trial, checkpoint.step);
    if (held.get(compiled) !== name) {
      compiled.write(checkpoint.state);
      held.set(compiled, name);
    }
    const { seed, step, lossSum, kinds } = checkpoint;
    return { seed, step, lossSum, kinds: [...new Set([...kinds, this.kind()])] };
  }

  private initialState(): TrainingState {
    const { compiled, network } = this.shared;
    const parameters = supernetworkParameters(network.supernetwork).map(({ parameter }) => parameter);
    const values = initialValues(parameters, fork(rngFromSeed(this.trial.seed), 'initial'));
    return new Map(
      [...compiled.stateSizes].map(([name, size]) => [name, values.get(name) ?? new Float32Array(size)]),
    );
  }

  private async save(checkpoint: Omit<TrainingCheckpoint, 'content' | 'state'>): Promise<void> {
    const { shared, trial, content } = this;
    const state = shared.compiled.read();
    await trial.checkpoint.save(encodeCheckpoint({ ...checkpoint, content, state }), checkpoint.step);
    const { mode } = shared.computation;
    trial.setAttribute('training', { kinds: checkpoint.kinds, mode, weights: hashState(state) });
  }

  // Two searches of one file have the same seed, and other settings other weights.
  private weightsName(trial: number, step: number): string {
    const { settings } = this.shared;
    return hashJson([this.trial.seed, this.content, JSON.stringify(settings), trial, step]);
  }

  private kind(): string {
    return kindOfProcess(this.shared.computation);
  }

  private async turn(): Promise<void> {
    await setImmediate();
    if (this.trial.signal.aborted) throw this.trial.signal.reason;
  }
}
