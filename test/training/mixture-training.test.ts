import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { MixtureStage, Slice } from '../../algorithms/contract/index.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import { manyOf, oneOf, sample, space } from '../../search-spaces/index.js';
import type { Genome } from '../../search-spaces/index.js';
import { decodeCheckpoint, hashState, NetworkBuilder, trainClassifier } from '../../training/index.js';
import type { TrainClassifierOptions } from '../../training/index.js';
import type { TrainingCheckpoint } from '../../training/training-checkpoint.js';
import type { SavedWeights } from '../../training/slice-trial.js';
import { FiledSlice } from '../support/filed-slice.js';
import { patterns } from '../support/training-laboratory.js';

const folder = mkdtempSync(path.join(tmpdir(), 'duramen-mixture-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const operations = ['conv', 'pool', 'skip'] as const;
const edge = oneOf(operations);
/** A choice, and a node that adds two of three candidates. */
const layers = space({
  first: edge,
  node: manyOf(
    2,
    [
      { input: 0, operation: edge },
      { input: 1, operation: edge },
      { input: 2, operation: edge },
    ],
    { sorted: true },
  ),
});
const logitCount = 4 * (operations.length + 1);
const data = patterns(330, [8, 8, 1]);

interface Program {
  readonly first: string;
  readonly node: readonly { readonly input: number; readonly operation: string }[];
}

/** A stage may say how many filters its network has. */
function network(parameters: unknown, context: Readonly<Record<string, unknown>>) {
  const { first, node } = parameters as Program;
  const { filters = 4 } = (context['stage'] ?? {}) as { readonly filters?: number };
  const builder = new NetworkBuilder();
  const input = builder.input('input', [8, 8, 1]);
  const stem = builder.node('stem', 'convolution', input, { filters, kernel: [3, 3] });
  const write = (own: string, scope: string, from: string): string => {
    if (own === 'skip') return builder.node(`${scope}/identity`, 'identity', from, {});
    if (own === 'pool') return builder.node(`${scope}/pool`, 'maxPooling', from, { kernel: [3, 3] });
    const convolved = builder.node(`${scope}/conv`, 'convolution', from, { filters, kernel: [3, 3] });
    return builder.node(`${scope}/normal`, 'batchNormalization', convolved, {});
  };
  const states = [stem, builder.choose('first', first, stem, write)];
  states.push(builder.node('active', 'activation', states[1] ?? '', { function: 'relu' }));
  const sum = builder.sum(
    'node',
    node,
    states,
    (pick, scope, all) =>
      builder.choose(scope, pick.operation, all[pick.input] ?? '', (own, inner, from) =>
        write(own, inner, from),
      ),
    (pick) => `state${pick.input}`,
  );
  const pooled = builder.node('pooled', 'globalAveragePooling', sum, {});
  return builder.buildWithChoices([builder.node('logits', 'dense', pooled, { units: 4 })]);
}

const options: TrainClassifierOptions = {
  ...{
    dataset: data,
    validationExamples: 90,
    batchSize: 20,
    learningRate: 0.05,
    weightDecay: 3e-4,
    clipNorm: 5,
  },
  network,
};
/** Six batches of each half. */
const perEpoch = 6;

const plain: MixtureStage = {
  ...{ stage: 1, epoch: 1, epochs: 3, alphaFrom: 1, none: true, left: null, order: 1, temperature: null },
  alpha: { learningRate: 0.02, beta1: 0.5, beta2: 0.999, weightDecay: 1e-3, clipNorm: null, deviation: 1e-3 },
  ...{ skipDropout: null, auxiliarySkip: null, eigenvalue: false, network: {} },
};

const point = sample(layers, rngFromSeed(3));

function sliceOf(epoch: number, stage: Partial<MixtureStage> = {}): Slice {
  const own = { ...plain, epoch, ...stage };
  return { kind: 'mix', epoch, stage: own, alphaSteps: own.epoch >= own.alphaFrom };
}

function trialOf(
  index: number,
  slice: Slice,
  latest: SavedWeights | null,
  genome: Genome = point,
): FiledSlice {
  return new FiledSlice(index, slice, latest, { folder, space: layers, genome });
}

async function run(
  trial: FiledSlice,
  own: TrainClassifierOptions = options,
): Promise<Record<string, number>> {
  const result = await trainClassifier(own)({}, trial);
  if ('infeasible' in result) throw new Error('It was not evaluated.');
  return { ...result };
}

function checkpointOf({ latest }: FiledSlice): TrainingCheckpoint {
  if (latest === null) throw new Error('There are no weights.');
  return decodeCheckpoint(new Uint8Array(readFileSync(latest.path)));
}

const weightsOf = (trial: FiledSlice): string => hashState(checkpointOf(trial).state);

async function epochs(count: number, stage: Partial<MixtureStage> = {}, own = options) {
  const trials: FiledSlice[] = [];
  const metrics: Record<string, number>[] = [];
  for (let epoch = 1; epoch <= count; epoch++) {
    const trial = trialOf(epoch - 1, sliceOf(epoch, stage), trials.at(-1)?.latest ?? null);
    metrics.push(await run(trial, own));
    trials.push(trial);
  }
  return { trials, metrics };
}

function only<T>(list: readonly T[], place: number): T {
  const found = list.at(place);
  if (found === undefined) throw new Error('It is not there.');
  return found;
}

describe('epochs of a mixture', () => {
  test('learn, hand back the logits in the order of the view, and have the same bits again', async () => {
    const { trials, metrics } = await epochs(3);
    expect(metrics[2]?.trainingLoss).toBeLessThan(metrics[0]?.trainingLoss ?? 0);
    expect(metrics[2]?.mixtureLoss).toBeLessThan(metrics[0]?.mixtureLoss ?? 0);
    const last = only(trials, -1);
    expect(last.handedBack).toHaveLength(logitCount);
    const { state, step } = checkpointOf(last);
    expect(step).toBe(3 * perEpoch);
    const names = ['first', ...[0, 1, 2].map((place) => `node[*][=${place}/3].operation`)];
    expect(last.handedBack).toEqual(names.flatMap((name) => [...(state.get(`architecture/${name}`) ?? [])]));
    expect(Math.max(...last.handedBack.map(Math.abs))).toBeGreaterThan(0.1);
    const again = await epochs(3);
    expect(again.metrics).toEqual(metrics);
    expect(weightsOf(only(again.trials, -1))).toBe(weightsOf(last));
    // Four choices of three operations, and a branch of zero that is no operation; a step of each kind a batch.
    expect(metrics[0]?.operationEvaluations).toBe(4 * 3 * perEpoch * 2);
  });

  test('that were parked in the middle go on to the same bits', async () => {
    const first = trialOf(0, sliceOf(1), null);
    await run(first);
    const whole = trialOf(1, sliceOf(2), first.latest);
    const result = await run(whole);
    for (const steps of [0, 1, 4]) {
      const parked = trialOf(1, sliceOf(2), first.latest).parkAfter(steps);
      await expect(run(parked)).rejects.toThrow('parked');
      expect(parked.latest).toMatchObject({ trial: 1, step: perEpoch + steps });
      // Another training lies between: the process holds other weights.
      await run(trialOf(7, sliceOf(1), null));
      const again = trialOf(1, sliceOf(2), parked.latest);
      expect(await run(again)).toEqual(result);
      expect(again.handedBack).toEqual(whole.handedBack);
      expect(weightsOf(again)).toBe(weightsOf(whole));
    }
  });

  test('leave the logits alone while they are frozen, and begin Adam when they are not', async () => {
    const warm = { alphaFrom: 2 };
    const frozen = trialOf(0, sliceOf(1, warm), null);
    const { operationEvaluations } = await run(frozen);
    expect(operationEvaluations).toBe(4 * 3 * perEpoch);
    expect(Math.max(...frozen.handedBack.map(Math.abs))).toBeLessThan(5e-3);
    const free = trialOf(1, sliceOf(2, warm), frozen.latest);
    await run(free);
    // The first steps of Adam have the size of its rate, which they would not with the number of a later step.
    const moved = free.handedBack.map((logit, i) => Math.abs(logit - (frozen.handedBack[i] ?? 0)));
    expect(Math.max(...moved)).toBeGreaterThan(0.05);
    expect(Math.max(...moved)).toBeLessThan(0.02 * perEpoch * 1.1);
  });

  test('the accuracy is that of the trial in the same weights, before and after the end', async () => {
    const { trials, metrics } = await epochs(2);
    const last = only(trials, -1);
    const slice: Slice = { kind: 'evaluate', stage: { ...plain, epoch: 2 } };
    const evaluated = await run(trialOf(2, slice, last.latest));
    expect(evaluated).toMatchObject({ accuracy: metrics[1]?.accuracy, loss: metrics[1]?.loss });
    expect(evaluated.parameters).toBeGreaterThan(0);
    const others = await run(trialOf(3, slice, last.latest, [2, 0, 2, 1, 2]));
    expect(others.loss).not.toBe(evaluated.loss);
  });
});

describe('a stage', () => {
  const left = [[0, 2, 3], [0, 1], [2], [0, 1, 2]];

  test('computes only the operations that are left, and the others get no gradient', async () => {
    const stage = { stage: 2, left };
    const genome = [0, 0, 0, 2, 1];
    const trial = trialOf(0, sliceOf(1, stage), null, genome);
    const { operationEvaluations } = await run(trial);
    expect(operationEvaluations).toBe((2 + 2 + 1 + 3) * perEpoch * 2);
    const { state } = checkpointOf(trial);
    expect(state.has('first/conv/conv/kernel')).toBe(true);
    expect(state.has('node/state1/conv/conv/kernel')).toBe(false);
    // Logits that are dropped only shrink by their own decay.
    const moments = only(
      [...state].filter(([name]) => name === 'firstMoment/architecture/first'),
      0,
    )[1];
    expect([...moments].map((moment) => Math.abs(moment) > 1e-5)).toEqual([true, false, true, true]);
    const dropped = trialOf(
      1,
      { kind: 'evaluate', stage: { ...plain, ...stage } },
      trial.latest,
      [0, 0, 0, 1, 0],
    );
    await expect(run(dropped)).rejects.toThrow('has no branch 0');
  });

  test('begins anew, with the network that it says, and then goes on', async () => {
    const { trials } = await epochs(1);
    const before = only(trials, 0);
    const second = { stage: 2, network: { filters: 6 }, epochs: 2 };
    const first = trialOf(1, sliceOf(2, { ...second, epoch: 1 }), before.latest);
    await run(first);
    const { state, step } = checkpointOf(first);
    expect(step).toBe(perEpoch);
    expect(state.get('stem/bias')).toHaveLength(6);
    // The same as without anything before it.
    const alone = trialOf(5, sliceOf(2, { ...second, epoch: 1 }), null);
    await run(alone);
    expect(weightsOf(alone)).toBe(weightsOf(first));
    const next = trialOf(2, sliceOf(3, { ...second, epoch: 2 }), first.latest);
    await run(next);
    expect(checkpointOf(next).step).toBe(2 * perEpoch);
    const wrong = trialOf(2, sliceOf(2), first.latest);
    await expect(run(wrong)).rejects.toThrow(/do not fit/);
  });
});

describe('options of the steps', () => {
  test.each<[string, Partial<MixtureStage>]>([
    ['steps of the second order', { order: 2 }],
    ['dropout behind skips', { skipDropout: 0.4 }],
    ['an auxiliary skip', { auxiliarySkip: 0.5 }],
    ['clipped logits', { alpha: { ...plain.alpha, clipNorm: 1e-3 } }],
    ['no branch of zero', { none: false }],
    ['sampled paths', { none: false, temperature: 2 }],
  ])('%s train, change something, and go on to the same bits', async (_name, stage) => {
    const usual = await epochs(1);
    const { trials, metrics } = await epochs(2, stage);
    const last = only(trials, -1);
    expect(Number.isFinite(metrics[1]?.loss)).toBe(true);
    expect(only(trials, 0).handedBack).not.toEqual(only(usual.trials, 0).handedBack);
    const parked = trialOf(1, sliceOf(2, stage), only(trials, 0).latest).parkAfter(2);
    await expect(run(parked)).rejects.toThrow('parked');
    const again = trialOf(1, sliceOf(2, stage), parked.latest);
    await run(again);
    expect(weightsOf(again)).toBe(weightsOf(last));
  });

  test('sampled paths run one operation a choice, and have no mixture to measure', async () => {
    const { metrics } = await epochs(3, { none: false, temperature: 2 });
    expect(metrics[0]?.operationEvaluations).toBe(4 * perEpoch * 2);
    expect(metrics[2]?.trainingLoss).toBeLessThan(metrics[0]?.trainingLoss ?? 0);
    expect(metrics[0]).not.toHaveProperty('mixtureAccuracy');
    await expect(run(trialOf(0, sliceOf(1, { temperature: 2 }), null))).rejects.toThrow('none: false');
  });

  test('a look ahead runs every operation five times a batch', async () => {
    const { metrics } = await epochs(1, { order: 2 });
    expect(metrics[0]?.operationEvaluations).toBe(4 * 3 * perEpoch * 5);
  });

  test('the eigenvalue comes last, and measuring it changes nothing', async () => {
    const { trials } = await epochs(1);
    const measured = await epochs(1, { eigenvalue: true });
    const [usual, own] = [only(trials, 0), only(measured.trials, 0)];
    expect(own.handedBack.slice(0, -1)).toEqual(usual.handedBack);
    expect(own.handedBack).toHaveLength(logitCount + 1);
    expect(Math.abs(only(own.handedBack, -1))).toBeGreaterThan(1e-6);
    expect(weightsOf(own)).toBe(weightsOf(usual));
  });
});

test('what does not fit is one sentence', async () => {
  const fails = (slice: Slice) =>
    expect(run(new FiledSlice(0, slice, null, { folder, space: layers, genome: point }))).rejects;
  await fails({ kind: 'mix', epoch: 1, stage: {}, alphaSteps: true }).toMatchObject({
    failureClass: 'BadInput',
    message: expect.stringContaining("'epochs' of the stage of a slice"),
  });
  await fails(sliceOf(1, { left: [[0]] })).toMatchObject({
    failureClass: 'BadInput',
    message: expect.stringContaining('what is left of 1 choices, and the space has 4'),
  });
});
