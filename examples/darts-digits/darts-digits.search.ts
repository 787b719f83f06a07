import { defineSearch } from 'duramen';
import { darts, operationRoles } from 'duramen/algorithms';
import { dartsCells } from 'duramen/search-spaces';
import { trainClassifier } from 'duramen/training';

const convolutions = ['sep_conv_3x3', 'sep_conv_5x5', 'dil_conv_3x3', 'dil_conv_5x5'];
const named = { skip: ['skip_connect'], learnable: convolutions };

/** The cells of DARTS as a small network for 8 × 8 images; a stage says how many there are of them. */
function network(cells: unknown, context: Readonly<Record<string, unknown>>) {
  const { cells: count = 3 } = (context['stage'] ?? {}) as { readonly cells?: number };
  return { builder: 'darts', ...(cells as object), channels: 4, cells: count };
}

const common = {
  ...{ dataset: 'digits', validationExamples: 400, batchSize: 64 },
  ...{ learningRate: 0.05, nesterov: false, weightDecay: 3e-4, clipNorm: 5 },
  network,
} as const;

/**
 * A progressive search on handwritten digits: two cells with all operations, then three with the five best of each edge.
 * The derived cells are trained from scratch, twice. Takes minutes.
 */
export default defineSearch({
  name: 'darts-digits',
  space: dartsCells,
  metrics: { accuracy: 'maximize', mixtureAccuracy: 'observe', operationEvaluations: 'observe' },
  algorithm: darts({
    stages: [
      { epochs: 6, keep: 5, network: { cells: 2 } },
      { epochs: 6, skipDropout: 0.3, network: { cells: 3 } },
    ],
    warmUp: 2,
    learningRate: 6e-3,
    operations: [
      ...operationRoles(dartsCells, { ...named, within: 'normal' }),
      ...operationRoles(dartsCells, { ...named, within: 'reduction', counted: false }),
    ],
    maximumSkips: 2,
  }),
  budget: { concurrency: 1 },
  seed: 1,
  evaluate: trainClassifier({ ...common, trainingExamples: 1_280 }),
  retraining: {
    evaluate: trainClassifier({ ...common, trainingExamples: 1_280, epochs: 12 }),
    metrics: { accuracy: 'maximize' },
    repetitions: 2,
    candidates: { best: 1 },
  },
});
