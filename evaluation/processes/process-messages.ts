import { inspect } from 'node:util';
import type { Gate, Slice } from '../../algorithms/contract/index.js';
import type { Json } from '../../foundation/json/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import type { SearchContext } from '../../searches/definition/index.js';
import type { ProgramQuestion } from '../../searches/programs/index.js';
import type { TrialLimits } from '../../searches/search-files/index.js';
import type { PublishedCheckpoint, StagedCheckpoint } from '../../storage/index.js';

/** A report as it travels: numbers that are not finite by name; the receiver refuses values that are no numbers. */
export interface SentReport {
  readonly step: number;
  readonly metrics: Readonly<Record<string, Json>>;
}

/** A trial as the worker describes it to an evaluating process. */
export interface SentTrial {
  readonly index: number;
  readonly seed: string;
  readonly attempt: number;
  readonly context: SearchContext;
  readonly until?: number;
  readonly gate?: Gate;
  /** Names of the declared metrics: NaN in one of them ends the trial. */
  readonly metrics: readonly string[];
  readonly limits: TrialLimits;
  readonly parameters: Json;
  readonly genome: Genome;
  /** Reports made before the checkpoint from which this attempt starts. */
  readonly reports: readonly SentReport[];
  /** Attributes set before that checkpoint. */
  readonly attributes: Readonly<Record<string, Json>>;
  readonly checkpoint: PublishedCheckpoint | null;
  /** Index of the trial that saved that checkpoint. */
  readonly savedBy: number;
  readonly slice: Slice | null;
  /** Of a slice, the last checkpoint of the trial that it continues. */
  readonly continued: { readonly trial: number; readonly checkpoint: PublishedCheckpoint } | null;
  /** Hash of the setting of the search, from which the draws of a slice follow. */
  readonly address: string;
  /** Writable folder of this attempt. */
  readonly workFolder: string;
}

/** From the worker to an evaluating process: one JSON line each. */
export type ToProcess =
  | {
      readonly kind: 'evaluate';
      readonly bundle: string;
      /** Which function of the bundle; absent: `evaluate`. */
      readonly function?: 'retraining';
      readonly trial: SentTrial;
    }
  /** Ask the `custom` algorithm of a level; `returned` brings a `CustomProgramAnswer`. */
  | {
      readonly kind: 'ask';
      readonly bundle: string;
      readonly level: string;
      readonly question: ProgramQuestion;
      readonly state: Json;
    }
  | { readonly kind: 'ping'; readonly number: number }
  /** Abort `trial.signal`. */
  | { readonly kind: 'park' }
  | { readonly kind: 'published'; readonly request: number; readonly checkpoint: PublishedCheckpoint }
  | { readonly kind: 'refused'; readonly request: number; readonly message: string };

/** From an evaluating process to the worker. */
export type FromProcess =
  /** The process has taken up the evaluation. */
  | { readonly kind: 'started' }
  | { readonly kind: 'pong'; readonly number: number }
  | { readonly kind: 'report'; readonly report: SentReport }
  | { readonly kind: 'checkpoint'; readonly request: number; readonly checkpoint: StagedCheckpoint }
  | { readonly kind: 'attribute'; readonly key: string; readonly value: Json }
  /** What a slice measured; numbers that are not finite by name. */
  | { readonly kind: 'values'; readonly values: Json }
  | { readonly kind: 'artifact'; readonly name: string; readonly hash: string }
  | { readonly kind: 'log'; readonly text: string }
  | { readonly kind: 'returned'; readonly value: Json }
  /** The evaluation could not be done here, for a reason that says nothing about the trial. */
  | { readonly kind: 'outage'; readonly reason: string }
  | { readonly kind: 'threw'; readonly error: ThrownError };

/** What an evaluation threw, in a form that travels. */
export interface ThrownError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** Failure class that the error names, if any. */
  readonly failureClass?: string;
}

/** Replaces what JSON cannot hold: numbers that are not finite by their names, `undefined` by null at the root. */
export function toSendable(value: unknown): Json {
  const text = JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'number' && !Number.isFinite(member)
      ? String(member)
      : typeof member === 'bigint'
        ? Number(member)
        : member,
  ) as string | undefined;
  return text === undefined ? null : (JSON.parse(text) as Json);
}

/**
 * Reads a JSON line as other languages write it: the bare words NaN, Infinity and -Infinity become strings.
 * Undefined when the line is no JSON.
 */
export function parseJsonLine(line: string): Json | undefined {
  try {
    return JSON.parse(line) as Json;
  } catch {
    if (!/NaN|Infinity/.test(line)) return undefined;
  }
  const quoted = line.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
  try {
    return JSON.parse(quoted) as Json;
  } catch {
    return undefined;
  }
}

/** Splits a stream into lines; a line longer than the limit is cut off, so that memory stays bounded. */
export class LineSplitter {
  private rest = '';

  constructor(
    private readonly line: (text: string) => void,
    private readonly limit = 64 * 1024 * 1024,
  ) {}

  /** Adds decoded text. */
  push(text: string): void {
    const lines = text.split('\n');
    const last = lines.pop() ?? '';
    for (const each of lines) {
      this.line(this.rest + each);
      this.rest = '';
    }
    if (this.rest.length < this.limit) this.rest += last.slice(0, this.limit - this.rest.length);
  }

  /** Delivers a last line without an end. */
  end(): void {
    if (this.rest !== '') this.line(this.rest);
    this.rest = '';
  }
}

/** Describes anything thrown. */
export function describeThrown(error: unknown): ThrownError {
  if (typeof error === 'object' && error !== null) {
    const { name, message, stack } = error as { name?: unknown; message?: unknown; stack?: unknown };
    const named = error as { failureClass?: unknown; class?: unknown };
    const failureClass = named.failureClass ?? named.class;
    const text = typeof message === 'string' ? message : textOf(error);
    return {
      name: typeof name === 'string' ? name : 'Error',
      message: text,
      stack: typeof stack === 'string' ? stack : text,
      ...(typeof failureClass === 'string' ? { failureClass } : {}),
    };
  }
  const text = textOf(error);
  return { name: 'Error', message: text, stack: text };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value, { depth: 2 });
}
