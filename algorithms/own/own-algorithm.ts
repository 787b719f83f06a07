import type { Algorithm, SearchProblem } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { scoresOf } from '../contract/score.js';
import { readBulkName } from '../contract/state-shape.js';
import type { Metrics, Outcome, ToldTrial } from '../contract/trial.js';
import type { OwnConfig } from './own-options.js';
import { heardLimit, largestOwnState, mostPending, readOwnState, type OwnState } from './own-state.js';
import { readOwnAnswer, requestOf, withAnswer } from './own-update.js';

type Problem = SearchProblem<OwnConfig>;

/**
 * An algorithm whose decisions a program of the user takes. It hands over proposals from a queue; when the queue is empty,
 * an update asks the program for more and brings it the outcomes since the last time. The program may be as random as it
 * likes: history and journal have its answers, and no rebuild asks it again.
 */
export function ownAlgorithm(
  name: string,
  version: number,
  configure: (config: unknown) => OwnConfig,
): Algorithm<OwnConfig, OwnState> {
  return {
    name,
    version,
    orders: ['in-order', 'as-completed'],
    objectives: 'any',
    configure: (config) => configure(config),
    maximumStateBytes: largestOwnState,
    program: ({ config }) => config.program,
    init: () => ({
      ...{ bulk: null, answers: 0, queue: [], pending: [], heard: [], missed: 0 },
      ...{ idle: false, done: false },
    }),
    propose(problem, state, index) {
      const [next, ...queue] = state.queue;
      if (next !== undefined) {
        if (state.pending.length >= mostPending) return { state, action: { kind: 'wait' } };
        const pending = [...state.pending, { index, note: next.note }];
        const proposal = { genome: next.genome };
        return { state: { ...state, queue, pending }, action: { kind: 'trial', proposal } };
      }
      if (state.done) return { state, action: { kind: 'done' } };
      if (mustHear(problem.config, state)) return { state, action: { kind: 'wait' } };
      return { state, action: { kind: 'update', request: requestOf(problem, state) } };
    },
    tell: (problem, state, told) => told.reduce((before, one) => withTold(problem, before, one), state),
    readState: readOwnState,
    update: {
      compute() {
        throw new AlgorithmError(
          `the answers of the program of ${name} are in the journal, which lacks one: no other process can compute it`,
        );
      },
      apply: (problem, state, result) =>
        withAnswer(state, readBulkName(result.bulk), readOwnAnswer(problem, result.output)),
    },
    describe: (_problem, state) => ({
      figures: [
        { name: 'answers', value: state.answers },
        { name: 'proposals in the queue', value: state.queue.length },
      ],
      groups: [],
      warning:
        state.missed === 0
          ? null
          : `The program will not hear of ${state.missed} outcomes, which came before it could be asked.`,
    }),
  };
}

/** Whether the program has not heard enough outcomes to be asked again, and more of its proposals have one to come. */
function mustHear({ waitsFor }: OwnConfig, { answers, idle, pending, heard, missed }: OwnState): boolean {
  if (answers === 0 || pending.length === 0) return false;
  const own = heard.filter(({ proposed }) => proposed).length + missed;
  return own < (idle ? Math.max(1, waitsFor) : waitsFor);
}

function withTold(problem: Problem, state: OwnState, { trial, outcome }: ToldTrial): OwnState {
  const { metrics } = problem;
  const own = state.pending.find(({ index }) => index === trial.index);
  const heard = [
    ...state.heard,
    {
      index: trial.index,
      genome: trial.genome,
      proposed: own !== undefined,
      kind: outcome.kind,
      metrics: declaredValues(problem, outcome),
      scores: scoresOf(metrics, outcome),
      note: own?.note ?? null,
    },
  ];
  const dropped = Math.max(0, heard.length - heardLimit(problem));
  return {
    ...state,
    pending: state.pending.filter((one) => one !== own),
    heard: heard.slice(dropped),
    missed: state.missed + dropped,
  };
}

/** The metrics of the search that an outcome has, also those of an infeasible point. */
function declaredValues({ metrics }: Problem, outcome: Outcome): Metrics {
  const reported: Metrics = 'metrics' in outcome ? (outcome.metrics ?? {}) : {};
  return Object.fromEntries(
    metrics.flatMap(({ name }) => {
      const value = Object.hasOwn(reported, name) ? reported[name] : undefined;
      return value === undefined || !Number.isFinite(value) ? [] : [[name, value + 0]];
    }),
  );
}
