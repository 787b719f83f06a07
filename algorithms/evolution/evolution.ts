import { fork, RandomStream } from '../../foundation/numbers/index.js';
import { first, next } from '../../search-spaces/enumeration/index.js';
import { sample } from '../../search-spaces/variation/index.js';
import { validate } from '../../search-spaces/genomes/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import type { Action, Algorithm, SearchProblem } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { ToldTrial } from '../contract/trial.js';
import { Configuration, plainConfig } from '../contract/configuration.js';
import { largestGenomeBytes } from '../contract/genome-bytes.js';
import { optimisedMetrics, scoresOf } from '../contract/score.js';
import { firstFloat } from '../simple/sweep.js';
import { applyOperation } from './apply-operation.js';
import { checkOperation } from './check-operation.js';
import { readEvolutionState } from './evolution-state.js';
import type { EvolutionState } from './evolution-state.js';
import { individualsOf, maximumParents, type Individual } from './individual.js';
import { listKeys } from './list-keys.js';
import { identity } from './operation-builders.js';
import type { Globals, OperationContext } from './operation-run.js';
import type { Operation } from './operation.js';

/** The phase before the first reproduction. */
export interface InitialPhase {
  /** The source of its proposals; a list ends with its last genome. */
  readonly by?: 'random' | 'sweep' | readonly Genome[];
  /** The phase ends when the algorithm has been told this many trials with a score. */
  readonly size: number;
  /** It also ends after this many proposals, once one of them has a score. Default: ten times `size`. */
  readonly maximumProposals?: number;
}

/** An evolution as data. */
export interface EvolutionOptions {
  readonly initial: InitialPhase;
  /** Makes children from the population. */
  readonly reproduce: Operation;
  /** Makes the new population from the old one and the trial told last. Default: the population grows. */
  readonly update?: Operation;
  /** The population drops its oldest individuals beyond this number (500), which bounds the state. */
  readonly maximumPopulation?: number;
  /** A reproduction drops its children beyond this number (100). */
  readonly maximumChildren?: number;
}

export type EvolutionConfig = {
  readonly by: 'random' | 'sweep' | readonly Genome[];
  readonly size: number;
  readonly maximumProposals: number;
  readonly reproduce: Operation;
  readonly update: Operation;
  readonly maximumPopulation: number;
  readonly maximumChildren: number;
};

type Problem = SearchProblem<EvolutionConfig>;

const name = 'evolution';
const version = 1;

/** The state keeps this many of the latest genomes without a score. */
const rememberedRejections = 64;
/** No search has more running trials than this. */
const mostOutstanding = 1_024;

/**
 * Evolution as a composition of operations on a population. The initial phase proposes random (or given) genomes until
 * enough trials have scores; from then on `reproduce` makes children whenever none is left to propose. Trials without a
 * score never enter the population. The algorithm waits while it has no child and some trials have no outcome yet.
 */
export function evolution(options: EvolutionOptions): AlgorithmReference {
  return { name, version, config: plainConfig(name, options) };
}

export const evolutionAlgorithm: Algorithm<EvolutionConfig, EvolutionState> = {
  name,
  version,
  orders: ['in-order', 'as-completed'],
  objectives: 'any',
  configure(config, view) {
    const known = ['initial', 'reproduce', 'update', 'maximumPopulation', 'maximumChildren'];
    const fields = new Configuration(name, config, known);
    const initial = new Configuration(`initial of ${name}`, fields.value('initial'), [
      'by',
      'size',
      'maximumProposals',
    ]);
    const maximumPopulation = fields.integer('maximumPopulation', 1, 10_000, 500);
    const size = initial.integer('size', 1, 100_000);
    const by = initial.value('by') ?? 'random';
    if (by === 'sweep') {
      const float = firstFloat(view);
      if (float !== null) throw new AlgorithmError(`${name} cannot sweep the float '${float}'`);
    }
    return {
      by: by === 'random' || by === 'sweep' ? by : givenGenomes(by, initial, (g) => validate(view, g)),
      size,
      maximumProposals: initial.integer('maximumProposals', 1, 1_000_000, 10 * size),
      reproduce: checkOperation(fields.value('reproduce'), 'reproduce'),
      update: checkOperation(fields.value('update') ?? identity, 'update'),
      maximumPopulation,
      maximumChildren: fields.integer('maximumChildren', 1, 10_000, 100),
    };
  },
  maximumStateBytes({ view, config, metrics }) {
    const genome = largestGenomeBytes(view);
    const individual = 96 + 5 * maximumParents + 9 * optimisedMetrics(metrics).length + genome;
    const lists = new Set([...listKeys(config.reproduce), ...listKeys(config.update)]).size;
    const individuals = (1 + lists) * config.maximumPopulation + config.maximumChildren;
    return (
      2_048 +
      genome +
      individuals * individual +
      rememberedRejections * genome +
      mostOutstanding * (12 + 5 * maximumParents)
    );
  },
  init: () => ({
    generation: 1,
    initialProposals: 0,
    scored: 0,
    proposed: 0,
    told: 0,
    swept: null,
    population: [],
    queue: [],
    outstanding: [],
    rejected: [],
    globals: {},
  }),
  propose(problem, state, index) {
    if (isInitialPhase(problem.config, state)) {
      const genome = initialGenome(problem, state);
      if (genome !== null) return proposeInitial(state, genome, index, problem.config.by === 'sweep');
    }
    const [child] = state.queue;
    if (child !== undefined) return proposeChild(state, child, index);
    const generation = state.generation + 1;
    const reproduced = applyOperation(
      problem.config.reproduce,
      state.population,
      contextOf(problem, state, state.proposed, generation),
      'reproduce',
    );
    const children = individualsOf(reproduced.items).slice(0, problem.config.maximumChildren);
    const [eldest] = children;
    if (eldest !== undefined) {
      const globals = bounded(reproduced.globals, problem.config.maximumPopulation);
      return proposeChild({ ...state, generation, globals, queue: children }, eldest, index);
    }
    if (state.outstanding.length > 0) return { state, action: { kind: 'wait' } };
    const genome = initialGenome(problem, state);
    if (genome === null) return { state, action: { kind: 'done' } };
    return proposeInitial(state, genome, index, problem.config.by === 'sweep');
  },
  tell(problem, state, told) {
    return told.reduce((before, one) => tellOne(problem, before, one), state);
  },
  describe: (_, { generation, population, queue, scored, told }) => ({
    figures: [
      { name: 'generation', value: generation },
      { name: 'population', value: population.length },
      { name: 'children to propose', value: queue.length },
      { name: 'told', value: told },
      { name: 'of them with a score', value: scored },
    ],
    groups: [],
    warning: null,
  }),
  readState: (problem, value) =>
    readEvolutionState(problem.view, value, {
      population: problem.config.maximumPopulation,
      children: problem.config.maximumChildren,
      rejected: rememberedRejections,
    }),
};

function givenGenomes(
  by: unknown,
  fields: Configuration,
  check: (genome: unknown) => ReturnType<typeof validate>,
): readonly Genome[] {
  if (!Array.isArray(by)) return fields.refuse('by', "'random', 'sweep' or a list of genomes");
  return by.map((genome: unknown, place) => {
    const result = check(genome);
    if (result.ok) return result.value;
    throw new AlgorithmError(`by[${place}] of initial is no genome of this space: ${result.error.detail}`);
  });
}

function isInitialPhase(config: EvolutionConfig, state: EvolutionState): boolean {
  if (state.generation > 1 || state.scored >= config.size) return false;
  return state.scored === 0 || state.initialProposals < config.maximumProposals;
}

/** The next genome of the initial phase; null where the sweep or the list has ended. */
function initialGenome(problem: Problem, state: EvolutionState): Genome | null {
  const { view, config, rng } = problem;
  if (config.by === 'random')
    return sample(view, new RandomStream(fork(rng, `init:${state.initialProposals}`)));
  if (config.by === 'sweep') return state.swept === null ? first(view) : next(view, state.swept);
  return config.by[state.initialProposals] ?? null;
}

function proposeInitial(
  state: EvolutionState,
  genome: Genome,
  index: number,
  swept: boolean,
): { readonly state: EvolutionState; readonly action: Action } {
  return {
    state: {
      ...state,
      initialProposals: state.initialProposals + 1,
      proposed: state.proposed + 1,
      swept: swept ? genome : state.swept,
      outstanding: [
        ...state.outstanding,
        { id: index, generation: state.generation, initial: true, parents: [] },
      ],
    },
    action: { kind: 'trial', proposal: { genome } },
  };
}

function proposeChild(
  state: EvolutionState,
  child: Individual,
  index: number,
): { readonly state: EvolutionState; readonly action: Action } {
  const { generation } = state;
  // A member of the population that `reproduce` gives unchanged is its own parent.
  const parents = child.id >= 0 ? [child.id] : child.parents.filter((parent) => parent >= 0);
  return {
    state: {
      ...state,
      proposed: state.proposed + 1,
      queue: state.queue.slice(1),
      outstanding: [...state.outstanding, { id: index, generation, initial: false, parents }],
    },
    action: { kind: 'trial', proposal: { genome: child.genome } },
  };
}

function tellOne(problem: Problem, state: EvolutionState, { trial, outcome }: ToldTrial): EvolutionState {
  const scores = scoresOf(problem.metrics, outcome);
  const outstanding = state.outstanding.filter(({ id }) => id !== trial.index);
  const told = state.told + 1;
  if (scores === null) {
    const rejected = [...state.rejected, trial.genome].slice(-rememberedRejections);
    return { ...state, told, outstanding, rejected };
  }
  const population = individualsOf(state.population);
  if (population.some(({ id }) => id === trial.index)) {
    throw new AlgorithmError(`trial ${trial.index} is not pending: it was told before`);
  }
  // This algorithm never proposed a trial that the user enqueued.
  const origin = state.outstanding.find(({ id }) => id === trial.index) ?? {
    generation: state.generation,
    initial: false,
    parents: [],
  };
  const { generation, initial, parents } = origin;
  const individual = { id: trial.index, genome: trial.genome, generation, initial, parents, scores, told };
  const updated = applyOperation(
    problem.config.update,
    [...state.population, individual],
    contextOf(problem, state, told, state.generation),
    'update',
  );
  const limit = problem.config.maximumPopulation;
  const all = individualsOf(updated.items);
  return {
    ...state,
    told,
    outstanding,
    scored: state.scored + 1,
    population: all.length > limit ? all.slice(-limit) : updated.items,
    globals: bounded(updated.globals, limit),
  };
}

function contextOf(
  problem: Problem,
  { globals, rejected }: EvolutionState,
  step: number,
  generation: number,
): OperationContext {
  return { rng: problem.rng, step, view: problem.view, globals, generation, rejected };
}

/** The globals with every list cut to at most `limit` individuals. */
function bounded(globals: Globals, limit: number): Globals {
  const held: Record<string, Globals[string]> = {};
  for (const [key, value] of Object.entries(globals)) {
    const isLong = typeof value === 'object' && value !== null && individualsOf(value).length > limit;
    held[key] = isLong ? individualsOf(value).slice(0, limit) : value;
  }
  return held;
}
