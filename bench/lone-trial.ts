import type { TrainingTrial } from '../training/index.js';

/** A trial of no search: nothing is kept of it but what it returns. */
export function loneTrial(seed: string): TrainingTrial {
  return {
    seed,
    signal: new AbortController().signal,
    context: {},
    report: () => undefined,
    shouldStop: () => false,
    checkpoint: { save: () => Promise.resolve(), latest: () => Promise.resolve(null) },
    setAttribute: () => undefined,
    saveArtifact: () => Promise.reject(new Error('A lone trial keeps no artifacts.')),
  };
}
