import type { GroupActivity } from './group-usage.js';
import type { FromProcess, ToProcess } from './process-messages.js';

/**
 * Processes for evaluations, one slot each. The worker that serves the activities makes the pool and closes it.
 */
export interface ProcessPool {
  /**
   * Waits for a free slot, and throws the signal's reason on abort. It prefers a slot whose process has loaded the
   * bundle, of several the one that served the search last: what that process keeps in memory may serve again.
   */
  acquire(bundle: string | null, signal: AbortSignal, search?: string): Promise<ProcessSlot>;
}

/** What a process and all that it starts may take. */
export interface ProcessLimits {
  readonly memoryMegabytes?: number;
}

/** The right to run one process. Released exactly once. */
export interface ProcessSlot {
  /** A process that evaluates functions of the bundle: a warm one with the same limits when there is one. */
  evaluatingProcess(bundle: string, limits?: ProcessLimits): EvaluatingProcess;
  /** Starts a command line by the shell. */
  command(
    command: string,
    folder: string,
    environment: Readonly<Record<string, string>>,
    limits?: ProcessLimits,
  ): CommandProcess;
  /** Gives the slot back; `warm`: the evaluating process may serve again, else it ends now. */
  release(warm: boolean): void;
}

/** A process at the head of its own group, below its supervisor. */
export interface SupervisedProcess {
  /** Id of the process group. */
  readonly group: number;
  /** Resolves when the process and its group have ended; never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Receives lines of standard output (`out`) and standard error (`err`). Replaces the listener before. */
  onOutput(listener: (stream: 'out' | 'err', line: string) => void): void;
  /** What the group, and what left it, has done so far; null where the system does not tell. */
  activity(): Promise<GroupActivity | null>;
  /** Ends the whole group at once. */
  kill(): void;
}

/** A process that has loaded a bundle and speaks in messages. */
export interface EvaluatingProcess extends SupervisedProcess {
  readonly kind: 'evaluating';
  send(message: ToProcess): void;
  /** Receives the process's messages. Replaces the listener before. */
  onMessage(listener: (message: FromProcess) => void): void;
}

/** A command line. */
export interface CommandProcess extends SupervisedProcess {
  readonly kind: 'command';
  /** Writes a line to its standard input. */
  write(line: string): void;
  /** Closes its standard input. */
  endInput(): void;
}

/** How a process ended. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Evidence that memory ran out (an allocation's message, the limit, the kernel's counter), as a sentence; else null. */
  readonly outOfMemory: string | null;
  /** Why it could not be started, if so. */
  readonly startError: string | null;
}
