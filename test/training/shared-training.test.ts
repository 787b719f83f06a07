import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Slice } from '../../algorithms/contract/index.js';
import { fork, RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import { decode, oneOf, sample, space, view } from '../../search-spaces/index.js';
import type { Genome, Space } from '../../search-spaces/index.js';
import {
  decodeCheckpoint,
  hashState,
  NetworkBuilder,
  trainClassifier,
  type TrainClassifierOptions,
} from '../../training/index.js';
import type { DrawnArchitecture, SavedWeights } from '../../training/slice-trial.js';
import { FiledSlice } from '../support/filed-slice.js';
import { patterns } from '../support/training-laboratory.js';

const folder = mkdtempSync(path.join(tmpdir(), 'duramen-shared-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const operation = oneOf(['conv', 'pool', 'skip']);
const layers = space({ first: operation, second: operation });
const data = patterns(360, [8, 8, 1]);

function network(parameters: unknown): ReturnType<NetworkBuilder['buildWithChoices']> {
  const builder = new NetworkBuilder();
  const input = builder.input('input', [8, 8, 1]);
  let last = builder.node('stem', 'convolution', input, { filters: 4, kernel: [3, 3] });
  for (const [name, chosen] of Object.entries(parameters as Readonly<Record<string, string>>)) {
    last = builder.choose(name, chosen, last, (own, scope, from) => {
      if (own === 'skip') return from;
      if (own === 'pool') return builder.node(`${scope}/pool`, 'maxPooling', from, { kernel: [3, 3] });
      const convolved = builder.node(`${scope}/conv`, 'convolution', from, { filters: 4, kernel: [3, 3] });
      return builder.node(`${scope}/normal`, 'batchNormalization', convolved, {});
    });
  }
  const pooled = builder.node('pooled', 'globalAveragePooling', last, {});
  return builder.buildWithChoices([builder.node('logits', 'dense', pooled, { units: 4 })]);
}

const options: TrainClassifierOptions = {
  ...{ dataset: data, validationExamples: 100, batchSize: 20, epochs: 4, learningRate: 0.05 },
  network,
};

/** A slice that parks after `abortAt` draws of paths. */
class OwnTrial extends FiledSlice {
  private drawn = 0;

  constructor(
    index: number,
    slice: Slice,
    continued: SavedWeights | null,
    genome: Genome,
    private readonly abortAt = Infinity,
    own: Space = layers,
  ) {
    super(index, slice, continued, { folder, space: own, genome });
  }

  override draws(count: number, from = 0): Promise<readonly DrawnArchitecture[]> {
    this.drawn += 1;
    if (this.drawn > this.abortAt) this.controller.abort(new Error('parked'));
    const name = 'epoch' in this.slice ? this.slice.epoch : 'score';
    return Promise.resolve(
      Array.from({ length: count }, (_none, i) => {
        const genome = drawn(`${name}/${from + i}`);
        return { genome, parameters: decode(layers, genome) };
      }),
    );
  }
}

function drawn(name: string): Genome {
  return sample(view(layers), new RandomStream(fork(rngFromSeed(1), name)));
}

const point = drawn('own');
const uniform = (epoch: number): Slice => ({
  ...{ kind: 'train', epoch, epochs: 4 },
  paths: { from: 'uniform', stream: `epoch ${epoch}` },
});

async function run(trial: OwnTrial, own: TrainClassifierOptions = options): Promise<Record<string, number>> {
  const result = await trainClassifier(own)({}, trial);
  if ('infeasible' in result) throw new Error('It was not evaluated.');
  return { ...result };
}

function weightsOf({ latest }: OwnTrial): string {
  if (latest === null) throw new Error('There are no weights.');
  const bytes = new Uint8Array(readFileSync(latest.path));
  return hashState(decodeCheckpoint(bytes).state);
}

describe('slices of shared weights', () => {
  test.each([
    ['uniform', uniform],
    ['fair', (epoch: number): Slice => ({ kind: 'train', epoch, epochs: 4, paths: { from: 'fair' } })],
  ] as const)('epochs on %s paths learn, and have the same bits again', async (_name, sliceOf) => {
    const epochs = async (): Promise<readonly [OwnTrial, readonly number[]]> => {
      let last: OwnTrial | null = null;
      const losses: number[] = [];
      for (let epoch = 1; epoch <= 4; epoch++) {
        const trial: OwnTrial = new OwnTrial(epoch - 1, sliceOf(epoch), last?.latest ?? null, point);
        losses.push((await run(trial)).trainingLoss ?? Number.NaN);
        last = trial;
      }
      if (last === null) throw new Error('No epoch was trained.');
      return [last, losses];
    };
    const [first, losses] = await epochs();
    expect(losses[3]).toBeLessThan(losses[0] ?? 0);
    const [second] = await epochs();
    expect(weightsOf(second)).toBe(weightsOf(first));
    expect(first.attributes['training']).toMatchObject({ weights: weightsOf(first), mode: 'repeatable' });
  });

  test('an epoch that was parked in the middle goes on to the same bits', async () => {
    const first = new OwnTrial(0, uniform(1), null, point);
    await run(first);
    const whole = new OwnTrial(1, uniform(2), first.latest, point);
    const result = await run(whole);
    const ended = weightsOf(whole);
    const small = { ...options, batchSize: 2 };
    await expect(run(new OwnTrial(1, uniform(2), first.latest, point), small)).rejects.toThrow(/do not fit/);
    // The abort comes with the first draw: after the first step the trial parks.
    const parked = new OwnTrial(1, uniform(2), first.latest, point, 0);
    await expect(run(parked)).rejects.toThrow('parked');
    expect(parked.latest?.trial).toBe(1);
    const again = new OwnTrial(1, uniform(2), parked.latest, point);
    expect(await run(again)).toEqual(result);
    expect(weightsOf(again)).toBe(ended);
  });

  test('scores are rewards of the draws, and an evaluation is that of its own genome', async () => {
    const trained = new OwnTrial(0, uniform(1), null, point);
    const { accuracy } = await run(trained);
    const draw = { from: 'uniform', stream: 'control' } as const;
    const score = new OwnTrial(1, { kind: 'score', count: 5, draw, examples: 100 }, trained.latest, point);
    expect((await run(score)).accuracy).toBe(accuracy);
    expect(score.handedBack).toHaveLength(5);
    for (const [i, reward] of score.handedBack.entries()) {
      const own = new OwnTrial(2 + i, { kind: 'evaluate' }, trained.latest, drawn(`score/${i}`));
      const result = await run(own);
      expect(result.accuracy).toBe(reward);
      expect(result.parameters).toBeGreaterThan(0);
    }
    const before = weightsOf(trained);
    expect(score.latest).toBe(trained.latest);
    expect(weightsOf(trained)).toBe(before);
  });

  test('batches give each place of a slice examples of its own, the same in every slice with their stream', async () => {
    const trained = new OwnTrial(0, uniform(1), null, point);
    await run(trained);
    // What is drawn does not depend on the slice, so that rewards differ by the examples alone.
    const rewardsOf = async (
      count: number,
      examples: number,
      batches?: string,
    ): Promise<readonly number[]> => {
      const slice: Slice = {
        ...{ kind: 'score', count, draw: { from: 'list', genomes: [] }, examples },
        ...(batches === undefined ? {} : { batches }),
      };
      const scored = new OwnTrial(1, slice, trained.latest, point);
      await run(scored);
      return scored.handedBack;
    };
    const rewards = await rewardsOf(6, 23, 'epoch 1 score 2');
    expect(await rewardsOf(6, 23, 'epoch 1 score 2')).toEqual(rewards);
    expect((await rewardsOf(9, 23, 'epoch 1 score 2')).slice(0, 6)).toEqual(rewards);
    expect(await rewardsOf(6, 23, 'epoch 1 score 3')).not.toEqual(rewards);
    expect(await rewardsOf(6, 23)).not.toEqual(rewards);
    // Rewards are shares of so many examples, none of which is drawn twice: all of them give the accuracy on all.
    expect(rewards.every((reward) => Math.abs(reward * 23 - Math.round(reward * 23)) < 1e-9)).toBe(true);
    const ofAll = await rewardsOf(6, 100);
    const shuffledAll = await rewardsOf(6, 1_000, 'epoch 1 score 2');
    expect(shuffledAll.map((reward) => Math.round(100 * reward))).toEqual(
      ofAll.map((reward) => Math.round(100 * reward)),
    );
  });

  test('what an architecture came to is remembered under its weights alone', async () => {
    const first = new OwnTrial(0, uniform(1), null, point);
    const trained = await run(first);
    const second = new OwnTrial(1, uniform(2), first.latest, point);
    const further = await run(second);
    expect(further.loss).not.toBe(trained.loss);
    const other = drawn('score/1');
    const lossUnder = async ({ latest }: OwnTrial, genome: Genome): Promise<number | undefined> =>
      (await run(new OwnTrial(2, { kind: 'evaluate' }, latest, genome))).loss;
    expect(await lossUnder(second, point)).toBe(further.loss);
    expect(await lossUnder(first, point)).toBe(trained.loss);
    const differing = await lossUnder(first, other);
    expect(differing).not.toBe(trained.loss);
    expect(await lossUnder(first, other)).toBe(differing);
    expect(await lossUnder(second, point)).toBe(further.loss);
  });

  test('an evaluation reads no file of weights that its process holds', async () => {
    const trained = new OwnTrial(0, uniform(1), null, point);
    const { accuracy } = await run(trained);
    const { latest } = trained;
    if (latest === null) throw new Error('There are no weights.');
    const gone = { ...latest, path: path.join(folder, 'gone') };
    expect((await run(new OwnTrial(1, { kind: 'evaluate' }, gone, point))).accuracy).toBe(accuracy);
    const others = { ...gone, step: latest.step + 1 };
    await expect(run(new OwnTrial(2, { kind: 'evaluate' }, others, point))).rejects.toThrow(/gone/);
  });

  test('without sharing the same options train a child alone', async () => {
    const alone = new OwnTrial(0, uniform(1), null, point);
    const trial = { ...plainTrial(), seed: alone.seed };
    const result = await trainClassifier({ ...options, epochs: 1 })(decode(layers, point), trial);
    expect(result).toMatchObject({ accuracy: expect.any(Number), parameters: expect.any(Number) });
  });

  test('what does not fit is one sentence of a class', async () => {
    const trained = new OwnTrial(0, uniform(1), null, point);
    await run(trained);
    const fails = (own: TrainClassifierOptions, trial: OwnTrial) => expect(run(trial, own)).rejects;
    await fails({ ...options, dropout: 0.5 }, new OwnTrial(0, uniform(1), null, point)).toMatchObject({
      failureClass: 'BadInput',
      message: expect.stringContaining('without the option dropout'),
    });
    const other = { ...options, optimizer: 'adam' } as const;
    await fails(other, new OwnTrial(1, uniform(2), trained.latest, point)).toMatchObject({
      failureClass: 'BadInput',
      message: expect.stringContaining('The shared weights to go on from do not fit'),
    });
    await fails(options, new OwnTrial(1, uniform(3), trained.latest, point)).toMatchObject({
      failureClass: 'BadInput',
      message: expect.stringContaining('Epoch 3 begins at step'),
    });
    const wide = space({ first: operation, second: operation, width: oneOf([4, 8]) });
    const sized = (parameters: unknown) => {
      const { width } = parameters as { readonly width: number };
      const builder = new NetworkBuilder();
      const input = builder.input('input', [8, 8, 1]);
      const stem = builder.node('stem', 'convolution', input, { filters: width, kernel: [3, 3] });
      const pooled = builder.node('pooled', 'globalAveragePooling', stem, {});
      return builder.buildWithChoices([builder.node('logits', 'dense', pooled, { units: 4 })]);
    };
    const refused = new OwnTrial(0, uniform(1), null, point, Infinity, wide);
    await fails({ ...options, network: sized }, refused).toThrow(
      '"width" decides a tensor\'s size: make it branches with choose, or leave it out with where.',
    );
  });
});

function plainTrial() {
  return {
    ...{ seed: '0', signal: new AbortController().signal, context: {} },
    report: () => undefined,
    shouldStop: () => false,
    checkpoint: { save: () => Promise.resolve(), latest: () => Promise.resolve(null) },
    setAttribute: () => undefined,
    saveArtifact: () => Promise.resolve(''),
  };
}
