import { Configuration } from '../contract/configuration.js';

/** Options of `bayesian`; all have defaults. */
export interface BayesianOptions {
  /** Points of a low-discrepancy sequence that it proposes first (10). */
  readonly startPoints?: number;
  /** Random points among which it begins to look for the best one to propose (1,000). */
  readonly pool?: number;
  /** Told trials that its models learn from, half of them the best and half the latest of the rest (256). */
  readonly archive?: number;
  /** Whether it may propose a point again, as noisy metrics want it (false). */
  readonly repeats?: boolean;
}

export type BayesianConfig = {
  readonly startPoints: number;
  readonly pool: number;
  readonly archive: number;
  readonly repeats: boolean;
};

export const bayesianName = 'bayesian';

/** The options with what is left out, as a new definition holds them. */
export function completeBayesianOptions(options: BayesianOptions): BayesianConfig {
  const { startPoints = 10, pool = 1_000, archive = 256, repeats = false } = options;
  return { startPoints, pool, archive, repeats };
}

/** Checks a configuration read from JSON. */
export function readBayesianConfig(config: unknown): BayesianConfig {
  const fields = new Configuration(bayesianName, config, ['startPoints', 'pool', 'archive', 'repeats']);
  const repeats = fields.value('repeats') ?? false;
  return {
    startPoints: fields.integer('startPoints', 1, 1_000, 10),
    pool: fields.integer('pool', 10, 10_000, 1_000),
    archive: fields.integer('archive', 8, 512, 256),
    repeats: typeof repeats === 'boolean' ? repeats : fields.refuse('repeats', 'true or false'),
  };
}
