import { defineSearch } from 'duramen';
import { random } from 'duramen/algorithms';
import { pipelines, train } from './pipeline.js';
import { scale } from './setting.js';

// The end: the pipeline that the job gives as the first point is trained in full, with several seeds. The test images
// are measured here and nowhere else, and nothing is chosen by them.
export default defineSearch({
  name: 'final',
  space: pipelines,
  metrics: { accuracy: 'maximize' },
  algorithm: random(),
  budget: { trials: 1, concurrency: 2 },
  dependsOn: ['data', 'architecture'],
  seed: 7,
  pure: true,
  evaluate: train('pipeline'),
  retraining: {
    evaluate: train('final'),
    metrics: { accuracy: 'maximize', testAccuracy: 'observe', parameters: 'observe' },
    repetitions: scale.seeds,
    candidates: { best: 1 },
  },
});
