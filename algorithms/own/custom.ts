import type { Json } from '../../foundation/json/index.js';
import type { ChoiceSource } from '../../foundation/numbers/index.js';
import type { Genome, MutationOperator, Space, View } from '../../search-spaces/index.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { Metric, Metrics, Outcome } from '../contract/trial.js';
import { ownAlgorithm } from './own-algorithm.js';
import { configureFunctions, plainOwnOptions, type OwnOptions } from './own-options.js';
import type { Note } from './own-state.js';

/** What the functions of an algorithm may use beside their state. */
export interface CustomProblem {
  readonly space: Space;
  readonly view: View;
  readonly metrics: readonly Metric[];
  /** Answers of the algorithm before this one. */
  readonly answers: number;
  /** Its proposals whose outcomes are not known. */
  readonly pending: number;
  /** Outcomes since the last call that it does not get, because they were too many to keep. */
  readonly missed: number;
  /** Random numbers that follow from the seed of the search, others for each answer. */
  readonly random: ChoiceSource;
  /** A random point. */
  readonly sample: () => Genome;
  /** A point beside another one; `local` by default, as in `regularizedEvolution`. */
  readonly mutate: (genome: Genome, operator?: MutationOperator) => Genome;
  /** The parameters that a genome stands for. */
  readonly parameters: (genome: Genome) => Json;
}

/** An outcome as the functions of an algorithm get it. */
export interface CustomOutcome {
  readonly index: number;
  readonly genome: Genome;
  readonly parameters: Json;
  /** False for a point that a user gave. */
  readonly proposed: boolean;
  readonly kind: Outcome['kind'];
  readonly metrics: Metrics;
  /** With one optimised metric its value, oriented so that higher is better; null where there is none. */
  readonly score: number | null;
  /** The same for each optimised metric. */
  readonly scores: readonly number[] | null;
  /** What the proposal was given to remember it by. */
  readonly note: Note;
}

/** A point to try, by its genome or by its parameters; `note`, a number or a short text, comes back with its outcome. */
export type CustomProposal = { readonly note?: Note } & (
  { readonly genome: Genome } | { readonly parameters: Json }
);

/** What `ask` returns. */
export interface CustomAnswer<State> {
  /** At most as many as were wanted. None: ask again once another outcome is known. */
  readonly proposals: readonly CustomProposal[];
  /** The state after it; left out, it stays what it is. */
  readonly state?: State;
  /** True: nothing will ever be proposed again. */
  readonly done?: boolean;
}

/** The functions of an algorithm in a search file. They compute; what has to wait for something belongs into a `command`. */
export interface CustomFunctions<State> {
  /** The state before the first outcome; null by default. */
  readonly start?: (problem: CustomProblem) => State;
  /** The state after some outcomes, in the order in which the search tells them. Left out, it stays what it is. */
  readonly tell?: (state: State, outcomes: readonly CustomOutcome[], problem: CustomProblem) => State;
  readonly ask: (state: State, wanted: number, problem: CustomProblem) => CustomAnswer<State>;
}

/** Functions of an algorithm whose type of state nobody but their author knows. */
export interface AnyCustomFunctions {
  readonly start?: (problem: CustomProblem) => Json;
  readonly tell?: (state: never, outcomes: readonly CustomOutcome[], problem: CustomProblem) => Json;
  readonly ask: (state: never, wanted: number, problem: CustomProblem) => CustomAnswer<Json>;
}

/** An algorithm whose functions a search file has: a reference that a definition can hold, and the functions. */
export interface CustomAlgorithm extends AlgorithmReference {
  readonly functions: AnyCustomFunctions;
}

const name = 'custom';
const version = 1;

/**
 * An algorithm of a search file. `ask` proposes, `tell` hears of outcomes; the state in between is plain JSON. They run in
 * an evaluating process, from the bundle of the file that the search began with.
 */
export function custom<State extends Json>(functions: CustomFunctions<State> & OwnOptions): CustomAlgorithm {
  const { start, tell, ask, ...options } = functions;
  return {
    name,
    version,
    config: plainOwnOptions(options),
    functions: { ask, ...(start && { start }), ...(tell && { tell }) },
  };
}

export const customAlgorithm = ownAlgorithm(name, version, configureFunctions);
