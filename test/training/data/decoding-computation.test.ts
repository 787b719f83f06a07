import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loneTrial } from '../../../bench/lone-trial.js';
import { trainClassifier } from '../../../training/train-classifier.js';
import { bmp } from './bmp.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'duramen-decoding-'));
process.env['XDG_CACHE_HOME'] = path.join(folder, 'cache');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('images are decoded by the computation of the training, whatever it is', async () => {
  for (const [name, grey] of [
    ['dark', 10],
    ['light', 240],
  ] as const) {
    mkdirSync(path.join(folder, 'images', name), { recursive: true });
    for (let i = 0; i < 8; i++) {
      writeFileSync(
        path.join(folder, 'images', name, `${i}.bmp`),
        bmp([
          [grey + i, grey, grey],
          [grey, grey + i, grey],
        ]),
      );
    }
  }
  const evaluate = trainClassifier({
    dataset: { source: { format: 'imageFolder', training: path.join(folder, 'images'), size: [2, 2] } },
    network: () => ({ builder: 'multilayerPerceptron', units: [4] }),
    validationExamples: 4,
    batchSize: 4,
    epochs: 1,
    mode: 'fast',
    threads: 2,
    parallelism: 'operations',
  });
  const attributes: Record<string, unknown> = {};
  const metrics = await evaluate(
    {},
    {
      ...loneTrial('00000000000000aa'),
      setAttribute: (key, value) => {
        attributes[key] = value;
      },
    },
  );
  expect(metrics.accuracy).toBeGreaterThanOrEqual(0);
  expect(JSON.stringify(attributes['training'])).toMatch(/2 threads, oneDNN on( by setting)?, fast mode/);
});
