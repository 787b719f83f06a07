import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type * as Tf from '@tensorflow/tfjs-node-gpu';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { encode } from '@msgpack/msgpack';
import type { Json } from '../../foundation/json/index.js';
import type { DataSetOptions } from '../../training/data/data-set-options.js';
import { computationVersion } from '../../training/tensorflow.js';
import { trainClassifier } from '../../training/train-classifier.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../training/training-checkpoint.js';
import type { LimitedTrainingTrial, TrainingTrial } from '../../training/classifier-options.js';
import { idx } from './data/array-files.js';
import { patterns } from '../support/training-laboratory.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'duramen-classifier-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const data = patterns(400, [8, 8, 1]);
const perceptron = { builder: 'multilayerPerceptron', units: [16] };
const fixed = { dataset: data, validationExamples: 100, batchSize: 50, epochs: 3 } as const;

interface SeenTrial extends TrainingTrial {
  readonly reports: [number, Readonly<Record<string, number>>][];
  readonly attributes: Record<string, Json>;
  saved: { readonly path: string; readonly step: number } | null;
}

let trials = 0;
/** A trial that keeps its checkpoint in a file; `until` stops it after an epoch. */
function trialOf(
  options: { saved?: SeenTrial['saved']; until?: number; context?: TrainingTrial['context'] } = {},
) {
  const place = path.join(folder, String(++trials));
  const trial: SeenTrial = {
    seed: '00000000000000aa',
    signal: new AbortController().signal,
    context: options.context ?? {},
    reports: [],
    attributes: {},
    saved: options.saved ?? null,
    report: (step, metrics) => void trial.reports.push([step, metrics]),
    shouldStop: () => trial.reports.length > 0 && trial.reports.at(-1)?.[0] === options.until,
    checkpoint: {
      save: async (content, step) => {
        await writeFile(place, content);
        trial.saved = { path: place, step };
      },
      latest: async () => trial.saved,
    },
    setAttribute: (key, value) => {
      trial.attributes[key] = value;
    },
    saveArtifact: async (name, file) => {
      await writeFile(path.join(folder, name), await readFile(file));
      return name;
    },
  };
  return trial;
}

describe('trainClassifier', () => {
  test('trains, reports every epoch and keeps a model that gives the same answers', async () => {
    const trial = trialOf({ context: { architecture: { network: perceptron } } });
    const metrics = await trainClassifier({ ...fixed, saveModel: true })({ learningRate: 0.1 }, trial);
    expect(trial.reports.map(([step]) => step)).toEqual([1, 2, 3]);
    expect(metrics.accuracy).toBe(trial.reports[2]?.[1]['accuracy']);
    expect(metrics.accuracy).toBeGreaterThan(0.95);
    expect(metrics.parameters).toBe(64 * 16 + 16 + 16 * 4 + 4);
    expect(JSON.stringify(trial.attributes['training'])).toContain('1 threads, oneDNN on');

    const model = path.join(folder, 'model');
    await mkdir(model);
    await writeFile(path.join(model, 'saved_model.pb'), await readFile(path.join(folder, 'saved_model.pb')));
    const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu') as typeof Tf;
    const loaded = await tf.node.loadSavedModel(model);
    const images = tf.tensor4d(Float32Array.from(data.images), [400, 8, 8, 1]);
    const { logits, probabilities } = loaded.predict({ images }) as Record<string, Tf.Tensor>;
    const chosen = logits?.argMax(1).dataSync() ?? [];
    const right = data.labels.filter((label, i) => chosen[i] === label).length;
    expect(right / 400).toBeGreaterThan(0.95);
    const sums = probabilities?.sum(1).dataSync() ?? [];
    expect(sums[0]).toBeCloseTo(1, 5);
    loaded.dispose();
  });

  test('goes on from a checkpoint to the same metrics, also after `until`', async () => {
    const evaluate = trainClassifier({ ...fixed, optimizer: 'adam', network: () => perceptron });
    const whole = await evaluate({}, trialOf());
    const first = trialOf({ until: 1 });
    await evaluate({}, first);
    expect(first.saved?.step).toBe(6);
    const second = trialOf({ saved: first.saved });
    expect(await evaluate({}, second)).toEqual(whole);
    expect(second.reports.map(([step]) => step)).toEqual([2, 3]);
  });

  test('a checkpoint of a former version of the computation goes on, and the kinds name both', async () => {
    const evaluate = trainClassifier({ ...fixed, network: () => perceptron });
    const first = trialOf({ until: 1 });
    await evaluate({}, first);
    const { saved } = first;
    if (saved === null) throw new Error('There is no checkpoint.');
    const checkpoint = decodeCheckpoint(await readFile(saved.path));
    const [kind = ''] = checkpoint.kinds;
    expect(kind).toContain(`, computation ${computationVersion}, 1 threads`);
    const former = kind.replace(/, computation \d+/, '');
    await writeFile(saved.path, encodeCheckpoint({ ...checkpoint, kinds: [former] }));
    const second = trialOf({ saved });
    await evaluate({}, second);
    expect(second.reports.map(([step]) => step)).toEqual([2, 3]);
    expect(second.attributes['training']).toMatchObject({ kinds: [former, kind] });
  });

  test('augments by the policy among the parameters, or by its own', async () => {
    const invert = { op: 'invert', probability: 0.5 } as const;
    const plain = await trainClassifier(fixed)(perceptron, trialOf());
    const own = await trainClassifier({ ...fixed, augmentation: invert })(perceptron, trialOf());
    const searched = { network: perceptron, augmentation: invert };
    expect(await trainClassifier({ ...fixed, augmentation: 'cropAndFlip' })(searched, trialOf())).toEqual(
      own,
    );
    expect(own.trainingLoss).not.toBe(plain.trainingLoss);
    const none = { network: perceptron, augmentation: null };
    expect(await trainClassifier({ ...fixed, augmentation: invert })(none, trialOf())).toEqual(plain);
  });

  test('does not train a network whose costs are beyond a limit of its search', async () => {
    const costs = { parameters: 64 * 16 + 16 + 16 * 4 + 4, multiplyAdds: 64 * 16 + 16 + 16 * 4 };
    const evaluate = trainClassifier({
      ...fixed,
      epochs: 1,
      costs: (network, parameters) => ({
        layers: network.nodes.length,
        named: Object.keys(Object(parameters)).length,
      }),
    });
    const limited = (limits: LimitedTrainingTrial['limits']) => ({ ...trialOf(), limits });
    const trial = limited({ layers: { atMost: 3 }, unknown: { atMost: 0 } });
    expect(await evaluate(perceptron, trial)).toEqual({
      infeasible: 'The network was not trained: layers 4 is above the limit of 3.',
      metrics: { ...costs, layers: 4, named: 2 },
    });
    expect(trial.reports).toEqual([]);
    expect(await evaluate(perceptron, limited({ parameters: { atLeast: 2000 } }))).toMatchObject({
      infeasible: 'The network was not trained: parameters 1108 is below the limit of 2000.',
    });
    expect(await evaluate(perceptron, limited({ layers: { atMost: 4 } }))).toMatchObject({
      ...costs,
      layers: 4,
    });
  });

  test('parks with a checkpoint when it is asked to', async () => {
    const parking = new AbortController();
    const trial = trialOf();
    const asked = { ...trial, signal: parking.signal, report: () => parking.abort(new Error('parked')) };
    await expect(trainClassifier(fixed)(perceptron, asked)).rejects.toThrow('parked');
    expect(trial.saved?.step).toBe(6);
  });

  test('a loss that is not finite is Diverged', async () => {
    const evaluate = trainClassifier({ ...fixed, optimizer: 'sgd', learningRate: 1e30 });
    await expect(evaluate(perceptron, trialOf())).rejects.toMatchObject({
      failureClass: 'Diverged',
      message: expect.stringMatching(/^The training loss became \S+ in step \d+ \(epoch 1\)\.$/),
    });
  });

  test.each([
    ['no network', {}, {}, 'BadInput', /No network was found/],
    ['hyper-parameter', perceptron, { learningRate: -1 }, 'BadInput', /learningRate/],
    [
      'augmentation',
      { network: perceptron, augmentation: [{ op: 'blur' }] },
      {},
      'BadInput',
      /augmentation\[0\]\.op is no operation but "blur"/,
    ],
    ['builder', { builder: 'transformer' }, {}, 'InvalidArchitecture', /transformer/],
    [
      'classes',
      { builder: 'multilayerPerceptron', units: [4], classes: 7 },
      {},
      'InvalidArchitecture',
      /its output "logits" is 7, but there are 4 classes/,
    ],
    [
      'image size',
      { builder: 'multilayerPerceptron', units: [4], inputShape: [5, 5, 1] },
      {},
      'InvalidArchitecture',
      /its input "input" is 5 × 5 × 1, the images are 8 × 8 × 1/,
    ],
  ])(
    'what does not fit is told in one sentence: %s',
    async (_what, parameters, options, failureClass, message) => {
      const evaluate = trainClassifier({ ...fixed, ...options });
      await expect(evaluate(parameters, trialOf())).rejects.toMatchObject({
        failureClass,
        message: expect.stringMatching(message),
      });
    },
  );

  test('a damaged checkpoint and one of another network are refused', async () => {
    const evaluate = trainClassifier({ ...fixed, epochs: 1 });
    const trial = trialOf();
    await evaluate(perceptron, trial);
    const { saved } = trial;
    if (saved === null) throw new Error('There is no checkpoint.');
    const other = { builder: 'multilayerPerceptron', units: [17] };
    await expect(evaluate(other, trialOf({ saved }))).rejects.toMatchObject({
      failureClass: 'BadInput',
      message: expect.stringContaining('of another network'),
    });
    await expect(
      evaluate({ network: perceptron, augmentation: { op: 'invert' } }, trialOf({ saved })),
    ).rejects.toMatchObject({
      failureClass: 'BadInput',
      message: expect.stringContaining('augmentation'),
    });
    const bytes = await readFile(saved.path);
    await writeFile(saved.path, bytes.subarray(0, bytes.length - 5));
    await expect(evaluate(perceptron, trialOf({ saved }))).rejects.toMatchObject({
      failureClass: 'BadInput',
      message: expect.stringContaining('truncated or damaged'),
    });
    const flipped = Buffer.from(bytes);
    flipped[40] = (flipped[40] ?? 0) ^ 1;
    await writeFile(saved.path, flipped);
    await expect(evaluate(perceptron, trialOf({ saved }))).rejects.toMatchObject({
      failureClass: 'BadInput',
      message: expect.stringContaining('truncated or damaged'),
    });
    const newer = encode({ format: 'duramen-training-checkpoint/2' });
    await writeFile(saved.path, Buffer.concat([newer, createHash('sha256').update(newer).digest()]));
    await expect(evaluate(perceptron, trialOf({ saved }))).rejects.toMatchObject({
      failureClass: 'BadInput',
      message: expect.stringMatching(/in the format duramen-training-checkpoint\/1: resume with/),
    });
  });
});

test('a checkpoint of the other mode is refused', async () => {
  const save = async (evaluate: ReturnType<typeof trainClassifier>): Promise<SeenTrial['saved']> => {
    const trial = trialOf();
    await evaluate(perceptron, trial);
    return trial.saved;
  };
  const repeatable = trainClassifier({ ...fixed, epochs: 1 });
  // A process has one mode; modules that are loaded anew know of none and take the library as it is.
  vi.resetModules();
  const { trainClassifier: otherTrainClassifier } = await import('../../training/train-classifier.js');
  const fast = otherTrainClassifier({ ...fixed, epochs: 1, mode: 'fast', threads: 1 });
  const refusal = { failureClass: 'BadInput', message: expect.stringContaining('optimizer or mode') };
  const [ofFast, ofRepeatable] = [await save(fast), await save(repeatable)];
  await expect(repeatable(perceptron, trialOf({ saved: ofFast }))).rejects.toMatchObject(refusal);
  await expect(fast(perceptron, trialOf({ saved: ofRepeatable }))).rejects.toMatchObject(refusal);
  await expect(fast(perceptron, trialOf({ saved: ofFast }))).resolves.toHaveProperty('accuracy');
});

describe('data sets from files', () => {
  const sourceOf = async () => {
    const training = { images: path.join(folder, 'images.idx'), labels: path.join(folder, 'labels.idx') };
    await writeFile(training.images, idx([400, 8, 8], data.images));
    await writeFile(training.labels, idx([400], [...data.labels]));
    return { format: 'idx', training } as const;
  };

  test('train to the same metrics in memory and read batch by batch', async () => {
    vi.stubEnv('XDG_CACHE_HOME', folder);
    const source = await sourceOf();
    const metricsOf = async (dataset: DataSetOptions) =>
      trainClassifier({ ...fixed, dataset, stratified: false })(perceptron, trialOf());
    const changes: DataSetOptions = {
      source,
      classes: [2, 0],
      corruptions: [{ kind: 'contrast', severity: 1 }],
    };
    const metrics = await metricsOf({ ...changes, memoryLimit: 1e9 });
    expect(metrics.accuracy).toBeGreaterThan(0.95);
    expect(await metricsOf({ ...changes, memoryLimit: 0 })).toEqual(metrics);
    vi.unstubAllEnvs();
  });

  test('with labels beyond their classes are refused, in memory too', async () => {
    const source = { ...(await sourceOf()), classCount: 3 };
    await expect(
      trainClassifier({ ...fixed, dataset: { source } })(perceptron, trialOf()),
    ).rejects.toMatchObject({
      failureClass: 'BadInput',
      message: expect.stringMatching(
        /has the label 3 at image 3, but the 3 classes are numbered from 0 to 2/,
      ),
    });
    const dataset = { ...data, classes: 3 };
    await expect(trainClassifier({ ...fixed, dataset })(perceptron, trialOf())).rejects.toMatchObject({
      failureClass: 'BadInput',
      message: expect.stringMatching(/has the label 3 at image 3, but its 3 classes/),
    });
  });
});

test('a network that does not fit into memory is one sentence of class OutOfMemory', async () => {
  const network = { builder: 'multilayerPerceptron', units: [100_000, 1_000_000] };
  const training = trainClassifier({ ...fixed, network: () => network })({}, trialOf());
  await expect(training).rejects.toMatchObject({
    failureClass: 'OutOfMemory',
    message: expect.stringMatching(/^The \d+ parameters of the network .* do not fit into memory/),
  });
});
