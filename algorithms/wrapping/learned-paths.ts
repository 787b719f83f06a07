import { unreachable } from '../../foundation/errors/index.js';
import type { Algorithm } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { BoundAlgorithm, RegisteredAlgorithm } from '../contract/bound-algorithm.js';
import { Configuration, plainConfig } from '../contract/configuration.js';
import type { AlgorithmDescription } from '../contract/description.js';
import { optimisedMetrics } from '../contract/score.js';
import type { Metric } from '../contract/trial.js';
import { figureOf } from './described-figure.js';
import { describedHistory } from './epoch-history.js';
import {
  answersOfInner,
  innerAlgorithm,
  naturalOrderOfInner,
  readInnerAlgorithm,
} from './inner-algorithm.js';
import { withOutcome } from './learned-paths-outcomes.js';
import {
  learnedPathsName as name,
  proposeControl,
  proposeEvaluation,
  proposeScores,
  proposeTraining,
  type LearnedPathsConfig,
  type LearnedPathsProblem,
} from './learned-paths-proposals.js';
import {
  initialLearnedPaths,
  learnedPathsBytes,
  readLearnedPaths,
  type LearnedPathsState,
} from './learned-paths-state.js';
import {
  policyPathsFields,
  readPolicyPaths,
  type PolicyPaths,
  type PolicyPathsPlan,
} from './policy-paths.js';
import { refuseDecided, refuseSlices, signOf } from './shared-problem.js';

const version = 1;
const fieldNames = ['algorithm', ...policyPathsFields];

/**
 * Trains shared weights on paths that the policy of an algorithm draws, and lets the algorithm learn from shared scores
 * (ENAS: Pham et al., 2018). An epoch is one `train` slice; then `scores.perEpoch` times a `score` slice of what the
 * algorithm proposes next, whose rewards it is told as outcomes; then a `score` slice of uniformly drawn architectures on
 * the examples of the last one, the control. From the last declared epoch on, `evaluate` slices follow: the most probable
 * architecture and further proposals. In the first epochs (`warmUp`) paths are drawn uniformly, because the gain of a
 * policy on weights that follow it fulfils itself. The algorithm knows its own proposals alone, in a sequence of its own.
 */
export function learnedPaths(algorithm: AlgorithmReference, sharing: PolicyPaths): AlgorithmReference {
  return { name, version, config: plainConfig(name, { algorithm, ...sharing }) };
}

/** The wrapper over the algorithms that `find` knows. */
export function learnedPathsAlgorithm(
  find: (reference: AlgorithmReference) => RegisteredAlgorithm,
): Algorithm<LearnedPathsConfig, LearnedPathsState> {
  const innerOf = innerAlgorithm<LearnedPathsConfig>(find, refuseInner, rewardMetric);
  const evaluationsOf = ({ config }: LearnedPathsProblem): number => config.sharing.evaluations + 1;

  return {
    ...answersOfInner(innerOf),
    name,
    version,
    orders: ['in-order', 'as-completed'],
    naturalOrder: (config) => naturalOrderOfInner(new Configuration(name, config, fieldNames), find),
    objectives: 'single',
    configure(config, view, metrics) {
      const sharing = readPolicyPaths(name, config, ['algorithm']);
      const fields = new Configuration(name, config, fieldNames);
      const algorithm = readInnerAlgorithm(fields, find, view, rewardMetric(metrics));
      refuseDecided(view);
      return { algorithm, sharing };
    },
    slices: () => true,
    maximumStateBytes: (problem) =>
      innerOf(problem).maximumStateBytes +
      learnedPathsBytes(problem.view, problem.metrics.length, evaluationsOf(problem)),
    init: (problem) => initialLearnedPaths(innerOf(problem).init()),
    propose(problem, state, index) {
      const inner = innerOf(problem);
      const need = needOf(problem.config.sharing, state);
      if (need === 'wait') return { state, action: { kind: 'wait' } };
      // The policy moves before anything else is drawn from it.
      const asked = inner.propose(state.inner, state.proposed);
      if (asked.action.kind === 'update' || asked.action.kind === 'done')
        return { state: { ...state, inner: asked.state }, action: asked.action };
      switch (need) {
        case 'train':
          return proposeTraining(problem, inner, state, index);
        case 'score':
          return proposeScores(problem, inner, state, index);
        case 'control':
          return proposeControl(problem, inner, state, index);
        case 'evaluate':
          return proposeEvaluation(problem, inner, state, index);
        default:
          return unreachable(need, 'need of a search on learned paths');
      }
    },
    tell: (problem, state, told) =>
      told.reduce((before, one) => withOutcome(problem, innerOf(problem), before, one), state),
    readState: (problem, value) =>
      readLearnedPaths(problem.view, problem.metrics.length, evaluationsOf(problem), value),
    describe: (problem, state) => described(problem, state, innerOf(problem).describe?.(state.inner) ?? null),
  };
}

/** What the search needs next. */
function needOf(
  { evaluations: draws }: PolicyPathsPlan,
  { stage, evaluations, open, repeated }: LearnedPathsState,
): 'train' | 'score' | 'control' | 'evaluate' | 'wait' {
  switch (stage) {
    case 'train':
    case 'score':
    case 'control':
      return stage;
    case 'training':
    case 'scoring':
    case 'controlling':
      return 'wait';
    case 'evaluate': {
      // The last one ends the epoch: it waits for the others, which run side by side.
      const left = draws + 1 - evaluations + repeated.length;
      return left === 0 || (left === 1 && open.length > 0) ? 'wait' : 'evaluate';
    }
    default:
      return unreachable(stage, 'stage of a search on learned paths');
  }
}

/** What the policy gains, then what the algorithm says of itself. */
function described(
  { metrics, config }: LearnedPathsProblem,
  { epoch, rewards, found, history }: LearnedPathsState,
  inner: AlgorithmDescription | null,
): AlgorithmDescription {
  const row = history.rows.at(-1);
  const best = found?.scores[0];
  const entropy = figureOf(inner, 'entropy');
  const largest = figureOf(inner, 'largest entropy');
  return {
    figures: [
      { name: 'epoch', value: epoch },
      { name: 'epochs', value: config.sharing.epochs },
      { name: 'mean reward of the epoch', value: rewards.batches === 0 ? null : rewards.mean },
      { name: 'reward of the policy', value: row?.reward ?? null },
      { name: 'reward of random architectures', value: row?.control ?? null },
      { name: 'policy gain', value: row?.gain ?? null },
      { name: 'best evaluation', value: best === undefined ? null : signOf(metrics) * best + 0 },
      {
        name: 'relative entropy',
        value: entropy === null || largest === null || largest === 0 ? null : entropy / largest,
      },
      ...(inner?.figures ?? []),
    ],
    groups: inner?.groups ?? [],
    warning: inner?.warning ?? null,
    history: describedHistory(history),
  };
}

/** The metric of the rewards without its limits: shared scores measure nothing else, so the policy could not keep any. */
function rewardMetric(metrics: readonly Metric[]): readonly Metric[] {
  return optimisedMetrics(metrics).map(({ name: metric, goal }) => ({ name: metric, goal }));
}

function refuseInner({ algorithm }: LearnedPathsConfig, inner: BoundAlgorithm): void {
  refuseSlices(name, algorithm, inner);
  if (inner.policy === undefined || inner.drawer === undefined) {
    throw new AlgorithmError(
      `${algorithm.name} learns no policy that could draw paths: take an algorithm with one, such as controller(), ` +
        "or paths: 'uniform' or 'fair'",
    );
  }
  if (inner.endsByItself) {
    throw new AlgorithmError(
      `${algorithm.name} ends by itself, maybe before the training does: take one that goes on`,
    );
  }
}
