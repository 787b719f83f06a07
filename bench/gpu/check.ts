import type { Device } from './machine.js';

/** What a check found out; figures are kept whatever the verdict is. */
export type Verdict =
  | { readonly status: 'passed'; readonly figures: Figures }
  | { readonly status: 'failed'; readonly reason: string; readonly figures: Figures }
  /** It could not be tried here. */
  | { readonly status: 'untried'; readonly reason: string };

export type Figures = Readonly<Record<string, unknown>>;

/** What a check is made with. */
export interface Workshop {
  /** GPUs that are used; empty: everything runs on processors, which rehearses the proof. */
  readonly devices: readonly Device[];
  /** The compiled process that tries things. */
  readonly program: string;
  /** A folder for what checks write. */
  readonly folder: string;
  readonly isQuick: boolean;
  readonly say: (line: string) => void;
}

/** One line of the proof. */
export interface Check {
  readonly name: string;
  /** What it shows, as a sentence without its full stop. */
  readonly shows: string;
  readonly run: (workshop: Workshop) => Promise<Verdict>;
}

export function passed(figures: Figures = {}): Verdict {
  return { status: 'passed', figures };
}

export function failed(reason: string, figures: Figures = {}): Verdict {
  return { status: 'failed', reason, figures };
}

export function untried(reason: string): Verdict {
  return { status: 'untried', reason };
}
