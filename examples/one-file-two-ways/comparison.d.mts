/** A candidate of a retraining, as far as the comparison reads it. */
export interface ComparedCandidate {
  readonly search: { readonly trials: readonly number[] } | null;
  readonly retrained: { readonly mean: number | null };
}

/** A retraining, as `duramen show --json` has it. */
export interface ComparedRetraining {
  readonly candidates: readonly ComparedCandidate[];
  readonly chosen: number | null;
  readonly rankCorrelation: { readonly search: { readonly value: number | null } };
}

/** A trial, as `duramen trials --json` has it. */
export interface ComparedTrial {
  readonly index: number;
  readonly outcome: { readonly metrics?: { readonly processorSeconds?: number } } | null;
}

export interface ComparedSearch {
  readonly way: string;
  readonly retraining: ComparedRetraining;
  readonly trials: readonly ComparedTrial[];
}

export function comparisonOf(searches: readonly ComparedSearch[]): string;
export function secondsUntil(index: number, trials: readonly ComparedTrial[]): number;
export function firstEqual(retraining: ComparedRetraining, accuracy: number): number;
