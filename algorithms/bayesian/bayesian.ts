import { fork } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/index.js';
import type { Algorithm, SearchProblem } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { AlgorithmDescription } from '../contract/description.js';
import { optimisedMetrics } from '../contract/score.js';
import { isFiniteNumber, readBulkName, readFields, readInteger } from '../contract/state-shape.js';
import {
  coordinatesOf,
  isExhausted,
  remembersAll,
  rowOf,
  startPoint,
  noneSeen,
  withSeen,
  type SeenPoints,
} from '../coordinates/index.js';
import { limitsOf, rankedPlaces, type PendingPoint, type ToldPoint } from '../ranking/index.js';
import {
  bytesOfMemory,
  initialMemory,
  memoryOfBytes,
  withPoints,
  type BayesianMemory,
} from './bayesian-memory.js';
import {
  bayesianName as name,
  completeBayesianOptions,
  readBayesianConfig,
  type BayesianConfig,
  type BayesianOptions,
} from './bayesian-options.js';
import {
  bayesianStateBytes,
  checkNewsFit,
  initialBayesianState,
  mostRelevances,
  queueLength,
  readBayesianState,
  readNews,
  readOpen,
  readQueue,
  readReport,
  withNews,
  withOpen,
  type BayesianState,
  type News,
} from './bayesian-state.js';
import { featureSpaceOf, featuresOf, type FeatureSpace } from './features.js';
import { bestCandidate } from './maximiser.js';
import { drawnWeights, fitStepsOf, modelCount, Models } from './models.js';

type Problem = SearchProblem<BayesianConfig>;

const version = 1;
/** Relevances that people see. */
const describedRelevances = 12;

/**
 * Bayesian optimisation by Gaussian processes: an update learns a model of the scores, and proposes the points with the
 * largest logarithm of expected improvement (Ament et al., arXiv 2310.20708), while trials under way count as done with
 * what is expected of them. Works on mixed and conditional spaces, with several metrics (ParEGO; Knowles, 2006), limits
 * and trials of different steps. It never proposes a point again unless `repeats` is set: a small space ends the search.
 * For some hundred costly trials; an update takes tenths of a second.
 */
export function bayesian(options: BayesianOptions = {}): AlgorithmReference {
  return { name, version, config: completeBayesianOptions(options) };
}

export const bayesianAlgorithm: Algorithm<BayesianConfig, BayesianState> = {
  name,
  version,
  orders: ['in-order', 'as-completed'],
  objectives: 'any',
  configure(config, view, metrics) {
    const complete = readBayesianConfig(config);
    if (optimisedMetrics(metrics).length === 0)
      throw new AlgorithmError(`${name} needs a metric to maximize or minimize`);
    coordinatesOf(view, name);
    checkNewsFit(view, metrics);
    return complete;
  },
  endsByItself: ({ view, config }) => !config.repeats && remembersAll(view),
  maximumStateBytes: bayesianStateBytes,
  init: () => initialBayesianState,
  propose(problem, state, index) {
    const { config } = problem;
    if (state.exhausted) return { state, action: { kind: 'done' } };
    if (state.started < config.startPoints || state.told === 0) {
      const genome = firstGenome(problem, state);
      if (genome === null) return { state: { ...state, exhausted: true }, action: { kind: 'done' } };
      const started = { ...state, started: state.started + 1 };
      return {
        state: withOpen(problem, started, { index, genome }),
        action: { kind: 'trial', proposal: { genome } },
      };
    }
    // An enqueued point took an index of the queue: what was planned after it is planned again.
    const [genome, ...queue] = state.next === index ? state.queue : [];
    if (genome === undefined) {
      const input = { index, count: queueLength(problem, state), updates: state.updates };
      return {
        state,
        action: {
          kind: 'update',
          request: { bulk: state.bulk, input: { ...input, open: [...state.open], news: [...state.news] } },
        },
      };
    }
    return {
      state: withOpen(problem, { ...state, queue, next: index + 1 }, { index, genome: null }),
      action: { kind: 'trial', proposal: { genome } },
    };
  },
  tell: (problem, state, told) => told.reduce((before, one) => withNews(problem, before, one), state),
  readState: readBayesianState,
  describe(problem, { report, told }) {
    const figures = [
      { name: 'told', value: told },
      { name: 'noise', value: report?.noise ?? null },
      { name: 'log expected improvement', value: report?.improvement ?? null },
    ];
    return {
      figures: [...figures, ...relevanceFigures(problem, report?.relevances ?? [])],
      groups: [],
      warning: null,
    };
  },
  update: {
    compute(problem, bulk, input) {
      const fields = readFields(input, 'input', ['index', 'count', 'updates', 'open', 'news']);
      const updates = readInteger(fields.updates, 'input.updates');
      const task = {
        index: readInteger(fields.index, 'input.index'),
        count: readInteger(fields.count, 'input.count'),
        updates,
      };
      const space = spaceOf(problem);
      const models = modelCount(limitsOf(problem.metrics).length);
      const dimensions = space.dimensions.length;
      if (bulk === null && updates > 0)
        throw new AlgorithmError(`the memory of ${name} is missing after ${updates} updates`);
      const before =
        bulk === null ? initialMemory(models, dimensions) : memoryOfBytes(problem, bulk, models, dimensions);
      const news = readNews(problem, fields.news, 'input.news');
      const open = readOpen(problem, fields.open, 'input.open');
      const learned = withOutcomes(problem, before, news);
      const pending = open.flatMap(({ index, genome }): readonly PendingPoint[] => {
        const known = genome ?? before.proposed.find((one) => one.index === index)?.genome;
        return known === undefined ? [] : [{ index, genome: known }];
      });
      return proposals(problem, space, { ...learned, proposed: pending }, task);
    },
    apply(problem, state, result) {
      const fields = readFields(result.output, 'output', ['index', 'genomes', 'report']);
      const queue = readQueue(problem, fields.genomes, 'output.genomes');
      return {
        ...state,
        bulk: readBulkName(result.bulk),
        updates: state.updates + 1,
        queue,
        next: readInteger(fields.index, 'output.index'),
        news: [],
        // From now on the bulk knows them.
        open: state.open.map(({ index }) => ({ index, genome: null })),
        exhausted: queue.length === 0,
        report: readReport(fields.report, 'output.report'),
      };
    },
  },
};

/** A point of the first sequence that was neither proposed nor told since; null where the space has none left. */
function firstGenome({ view, rng, config }: Problem, { started, open, news }: BayesianState): Genome | null {
  const coordinates = coordinatesOf(view, name);
  if (config.repeats) return startPoint(coordinates, view, rng, started, null);
  const taken = [...open, ...news].flatMap(({ genome }) => (genome === null ? [] : [genome]));
  const seen = taken.reduce((before, genome) => withSeen(before, genome), noneSeen);
  return startPoint(coordinates, view, rng, started, seen);
}

function spaceOf({ view, steps }: Problem): FeatureSpace {
  return featureSpaceOf(coordinatesOf(view, name), steps !== undefined && steps.length > 1);
}

/** The memory with what was told; the genomes of its own proposals are in it. */
function withOutcomes(problem: Problem, before: BayesianMemory, news: readonly News[]): BayesianMemory {
  let { seen } = before;
  const points: ToldPoint[] = [];
  for (const { index, genome, measured } of news) {
    const known = genome ?? before.proposed.find((one) => one.index === index)?.genome;
    if (known === undefined) continue;
    seen = withSeen(seen, known);
    if (measured !== null) points.push({ index, genome: known, ...measured });
  }
  const sinceFit = before.sinceFit === -1 ? -1 : before.sinceFit + points.length;
  return { ...before, seen, sinceFit, archive: withPoints(problem, before.archive, points) };
}

interface UpdateTask {
  /** The index that the first proposal gets. */
  readonly index: number;
  /** Number of proposals. */
  readonly count: number;
  readonly updates: number;
}

/** Fits the models and looks for the points to propose; none where all of a small space was proposed. */
function proposals(problem: Problem, space: FeatureSpace, memory: BayesianMemory, task: UpdateTask) {
  const { view, metrics, rng, config } = problem;
  const coordinates = coordinatesOf(view, name);
  const own = fork(fork(rng, 'update'), task.updates);
  const points = memory.archive.map((point) => ({
    point,
    features: featuresOf(
      coordinates,
      space,
      rowOf(coordinates, point.genome),
      stepShare(problem, point.step),
    ),
  }));
  const scores = optimisedMetrics(metrics).length;
  const steps = fitStepsOf(points.length, memory.sinceFit);
  const models = new Models(
    space,
    points,
    memory.settings,
    steps,
    drawnWeights(scores, fork(own, 'weights:0')),
  );
  for (const { genome } of memory.proposed)
    models.believe(featuresOf(coordinates, space, rowOf(coordinates, genome), 1));
  const best = rankedPlaces(memory.archive, limitsOf(metrics)).flatMap((place) => {
    const point = memory.archive[place];
    return point === undefined ? [] : [point.genome];
  });
  let seen: SeenPoints = memory.proposed.reduce(
    (before, { genome }) => withSeen(before, genome),
    memory.seen,
  );
  const proposed: PendingPoint[] = [];
  let improvement: number | null = null;
  for (let place = 0; place < task.count; place += 1) {
    if (!config.repeats && isExhausted(view, seen)) break;
    if (place > 0) models.reweigh(drawnWeights(scores, fork(own, `weights:${place}`)));
    const searched = {
      view,
      coordinates,
      space,
      seen: config.repeats ? null : seen,
      best,
      pool: config.pool,
    };
    const found = bestCandidate(searched, models, fork(own, `search:${place}`));
    if (found === null) break;
    const { genome, value } = found;
    improvement = isFiniteNumber(value) ? value + 0 : improvement;
    proposed.push({ index: task.index + place, genome });
    seen = withSeen(seen, genome);
    if (place + 1 < task.count) models.believe(featuresOf(coordinates, space, rowOf(coordinates, genome), 1));
  }
  const relevances = models.relevances ?? [];
  const { settings, noise } = models;
  return {
    bulk: bytesOfMemory({
      ...memory,
      settings,
      sinceFit: steps > 0 ? 0 : memory.sinceFit,
      proposed: [...memory.proposed, ...proposed],
    }),
    output: {
      index: task.index,
      genomes: proposed.map(({ genome }) => [...genome]),
      report: { noise, improvement, relevances: relevances.length > mostRelevances ? [] : [...relevances] },
    },
  };
}

/** A step as a share of the last one, by their order; 1 where trials run to their end. */
function stepShare({ steps }: Problem, step: number): number {
  if (steps === undefined || steps.length < 2) return 1;
  const place = steps.indexOf(step);
  return place === -1 ? 1 : place / (steps.length - 1);
}

/** The decisions on which scores depend most. */
function relevanceFigures(problem: Problem, relevances: readonly number[]): AlgorithmDescription['figures'] {
  const { list } = coordinatesOf(problem.view, name);
  return relevances
    .map((value, place) => ({ name: `relevance of ${list[place]?.node ?? 'the step'}`, value }))
    .sort((a, b) => b.value - a.value)
    .slice(0, describedRelevances);
}
