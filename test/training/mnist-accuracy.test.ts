import { expect, test } from 'vitest';
import { trainClassifier } from '../../training/train-classifier.js';

test('a plain convolutional network reaches 99 % on the test images of MNIST within five epochs', async () => {
  const evaluate = trainClassifier({
    dataset: 'mnist',
    validationExamples: 5000,
    epochs: 3,
    batchSize: 96,
    optimizer: 'sgd',
    learningRate: 0.1,
    weightDecay: 5e-4,
    warmUpEpochs: 0.2,
    test: true,
  });
  const network = { builder: 'plainConvolutional', widths: [16, 32, 64], dropout: 0.2 };
  const reports: number[] = [];
  const started = performance.now();
  const metrics = await evaluate(network, {
    seed: '0000000000000001',
    signal: new AbortController().signal,
    context: {},
    report: (_epoch, { accuracy = 0 }) => void reports.push(accuracy),
    shouldStop: () => false,
    checkpoint: { save: async () => {}, latest: async () => null },
    setAttribute: () => {},
    saveArtifact: async (name) => name,
  });
  console.log(
    `MNIST: test accuracy ${metrics.testAccuracy}, validation ${reports.join(', ')}, ${((performance.now() - started) / 1000).toFixed(0)} s`,
  );
  expect(metrics.testAccuracy).toBeGreaterThanOrEqual(0.99);
  expect(reports.length).toBeLessThanOrEqual(5);
}, 300_000);
