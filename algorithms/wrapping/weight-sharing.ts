import { isPlainObject } from '../../foundation/json/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { Configuration } from '../contract/configuration.js';
import { sliceValueLimit } from '../contract/slice.js';

/** How the trials of a search share the weights of one training, as a search file says it. */
export type WeightSharing = {
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

/** A checked `WeightSharing` with its defaults. */
export type SharingPlan = {
  readonly paths: 'uniform' | 'fair';
  readonly epochs: number;
  readonly steps: number | null;
  readonly control: { readonly count: number; readonly examples: number };
  readonly search: { readonly when: 'after' } | { readonly when: 'during'; readonly evaluations: number };
};

/** Fields of a `WeightSharing`. */
export const sharingFields = ['paths', 'epochs', 'steps', 'control', 'search', 'evaluations'] as const;

const mostEpochs = 100_000;
const mostExamples = 1_000_000_000;
const defaultControl = { count: 50, examples: 1_000 };

/**
 * Checks a `WeightSharing` of unknown origin. `owner` names it in messages, and `besides` are fields beside it that
 * others read. Throws `AlgorithmError` with one sentence about the first thing that is wrong.
 */
export function readSharing(owner: string, value: unknown, besides: readonly string[] = []): SharingPlan {
  if (isPlainObject(value)) refuseOtherPlans(owner, value);
  const fields = new Configuration(owner, value, [...besides, ...sharingFields]);
  const paths = fields.value('paths');
  if (paths !== 'uniform' && paths !== 'fair') return fields.refuse('paths', "'uniform' or 'fair'");
  const steps =
    fields.value('steps') === undefined ? null : fields.integer('steps', 1, Number.MAX_SAFE_INTEGER);
  if (steps !== null && paths === 'fair') {
    throw new AlgorithmError(
      `'steps' of ${owner} is the number of uniform paths to draw, and fair paths are not drawn: leave it out`,
    );
  }
  return {
    paths,
    epochs: fields.integer('epochs', 1, mostEpochs),
    steps,
    control: readControl(owner, fields.value('control')),
    search: readSearch(owner, fields),
  };
}

/** What a trial of a search with shared weights does. */
export type SharedTrialKind = 'train' | 'score' | 'evaluate';

/** What the trial of this index does as long as nobody cancels one: a trial without its result is repeated. */
export function sharedTrialKind({ epochs, search }: SharingPlan, index: number): SharedTrialKind {
  if (search.when === 'after') return index < epochs ? 'train' : index === epochs ? 'score' : 'evaluate';
  const trialsOfEpoch = search.evaluations + 2;
  if (index >= epochs * trialsOfEpoch) return 'evaluate';
  const place = index % trialsOfEpoch;
  return place === 0 ? 'train' : place === 1 ? 'score' : 'evaluate';
}

/** Settings that belong to another way of sharing than the two that there are. */
function refuseOtherPlans(owner: string, value: { readonly [key: string]: unknown }): void {
  if (value['paths'] === 'policy') {
    throw new AlgorithmError(
      `'paths' of ${owner} cannot be 'policy': the paths of a policy need an algorithm that proposes slices of its own ` +
        "from it; take 'uniform' or 'fair'",
    );
  }
  for (const field of ['scores', 'warmUp']) {
    if (value[field] === undefined) continue;
    throw new AlgorithmError(
      `'${field}' of ${owner} is for paths that a policy draws, and 'paths' says ${JSON.stringify(value['paths'])}: leave it out`,
    );
  }
  if (value['where'] !== undefined) {
    throw new AlgorithmError(
      `'where' of ${owner} cannot select decisions, because all those of a level share weights: ` +
        'give the others to an outer level, as factorised(space, where, { outer, inner }) does',
    );
  }
}

function readSearch(owner: string, fields: Configuration): SharingPlan['search'] {
  const when = fields.value('search') ?? 'after';
  if (when === 'during') return { when, evaluations: fields.integer('evaluations', 1, 100_000) };
  if (when !== 'after') return fields.refuse('search', "'after' or 'during'");
  if (fields.value('evaluations') === undefined) return { when };
  throw new AlgorithmError(
    `'evaluations' of ${owner} are those after each epoch, and 'search' says 'after': give the search a budget of ` +
      "trials, or say search: 'during'",
  );
}

function readControl(owner: string, value: unknown): SharingPlan['control'] {
  if (value === undefined) return defaultControl;
  const fields = new Configuration(`the control of ${owner}`, value, ['count', 'examples']);
  return {
    count: fields.integer('count', 1, sliceValueLimit, defaultControl.count),
    examples: fields.integer('examples', 1, mostExamples, defaultControl.examples),
  };
}
