import { AlgorithmError, type AlgorithmProgram } from '../../algorithms/index.js';
import { isPlainObject, type Json } from '../../foundation/json/index.js';
import type { ProgramQuestion } from '../../searches/programs/index.js';
import type { EvaluatingProcess, ProcessExit, ProcessSlot } from '../processes/index.js';
import { TrialLog } from '../trial/index.js';
import { tooLate } from './command-program.js';
import { lastWords, refuseExit } from './program-exit.js';
import { answerWithin } from './timed-process.js';

/** Where functions run, and whose they are. */
export interface FunctionsSetting {
  readonly slot: ProcessSlot;
  readonly level: string;
  readonly signal: AbortSignal;
  /** What names the algorithm in messages. */
  readonly program: string;
}

/** Most bytes of the state that functions return. */
const stateLimit = 8 * 1024 * 1024;

/** Asks the functions of a search file in an evaluating process; throws as `askCommand` does. */
export async function askFunctionsInProcess(
  { slot, level, signal, program }: FunctionsSetting,
  { bundle, timeout }: Extract<AlgorithmProgram, { kind: 'functions' }>,
  question: ProgramQuestion,
  before: Uint8Array | null,
): Promise<{ readonly answer: Json; readonly state: Uint8Array | null }> {
  const log = new TrialLog();
  const process = slot.evaluatingProcess(bundle);
  process.onOutput((_stream, line) => log.add(line));
  const end = answerOf(process);
  const state: Json = before === null ? null : (JSON.parse(new TextDecoder().decode(before)) as Json);
  process.send({ kind: 'ask', bundle, level, question, state });
  const { answer: found, onTime } = await answerWithin(process, end, timeout, signal);
  signal.throwIfAborted();
  if (!onTime) throw tooLate(program, timeout);
  switch (found.kind) {
    case 'returned':
      return readReturned(program, found.value);
    case 'threw':
      throw new AlgorithmError(found.message);
    case 'exited':
      refuseExit(program, found.exit, log);
      throw new AlgorithmError(`${program} ended its process before it answered: ${lastWords(log)}`);
  }
}

type End =
  | { readonly kind: 'returned'; readonly value: Json }
  | { readonly kind: 'threw'; readonly message: string }
  | { readonly kind: 'exited'; readonly exit: ProcessExit };

function answerOf(process: EvaluatingProcess): Promise<End> {
  return new Promise((resolve) => {
    process.onMessage((message) => {
      if (message.kind === 'returned') resolve({ kind: 'returned', value: message.value });
      if (message.kind === 'threw') resolve({ kind: 'threw', message: message.error.message });
    });
    void process.exited.then((exit) => resolve({ kind: 'exited', exit }));
  });
}

function readReturned(
  program: string,
  value: Json,
): { readonly answer: Json; readonly state: Uint8Array | null } {
  if (!isPlainObject(value)) throw new AlgorithmError(`${program} returned nothing`);
  // The process of this build has made the pair.
  const { answer = null, state = null } = value as { readonly answer?: Json; readonly state?: Json };
  if (state === null) return { answer, state: null };
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  if (bytes.length > stateLimit) {
    throw new AlgorithmError(
      `the state of ${program} takes ${bytes.length} bytes, the limit is ${stateLimit}: keep less between two answers`,
    );
  }
  return { answer, state: bytes };
}
