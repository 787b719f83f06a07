import { fork, type ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../setup/folders.mjs';
import { runCostTask, type CostResult, type CostTask } from './cost-study.js';
import { runTask, type Task, type TaskResult } from './study.js';

type AnyTask = Task | CostTask;

interface Waiting {
  readonly task: AnyTask;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Processes that run searches, each of them once. With a file, finished searches are appended to it, and those that it
 * holds already are not run again.
 */
export class TaskPool {
  private readonly results = new Map<string, Promise<unknown>>();
  private readonly queue: Waiting[] = [];
  private readonly children: ChildProcess[] = [];
  private readonly idle: ChildProcess[] = [];

  constructor(
    processes: number,
    private readonly file: string | null,
  ) {
    if (file !== null && existsSync(file)) {
      for (const line of readFileSync(file, 'utf8').split('\n')) {
        if (line === '') continue;
        const { task, result } = JSON.parse(line) as { task: AnyTask; result: unknown };
        this.results.set(JSON.stringify(task), Promise.resolve(result));
      }
    }
    const program = path.join(packageRoot, 'bench', 'run.mjs');
    for (let count = 0; count < processes; count += 1) {
      const child = fork(program, ['ma2ml', '--worker'], { serialization: 'advanced' });
      this.children.push(child);
      this.idle.push(child);
    }
  }

  run(task: Task): Promise<TaskResult>;
  run(task: CostTask): Promise<CostResult>;
  run(task: AnyTask): Promise<unknown> {
    const key = JSON.stringify(task);
    const known = this.results.get(key);
    if (known !== undefined) return known;
    const running = new Promise<unknown>((resolve, reject) => {
      this.queue.push({ task, resolve, reject });
    });
    // Whoever waits for it hears of a failure; nobody has to.
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

  private give(child: ChildProcess, { task, resolve, reject }: Waiting): void {
    const onExit = (code: number | null): void => {
      reject(
        new Error(`A process of the bench ended with ${code ?? 'a signal'} in ${JSON.stringify(task)}.`),
      );
    };
    child.once('exit', onExit);
    child.once('message', (result) => {
      child.off('exit', onExit);
      if (this.file !== null) appendFileSync(this.file, `${JSON.stringify({ task, result })}\n`);
      resolve(result);
      this.idle.push(child);
      this.assign();
    });
    child.send(task);
  }
}

/** Runs the searches that the parent process sends, until it goes. */
export function serveTasks(): Promise<void> {
  return new Promise((resolve) => {
    process.on('message', (task: AnyTask) => {
      process.send?.('kind' in task ? runCostTask(task) : runTask(task));
    });
    process.once('disconnect', resolve);
  });
}
