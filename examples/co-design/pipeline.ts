import type { TrialHandle } from 'duramen';
import { space, trainingHeads, trivialAugmentHeads } from 'duramen/search-spaces';
import { trainClassifier } from 'duramen/training';
import { imagesOf } from './data.js';
import { network, type Architecture } from './network.js';

/** How a network is trained: augmentation of the images, and hyper-parameters. */
export const pipelines = space({ ...trivialAugmentHeads, ...trainingHeads });

/** Trains the architecture of the context from scratch: shortly, to compare pipelines, or in full. */
export function train(use: 'pipeline' | 'final') {
  const more = use === 'final' ? { epochs: 5, test: true, saveModel: true } : { epochs: 2 };
  return (parameters: unknown, trial: TrialHandle): ReturnType<ReturnType<typeof trainClassifier>> =>
    trainClassifier({
      ...imagesOf(trial.context, use),
      ...more,
      network: (_parameters, context) => network(context['architecture'] as unknown as Architecture),
    })(parameters, trial);
}
