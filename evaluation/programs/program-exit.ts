import { AlgorithmError } from '../../algorithms/index.js';
import type { ProcessExit } from '../processes/process-pool.js';
import type { TrialLog } from '../trial/index.js';

/** The process of a program died by a signal from outside; asking again may succeed. */
export class ProgramLost extends Error {
  override readonly name = 'ProgramLost';
}

/** Throws what the end of a program's process is: an error of the program as `AlgorithmError`, or `ProgramLost`. */
export function refuseExit(program: string, exit: ProcessExit, log: TrialLog): void {
  const { code, signal, outOfMemory, startError } = exit;
  if (outOfMemory !== null) throw new AlgorithmError(`${program} ended: ${outOfMemory.replace(/\.$/, '')}`);
  if (startError !== null) throw new AlgorithmError(`${program} cannot be started: ${startError}`);
  if (code === 0) return;
  // A shell answers with 128 + n when the program that it ran died of signal n.
  if (code === null || (code > 128 && code <= 128 + 64))
    throw new ProgramLost(`${program} died of ${signal ?? `signal ${(code ?? 128) - 128}`}`);
  throw new AlgorithmError(`${program} ended with code ${code}: ${lastWords(log)}`);
}

/** The last line that a program printed. */
export function lastWords(log: TrialLog): string {
  const line = log.tail().lines.findLast((one) => one.trim() !== '');
  return line === undefined ? 'it printed nothing' : line.trim().slice(0, 300);
}
