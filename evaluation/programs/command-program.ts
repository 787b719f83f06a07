import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AlgorithmError, type AlgorithmProgram } from '../../algorithms/index.js';
import type { Json } from '../../foundation/json/index.js';
import type { ProgramQuestion } from '../../searches/programs/index.js';
import { parseJsonLine, type ProcessSlot } from '../processes/index.js';
import { TrialLog } from '../trial/index.js';
import { refuseExit } from './program-exit.js';
import { packFolder, unpackFolder } from './state-folder.js';
import { answerWithin } from './timed-process.js';

/** Where a command runs, and with what. */
export interface CommandSetting {
  readonly slot: ProcessSlot;
  readonly projectRoot: string;
  /** Folder of the search alone, in which each call has a folder of its own. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** What names the command in messages. */
  readonly program: string;
}

/**
 * Asks a command line: one line in, one line out, its state in files. Throws `AlgorithmError` for an answer that is none,
 * `ProgramLost` when the process was killed, and the signal's reason on abort.
 */
export async function askCommand(
  { slot, projectRoot, folder, signal, program }: CommandSetting,
  { command, timeout }: Extract<AlgorithmProgram, { kind: 'command' }>,
  question: ProgramQuestion,
  before: Uint8Array | null,
): Promise<{ readonly answer: Json; readonly state: Uint8Array | null }> {
  // An earlier call whose worker died has left its folder.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const state = await mkdtemp(join(folder, 'state-'));
  try {
    if (before !== null) await unpackFolder(state, before);
    const log = new TrialLog();
    const answers: string[] = [];
    const process = slot.command(command, projectRoot, { DURAMEN_STATE_DIRECTORY: state });
    process.onOutput((stream, line) => {
      if (stream === 'out' && line.trimStart().startsWith('{')) answers.push(line);
      else log.add(line);
    });
    process.write(JSON.stringify(question));
    process.endInput();
    const { answer: exit, onTime } = await answerWithin(process, process.exited, timeout, signal);
    signal.throwIfAborted();
    if (!onTime) throw tooLate(program, timeout);
    refuseExit(program, exit, log);
    return { answer: onlyAnswer(program, answers), state: await packFolder(state) };
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}

/** The error of a program that took too long. */
export function tooLate(program: string, timeout: number): AlgorithmError {
  return new AlgorithmError(
    `${program} did not answer within ${timeout / 1000} s: give it more time (timeout, in milliseconds) or less to do`,
  );
}

function onlyAnswer(program: string, answers: readonly string[]): Json {
  const [line, ...more] = answers;
  if (line === undefined)
    throw new AlgorithmError(`${program} ended without an answer: it must print one line with a JSON object`);
  if (more.length > 0)
    throw new AlgorithmError(`${program} answered ${answers.length} times: it must print one JSON object`);
  const answer = parseJsonLine(line);
  if (answer === undefined)
    throw new AlgorithmError(`${program} answered with a line that is no JSON: ${line.trim().slice(0, 80)}`);
  return answer;
}
