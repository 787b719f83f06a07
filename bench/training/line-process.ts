import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A process that answers each line with a line of JSON; it prints the first by itself, when it is ready. */
export class LineProcess {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private complaints = '';

  constructor(
    private readonly name: string,
    program: string,
    programArguments: readonly string[],
    environment: Readonly<Record<string, string>>,
  ) {
    this.child = spawn(program, programArguments, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    this.child.on('error', () => undefined);
    this.child.stderr?.on('data', (data: Buffer) => {
      // Only the end is kept, because the last lines say what went wrong.
      this.complaints = `${this.complaints}${String(data)}`.slice(-4000);
    });
    if (this.child.stdout === null) throw new Error('The process has no output.');
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /** The next answer, after this line if one is given. */
  async answer(line?: string): Promise<unknown> {
    if (line !== undefined) this.child.stdin?.write(`${line}\n`);
    const next = await this.lines.next();
    if (next.done === true) {
      throw new Error(`${this.name} ended without an answer: ${this.complaints.trim()}`);
    }
    return JSON.parse(next.value) as unknown;
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }
}
