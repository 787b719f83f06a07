import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { bytesOfNumbers, shippedProbes } from '../../algorithms/contract/index.js';
import type { MixtureStage, MixtureStart, Slice } from '../../algorithms/contract/index.js';
import type { Json } from '../../foundation/json/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';
import { oneOf, space } from '../../search-spaces/index.js';
import { decodeCheckpoint, hashState, NetworkBuilder, trainClassifier } from '../../training/index.js';
import type { TrainClassifierOptions, TrainingState } from '../../training/index.js';
import { FiledSlice } from '../support/filed-slice.js';
import { patterns } from '../support/training-laboratory.js';

const folder = mkdtempSync(path.join(tmpdir(), 'duramen-start-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const operations = ['conv', 'pool', 'skip'] as const;
const layers = space({ first: oneOf(operations), second: oneOf(operations) });
const perEpoch = 6;
const logitCount = 8;

function network(parameters: unknown, context: Readonly<Record<string, unknown>>) {
  const { filters = 4 } = (context['stage'] ?? {}) as { readonly filters?: number };
  const builder = new NetworkBuilder();
  let last = builder.node('stem', 'convolution', builder.input('input', [8, 8, 1]), {
    filters,
    kernel: [3, 3],
  });
  for (const [name, choice] of Object.entries(parameters as Readonly<Record<string, string>>)) {
    last = builder.choose(name, choice, last, (own, scope, from) => {
      if (own === 'skip') return builder.node(`${scope}/identity`, 'identity', from, {});
      if (own === 'pool') return builder.node(`${scope}/pool`, 'maxPooling', from, { kernel: [3, 3] });
      const convolved = builder.node(`${scope}/conv`, 'convolution', from, { filters, kernel: [3, 3] });
      return builder.node(`${scope}/normal`, 'batchNormalization', convolved, {});
    });
  }
  const pooled = builder.node('pooled', 'globalAveragePooling', last, {});
  return builder.buildWithChoices([builder.node('logits', 'dense', pooled, { units: 4 })]);
}

const stage: MixtureStage = {
  ...{ stage: 1, epoch: 1, epochs: 2, alphaFrom: 1, none: true, left: null, order: 1, temperature: null },
  alpha: { learningRate: 0, beta1: 0.5, beta2: 0.999, weightDecay: 0, clipNorm: null, deviation: 1e-3 },
  ...{ skipDropout: null, auxiliarySkip: null, eigenvalue: false, network: {} },
};

const artifacts = new Map<string, Uint8Array>();
function stored(bytes: Uint8Array): string {
  const hash = sha256Hex(bytes);
  artifacts.set(hash, bytes);
  return hash;
}

function epoch(change: Partial<MixtureStage>, index = 0, latest: FiledSlice['latest'] = null): FiledSlice {
  const genome = [0, change.left?.[1]?.[0] ?? 0];
  const slice = { kind: 'mix', epoch: 1, stage: { ...stage, ...change }, alphaSteps: true } as const;
  return new FiledSlice(index, slice, latest, { folder, space: layers, genome, artifacts });
}

/** So small that steps change no number but a zero. */
const still = 1e-30;

/** Trains an epoch, by default with weights that stay those of the beginning. */
async function run(trial: FiledSlice, learningRate = still): Promise<TrainingState> {
  const options = {
    dataset: patterns(330, [8, 8, 1]),
    validationExamples: 90,
    batchSize: 20,
    learningRate,
    network,
  };
  await trainClassifier(options)({}, trial);
  return decodeCheckpoint(readFileSync(trial.latest?.path ?? '')).state;
}

async function source(
  change: Partial<MixtureStage> = {},
): Promise<{ readonly hash: string; readonly state: TrainingState }> {
  const trial = epoch(change, 9);
  const state = await run(trial, 0.05);
  return { hash: stored(readFileSync(trial.latest?.path ?? '')), state };
}

const parametersOf = (state: TrainingState): readonly string[] =>
  [...state.keys()].filter(
    (name) =>
      /\/(kernel|bias|scale|offset)$/.test(name) && !/^(momentum|firstMoment|secondMoment)\//.test(name),
  );

test('an epoch starts with the weights of a source but for its classifier, and with the logits', async () => {
  const { hash, state } = await source();
  const cold = await run(epoch({}));
  const logits = Float64Array.from({ length: logitCount }, (_none, i) => i / 4);
  const start: MixtureStart = { logits: stored(bytesOfNumbers(logits)), weights: hash };
  const warm = epoch({ start });
  const first = await run(warm);
  // The bias of the new classifier begins at zero, which every step moves.
  const names = parametersOf(first).filter((name) => name !== 'logits/bias');
  expect(names).toContain('first/conv/conv/kernel');
  for (const name of names) {
    const expected = name.startsWith('logits/') ? cold.get(name) : state.get(name);
    expect([name, first.get(name)]).toEqual([name, expected]);
  }
  expect(first.get('logits/kernel')).not.toEqual(state.get('logits/kernel'));
  expect(warm.handedBack).toEqual([...logits]);
  // Momentum begins anew: after steps of no size it is that of a training without weights from elsewhere, not the source's.
  const slots = [...first.keys()].filter((name) => name.startsWith('momentum/'));
  expect(slots.some((name) => first.get(name)?.join() !== state.get(name)?.join())).toBe(true);
});

test('a narrowed mixture takes the weights that are left, and an epoch that was parked goes on to the same bits', async () => {
  const { hash, state } = await source();
  const left = [
    [0, 3],
    [1, 2],
  ];
  const start = { logits: null, weights: hash };
  const narrow = await run(epoch({ left, start }));
  expect(narrow.get('first/conv/conv/kernel')).toEqual(state.get('first/conv/conv/kernel'));
  expect(narrow.has('second/conv/conv/kernel')).toBe(false);
  const whole = epoch({ start });
  await run(whole, 0.05);
  const parked = epoch({ start }).parkAfter(2);
  await expect(run(parked, 0.05)).rejects.toThrow('parked');
  expect(parked.latest).toMatchObject({ step: 2 });
  const again = epoch({ start }, 0, parked.latest);
  const after = await run(again, 0.05);
  expect(hashState(after)).toBe(hashState(decodeCheckpoint(readFileSync(whole.latest?.path ?? '')).state));
  // Its checkpoint fits no search that starts otherwise.
  await expect(run(epoch({}, 0, parked.latest))).rejects.toThrow('do not fit');
  expect(perEpoch).toBeGreaterThan(2);
});

test('weights of another network, and logits of another space, are one sentence', async () => {
  const { hash } = await source({ network: { filters: 6 } });
  await expect(run(epoch({ start: { logits: null, weights: hash } }))).rejects.toMatchObject({
    failureClass: 'BadInput',
    message: expect.stringContaining('stem/kernel has 54 numbers there and 36 here'),
  });
  const few = stored(bytesOfNumbers(Float64Array.of(1, 2)));
  await expect(run(epoch({ start: { logits: few, weights: null } }))).rejects.toMatchObject({
    failureClass: 'BadInput',
    message: expect.stringContaining('should be 8 numbers'),
  });
});

test('a further task goes on with weights and logits, but for classifier and optimisers', async () => {
  const several = (own: TrainClassifierOptions['network']): TrainClassifierOptions => ({
    ...{ dataset: patterns(330, [8, 8, 1]), furtherTasks: [patterns(290, [8, 8, 1])] },
    ...{ validationExamples: 90, batchSize: 20 },
    ...(own === undefined ? {} : { network: own }),
  });
  const seen: unknown[] = [];
  const told = (parameters: Json, context: Readonly<Record<string, Json>>) => {
    seen.push(context['task']);
    return network(parameters, context);
  };
  const moving = { ...stage, epochs: 1, task: 1, alpha: { ...stage.alpha, learningRate: 0.05 } };
  const first = epoch(moving, 20);
  const training = trainClassifier({ ...several(told), learningRate: 0.05 });
  await training({}, first);
  const before = decodeCheckpoint(readFileSync(first.latest?.path ?? '')).state;
  const next = epoch({ ...stage, epochs: 1, task: 2 }, 21, first.latest);
  await trainClassifier({ ...several(told), learningRate: still })({}, next);
  const checkpoint = decodeCheckpoint(readFileSync(next.latest?.path ?? ''));
  // Five batches of the half of 200 examples.
  expect(checkpoint.step).toBe(5);
  expect(checkpoint.state.get('first/conv/conv/kernel')).toEqual(before.get('first/conv/conv/kernel'));
  expect(checkpoint.state.get('logits/kernel')).not.toEqual(before.get('logits/kernel'));
  expect(next.handedBack).toEqual(first.handedBack);
  expect(seen).toEqual([
    { number: 1, classes: 4 },
    { number: 2, classes: 4 },
  ]);
  // The next stage begins anew, whatever it continues.
  const anew = epoch({ ...stage, stage: 2, epochs: 1, task: 1 }, 22, next.latest);
  await trainClassifier({ ...several(network), learningRate: still })({}, anew);
  const later = decodeCheckpoint(readFileSync(anew.latest?.path ?? '')).state;
  expect(later.get('first/conv/conv/kernel')).not.toEqual(before.get('first/conv/conv/kernel'));
  const beyond = epoch({ ...stage, task: 3 }, 23, next.latest);
  const refused = trainClassifier({ ...several(network), learningRate: still })({}, beyond);
  await expect(refused).rejects.toMatchObject({
    failureClass: 'BadInput',
    message:
      "The search trains on task 3, and trainClassifier has 2: give the data sets of the others as 'furtherTasks'.",
  });
});

test.each<Slice>([
  { kind: 'embed', probe: shippedProbes.small.hash },
  { kind: 'mix', epoch: 1, stage, alphaSteps: true },
])('a task of one class is refused in a sentence by a slice of kind $kind', async (slice) => {
  const all = patterns(330, [8, 8, 1]);
  const dataset = { ...all, hash: 'one class', labels: all.labels.map(() => 2) };
  const trial = new FiledSlice(30, slice, null, { folder, space: layers, genome: [0, 0], artifacts });
  const options = { dataset, validationExamples: 90, batchSize: 20, network };
  await expect(trainClassifier(options)({}, trial)).rejects.toMatchObject({
    failureClass: 'BadInput',
    message: `All training examples of ${all.name} are of one class, so that there is nothing to tell apart: give it at least two.`,
  });
});
