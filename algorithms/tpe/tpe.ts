import { fork, RandomStream } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/index.js';
import type { Algorithm, SearchProblem } from '../contract/algorithm.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { AlgorithmDescription, DescribedDecision } from '../contract/description.js';
import {
  coordinatesOf,
  isExhausted,
  isSeen,
  remembersAll,
  rowOf,
  startPoint,
  unseenPoint,
  type Coordinates,
} from '../coordinates/index.js';
import { limitsOf, rankedPlaces, type ToldPoint } from '../ranking/index.js';
import { KernelDensity } from './kernel-density.js';
import {
  completeTpeOptions,
  readTpeConfig,
  tpeName as name,
  type TpeConfig,
  type TpeOptions,
} from './tpe-options.js';
import {
  checkPointsFit,
  initialTpeState,
  promisingCount,
  readTpeState,
  tpeStateBytes,
  withProposal,
  withTold,
  type TpeState,
} from './tpe-state.js';

type Problem = SearchProblem<TpeConfig>;

const version = 1;
/** Kernels of a set with more points weigh less the older they are, down to the latest so many. */
const fullWeights = 25;
/** How many draws a proposal takes for each candidate that it wants. */
const drawsPerCandidate = 4;
/** A point that no draw found is a mutant of one of so many best ones. */
const parents = 10;
/** Decisions with more options are not described. */
const describedOptions = 32;

/**
 * A tree of Parzen estimators (Bergstra et al., NIPS 2011; multivariate as in Optuna): it draws points from a density of
 * the promising trials, a tenth of all, and proposes the one whose density is largest beside that of the others and of
 * the trials under way. The densities follow the tree of decisions. It never proposes a point again unless `repeats` is
 * set: a small space ends the search. Works with several metrics, limits, and trials of different steps.
 */
export function tpe(options: TpeOptions = {}): AlgorithmReference {
  return { name, version, config: completeTpeOptions(options) };
}

export const tpeAlgorithm: Algorithm<TpeConfig, TpeState> = {
  name,
  version,
  orders: ['in-order', 'as-completed'],
  objectives: 'any',
  configure(config, view, metrics) {
    const complete = readTpeConfig(config);
    coordinatesOf(view, name);
    checkPointsFit(view, metrics);
    return complete;
  },
  endsByItself: ({ view, config }) => !config.repeats && remembersAll(view),
  maximumStateBytes: tpeStateBytes,
  init: () => initialTpeState,
  propose(problem, state, index) {
    const { view, rng, config } = problem;
    if (!config.repeats && isExhausted(view, state.seen)) return { state, action: { kind: 'done' } };
    const coordinates = coordinatesOf(view, name);
    const first =
      state.started < config.startPoints ||
      !state.points.some(({ feasible, excesses }) => feasible || excesses !== null)
        ? startPoint(coordinates, view, rng, state.started, config.repeats ? null : state.seen)
        : null;
    const genome = first === null ? proposedGenome(problem, coordinates, state, index) : first;
    if (genome === null) return { state, action: { kind: 'done' } };
    const started = first === null ? state : { ...state, started: state.started + 1 };
    return {
      state: withProposal(started, index, genome, config),
      action: { kind: 'trial', proposal: { genome } },
    };
  },
  tell: (problem, state, told) => told.reduce((before, one) => withTold(problem, before, one), state),
  readState: readTpeState,
  describe(problem, state) {
    const coordinates = coordinatesOf(problem.view, name);
    const { promising } = divided(problem, state);
    return {
      figures: [
        { name: 'points', value: state.points.length },
        { name: 'promising points', value: promising.length },
      ],
      groups: describedGroups(coordinates, promising),
      warning: null,
    };
  },
};

/** The kept points as promising ones and the rest, each in the order of telling. */
function divided(
  { metrics }: Problem,
  { points, told }: TpeState,
): {
  readonly ranked: readonly number[];
  readonly promising: readonly ToldPoint[];
  readonly rest: readonly ToldPoint[];
} {
  const ranked = rankedPlaces(points, limitsOf(metrics));
  const best = new Set(ranked.slice(0, promisingCount(told)));
  return {
    ranked,
    promising: points.filter((_, place) => best.has(place)),
    rest: points.filter((_, place) => !best.has(place)),
  };
}

/** The best of some points that the promising ones suggest; null where no unseen point is left. */
function proposedGenome(
  problem: Problem,
  coordinates: Coordinates,
  state: TpeState,
  index: number,
): Genome | null {
  const { view, rng, config } = problem;
  const { ranked, promising, rest } = divided(problem, state);
  const good = densityOf(
    coordinates,
    promising.map(({ genome }) => genome),
  );
  // Trials under way count as bad ones, so that proposals keep away from them.
  const bad = densityOf(
    coordinates,
    [...rest, ...state.pending].map(({ genome }) => genome),
  );
  const source = new RandomStream(fork(rng, `candidates:${index}`));
  const drawn: Genome[] = [];
  for (
    let draws = 0;
    draws < drawsPerCandidate * config.candidates && drawn.length < config.candidates;
    draws += 1
  ) {
    const genome = good.draw(source);
    if (config.repeats || !isSeen(state.seen, genome)) drawn.push(genome);
  }
  if (drawn.length === 0) {
    const genomes = ranked.slice(0, parents).flatMap((place) => {
      const point = state.points[place];
      return point === undefined ? [] : [point.genome];
    });
    return unseenPoint(view, state.seen, genomes, fork(rng, `mutant:${index}`));
  }
  const rows = drawn.map((genome) => rowOf(coordinates, genome));
  const goodRatios = good.ratios(rows);
  const badRatios = bad.ratios(rows);
  let chosen = 0;
  let most = -Infinity;
  for (const place of drawn.keys()) {
    const gain = (goodRatios[place] ?? 0) / (badRatios[place] ?? 1);
    if (gain > most) {
      most = gain;
      chosen = place;
    }
  }
  return drawn[chosen] ?? null;
}

function densityOf(coordinates: Coordinates, genomes: readonly Genome[]): KernelDensity {
  return new KernelDensity(
    coordinates,
    genomes.map((genome) => rowOf(coordinates, genome)),
    rampedWeights(genomes.length),
  );
}

/** The weight of each kernel, oldest first. */
export function rampedWeights(count: number): readonly number[] {
  const older = count - fullWeights;
  return Array.from({ length: count }, (_, place) => {
    if (place >= older) return 1;
    return older === 1 ? 1 / count : 1 / count + ((1 - 1 / count) * place) / (older - 1);
  });
}

/** How probable the options of each decision are among promising points. */
function describedGroups(
  coordinates: Coordinates,
  promising: readonly ToldPoint[],
): AlgorithmDescription['groups'] {
  if (promising.length === 0) return [];
  const density = densityOf(
    coordinates,
    promising.map(({ genome }) => genome),
  );
  const described = new Set<string>();
  const decisions: DescribedDecision[] = [];
  for (const coordinate of coordinates.list) {
    const { node } = coordinate;
    if (described.has(node) || coordinate.kind === 'set' || coordinate.kind === 'order') continue;
    const count = coordinate.kind === 'number' ? coordinate.scale.count : coordinate.of;
    if (count < 2 || count > describedOptions) continue;
    described.add(node);
    const places = Array.from({ length: count }, (_, place) => place);
    const values =
      coordinate.kind === 'number'
        ? places.map((place) => coordinate.scale.valueAt((place + 0.5) / count))
        : places;
    if (new Set(values).size < count) continue;
    const numbers =
      coordinate.kind === 'number' ? values.map((value) => coordinate.scale.unitOf(value)) : values;
    decisions.push({
      id: node,
      node,
      options: values.map((value) => [value]),
      probabilities: density.marginal(coordinate, numbers),
    });
  }
  return [{ name: 'promising points', figures: [], decisions }];
}
