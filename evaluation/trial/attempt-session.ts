import { errorText } from '../../foundation/errors/index.js';
import type { Metric, Outcome } from '../../algorithms/contract/index.js';
import type { Json } from '../../foundation/json/index.js';
import { EvaluationError } from '../../searches/search-files/index.js';
import {
  type PublishedCheckpoint,
  stageCheckpoint,
  type StagedCheckpoint,
  type StoredTrial,
  SupersededError,
} from '../../storage/index.js';
import type { SentReport, SentTrial } from '../processes/process-messages.js';
import { TrialAttributes } from './trial-attributes.js';
import { TrialLog } from './trial-log.js';
import { failure } from './trial-outcome.js';
import { TrialReports } from './trial-reports.js';

/** What a checkpoint carries besides its content, so that the next attempt knows the reports and attributes of this one. */
export interface CheckpointNotes {
  readonly reports: readonly SentReport[];
  readonly attributes: Readonly<Record<string, Json>>;
  readonly artifacts: Readonly<Record<string, string>>;
  /** Kinds of machine that contributed. */
  readonly hosts: readonly string[];
}

/** Notes for an attempt that starts without a checkpoint of its own trial. */
export const noNotes: CheckpointNotes = { reports: [], attributes: {}, artifacts: {}, hosts: [] };

/** Everything the worker learns of a trial while an attempt runs, whatever language the process speaks. */
export class AttemptSession {
  readonly reports: TrialReports;
  readonly attributes: TrialAttributes;
  readonly artifacts: Record<string, string>;
  readonly log = new TrialLog();
  /** What a slice handed back beside its metrics; undefined while that is nothing. */
  values: Json | undefined;
  /** The latest checkpoint to go on from. */
  checkpoint: PublishedCheckpoint | null;
  /** An outcome decided while the evaluation runs; what the evaluation returns afterwards does not change it. */
  verdict: Outcome | null = null;
  superseded: SupersededError | null = null;
  /** Rises with every sign of life. */
  signs = 0;
  /** Whether `checkpoint` is one of this trial, and not of the one that it continues. */
  hasOwnCheckpoint: boolean;
  private publications: Promise<unknown> = Promise.resolve();
  private readonly startedFrom: string | null;

  constructor(
    readonly trial: SentTrial,
    readonly declared: readonly Metric[],
    private readonly stored: StoredTrial,
    notes: CheckpointNotes,
    readonly hosts: readonly string[],
  ) {
    this.reports = new TrialReports(trial.metrics, trial.gate, trial.until);
    for (const { step, metrics } of notes.reports) this.reports.add(step, metrics);
    this.attributes = new TrialAttributes(notes.attributes);
    this.artifacts = { ...notes.artifacts };
    this.checkpoint = trial.checkpoint;
    this.hasOwnCheckpoint = trial.checkpoint !== null && trial.savedBy === trial.index;
    this.startedFrom = trial.checkpoint?.name ?? null;
  }

  /** Adds a report; one that ends the trial leaves a verdict. */
  report(step: unknown, metrics: unknown): void {
    try {
      const steps = typeof step === 'number' ? step : Number.NaN;
      this.reports.add(steps, (metrics ?? {}) as Readonly<Record<string, unknown>>);
    } catch (error) {
      this.refuse(error);
    }
  }

  /** Sets an attribute; one that is too large is the evaluation's bug. */
  attribute(key: string, value: Json): void {
    try {
      this.attributes.set(key, value);
    } catch (error) {
      this.refuse(error);
    }
  }

  /** Copies what a command points at and publishes it, after all that it asked before. */
  async stageAndPublish(path: string, step: number): Promise<PublishedCheckpoint> {
    return this.inTurn(async () =>
      this.publishNow(await stageCheckpoint(this.trial.workFolder, { folder: path }, step)),
    );
  }

  /** Publishes what an evaluating process has written, after all that it asked before. */
  async publish(checkpoint: StagedCheckpoint): Promise<PublishedCheckpoint> {
    return this.inTurn(async () => this.publishNow(checkpoint));
  }

  /** Resolves when everything asked for so far is published or refused. */
  async settled(): Promise<void> {
    await this.publications;
  }

  /** Does work with files after all that was asked before. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.publications.then(work);
    this.publications = done.catch(() => undefined);
    return done;
  }

  /** Notes an error of the evaluation that ends the trial. */
  refuse(error: unknown): void {
    const message = errorText(error);
    this.verdict ??= failure(error instanceof EvaluationError ? error.failureClass : 'Bug', message);
  }

  private async publishNow(checkpoint: StagedCheckpoint): Promise<PublishedCheckpoint> {
    const notes: CheckpointNotes = {
      reports: this.reports.list(),
      attributes: this.attributes.all(),
      artifacts: this.artifacts,
      hosts: this.hosts,
    };
    try {
      const published = await this.stored.publishCheckpoint(
        this.trial.attempt,
        checkpoint,
        { ...notes, reports: notes.reports.map(({ step, metrics }) => ({ step, metrics })) },
        this.startedFrom,
      );
      this.checkpoint = published;
      this.hasOwnCheckpoint = true;
      this.signs++;
      return published;
    } catch (error) {
      if (error instanceof SupersededError) this.superseded ??= error;
      throw error;
    }
  }
}
