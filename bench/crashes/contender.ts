/** The work of every contender, and what happens to it. */
export interface Workload {
  readonly trials: number;
  /** Processes that evaluate, one trial at a time each. */
  readonly workers: number;
  /** Reports of a trial; each takes `stepSeconds`. */
  readonly steps: number;
  readonly stepSeconds: number;
}

/** What was left of a run when nothing more happened. */
export interface CrashRun {
  readonly kills: number;
  /** Trials that the search holds. */
  readonly trials: number;
  readonly complete: number;
  /** Trials that run for ever. */
  readonly zombies: number;
  /** Finished trials that were evaluated again. */
  readonly repeated: number;
  /** Equal for two runs exactly if the same trials came to the same values in the same order. */
  readonly trajectory: string;
  readonly seconds: number;
}

/** A search with workers that the bench kills. */
export interface Contender {
  readonly name: string;
  /** Kills a worker, in turns, at each of the moments (milliseconds after the first evaluation began); none: undisturbed. */
  run(workload: Workload, moments: readonly number[]): Promise<CrashRun>;
}

/** Milliseconds from a kill to the start of another worker in its place. */
export const restart = 1_000;

/** Milliseconds after which a run has failed. */
export const runLimit = 240_000;
