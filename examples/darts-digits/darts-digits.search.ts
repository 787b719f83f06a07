import { defineSearch } from 'duramen';
import { darts, operationRoles } from 'duramen/algorithms';
import { dartsCells } from 'duramen/search-spaces';
import { trainClassifier } from 'duramen/training';

const convolutions = ['sep_conv_3x3', 'sep_conv_5x5', 'dil_conv_3x3', 'dil_conv_5x5'];
const named = { skip: ['skip_connect'], learnable: convolutions };

/** The cells of DARTS as a small network for 8 × 8 images; a stage of the search says how many there are of them. */
function searchNetwork(cells: unknown, context: Readonly<Record<string, unknown>>) {
  const { cells: count = 3 } = (context['stage'] ?? {}) as { readonly cells?: number };
  return { builder: 'darts', ...(cells as object), channels: 4, cells: count, form: 'search' };
}

/** The same with the cells that were derived, in the end. */
function finalNetwork(cells: unknown) {
  return { builder: 'darts', ...(cells as object), channels: 4, cells: 4 };
}

const common = {
  dataset: 'digits',
  validationExamples: 400,
  batchSize: 64,
  learningRate: 0.05,
  nesterov: false,
  weightDecay: 3e-4,
  clipNorm: 5,
} as const;

/**
 * A progressive search on handwritten digits: three cells with all operations, then four with the five best of each edge.
 * The derived cells are trained from scratch, twice. Takes minutes.
 */
export default defineSearch({
  name: 'darts-digits',
  space: dartsCells,
  metrics: { accuracy: 'maximize', mixtureAccuracy: 'observe', operationEvaluations: 'observe' },
  algorithm: darts({
    stages: [
      { epochs: 6, keep: 5, network: { cells: 3 } },
      { epochs: 6, skipDropout: 0.3, network: { cells: 4 } },
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
  evaluate: trainClassifier({ ...common, trainingExamples: 1_280, network: searchNetwork }),
  retraining: {
    evaluate: trainClassifier({ ...common, trainingExamples: 1_280, epochs: 12, network: finalNetwork }),
    metrics: { accuracy: 'maximize' },
    repetitions: 2,
    candidates: { best: 1 },
  },
});
