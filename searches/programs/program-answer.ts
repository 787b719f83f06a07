import { AlgorithmError, longestNote, type Note, type OwnAnswer } from '../../algorithms/index.js';
import {
  cutText,
  isPlainObject,
  ownField,
  showValue,
  unknownField,
  type Json,
  type ShowWords,
} from '../../foundation/json/index.js';
import { encode, validate, view, type Genome, type Space } from '../../search-spaces/index.js';
import { problemText } from '../definition/space-check.js';
import type { ProgramQuestion } from './program-question.js';

/**
 * Reads what a program answered to a question, JSON of unknown origin. `program` names it in messages. Throws
 * `AlgorithmError` with one sentence about the first thing that is wrong.
 */
export function readProgramAnswer(program: string, question: ProgramQuestion, answer: Json): OwnAnswer {
  const refuse = (what: string): never => {
    throw new AlgorithmError(`${program} ${what}`);
  };
  if (!isPlainObject(answer)) return refuse(`must answer with an object, not with ${shown(answer)}`);
  const unknown = unknownField(answer, ['proposals', 'done']);
  if (unknown !== undefined)
    refuse(`answers with a field '${unknown}': an answer has the fields proposals and done`);
  const done = ownField(answer, 'done') ?? false;
  if (typeof done !== 'boolean') return refuse(`must answer with done: true or false, not ${shown(done)}`);
  const given = ownField(answer, 'proposals') ?? (done ? [] : undefined);
  if (!Array.isArray(given))
    return refuse(
      `must answer with a list of proposals, ${given === undefined ? 'and has none' : `not with ${shown(given)}`}`,
    );
  if (given.length > question.wanted)
    refuse(`answers with ${given.length} proposals, and at most ${question.wanted} were wanted`);
  if (given.length === 0 && !done && question.pending === 0)
    refuse(
      'proposes nothing although it knows the outcomes of all its proposals: it ends a search by answering done: true',
    );
  const proposals = given.map((proposal: unknown, place) => ({
    genome: readPoint(question.space, proposal, (what) =>
      refuse(`answers with a proposal ${place} that ${what}`),
    ),
    note: readNote(proposal, (what) => refuse(`answers with a proposal ${place} whose note ${what}`)),
  }));
  return { proposals, done };
}

function readPoint(space: Space, proposal: unknown, refuse: (what: string) => never): Genome {
  if (!isPlainObject(proposal)) return refuse(`is ${shown(proposal)}, not an object`);
  const unknown = unknownField(proposal, ['parameters', 'genome', 'note']);
  if (unknown !== undefined) refuse(`has a field '${unknown}': its fields are parameters, genome and note`);
  const [parameters, genome] = [ownField(proposal, 'parameters'), ownField(proposal, 'genome')];
  if ((parameters === undefined) === (genome === undefined))
    return refuse(
      `has ${genome === undefined ? 'neither' : 'both'} parameters ${genome === undefined ? 'nor' : 'and'} a genome: give one of them`,
    );
  // The view: a genome that violates a declared constraint is a point, too, and comes back as infeasible.
  const read = genome === undefined ? encode(space, parameters as Json) : validate(view(space), genome);
  return read.ok ? read.value : refuse(`is no point of the space: ${problemText(read.error)}`);
}

function readNote(proposal: unknown, refuse: (what: string) => never): Note {
  const note = isPlainObject(proposal) ? (ownField(proposal, 'note') ?? null) : null;
  if (note === null) return null;
  if (typeof note === 'number' && Number.isFinite(note)) return note + 0;
  if (typeof note === 'string' && note.length <= longestNote) return note;
  return refuse(`is ${shown(note)}: it must be a number or a text of at most ${longestNote} characters`);
}

const answerWords: ShowWords = {
  text: (text) => `'${cutText(text, 40)}'`,
  array: (length) => `a list of ${length}`,
  missing: 'nothing',
};

function shown(value: unknown): string {
  return showValue(value, answerWords);
}
