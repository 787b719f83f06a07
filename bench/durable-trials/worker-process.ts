import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Milliseconds between the request to end and the end by force. */
const patience = 10_000;

/** A worker in a process of its own, ready once it has printed `ready`. */
export class WorkerProcess {
  /** Rejected when the process ends by itself. */
  readonly failed: Promise<never>;
  private stopping = false;

  private constructor(
    private readonly child: ChildProcess,
    readonly pid: number,
    private readonly ended: Promise<string>,
  ) {
    this.failed = ended.then((how) => {
      if (this.stopping) return new Promise<never>(() => undefined);
      throw new Error(`A worker ended (${how}); what it said is above.`);
    });
    this.failed.catch(() => undefined);
  }

  /** Starts a Node program and waits until it is ready. Node options come first in the arguments. */
  static async start(nodeArguments: readonly string[], folder: string): Promise<WorkerProcess> {
    const child = spawn(process.execPath, nodeArguments, {
      cwd: folder,
      env: withoutTemporalSettings(process.env),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${String(code)}`));
    });
    const lines = createInterface({ input: child.stdout });
    const ready = new Promise<true>((resolve) => {
      lines.on('line', (line) => {
        if (line === 'ready') resolve(true);
      });
    });
    const how = await Promise.race([ready, ended]);
    if (how !== true || child.pid === undefined) {
      throw new Error(`The worker ${nodeArguments.join(' ')} did not start: ${String(how)}.`);
    }
    return new WorkerProcess(child, child.pid, ended);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.child.kill('SIGTERM');
    const force = setTimeout(() => this.child.kill('SIGKILL'), patience);
    await this.ended;
    clearTimeout(force);
  }
}

/** Without a server that the user has configured: workers connect to the bench's own. */
function withoutTemporalSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('TEMPORAL_')));
}
