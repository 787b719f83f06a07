import { defineSearch } from 'duramen';
import { darts, operationRoles } from 'duramen/algorithms';
import { dartsCells } from 'duramen/search-spaces';
import { trainClassifier } from 'duramen/training';

const convolutions = ['sep_conv_3x3', 'sep_conv_5x5', 'dil_conv_3x3', 'dil_conv_5x5'];
const named = { skip: ['skip_connect'], learnable: convolutions };

/** The cells of DARTS with one of four channels through the operations; a stage says how many cells there are. */
function searchNetwork(cells: unknown, context: Readonly<Record<string, unknown>>) {
  const { cells: count = 5 } = (context['stage'] ?? {}) as { readonly cells?: number };
  return {
    ...{ builder: 'darts', ...(cells as object), channels: 8, cells: count },
    ...{ form: 'search', partialChannels: 4 },
  };
}

const common = {
  dataset: 'cifar-10',
  validationExamples: 5_000,
  batchSize: 96,
  augmentation: { policy: 'cropAndFlip' },
  nesterov: false,
  weightDecay: 3e-4,
  clipNorm: 5,
} as const;

// P-DARTS on CIFAR-10: three stages of growing depth, the operations of each edge from eight to five to three, dropout of skips,
// logits frozen in the first ten of 25 epochs, at most two skips in the normal cell. Scaled to what processors can do: 3, 5 and
// 8 cells instead of 5, 11 and 17, 8 channels instead of 16, a quarter of them through the operations, half of the images. The
// search embeds its data first, so that "duramen library add darts-cifar10" makes it a record. Many hours, and not run
// to its end: published accuracies are not to be expected. `duramen data cifar-10` fetches the images.
export default defineSearch({
  name: 'darts-cifar10',
  space: dartsCells,
  metrics: { accuracy: 'maximize', mixtureAccuracy: 'observe', operationEvaluations: 'observe' },
  algorithm: darts({
    stages: [
      { epochs: 25, keep: 5, skipDropout: 0.1, network: { cells: 3 } },
      { epochs: 25, keep: 3, skipDropout: 0.4, network: { cells: 5 } },
      { epochs: 25, skipDropout: 0.7, network: { cells: 8 } },
    ],
    ...{ warmUp: 10, learningRate: 6e-4, clipNorm: 5, maximumSkips: 2 },
    operations: [
      ...operationRoles(dartsCells, { ...named, within: 'normal' }),
      ...operationRoles(dartsCells, { ...named, within: 'reduction', counted: false }),
    ],
    warmStart: { from: [], probe: 'large' },
  }),
  budget: { concurrency: 1 },
  seed: 1,
  evaluate: trainClassifier({
    ...{ ...common, trainingExamples: 25_000, learningRate: 0.025 },
    network: searchNetwork,
  }),
  retraining: {
    evaluate: trainClassifier({
      ...{ ...common, epochs: 60, learningRate: 0.025, test: true, saveModel: true },
      network: (cells: unknown) => ({ builder: 'darts', ...(cells as object), channels: 16, cells: 8 }),
    }),
    metrics: { accuracy: 'maximize', testAccuracy: 'observe' },
    repetitions: 3,
    candidates: { best: 1 },
  },
});
