import { AlgorithmError } from '../contract/algorithm-error.js';
import type { SearchProblem, UpdateRequest } from '../contract/algorithm.js';
import { readFields, readInteger, readList } from '../contract/state-shape.js';
import type { StateValue } from '../contract/state-value.js';
import type { OwnConfig } from './own-options.js';
import {
  readFlag,
  readHeardOutcome,
  readProposals,
  type HeardOutcome,
  type OwnProposal,
  type OwnState,
} from './own-state.js';

/** What a program is asked, before the search adds what only it knows. */
export type OwnQuestion = {
  /** Answers of the program before this one. */
  readonly answers: number;
  /** Proposals that are wanted, at most. */
  readonly wanted: number;
  readonly heard: readonly HeardOutcome[];
  readonly missed: number;
  /** Its proposals whose outcomes are not known. */
  readonly pending: number;
};

/** What a program answered, checked. */
export type OwnAnswer = { readonly proposals: readonly OwnProposal[]; readonly done: boolean };

/** The question that a state asks. */
export function requestOf({ config }: SearchProblem<OwnConfig>, state: OwnState): UpdateRequest {
  const { bulk, answers, heard, missed, pending } = state;
  const question: OwnQuestion = { answers, wanted: config.batch, heard, missed, pending: pending.length };
  return { bulk, input: question };
}

/** The question of a request, which the reducers of this build made; throws `AlgorithmError` for another value. */
export function readQuestion(value: StateValue): OwnQuestion {
  const fields = readFields(value, 'input', ['answers', 'wanted', 'heard', 'missed', 'pending']);
  return {
    answers: readInteger(fields.answers, 'input.answers'),
    wanted: readInteger(fields.wanted, 'input.wanted'),
    heard: readList(fields.heard, 'input.heard', Infinity, readHeardOutcome),
    missed: readInteger(fields.missed, 'input.missed'),
    pending: readInteger(fields.pending, 'input.pending'),
  };
}

/** Reads an answer of at most `config.batch` proposals. */
export function readOwnAnswer({ view, config }: SearchProblem<OwnConfig>, value: StateValue): OwnAnswer {
  const fields = readFields(value, 'output', ['proposals', 'done']);
  return {
    proposals: readProposals(view, fields.proposals, 'output.proposals', config.batch),
    done: readFlag(fields.done, 'output.done'),
  };
}

/** The state once the program has answered. */
export function withAnswer(state: OwnState, bulk: string | null, { proposals, done }: OwnAnswer): OwnState {
  if (proposals.length === 0 && !done && state.pending.length === 0) {
    throw new AlgorithmError(
      'the program proposes nothing, although it knows the outcomes of all its proposals',
    );
  }
  return {
    ...state,
    bulk,
    answers: state.answers + 1,
    queue: [...state.queue, ...proposals],
    heard: [],
    missed: 0,
    idle: proposals.length === 0,
    done,
  };
}
