import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type * as Tf from '@tensorflow/tfjs-node-gpu';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildNetwork } from '../../networks/builders/build-network.js';
import { writeSavedModel } from '../../training/saved-model.js';
import { compiled, patterns, randomState } from '../support/training-laboratory.js';

const execute = promisify(execFile);

/** A Python that has TensorFlow, such as that of the virtual environment of a bench. */
const python = process.env['DURAMEN_TENSORFLOW_PYTHON'];

const count = 12;
const data = patterns(count, [8, 8, 1]);
let folder: string;
let logits: readonly number[];
let probabilities: readonly number[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'duramen-saved-model-'));
  const network = buildNetwork({
    ...{ builder: 'residualConvolutional', inputShape: [8, 8, 1], classes: 4, widths: [4, 8], dropout: 0.3 },
  });
  const step = compiled(network, data);
  writeSavedModel(folder, network, randomState(step), data);
  step.close();
  const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu') as typeof Tf;
  const model = await tf.node.loadSavedModel(folder);
  expect(model.inputs.map(({ name }) => name)).toEqual(['images']);
  const images = tf.tensor4d(Float32Array.from(data.images), [count, 8, 8, 1]);
  const outputs = model.predict({ images }) as Record<string, Tf.Tensor>;
  logits = Array.from(outputs['logits']?.dataSync() ?? []);
  probabilities = Array.from(outputs['probabilities']?.dataSync() ?? []);
  model.dispose();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a saved model gives logits and their softmax in tfjs-node', () => {
  expect(logits).toHaveLength(count * 4);
  expect(new Set(logits).size).toBeGreaterThan(count);
  for (let image = 0; image < count; image++) {
    const exponentials = logits.slice(4 * image, 4 * image + 4).map(Math.exp);
    const sum = exponentials.reduce((total, each) => total + each, 0);
    exponentials.forEach((each, i) => expect(probabilities[4 * image + i]).toBeCloseTo(each / sum, 4));
  }
});

test.skipIf(python === undefined)(
  'Python TensorFlow loads it and gives the same outputs',
  async () => {
    await writeFile(path.join(folder, 'images.json'), JSON.stringify([...data.images]));
    const script = `
import json, sys
import numpy, tensorflow
model = tensorflow.saved_model.load(sys.argv[1])
serve = model.signatures['serving_default']
images = numpy.array(json.load(open(sys.argv[1] + '/images.json')), 'float32').reshape(-1, 8, 8, 1)
outputs = serve(images=tensorflow.constant(images))
print(json.dumps({name: value.numpy().flatten().tolist() for name, value in outputs.items()}))
`;
    const { stdout } = await execute(python ?? '', ['-c', script, folder], {
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '-1' },
    });
    const outputs = JSON.parse(stdout) as Readonly<Record<'logits' | 'probabilities', readonly number[]>>;
    expect(outputs.logits).toHaveLength(logits.length);
    outputs.logits.forEach((value, i) => expect(value).toBeCloseTo(logits[i] ?? Number.NaN, 4));
    outputs.probabilities.forEach((value, i) => expect(value).toBeCloseTo(probabilities[i] ?? Number.NaN, 5));
  },
  120_000,
);
