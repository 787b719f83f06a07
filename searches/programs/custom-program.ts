import { AlgorithmError, type CustomFunctions, type CustomProblem } from '../../algorithms/index.js';
import { errorText } from '../../foundation/errors/index.js';
import { isPlainObject, type Json } from '../../foundation/json/index.js';
import { RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import { decode, mutate, sample } from '../../search-spaces/index.js';
import type { ProgramQuestion } from './program-question.js';

/** An answer of the functions of a search file, and their state after it. */
export interface CustomProgramAnswer {
  readonly answer: Json;
  readonly state: Json;
}

/**
 * Asks the functions of a search file: `start` where there is no state yet, `tell` where there are outcomes, then `ask`.
 * Throws `AlgorithmError` with one sentence where one of them throws, or returns what is no JSON.
 */
export function askFunctions(
  functions: CustomFunctions<Json>,
  question: ProgramQuestion,
  before: Json,
): CustomProgramAnswer {
  const problem = customProblem(question);
  const { answers, outcomes, wanted } = question;
  let state = before;
  if (answers === 0 && functions.start !== undefined)
    state = called('start', () => functions.start?.(problem) ?? null);
  if (outcomes.length > 0 && functions.tell !== undefined)
    state = called('tell', () => functions.tell?.(state, outcomes, problem) ?? null);
  const answer = called('ask', () => functions.ask(state, wanted, problem) as unknown as Json);
  if (!isPlainObject(answer))
    throw new AlgorithmError('ask of the custom algorithm must return an object with a list of proposals');
  // The check of the answer reads the rest.
  const { state: after = state, ...rest } = answer;
  return { answer: rest, state: after };
}

function customProblem({
  space,
  view,
  metrics,
  answers,
  pending,
  missed,
  seed,
}: ProgramQuestion): CustomProblem {
  const random = new RandomStream(rngFromSeed(seed));
  return {
    ...{ space, view, metrics, answers, pending, missed, random },
    sample: () => sample(view, random),
    mutate: (genome, operator = 'local') => mutate(view, genome, random, operator),
    parameters: (genome) => decode(space, genome, { violated: 'allow' }),
  };
}

/** What a function returns, as plain JSON. */
function called(name: 'start' | 'tell' | 'ask', call: () => Json): Json {
  let value: unknown;
  try {
    value = call();
  } catch (error) {
    throw new AlgorithmError(`${name} of the custom algorithm threw: ${errorText(error)}`);
  }
  if (typeof (value as { readonly then?: unknown } | null)?.then === 'function')
    throw new AlgorithmError(
      `${name} of the custom algorithm must not be async: what waits for something belongs into a command`,
    );
  return plain(name, value ?? null);
}

/** What a function returned as plain JSON, in which optional fields may be undefined. */
function plain(name: string, value: unknown): Json {
  try {
    return JSON.parse(JSON.stringify(value, refuseOdd)) as Json;
  } catch (error) {
    throw new AlgorithmError(`${name} of the custom algorithm must return plain JSON: ${errorText(error)}`);
  }
}

function refuseOdd(key: string, value: unknown): unknown {
  const isOddNumber = typeof value === 'number' && !Number.isFinite(value);
  const isOddObject =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !isPlainObject(value);
  if (!isOddNumber && !isOddObject && typeof value !== 'function') return value;
  const where = key === '' ? 'the value' : `'${key}'`;
  throw new TypeError(isOddNumber ? `${where} is ${value}` : `${where} is no plain object`);
}
