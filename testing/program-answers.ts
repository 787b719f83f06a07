import type { CustomFunctions } from '../algorithms/index.js';
import type { Json } from '../foundation/json/index.js';
import { utf8Bytes } from '../foundation/json/index.js';
import { askFunctions, type ProgramQuestion } from '../searches/programs/index.js';
import type { TestedAlgorithm } from './simulated-plan.js';

/** Answers in place of a program: a question and the program's state in, the answer and the state after it out. */
export type ProgramAnswers = (
  question: ProgramQuestion,
  state: Uint8Array | null,
) => { readonly answer: Json; readonly state: Uint8Array | null };

/** The functions of a `custom` algorithm as a program in this process; undefined for other algorithms. */
export function programOf(algorithm: TestedAlgorithm): ProgramAnswers | undefined {
  if (!('functions' in algorithm)) return undefined;
  // Each state that they get is one that they returned.
  const functions = algorithm.functions as unknown as CustomFunctions<Json>;
  return (question, before) => {
    const text = before === null ? 'null' : new TextDecoder().decode(before);
    const { answer, state } = askFunctions(functions, question, JSON.parse(text) as Json);
    return { answer, state: state === null ? null : utf8Bytes(JSON.stringify(state)) };
  };
}
