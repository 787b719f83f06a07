import { addAlgorithm, register, type Outcome, type Trial } from '../../../algorithms/index.js';
import { decode, int, oneOf, space } from '../../../search-spaces/index.js';
import {
  activity,
  EvaluationError,
  failed,
  outcomeOf,
  planSearch,
  toDefinition,
  trialSeed,
  type SearchDefinition,
} from '../../../searches/index.js';
import { LoopRun } from '../../../testing/loop-run.js';
import { toySlices, toySlicesAlgorithm, type ToyConfig } from './toy-slices.js';
import { toyEvaluation, type ToyTrial } from './toy-training.js';

addAlgorithm(register(toySlicesAlgorithm));
/** Options of a search of the toy; `evaluate` is left to the caller. */
export function toyOptions(name: string, changes: object = {}, config: Partial<ToyConfig> = {}): object {
  return {
    name,
    space: space({ x: int(0, 99), k: oneOf(['a', 'b']) }),
    metrics: { accuracy: 'maximize' },
    algorithm: toySlices({ epochs: 3, scores: 3, count: 4, evaluations: 4, ...config }),
    budget: { cost: 4, concurrency: 2 },
    seed: 5,
    ...changes,
  };
}

/** The definition of a search of the toy that only runs without a server. */
export function toyDefinition(
  name: string,
  changes: object = {},
  config: Partial<ToyConfig> = {},
): SearchDefinition {
  const options = { ...toyOptions(name, changes, config), evaluate: activity('none') };
  return toDefinition({ kind: 'duramen-search', options, functions: { measures: {} } });
}

/** A run of a search of the toy without a server: its training is that of an evaluating process, without the pauses. */
export class ToyRun extends LoopRun {
  /** The file of each trial that saved a checkpoint, as long as the search keeps it. */
  readonly checkpoints = new Map<number, { readonly step: number; readonly bytes: Uint8Array }>();

  constructor(definition: SearchDefinition) {
    super(planSearch(definition.name, definition, 0, {}));
  }

  /** Runs to the end; `change` may exchange an outcome. */
  async runOut(change: (outcome: Outcome, trial: Trial) => Outcome = (outcome) => outcome): Promise<this> {
    for (let trial = this.next(); trial !== null; trial = this.next()) {
      this.complete(trial, change(await this.evaluate(trial), trial));
      for (const index of this.loop.drainObsolete()) this.checkpoints.delete(index);
    }
    return this;
  }

  private async evaluate(trial: Trial): Promise<Outcome> {
    const { plan } = this.loop;
    const { index, slice, continues } = trial;
    let values: readonly number[] | undefined;
    const drawAt = this.drawAt(trial);
    const saved = (of: number | undefined) => {
      const found = of === undefined ? undefined : this.checkpoints.get(of);
      return of === undefined || found === undefined ? null : { kind: 'bytes', trial: of, ...found };
    };
    const handle: ToyTrial = {
      index,
      seed: trialSeed(plan, trial),
      signal: new AbortController().signal,
      slice: slice ?? null,
      checkpoint: {
        save: async (bytes, step) => void this.checkpoints.set(index, { step, bytes }),
        latest: async () => saved(index) ?? saved(continues),
        continued: async () => saved(continues),
      },
      values: (numbers) => {
        values = numbers;
      },
      draws: async (count, from = 0) => Array.from({ length: count }, (_, place) => drawAt(from + place)),
      setAttribute: () => undefined,
    };
    try {
      if (continues !== undefined && saved(continues) === null)
        throw new EvaluationError('BadInput', `The checkpoint of trial ${continues} is missing.`);
      const parameters = decode(plan.level.space, trial.genome, { violated: 'allow' });
      return outcomeOf(plan.level.metrics, await toyEvaluation(0)(parameters, handle), slice, values);
    } catch (error) {
      if (error instanceof EvaluationError) return failed(error.failureClass, error.message);
      throw error;
    }
  }
}
