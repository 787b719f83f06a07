import { isPlainObject } from '../../foundation/json/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { Configuration } from '../contract/configuration.js';
import { sliceValueLimit } from '../contract/slice.js';
import { readEpochs, readExamples, readSteps, refuseWhere } from './sharing-fields.js';

/** Weight sharing on paths that the policy of the algorithm draws (ENAS), as a search file says it. */
export type PolicyPaths = {
  /** A policy draws the path on which a step trains. */
  readonly paths: 'policy';
  /** Passes over the training data. */
  readonly epochs: number;
  /** Epochs at the beginning whose paths are drawn uniformly, while the policy learns already (a third of `epochs`). */
  readonly warmUp?: number;
  /** Paths that a command finds in its file of draws; a function asks for as many as it needs. */
  readonly steps?: number;
  /** How the policy learns in an epoch. */
  readonly scores?: {
    /** Batches of shared scores in each epoch (30); an update of the policy follows each. */
    readonly perEpoch?: number;
    /** Architectures of a batch at most; absent: as many as the algorithm proposes between two updates. */
    readonly architectures?: number;
    /** Validation examples on which each architecture is scored (128). */
    readonly examples?: number;
  };
  /** Draws from the policy that are evaluated at the end, beside its most probable architecture (10). */
  readonly evaluations?: number;
  /**
   * The control of each epoch: so many architectures that are drawn uniformly, each scored on so many examples; by default
   * both as in the last batch of scores, whose examples the control shares.
   */
  readonly control?: { readonly count?: number; readonly examples?: number };
};

/** A checked `PolicyPaths` with its defaults. */
export type PolicyPathsPlan = {
  readonly paths: 'policy';
  readonly epochs: number;
  readonly warmUp: number;
  readonly steps: number | null;
  /** `architectures`: null where the algorithm decides. */
  readonly scores: {
    readonly perEpoch: number;
    readonly architectures: number | null;
    readonly examples: number;
  };
  readonly evaluations: number;
  /** `count`: null where it is that of the last batch of scores. */
  readonly control: { readonly count: number | null; readonly examples: number };
};

/** Fields of a `PolicyPaths`. */
export const policyPathsFields = [
  'paths',
  'epochs',
  'warmUp',
  'steps',
  'scores',
  'evaluations',
  'control',
] as const;

const mostScores = 10_000;
const mostEvaluations = 1_000;

/**
 * Checks a `PolicyPaths` of unknown origin. `owner` names it in messages, and `besides` are fields beside it that others
 * read. Throws `AlgorithmError` with one sentence about the first thing that is wrong.
 */
export function readPolicyPaths(
  owner: string,
  value: unknown,
  besides: readonly string[] = [],
): PolicyPathsPlan {
  if (isPlainObject(value)) refuseOtherPlans(owner, value);
  const fields = new Configuration(owner, value, [...besides, ...policyPathsFields]);
  if (fields.value('paths') !== 'policy') return fields.refuse('paths', "'policy'");
  const epochs = readEpochs(fields);
  const scores = readScores(owner, fields.value('scores'));
  return {
    paths: 'policy',
    epochs,
    warmUp: readWarmUp(fields, epochs),
    steps: readSteps(fields),
    scores,
    evaluations: fields.integer('evaluations', 1, mostEvaluations, 10),
    control: readControl(owner, fields.value('control'), scores.examples),
  };
}

/** Trials of an epoch, by its number from 1: from the last declared epoch on, evaluations are among them. */
export function trialsOfEpoch({ epochs, scores, evaluations }: PolicyPathsPlan, epoch: number): number {
  return scores.perEpoch + 2 + (epoch < epochs ? 0 : evaluations + 1);
}

/** The least number of trials, at least `trials`, after which a search that nobody disturbs ends with evaluations. */
export function wholeTrials(plan: PolicyPathsPlan, trials: number): number {
  const before = (plan.epochs - 1) * trialsOfEpoch(plan, plan.epochs - 1);
  const last = trialsOfEpoch(plan, plan.epochs);
  return before + Math.max(1, Math.ceil((trials - before) / last)) * last;
}

/** Settings of the ways of sharing in which no policy draws the paths. */
function refuseOtherPlans(owner: string, value: { readonly [key: string]: unknown }): void {
  if (value['search'] !== undefined) {
    throw new AlgorithmError(
      `'search' of ${owner} says when an algorithm begins, and with paths: 'policy' it learns in every epoch: leave it out`,
    );
  }
  refuseWhere(owner, value);
}

function readWarmUp(fields: Configuration, epochs: number): number {
  const warmUp = fields.integer('warmUp', 0, Number.MAX_SAFE_INTEGER, Math.round(epochs / 3));
  if (warmUp <= epochs) return warmUp;
  return fields.refuse('warmUp', `at most the ${epochs} epochs`);
}

function readScores(owner: string, value: unknown = {}): PolicyPathsPlan['scores'] {
  const known = ['perEpoch', 'architectures', 'examples'];
  const fields = new Configuration(`the scores of ${owner}`, value, known);
  return {
    perEpoch: fields.integer('perEpoch', 1, mostScores, 30),
    architectures:
      fields.value('architectures') === undefined
        ? null
        : fields.integer('architectures', 1, sliceValueLimit),
    examples: readExamples(fields, 128),
  };
}

function readControl(owner: string, value: unknown, examples: number): PolicyPathsPlan['control'] {
  const fields = new Configuration(`the control of ${owner}`, value === undefined ? {} : value, [
    'count',
    'examples',
  ]);
  return {
    count: fields.value('count') === undefined ? null : fields.integer('count', 1, sliceValueLimit),
    examples: readExamples(fields, examples),
  };
}
