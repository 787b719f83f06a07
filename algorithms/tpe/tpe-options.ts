import { Configuration } from '../contract/configuration.js';

/** Options of `tpe`; all have defaults. */
export interface TpeOptions {
  /** Points of a low-discrepancy sequence that it proposes first (10). */
  readonly startPoints?: number;
  /** Points drawn from the density of the promising ones, of which it proposes the best (24). */
  readonly candidates?: number;
  /** Whether it may propose a point again, as noisy metrics want it (false). */
  readonly repeats?: boolean;
}

export type TpeConfig = {
  readonly startPoints: number;
  readonly candidates: number;
  readonly repeats: boolean;
};

export const tpeName = 'tpe';

/** The options with what is left out, as a new definition holds them. */
export function completeTpeOptions(options: TpeOptions): TpeConfig {
  const { startPoints = 10, candidates = 24, repeats = false } = options;
  return { startPoints, candidates, repeats };
}

/** Checks a configuration read from JSON. */
export function readTpeConfig(config: unknown): TpeConfig {
  const fields = new Configuration(tpeName, config, ['startPoints', 'candidates', 'repeats']);
  const repeats = fields.value('repeats') ?? false;
  return {
    startPoints: fields.integer('startPoints', 1, 1_000, 10),
    candidates: fields.integer('candidates', 1, 100, 24),
    repeats: typeof repeats === 'boolean' ? repeats : fields.refuse('repeats', 'true or false'),
  };
}
