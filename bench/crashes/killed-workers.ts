import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { restart, runLimit } from './contender.js';

/** Processes that are killed one after the other, each replaced by another one. */
export class KilledWorkers {
  private readonly current: ChildProcess[];

  constructor(
    workers: number,
    private readonly launch: (worker: number) => ChildProcess,
  ) {
    this.current = Array.from({ length: workers }, (_, worker) => launch(worker));
  }

  /**
   * Kills with SIGKILL at the moments, counted from the first evaluation, until `ended`; by default the run has ended
   * when every worker has ended by itself. Answers the number of kills.
   */
  async disturb(
    moments: readonly number[],
    isStarted: () => boolean,
    ended?: Promise<unknown>,
  ): Promise<number> {
    const launched = Date.now();
    while (!isStarted() && Date.now() < launched + runLimit) await delay(50);
    const began = Date.now();
    let over = false;
    const noted = ended?.finally(() => {
      over = true;
    });
    // `within` throws its failure below; unhandled until then, it would end this process.
    noted?.catch(() => undefined);
    let kills = 0;
    for (const [turn, moment] of moments.entries()) {
      await delay(Math.max(0, began + moment - Date.now()));
      const worker = turn % this.current.length;
      const process = this.current[worker];
      if (over || process === undefined || hasEnded(process)) continue;
      process.kill('SIGKILL');
      kills += 1;
      await delay(restart);
      this.current[worker] = this.launch(worker);
    }
    const idle = async (): Promise<void> => {
      while (!this.current.every(hasEnded)) await delay(100);
    };
    await within(runLimit - (Date.now() - began), noted ?? idle());
    return kills;
  }

  /** Ends what still runs, by force when it takes too long. */
  async stop(): Promise<void> {
    for (const process of this.current) process.kill('SIGTERM');
    for (let attempt = 0; !this.current.every(hasEnded) && attempt < 100; attempt += 1) await delay(100);
    for (const process of this.current) process.kill('SIGKILL');
  }
}

function hasEnded(process: ChildProcess): boolean {
  return process.exitCode !== null || process.signalCode !== null;
}

async function within<Result>(milliseconds: number, work: Promise<Result>): Promise<Result> {
  const stopped = new AbortController();
  const late = delay(milliseconds, undefined, { signal: stopped.signal, ref: false }).then(() => {
    throw new Error(`A run did not end within ${runLimit / 1000} s.`);
  });
  late.catch(() => undefined);
  return Promise.race([work, late]).finally(() => stopped.abort());
}
