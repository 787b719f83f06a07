import { condition } from '@temporalio/workflow';
import { asError, unreachable } from '../foundation/errors/index.js';
import type { RetrainingProgress } from '../searches/index.js';
import {
  RetrainingRun,
  type RetrainingEnd,
  type RetrainingSetting,
  type RetrainingSubject,
} from './retraining-run.js';

/** What the stage asks of its search, and reports to it. */
export interface StageSetting extends RetrainingSetting {
  /** Brings all outcomes that count into the journal; answers null when the search goes on or is paused meanwhile. */
  readonly prepare: () => Promise<RetrainingSubject | null>;
  /** The search has entered or left the stage. */
  readonly moved: () => void;
}

/** How a stage ended that ends its search. */
export type StageOutcome = Extract<RetrainingEnd, { readonly kind: 'finished' | 'failed' }>;

/** The stage after the budget of a search is spent, in which its full retraining runs. */
export class RetrainingStage {
  private retraining: RetrainingRun | null = null;

  constructor(private readonly setting: StageSetting) {}

  /** The search is in this stage: its retraining runs, or has ended and the search has not gone on since. */
  get isOpen(): boolean {
    return this.retraining !== null;
  }

  /** Whether a retraining is under way. */
  get isTraining(): boolean {
    return this.retraining !== null && this.retraining.end === null;
  }

  /** The outcome of the retraining; null while there is none. Begins the retraining unless the search is paused. */
  async outcome(): Promise<StageOutcome | null> {
    if (this.retraining === null) {
      if (!this.setting.paused()) await this.begin();
      return null;
    }
    const { end } = this.retraining;
    switch (end?.kind) {
      case undefined:
        return null;
      case 'finished':
      case 'failed':
        return end;
      case 'crashed':
        throw asError(end.error);
      case 'left':
        // The search adopted another definition: begin the retraining anew, which finds the finished trainings again.
        await this.leave();
        this.setting.noticed();
        return null;
      default:
        return unreachable(end, 'end of a retraining');
    }
  }

  /** Ends the retraining, waits for its end and leaves the stage. */
  async leave(): Promise<void> {
    this.cancel();
    await condition(() => !this.isTraining);
    this.retraining = null;
    this.setting.moved();
  }

  /** Asks the retraining to end. */
  cancel(): void {
    this.retraining?.cancel();
  }

  /** Looks again at the pause and at the number of trainings at the same time. */
  settingChanged(): void {
    this.retraining?.settingChanged();
  }

  /** How far the retraining is; null before it begins. */
  progress(): RetrainingProgress | null {
    return this.retraining?.progress() ?? null;
  }

  private async begin(): Promise<void> {
    const subject = await this.setting.prepare();
    if (subject === null) {
      this.setting.noticed();
      return;
    }
    this.retraining = new RetrainingRun(subject, this.setting);
    this.setting.moved();
  }
}
