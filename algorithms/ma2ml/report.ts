import { rngFromSeed } from '../../foundation/numbers/index.js';
import type { View } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { StateValue } from '../contract/state-value.js';
import type { Metric } from '../contract/trial.js';
import { agentsReport, type Ma2mlReport } from './agents-report.js';
import { layoutOf, type Layout } from './layout.js';
import { ma2mlAlgorithm } from './ma2ml.js';
import type { Ma2mlState } from './ma2ml-state.js';
import type { Ma2mlConfig } from './options.js';

/** The agents of a state, readable. Throws `AlgorithmError` when it is not a state of this search. */
export function reportMa2ml(
  reference: AlgorithmReference,
  view: View,
  metrics: readonly Metric[],
  value: StateValue,
): Ma2mlReport {
  const { layout, state } = readSearch(reference, view, metrics, value);
  return agentsReport(layout, state);
}

/** The problem and the state of a search with MA2ML. */
export function readSearch(
  reference: AlgorithmReference,
  view: View,
  metrics: readonly Metric[],
  value: StateValue,
): { readonly layout: Layout; readonly config: Ma2mlConfig; readonly state: Ma2mlState } {
  const { name, version } = ma2mlAlgorithm;
  if (reference.name !== name || reference.version !== version) {
    throw new AlgorithmError(
      `the search uses '${reference.name}' version ${reference.version}, not ${name} version ${version}`,
    );
  }
  const config = ma2mlAlgorithm.configure(reference.config, view, metrics);
  const problem = { view, metrics, config, rng: rngFromSeed(0), order: 'in-order' } as const;
  return { layout: layoutOf(problem), config, state: ma2mlAlgorithm.readState(problem, value) };
}
