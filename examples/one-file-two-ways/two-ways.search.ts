import { defineSearch, type TrialHandle } from 'duramen';
import { dedupe, regularizedEvolution } from 'duramen/algorithms';
import { object, space } from 'duramen/search-spaces';
import { trainClassifier } from 'duramen/training';
import { layer, network } from './network.js';

// One search file, run in two ways: with WEIGHT_SHARING=no every trial trains its network from scratch, otherwise the
// trials share the weights of one training. All else is the same. `node examples/one-file-two-ways/compare.mjs` runs
// both and compares them (docs/weight-sharing.md).
const shares = process.env['WEIGHT_SHARING'] !== 'no';

const epochs = 12;
const evaluations = 60;

const common = { dataset: 'mnist', validationExamples: 2_000, batchSize: 50, network } as const;
const train = trainClassifier({ ...common, trainingExamples: 4_000, epochs: 4 });

/** Adds the processor time of this process, all threads, to what the training measures. */
async function evaluate(parameters: unknown, trial: TrialHandle): ReturnType<typeof train> {
  const before = process.cpuUsage();
  const result = await train(parameters, trial);
  const { user, system } = process.cpuUsage(before);
  const processorSeconds = (user + system) / 1e6;
  return 'infeasible' in result ? result : { ...result, processorSeconds };
}

export default defineSearch({
  name: shares ? 'two-ways-shared' : 'two-ways-alone',
  space: space({ layers: object({ first: layer, second: layer, third: layer, fourth: layer }) }),
  metrics: { accuracy: 'maximize', processorSeconds: 'observe' },
  algorithm: dedupe(regularizedEvolution({ populationSize: 10, tournamentSize: 4 })),
  ...(shares ? { weightSharing: { paths: 'fair', epochs, control: { count: 20, examples: 2_000 } } } : {}),
  budget: { trials: shares ? epochs + 1 + evaluations : evaluations, concurrency: 2 },
  window: 2,
  seed: 1,
  evaluate,
  retraining: {
    evaluate: trainClassifier({ ...common, trainingExamples: 10_000, epochs: 6 }),
    metrics: { accuracy: 'maximize' },
    repetitions: 2,
    candidates: { best: 5 },
  },
});
