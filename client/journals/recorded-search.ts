import { answerLimits } from '../../searches/loop/index.js';
import type { AlgorithmView, BestTrial, SearchProgress } from '../../searches/loop/index.js';
import { ClientError } from '../errors/client-error.js';
import { JournalReader } from './journal-reader.js';
import { progressOf } from '../../searches/journal/index.js';
import type { JournalSummary } from '../../searches/journal/index.js';

const withoutServer = 'No server answers, so this is from the journal.';

/** A search as its journal tells it, for machines on which no server runs. Methods throw `ClientError`. */
export class RecordedSearch {
  private readonly reader: JournalReader;

  constructor(
    private readonly home: string,
    readonly id: string,
  ) {
    this.reader = new JournalReader(home);
  }

  /** Whether this home has a journal of the search. */
  async exists(): Promise<boolean> {
    return (await this.reader.read(this.id)) !== null;
  }

  /** All trials. */
  async journal(): Promise<JournalSummary> {
    const reading = await this.reader.read(this.id);
    if (reading !== null) return reading.summary;
    throw new ClientError('input', `There is no journal of a search "${this.id}" in ${this.home}.`);
  }

  /** Where the search stood when its journal was last written. */
  async progress(): Promise<SearchProgress> {
    const summary = await this.journal();
    const { closed } = summary;
    return closed === null
      ? progressOf(summary, 'running', withoutServer)
      : progressOf(summary, closed.phase, closed.reason);
  }

  /** The best trial, or the Pareto front. */
  async best(): Promise<readonly BestTrial[]> {
    return (await this.journal()).best;
  }

  /** What the algorithm has learned; null where it has nothing to tell. */
  async learned(): Promise<AlgorithmView | null> {
    return this.reader.learned(this.id, answerLimits);
  }
}
