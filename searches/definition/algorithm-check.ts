import {
  AlgorithmError,
  type AlgorithmReference,
  type Metric,
  type TellingOrder,
} from '../../algorithms/contract/index.js';
import { bindAlgorithm } from '../../algorithms/index.js';
import { isPlainObject } from '../../foundation/json/index.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import { type Space, view } from '../../search-spaces/index.js';
import type { DefinitionReader } from './definition-reader.js';

/** An algorithm that was checked, and what it says of itself that concerns other fields. */
export interface CheckedAlgorithm {
  readonly algorithm: AlgorithmReference;
  readonly endsByItself: boolean;
  /** Whether its trials are slices of one training. */
  readonly slices: boolean;
}

/** Checks that this build has the algorithm and that it can work with the space, the metrics and the order. */
export function readAlgorithm(
  reader: DefinitionReader,
  space: Space,
  metrics: readonly Metric[],
  order: TellingOrder,
): CheckedAlgorithm {
  reader.members(['name', 'version', 'config']);
  const name = reader.at('name').nonEmptyText();
  const version = reader.at('version').wholeNumber(1);
  const config = reader.at('config').json();
  if (!isPlainObject(config)) return reader.at('config').refuse('must be an object.');
  const algorithm: AlgorithmReference = { name, version, config };
  try {
    const { endsByItself, slices } = bindAlgorithm(algorithm, view(space), metrics, rngFromSeed(0), order);
    return { algorithm, endsByItself, slices };
  } catch (error) {
    if (error instanceof AlgorithmError) reader.refuse(`${error.message}.`);
    throw error;
  }
}
