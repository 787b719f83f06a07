import { randomUUID } from 'node:crypto';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { Duplex, Readable, Writable } from 'node:stream';
import { LineSplitter } from './process-messages.js';
import type { FromProcess, ToProcess } from './process-messages.js';
import type { CommandProcess, EvaluatingProcess, ProcessExit } from './process-pool.js';
import { groupActivity, type GroupActivity, memoryKills } from './group-usage.js';
import { endLeftProcesses, supervisionVariable } from './left-processes.js';
import { MemoryLimit } from './memory-limit.js';

/** What to start, and with what. */
export interface SupervisedProcessOptions {
  /** Folder of the built package. */
  readonly installation: string;
  readonly program: string;
  readonly arguments: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Above it the kernel or the worker ends the process and all that it started. */
  readonly memoryMegabytes?: number;
}

/** Longest line of output that is passed on whole; messages have a limit of their own. */
const outputLineLimit = 1 << 20;
/** Milliseconds to wait for output of a killed group: only a process that left the group can still hold the pipe. */
const drainTime = 1_000;
/** What V8, the C++ library, TensorFlow, Python and PyTorch say when an allocation fails. */
const memoryMessage =
  /JavaScript heap out of memory|Fatal JavaScript invalid size error|std::bad_alloc|OOM when allocating|^MemoryError\b|OutOfMemoryError\b/;

/** The words in a line of a process's output that say that its memory ran out; null: it says something else. */
export function memoryWords(line: string): string | null {
  const said = memoryMessage.exec(line);
  return said === null ? null : line.slice(said.index).trim().slice(0, 200);
}

/** Signals by which a person, the system or the worker ends a process. */
const signalsFromOutside: readonly (string | null)[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'];

/** A process below its supervisor, with its pipes read line by line. */
abstract class StartedProcess {
  readonly group: number;
  readonly exited: Promise<ProcessExit>;
  protected readonly child: ChildProcess;
  private readonly killsBefore: Promise<number | null>;
  private output: (stream: 'out' | 'err', line: string) => void = () => undefined;
  private readonly memoryLimit: MemoryLimit | null;
  private memoryEvidence: string | null = null;
  private told: { code: number | null; signal: string | null; startError: string | null } | null = null;
  private killed = false;
  private readonly mark = randomUUID();

  constructor(options: SupervisedProcessOptions) {
    const supervisor = join(options.installation, 'evaluation', 'processes', 'process-supervisor.js');
    this.killsBefore = memoryKills('self');
    this.child = spawn(process.execPath, [supervisor, options.program, ...options.arguments], {
      cwd: options.folder,
      env: { ...options.environment, [supervisionVariable]: this.mark },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    this.group = this.child.pid ?? -1;
    const { memoryMegabytes } = options;
    this.memoryLimit =
      memoryMegabytes === undefined || this.group <= 0
        ? null
        : new MemoryLimit(this.group, memoryMegabytes, () => this.endGroup());
    this.readLines(readable(this.child.stdio[1]), (line) => this.output('out', line), outputLineLimit);
    this.readLines(
      readable(this.child.stdio[2]),
      (line) => {
        this.memoryEvidence = memoryWords(line) ?? this.memoryEvidence;
        this.output('err', line);
      },
      outputLineLimit,
    );
    const life = duplex(this.child.stdio[4]);
    this.readLines(life, (line) => {
      this.told = parsedLine<typeof this.told>(line) ?? this.told;
    });
    for (const stream of this.child.stdio) stream?.on('error', () => undefined);
    this.exited = this.end();
  }

  onOutput(listener: (stream: 'out' | 'err', line: string) => void): void {
    this.output = listener;
  }

  async activity(): Promise<GroupActivity | null> {
    return groupActivity(this.group);
  }

  kill(): void {
    this.killed = true;
    this.endGroup();
  }

  protected readLines(stream: Readable, line: (text: string) => void, limit?: number): void {
    const splitter = new LineSplitter(line, limit);
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => splitter.push(text));
    stream.on('end', () => splitter.end());
  }

  protected writeLine(stream: Writable, text: string): void {
    if (stream.writable) stream.write(`${text}\n`);
  }

  private async end(): Promise<ProcessExit> {
    const startError = await new Promise<string | null>((resolve) => {
      let drained: NodeJS.Timeout | undefined;
      this.child.on('error', (error) => resolve(error.message));
      this.child.on('exit', () => {
        // End the group here, too, because a supervisor that was killed itself has left its group behind, and what
        // left the group.
        this.endGroup();
        if (this.told === null) endLeftProcesses(this.mark);
        this.memoryLimit?.endAll();
        drained = setTimeout(() => {
          for (const stream of this.child.stdio) stream?.destroy();
        }, drainTime);
      });
      this.child.on('close', () => {
        clearTimeout(drained);
        resolve(null);
      });
    });
    const { code, signal } = this.told ?? { code: null, signal: this.child.signalCode ?? 'SIGKILL' };
    return {
      code,
      signal,
      outOfMemory: await this.outOfMemory(code, signal),
      startError: startError ?? this.told?.startError ?? null,
    };
  }

  private async outOfMemory(code: number | null, signal: string | null): Promise<string | null> {
    const aboveLimit = this.memoryLimit?.close() ?? null;
    if (aboveLimit !== null) return aboveLimit;
    // Take the words as evidence only when the process failed by itself, because any program may print them.
    if (code !== 0 && !signalsFromOutside.includes(signal)) {
      return this.memoryEvidence === null ? null : `Memory ran out: ${this.memoryEvidence}`;
    }
    if (signal !== 'SIGKILL' || this.killed) return null;
    const [before, after] = [await this.killsBefore, await memoryKills('self')];
    return before !== null && after !== null && after > before
      ? 'The kernel killed the process because its control group was out of memory.'
      : null;
  }

  private endGroup(): void {
    if (this.group <= 0) return;
    try {
      process.kill(-this.group, 'SIGKILL');
    } catch {
      // The group has ended already.
    }
  }
}

/** An evaluating process below its supervisor. */
export class StartedEvaluatingProcess extends StartedProcess implements EvaluatingProcess {
  readonly kind = 'evaluating';
  private readonly messages: Duplex;
  private message: (message: FromProcess) => void = () => undefined;

  constructor(options: SupervisedProcessOptions) {
    super(options);
    writable(this.child.stdio[0]).end();
    this.messages = duplex(this.child.stdio[3]);
    this.readLines(this.messages, (line) => {
      const message = parsedLine<FromProcess>(line);
      if (message !== null) this.message(message);
    });
  }

  send(message: ToProcess): void {
    this.writeLine(this.messages, JSON.stringify(message));
  }

  onMessage(listener: (message: FromProcess) => void): void {
    this.message = listener;
  }
}

/** A command line below its supervisor. */
export class StartedCommand extends StartedProcess implements CommandProcess {
  readonly kind = 'command';

  write(line: string): void {
    this.writeLine(writable(this.child.stdio[0]), line);
  }

  endInput(): void {
    writable(this.child.stdio[0]).end();
  }
}

// A process that is killed may leave half a line behind.
function parsedLine<T>(line: string): T | null {
  try {
    return JSON.parse(line) as T;
  } catch {
    return null;
  }
}

function readable(stream: ChildProcess['stdio'][number]): Readable {
  if (stream instanceof Readable) return stream;
  throw new Error('A pipe of the process is not readable.');
}

function writable(stream: ChildProcess['stdio'][number]): Writable {
  if (stream instanceof Writable) return stream;
  throw new Error('A pipe of the process is not writable.');
}

function duplex(stream: ChildProcess['stdio'][number]): Duplex {
  if (stream instanceof Duplex) return stream;
  throw new Error('A pipe of the process is not two-way.');
}
