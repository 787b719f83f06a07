import { fork, type ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../setup/folders.mjs';

interface Waiting<Task, Result> {
  readonly task: Task;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Processes that run the tasks of a bench, each of them once. With a file, results are appended to it, and tasks that it
 * holds already are not run again.
 */
export class TaskPool<Task extends object, Result extends object> {
  private readonly results = new Map<string, Promise<Result>>();
  private readonly queue: Waiting<Task, Result>[] = [];
  private readonly children: ChildProcess[] = [];
  private readonly idle: ChildProcess[] = [];

  constructor(
    bench: string,
    processes: number,
    private readonly file: string | null,
    environment: Readonly<Record<string, string>> = {},
  ) {
    if (file !== null && existsSync(file)) {
      for (const line of readFileSync(file, 'utf8').split('\n')) {
        if (line === '') continue;
        const { task, result } = JSON.parse(line) as { task: Task; result: Result };
        this.results.set(JSON.stringify(task), Promise.resolve(result));
      }
    }
    const program = path.join(packageRoot, 'bench', 'run.mjs');
    for (let count = 0; count < processes; count += 1) {
      const env = { ...process.env, ...environment };
      const child = fork(program, [bench, '--worker'], { serialization: 'advanced', env });
      this.children.push(child);
      this.idle.push(child);
    }
  }

  run(task: Task): Promise<Result> {
    const key = JSON.stringify(task);
    const known = this.results.get(key);
    if (known !== undefined) return known;
    const running = new Promise<Result>((resolve, reject) => {
      this.queue.push({ task, resolve, reject });
    });
    // The caller may await the task later or never: until then a failure must not end this process.
    running.catch(() => undefined);
    this.results.set(key, running);
    this.assign();
    return running;
  }

  close(): void {
    for (const child of this.children) child.disconnect();
  }

  private assign(): void {
    while (this.queue.length > 0) {
      const child = this.idle.pop();
      if (child === undefined) return;
      const next = this.queue.shift();
      if (next !== undefined) this.give(child, next);
    }
  }

  private give(child: ChildProcess, { task, resolve, reject }: Waiting<Task, Result>): void {
    const onExit = (code: number | null): void => {
      reject(
        new Error(`A process of the bench ended with ${code ?? 'a signal'} in ${JSON.stringify(task)}.`),
      );
    };
    child.once('exit', onExit);
    child.once('message', (result: Result) => {
      child.off('exit', onExit);
      if (this.file !== null) appendFileSync(this.file, `${JSON.stringify({ task, result })}\n`);
      resolve(result);
      this.idle.push(child);
      this.assign();
    });
    child.send(task);
  }
}

/** Runs the tasks that the parent process sends, one at a time, until it goes. */
export function serveTasks<Task extends object, Result extends object>(
  runTask: (task: Task) => Result | Promise<Result>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    process.on('message', (task: Task) => {
      Promise.resolve(task)
        .then(runTask)
        .then((result) => process.send?.(result), reject);
    });
    process.once('disconnect', resolve);
  });
}

/** The file after `--results`, null without one. */
export function readResultsFile(benchArguments: readonly string[]): string | null {
  const at = benchArguments.indexOf('--results');
  if (at === -1) return null;
  const file = benchArguments[at + 1];
  if (file === undefined) throw new Error('--results takes the name of a file.');
  return file;
}
