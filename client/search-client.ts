import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { Client, Connection } from '@temporalio/client';
import {
  beyondEvaluators,
  type Budget,
  compareBudgets,
  type DefinedSearch,
  differences,
  type SearchDefinition,
} from '../searches/definition/index.js';
import { withSnapshotsOf } from '../searches/search-files/index.js';
import type { JournalRecord } from '../searches/loop/index.js';
import { ArtifactStore, duramenHome, FileBlobStore, JournalStore } from '../storage/index.js';
import {
  SEARCH_QUEUE,
  SEARCH_WORKFLOW,
  searchInstructions,
  workflowTaskTimeout,
} from '../workflows/messages/index.js';
import { ClientError } from './errors/client-error.js';
import { isRetrainingOption, refuseDifferent, withEvaluatorsOf } from './differing-definition.js';
import { summarise } from './journals/journal-summary.js';
import { type DefineOptions, loadSearchFile } from './search-file.js';
import { SearchHandle } from './search-handle.js';
import type { SearchState } from './search-workflow.js';
import { listSearches, type ListOptions, type SearchListing } from './search-listing.js';
import { findServer } from './server/server-address.js';
import type { ServerOptions } from './server/server-address.js';
import { searchInput, startedSearch, type StartChanges } from './started-search.js';
import { explain, noSuchSearch } from './errors/temporal-problem.js';

/** How to treat a search of the same name. */
export interface StartOptions {
  /** Start a search of its own, `name-2`, `name-3`, …, when there is one already. */
  readonly new?: boolean;
  /** Go on with the code that the search was started with, although the search file has changed. */
  readonly keep?: boolean;
  /** Go on with the changed code from the next trial on; recorded as an intervention. */
  readonly adopt?: boolean;
}

/** A search after `start`, and how `start` dealt with it. */
export interface StartedHandle {
  readonly handle: SearchHandle;
  readonly action: 'started' | 'attached' | 'extended' | 'finished' | 'resumed';
}

interface ExistingSearch {
  readonly definition: SearchDefinition;
  readonly budget: Budget;
  readonly state: SearchState;
}

const startMilliseconds = 20_000;
const messageBytes = 128 * 1024 * 1024;

/** Connects to the Temporal server (see `findServer`) and to the journals and artifacts of the home. */
export async function connect(options: ServerOptions = {}): Promise<SearchClient> {
  const home = options.home ?? duramenHome();
  const found = await findServer({ ...options, home });
  if (found.kind === 'none') {
    throw new ClientError(
      'unreachable',
      `No server: none runs for ${home} and TEMPORAL_ADDRESS is not set. Start one with "duramen server start", or use "duramen run".`,
    );
  }
  const target = found.kind === 'configured' ? found.connection : { address: found.address };
  const namespace = found.kind === 'configured' ? found.namespace : 'default';
  try {
    const connection = await Connection.connect({
      ...target,
      connectTimeout: '5s',
      channelArgs: { 'grpc.max_receive_message_length': messageBytes },
    });
    return new SearchClient(
      new Client({ connection, namespace }),
      connection,
      home,
      found.kind === 'embedded' ? found.uiAddress : null,
      target.address,
    );
  } catch (error) {
    throw new ClientError(
      'unreachable',
      `No server: nothing answers as a Temporal server at ${target.address}. Start it, or correct TEMPORAL_ADDRESS or --address.`,
      { cause: error },
    );
  }
}

/** Starts, finds and steers searches. Close it when done. */
export class SearchClient {
  private readonly journals: JournalStore<JournalRecord>;
  private readonly artifacts: ArtifactStore;

  constructor(
    readonly temporal: Client,
    private readonly connection: Connection,
    readonly home: string,
    private readonly uiAddress: string | null,
    /** host:port of the server. */
    readonly address: string,
  ) {
    const blobs = new FileBlobStore(home);
    this.journals = new JournalStore(blobs);
    this.artifacts = new ArtifactStore(blobs);
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  /** The search with this id, whether it is there or not. */
  handle(id: string): SearchHandle {
    return new SearchHandle({ temporal: this.temporal, journals: this.journals, home: this.home }, id);
  }

  /** Page of the search in the Temporal UI; null when the address of the UI is not known. */
  pageOf(id: string): string | null {
    if (this.uiAddress === null) return null;
    return `${this.uiAddress}/namespaces/${this.temporal.options.namespace}/workflows/${encodeURIComponent(id)}`;
  }

  /**
   * Starts a search, or finds the one of the same name: an equal definition attaches to it while it is open, resumes
   * it when it was cancelled or failed, and shows it when it is finished; a larger budget extends it; anything else is
   * refused with what differs.
   */
  async start(definition: SearchDefinition, options: StartOptions = {}): Promise<StartedHandle> {
    const existing = await this.existing(definition.name);
    if (existing === null) return this.begin(definition, {}, 'started');
    if (options.new === true) return this.begin(await this.renamed(definition), {}, 'started');
    const own = withSnapshotsOf(definition, existing.definition);
    const wanted = options.keep === true ? withEvaluatorsOf(own, existing.definition) : own;
    const different = differences(existing.definition, wanted);
    const adopted = options.adopt === true && beyondEvaluators(different).length === 0;
    if (different.length > 0 && !adopted) refuseDifferent(definition.name, different);
    const changes: StartChanges = different.length > 0 ? { adopt: true } : {};
    const budget = wanted.levels[0]?.budget ?? {};
    const comparison = compareBudgets(existing.budget, budget);
    if (comparison === 'smaller') {
      throw new ClientError(
        'input',
        `Search "${definition.name}" has the budget ${JSON.stringify(existing.budget)} and the file asks for less, ` +
          `${JSON.stringify(budget)}: a budget can only be raised; --new starts a search of its own.`,
      );
    }
    if (existing.state.kind === 'open') {
      if (different.length > 0) await this.handle(definition.name).adopt(wanted);
      return this.attach(existing, wanted, comparison === 'larger' ? budget : null);
    }
    if (comparison === 'larger') {
      return this.begin(wanted, { ...changes, extend: budget }, 'extended', existing.definition);
    }
    // Only another retraining starts a finished search again: other code has no trial left to evaluate.
    if (existing.state.phase === 'finished' && !different.some(isRetrainingOption))
      return { handle: this.handle(definition.name), action: 'finished' };
    return this.begin(wanted, changes, 'resumed', existing.definition);
  }

  /**
   * Stores the definition of a search file for workflow code, which runs it by `search(reference, …)`. An activity calls
   * this, because weights and tables that the file names are found at that moment. Throws `ClientError`.
   */
  async define(file: string, options: DefineOptions = {}): Promise<DefinedSearch> {
    const { definition } = await loadSearchFile(file, this.home, options);
    const hash = await this.artifacts.put(new TextEncoder().encode(JSON.stringify(definition)));
    return { kind: 'stored', hash, name: definition.name };
  }

  /** Takes the pause of an open search away, or goes on with one that was cancelled or failed. */
  async resume(id: string): Promise<SearchHandle> {
    const existing = await this.require(id);
    const handle = this.handle(id);
    if (existing.state.kind === 'open') {
      await handle.unpause();
      return handle;
    }
    if (existing.state.phase === 'finished') {
      throw new ClientError('input', `Search "${id}" is finished: "duramen extend ${id}" raises its budget.`);
    }
    return (await this.begin(existing.definition, {}, 'resumed')).handle;
  }

  /** Raises the budget of a search, open or closed; amounts that are absent stay as they are. */
  async extend(id: string, budget: Budget): Promise<SearchHandle> {
    const existing = await this.require(id);
    const comparison = compareBudgets(existing.budget, budget);
    // The journal of an open search lags, so only its workflow knows whether an equal budget raises it.
    if (comparison === 'smaller' || (comparison === 'equal' && existing.state.kind === 'closed')) {
      throw new ClientError(
        'input',
        `Search "${id}" has the budget ${JSON.stringify(existing.budget)}: ${JSON.stringify(budget)} does not raise it.`,
      );
    }
    if (existing.state.kind === 'open') {
      const handle = this.handle(id);
      await handle.extend(budget);
      return handle;
    }
    return (await this.begin(existing.definition, { extend: budget }, 'extended')).handle;
  }

  /** All searches that the server knows, the latest first; see `listSearches`. */
  async list(options: ListOptions = {}): Promise<readonly SearchListing[]> {
    return listSearches(this.temporal, options);
  }

  private async attach(
    existing: ExistingSearch,
    wanted: SearchDefinition,
    larger: Budget | null,
  ): Promise<StartedHandle> {
    const handle = this.handle(wanted.name);
    const concurrency = wanted.levels[0]?.concurrency;
    if (concurrency !== undefined && concurrency !== existing.definition.levels[0]?.concurrency) {
      await handle.setConcurrency(concurrency);
    }
    if (larger === null) return { handle, action: 'attached' };
    await handle.extend(larger);
    return { handle, action: 'extended' };
  }

  /** Starts the workflow. A closed search goes on under its first budget, which only `extend` raises. */
  private async begin(
    definition: SearchDefinition,
    changes: StartChanges,
    action: StartedHandle['action'],
    before?: SearchDefinition,
  ): Promise<StartedHandle> {
    const { name } = definition;
    await this.descendantsClosed(name);
    const first = before?.levels[0]?.budget;
    const levels = definition.levels.map((level, index) =>
      index === 0 && first !== undefined ? { ...level, budget: first } : level,
    );
    const input = await searchInput({ ...definition, levels }, this.artifacts, changes);
    try {
      await this.temporal.workflow.start(SEARCH_WORKFLOW, {
        workflowId: name,
        taskQueue: SEARCH_QUEUE,
        args: [input],
        // Also the longest stall after a kill of the worker.
        workflowTaskTimeout,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        staticSummary: `search ${name}: ${definition.levels.map((level) => level.name).join(' › ')}`,
        staticDetails: searchInstructions(name, true),
      });
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) {
        throw new ClientError(
          'input',
          `Search "${name}" was started by somebody else at this moment: "duramen show ${name}" tells more.`,
        );
      }
      throw explain(error, name);
    }
    return { handle: this.handle(name), action };
  }

  /** Waits until the searches inside it are closed: the new run would find one that still winds down under its id. */
  private async descendantsClosed(id: string): Promise<void> {
    const deadline = Date.now() + startMilliseconds;
    for (;;) {
      const open = await this.list({ inner: true, open: true, below: id });
      if (open.length === 0) return;
      if (Date.now() > deadline) {
        throw new ClientError(
          'input',
          `Inner search "${open[0]?.id ?? ''}" still runs: cancel it or wait, then try again.`,
        );
      }
      await delay(500);
    }
  }

  private async require(id: string): Promise<ExistingSearch> {
    if (id.includes('/')) {
      throw new ClientError(
        'input',
        `"${id}" is an inner search: its outer search "${id.split('/')[0] ?? ''}" directs it.`,
      );
    }
    const existing = await this.existing(id);
    if (existing === null) throw noSuchSearch(id);
    return existing;
  }

  /** The search under a name: from its workflow, or only from its journal when history was deleted. */
  private async existing(id: string): Promise<ExistingSearch | null> {
    const state = await this.handle(id).state();
    const summary = summarise((await this.journals.read(id)).map(({ record }) => record));
    if (summary !== null && summary.search !== id) {
      throw new ClientError(
        'input',
        `The journal under the name "${id}" is that of search "${summary.search}": move its folder back.`,
      );
    }
    if (state === null) {
      if (summary === null) return null;
      const { phase, reason } = summary.closed ?? { phase: 'cancelled', reason: 'its history was deleted' };
      return {
        definition: summary.definition,
        budget: summary.budget,
        state: { kind: 'closed', phase, message: reason },
      };
    }
    const started = await startedSearch(this.temporal, this.artifacts, id);
    if (summary === null) {
      const { definition, extend } = started;
      return { definition, budget: { ...definition.levels[0]?.budget, ...extend }, state };
    }
    // A run goes on from the journal, whatever the last start asked for; while the search is open, the journal lags.
    const extend = state.kind === 'open' ? started.extend : {};
    return { definition: summary.definition, budget: { ...summary.budget, ...extend }, state };
  }

  private async renamed(definition: SearchDefinition): Promise<SearchDefinition> {
    for (let count = 2; ; count++) {
      const name = `${definition.name}-${count}`;
      if ((await this.existing(name)) === null) return { ...definition, name };
    }
  }
}
