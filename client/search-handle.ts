import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { QueryDefinition } from '@temporalio/common';
import type { Budget, SearchDefinition } from '../searches/definition/index.js';
import type { JournalRecord } from '../searches/loop/index.js';
import {
  type AlgorithmView,
  answerLimits,
  type BestTrial,
  type SearchPhase,
  type SearchProgress,
  type SearchResult,
  type TrialsView,
} from '../searches/loop/index.js';
import {
  ArtifactStore,
  type ChainedRecord,
  FileBlobStore,
  type JournalStore,
  VouchedDefinitions,
} from '../storage/index.js';
import {
  adoptUpdate,
  algorithmQuery,
  bestQuery,
  cancelTrialUpdate,
  type EnqueuedPoint,
  enqueueUpdate,
  extendUpdate,
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  setConcurrencyUpdate,
  trialsQuery,
} from '../workflows/messages/index.js';
import { ClientError } from './errors/client-error.js';
import { progressOf, summarise } from '../searches/journal/index.js';
import type { JournalSummary, JournalTrial } from '../searches/journal/index.js';
import { learnedOf } from './journals/learned.js';
import { JournalVerifier } from './journals/journal-verifier.js';
import type { Verification } from './journals/journal-verifier.js';
import { explain, isNoWorker, noSuchSearch } from './errors/temporal-problem.js';
import { type SearchState, SearchWorkflow } from './search-workflow.js';

/** What a handle needs of its client. */
export interface SearchAccess {
  readonly temporal: Client;
  readonly journals: JournalStore<JournalRecord>;
  /** Folder of the journals and artifacts. */
  readonly home: string;
}

const lastTrials = 20;
const followMilliseconds = 500;

/** One search of a Temporal server, by its id. Every method that fails throws `ClientError` with one sentence. */
export class SearchHandle {
  private readonly workflow: SearchWorkflow;

  constructor(
    private readonly access: SearchAccess,
    /** Id of the search and of its workflow, such as `co-design` or `co-design/3/architecture`. */
    readonly id: string,
  ) {
    this.workflow = new SearchWorkflow(access.temporal, id);
  }

  /** Whether the search is open; null when the server knows no workflow of this id. */
  async state(): Promise<SearchState | null> {
    return this.workflow.state();
  }

  /** Where the search stands: from its workflow, or from its journal when it is closed or no worker answers. */
  async progress(): Promise<SearchProgress> {
    return this.ask(progressQuery, (summary, phase, message) => progressOf(summary, phase, message));
  }

  /** The best trial, or up to 200 points of the Pareto front. */
  async best(): Promise<readonly BestTrial[]> {
    return this.ask(bestQuery, ({ best }) => best);
  }

  /** What runs and the last 20 outcomes; see `journal` for all trials. */
  async trials(): Promise<TrialsView> {
    return this.ask(trialsQuery, ({ trials }) => ({
      running: [],
      last: trials.flatMap(withOutcome).slice(-lastTrials),
    }));
  }

  /** What the algorithm has learned so far; null where it has nothing to tell. */
  async learned(): Promise<AlgorithmView | null> {
    const { journals, home } = this.access;
    return this.ask(algorithmQuery, () =>
      learnedOf(journals, new ArtifactStore(new FileBlobStore(home)), this.id, answerLimits),
    );
  }

  /** All trials, from the journal, which lags behind an open search by about two seconds. */
  async journal(): Promise<JournalSummary> {
    const summary = summarise(await this.records(0));
    if (summary !== null) return summary;
    const state = await this.state();
    if (state === null) throw noSuchSearch(this.id);
    if (state.kind === 'closed') {
      throw new ClientError(
        'input',
        `Search "${this.id}" ended (${state.phase}${state.message === null ? '' : `: ${state.message}`}) before it had a journal in ${this.access.home}: use the home that it was run with, or run it again.`,
      );
    }
    throw new ClientError(
      'input',
      `The journal of search "${this.id}" is still empty: try again in some seconds.`,
    );
  }

  /** Takes all decisions again from the journal and compares them; needs no server. See `JournalVerifier`. */
  async verify(options: { readonly inner?: boolean } = {}): Promise<Verification> {
    return new JournalVerifier(this.access.home).verify(this.id, options);
  }

  /** Starts nothing new in the whole tree of searches; trainings park at a checkpoint. */
  async pause(): Promise<SearchProgress> {
    return this.workflow.update(pauseUpdate, []);
  }

  /** Takes the pause of an open search away. For closed ones see `SearchClient.resume`. */
  async unpause(): Promise<SearchProgress> {
    return this.workflow.update(resumeUpdate, []);
  }

  /** Raises the budget of an open search; amounts that are absent stay. For closed ones see `SearchClient.extend`. */
  async extend(budget: Budget): Promise<SearchProgress> {
    return this.workflow.update(extendUpdate, [budget]);
  }

  async setConcurrency(concurrency: number): Promise<SearchProgress> {
    return this.workflow.update(setConcurrencyUpdate, [concurrency]);
  }

  /** Goes on with another bundle of the search file from the next started trial on. */
  async adopt(definition: SearchDefinition): Promise<SearchProgress> {
    await new VouchedDefinitions(new FileBlobStore(this.access.home)).vouch(definition);
    return this.workflow.update(adoptUpdate, [definition]);
  }

  /** Gives a point to try next; answers the index that it gets. */
  async enqueue(point: EnqueuedPoint): Promise<{ readonly index: number | null }> {
    return this.workflow.update(enqueueUpdate, [point]);
  }

  async cancelTrial(index: number): Promise<SearchProgress> {
    return this.workflow.update(cancelTrialUpdate, [index]);
  }

  /** Asks the search to end as cancelled; its state is kept and `resume` goes on from it. */
  async cancel(): Promise<void> {
    const state = await this.state();
    if (state === null) throw noSuchSearch(this.id);
    if (state.kind === 'closed') {
      throw new ClientError('input', `Search "${this.id}" has ended already (${state.phase}).`);
    }
    if (!state.pausedByServer && (await this.workflow.isBeingCancelled())) {
      throw new ClientError('input', `Search "${this.id}" is being cancelled already.`);
    }
    await this.workflow.cancel(state);
  }

  /** Waits until the search ends by itself; throws when it fails or is cancelled. */
  async result(): Promise<SearchResult> {
    try {
      return await this.workflow.result();
    } catch (error) {
      const state = await this.state();
      if (state?.kind === 'closed' && state.phase === 'cancelled') {
        throw new ClientError(
          'cancelled',
          `Search "${this.id}" was cancelled: "duramen resume ${this.id}" goes on.`,
        );
      }
      if (state?.kind === 'closed' && state.phase === 'failed') {
        throw new ClientError(
          'stopped',
          `Search "${this.id}" stopped: ${state.message ?? 'it gave no reason'}`,
          { cause: error },
        );
      }
      throw explain(error, this.id);
    }
  }

  /** All records of the journal from a number on, then each as it is written, until the search is closed. */
  async *follow(from = 0): AsyncGenerator<ChainedRecord<JournalRecord>> {
    for (let next = from; ;) {
      const open = (await this.state())?.kind === 'open';
      const records = await this.access.journals.read(this.id, next);
      yield* records;
      next = (records.at(-1)?.number ?? next - 1) + 1;
      if (!open) return;
      await delay(followMilliseconds);
    }
  }

  /** Asks the workflow while it can answer, else reads the journal. */
  private async ask<T>(
    query: QueryDefinition<T>,
    read: (summary: JournalSummary, phase: SearchPhase, message: string | null) => T | Promise<T>,
  ): Promise<T> {
    const state = await this.state();
    if (state === null) {
      const summary = await this.journal();
      return read(summary, summary.closed?.phase ?? 'cancelled', summary.closed?.reason ?? null);
    }
    if (state.kind === 'closed') return read(await this.journal(), state.phase, state.message);
    if (state.pausedByServer) return read(await this.journal(), 'paused', 'It is paused by the server.');
    try {
      return await this.workflow.query(query);
    } catch (error) {
      const explained = explain(error, this.id);
      if (!isNoWorker(explained)) throw explained;
      return read(await this.journal(), 'running', 'No worker answers, so this is from the journal.');
    }
  }

  private async records(from: number): Promise<readonly JournalRecord[]> {
    return (await this.access.journals.read(this.id, from)).map(({ record }) => record);
  }
}

function withOutcome({ index, parameters, outcome }: JournalTrial): TrialsView['last'] {
  return outcome === null ? [] : [{ index, parameters, outcome }];
}
