/** One timed run: the trials that were done, and the seconds from the start to the final result. */
export interface Run {
  readonly trials: number;
  readonly seconds: number;
  /** Milliseconds of processor time by part; absent where the system does not tell. */
  readonly processorMilliseconds?: Readonly<Record<string, number>>;
}

/** A program that runs a number of empty trials, 16 at a time, and keeps all that it must. */
export interface Contender {
  readonly name: string;
  run(trials: number): Promise<Run>;
}

/** Trials at the same time. */
export const concurrency = 16;

/** Seconds after which a run of any size has failed. */
const runLimit = 600;

/** Times the work; fails after the limit, or when a process that it needs ends. */
export async function timed(work: () => Promise<unknown>, failed: Promise<never>): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`A run took more than ${runLimit} s.`)), runLimit * 1000);
  });
  const start = performance.now();
  try {
    await Promise.race([work(), failed, late]);
    return (performance.now() - start) / 1000;
  } finally {
    clearTimeout(timer);
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  if (low === undefined || high === undefined) throw new Error('There is no median of nothing.');
  return (low + high) / 2;
}
