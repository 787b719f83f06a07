import { isPlainObject } from '../../foundation/json/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { Configuration } from '../contract/configuration.js';
import { sliceValueLimit } from '../contract/slice.js';
import { readEpochs, readExamples, readSteps, refuseWhere } from './sharing-fields.js';

/** Weight sharing on paths that no policy draws, as a search file says it. */
export type SampledPaths = {
  /**
   * The paths on which a step trains. `uniform`: one that is drawn uniformly. `fair`: as many as the largest choice has
   * branches, so that every branch is trained equally often.
   */
  readonly paths: 'uniform' | 'fair';
  /** Passes over the training data. */
  readonly epochs: number;
  /** Uniform paths that a command finds in its file of draws; a function asks for as many as it needs. */
  readonly steps?: number;
  /**
   * The control: so many architectures (50) that are drawn uniformly are scored under the same weights, each on so many
   * validation examples (1,000).
   */
  readonly control?: { readonly count?: number; readonly examples?: number };
} & (
  | {
      /** The algorithm begins when the training is over (default). */
      readonly search?: 'after';
    }
  | {
      /** After each epoch … */
      readonly search: 'during';
      /** … the algorithm proposes so many evaluations under its weights. */
      readonly evaluations: number;
    }
);

/** A checked `SampledPaths` with its defaults. */
export type SampledPathsPlan = {
  readonly paths: 'uniform' | 'fair';
  readonly epochs: number;
  readonly steps: number | null;
  readonly control: { readonly count: number; readonly examples: number };
  readonly search: { readonly when: 'after' } | { readonly when: 'during'; readonly evaluations: number };
};

/** Fields of a `SampledPaths`. */
export const sampledPathsFields = ['paths', 'epochs', 'steps', 'control', 'search', 'evaluations'] as const;

const defaultControl = { count: 50, examples: 1_000 };

/**
 * Checks a `SampledPaths` of unknown origin. `owner` names it in messages, and `besides` are fields beside it that others
 * read. Throws `AlgorithmError` with one sentence about the first thing that is wrong.
 */
export function readSampledPaths(
  owner: string,
  value: unknown,
  besides: readonly string[] = [],
): SampledPathsPlan {
  if (isPlainObject(value)) refuseOtherPlans(owner, value);
  const fields = new Configuration(owner, value, [...besides, ...sampledPathsFields]);
  const paths = fields.value('paths');
  if (paths !== 'uniform' && paths !== 'fair') return fields.refuse('paths', "'uniform' or 'fair'");
  const steps = readSteps(fields);
  if (steps !== null && paths === 'fair') {
    throw new AlgorithmError(
      `'steps' of ${owner} is the number of uniform paths to draw, and fair paths are not drawn: leave it out`,
    );
  }
  return {
    paths,
    epochs: readEpochs(fields),
    steps,
    control: readControl(owner, fields.value('control')),
    search: readSearch(owner, fields),
  };
}

/** Settings of the way of sharing in which a policy draws the paths. */
function refuseOtherPlans(owner: string, value: { readonly [key: string]: unknown }): void {
  if (value['paths'] === 'policy') {
    throw new AlgorithmError(
      `'paths' of ${owner} cannot be 'policy': learnedPaths draws paths from a policy; take 'uniform' or 'fair'`,
    );
  }
  for (const field of ['scores', 'warmUp']) {
    if (value[field] === undefined) continue;
    throw new AlgorithmError(
      `'${field}' of ${owner} is for paths that a policy draws, and 'paths' says ${JSON.stringify(value['paths'])}: leave it out`,
    );
  }
  refuseWhere(owner, value);
}

function readSearch(owner: string, fields: Configuration): SampledPathsPlan['search'] {
  const when = fields.value('search') ?? 'after';
  if (when === 'during') return { when, evaluations: fields.integer('evaluations', 1, 100_000) };
  if (when !== 'after') return fields.refuse('search', "'after' or 'during'");
  if (fields.value('evaluations') === undefined) return { when };
  throw new AlgorithmError(
    `'evaluations' of ${owner} are those after each epoch, and 'search' says 'after': give the search a budget of ` +
      "trials, or say search: 'during'",
  );
}

function readControl(owner: string, value: unknown): SampledPathsPlan['control'] {
  if (value === undefined) return defaultControl;
  const fields = new Configuration(`the control of ${owner}`, value, ['count', 'examples']);
  return {
    count: fields.integer('count', 1, sliceValueLimit, defaultControl.count),
    examples: readExamples(fields, defaultControl.examples),
  };
}

/** What the trial of this index does as long as nobody cancels one: a trial without its result is repeated. */
export function sampledTrialKind(
  { epochs, search }: SampledPathsPlan,
  index: number,
): 'train' | 'score' | 'evaluate' {
  if (search.when === 'after') return index < epochs ? 'train' : index === epochs ? 'score' : 'evaluate';
  const trialsOfEpoch = search.evaluations + 2;
  if (index >= epochs * trialsOfEpoch) return 'evaluate';
  const place = index % trialsOfEpoch;
  return place === 0 ? 'train' : place === 1 ? 'score' : 'evaluate';
}
