import { setImmediate } from 'node:timers/promises';
import { Context, log } from '@temporalio/activity';
import { decodeState, encodeState, type UpdateRequest, type UpdateResult } from '../algorithms/index.js';
import type { AlgorithmPrograms } from '../evaluation/programs/index.js';
import { loadSetting, notVouchedFor, type SearchSetting, storeSetting } from '../evaluation/index.js';
import { version } from '../foundation/index.js';
import { canonicalJson, isPlainObject } from '../foundation/json/index.js';
import {
  algorithmUpdates,
  beyondEvaluators,
  checkDefinition,
  type ComputeUpdate,
  type DefinitionReference,
  differences,
  type JournalRecord,
  obsoleteCheckpoints,
  plainJson,
  planSearch,
  rebuildFromSnapshot,
  type SearchContext,
  type SearchDefinition,
  type SearchLoop,
  type SearchPlan,
  type SearchResult,
  stateLimit,
  stateTooLarge,
} from '../searches/index.js';
import {
  type AppendResult,
  type ArtifactStore,
  type ChainedRecord,
  emptyJournal,
  type JournalPosition,
  type JournalStore,
  type SearchResultStore,
  type TrialStore,
  type VouchedDefinitions,
} from '../storage/index.js';
import { badInput, refusingBadInput } from './bad-input.js';
import { withHeartbeats } from './heartbeats.js';
import { writesOfHistory } from './journal-history.js';

/** Arguments of the activity `openSearch`. */
export interface OpenSearchInput {
  readonly search: string;
  readonly definition: DefinitionReference;
  readonly level: number;
  readonly context: SearchContext;
  /** Names the writer: `openSearch` gives the same token the same epoch. */
  readonly token: string;
  /** The definition may differ from the journal's in its evaluator, and the search goes on under it. */
  readonly adopt: boolean;
  /** Id of the store that the search belongs to; absent: of none, and every worker may serve it. */
  readonly store?: string;
  /** The caller keeps its state and position; the new epoch supersedes all records after them. */
  readonly supersede: boolean;
  /** Id of the workflow that started the search as its child; absent: a client started it. */
  readonly parent?: string;
}

/** Answer of `openSearch`. */
export type OpenedSearch =
  | {
      readonly kind: 'opened';
      readonly epoch: number;
      readonly position: JournalPosition;
      /** Hash of the `SearchSetting`. */
      readonly address: string;
      /** The definition in force: that of the journal, where there is one. */
      readonly definition: SearchDefinition;
      /** The state after the journal's last record; null for a search that starts. */
      readonly state: Uint8Array | null;
      /** Whether the cluster knows Duramen's search attributes. */
      readonly searchAttributes: boolean;
      /** Changes that the input's definition makes to the one in force; null where it makes none. */
      readonly wanted: { readonly adopt: SearchDefinition | null; readonly concurrency: number | null };
      /** The input names a definition that another one has replaced; absent: it names the one in force. */
      readonly replaced?: true;
    }
  /** The result of an equal inner search, found under its content key. */
  | { readonly kind: 'reused'; readonly result: SearchResult };

/** Arguments of the activity `appendJournal`; the state for a snapshot is a second argument, bytes. */
export interface AppendJournalInput {
  readonly search: string;
  readonly epoch: number;
  readonly position: JournalPosition;
  readonly records: readonly JournalRecord[];
  readonly store?: string;
  /** Trials whose checkpoints go once these records are written: no later trial needs them. */
  readonly obsolete?: readonly number[];
}

/** Arguments of the activity `updateAlgorithm`; the update's request is a second argument, bytes. */
export interface UpdateAlgorithmInput {
  readonly search: string;
  readonly store?: string;
  readonly address: string;
}

/** The activities that keep the decisions of a search; only the search workflow calls them. */
export interface JournalActivities {
  /** Opens or finds the journal; the answer is an encoded `OpenedSearch`. */
  openSearch(input: OpenSearchInput): Promise<Uint8Array>;
  appendJournal(input: AppendJournalInput, snapshot?: Uint8Array): Promise<AppendResult>;
  /** Stores a definition under which the search goes on; answers the hash of its setting. */
  storeAddress(setting: SearchSetting): Promise<string>;
  publishResult(contentKey: string, result: SearchResult): Promise<void>;
  /** Computes an update of the algorithm; request and answer are encoded. */
  updateAlgorithm(input: UpdateAlgorithmInput, request: Uint8Array): Promise<Uint8Array>;
}

/** The stores of the journal activities, and the search attributes. */
export interface JournalActivitiesOptions {
  readonly artifacts: ArtifactStore;
  readonly journals: JournalStore<JournalRecord>;
  readonly results: SearchResultStore<SearchResult>;
  readonly trials: TrialStore;
  /** Asks the programs of users' algorithms. */
  readonly programs: Pick<AlgorithmPrograms, 'update'>;
  /** The definitions that may be carried out. */
  readonly vouched: VouchedDefinitions;
  /** Registers the search attributes where that is permitted, and tells whether they can be used. */
  readonly ensureSearchAttributes: () => Promise<boolean>;
}

/** Makes the journal activities of a worker. */
export function createJournalActivities(options: JournalActivitiesOptions): JournalActivities {
  const keeper = new JournalKeeper(options);
  return {
    openSearch: (input) => keeper.openSearch(input),
    appendJournal: (input, snapshot) => keeper.appendJournal(input, snapshot),
    storeAddress: (setting) => keeper.storeAddress(setting),
    publishResult: (contentKey, result) => keeper.publishResult(contentKey, result),
    updateAlgorithm: (input, request) => keeper.updateAlgorithm(input, request),
  };
}

/** The name of the workflow type of every search, as `workflows/messages` defines it, which this room may not import. */
const searchWorkflowType = 'search';

type OpenedJournal = Extract<OpenedSearch, { kind: 'opened' }>;

/** Keeps the journals of searches in a worker. */
class JournalKeeper implements JournalActivities {
  private readonly artifacts: ArtifactStore;
  private readonly journals: JournalStore<JournalRecord>;
  private readonly results: SearchResultStore<SearchResult>;
  private readonly vouched: VouchedDefinitions;
  private readonly updates: ComputeUpdate;
  private searchAttributes: Promise<boolean> | undefined;

  constructor(private readonly options: JournalActivitiesOptions) {
    ({ artifacts: this.artifacts, journals: this.journals, results: this.results } = options);
    this.vouched = options.vouched;
    this.updates = algorithmUpdates(options.artifacts);
  }

  async openSearch(input: OpenSearchInput): Promise<Uint8Array> {
    const opening = refusingBadInput(async () => {
      const definition = await this.definitionOf(input);
      const plan = planSearch(input.search, definition, input.level, input.context);
      const result = await this.reusableResult(plan);
      return encodeOpened(
        result === null
          ? await this.open(input, plan)
          : { kind: 'reused', result: { ...result, search: input.search, reused: true } },
      );
    });
    return withHeartbeats(opening);
  }

  async appendJournal(
    { search, epoch, position, records, obsolete = [] }: AppendJournalInput,
    snapshot?: Uint8Array,
  ): Promise<AppendResult> {
    // A client that resumes a search takes the definition in its journal for one of this home.
    for (const record of records) {
      const definition = definitionIn(record);
      if (definition !== null) await this.refuseUnlessVouched(search, definition);
    }
    if (!(await this.journals.holds(search, position)))
      await withHeartbeats(this.restoreJournal(search, epoch, position));
    const appended = await this.journals.append(search, epoch, position, records);
    if (appended.kind === 'written' && snapshot !== undefined) {
      await this.journals.putSnapshot(search, epoch, appended.position, snapshot);
    }
    // Large checkpoints take longer to remove than the server waits for a sign of life.
    if (appended.kind === 'written' && obsolete.length > 0)
      await withHeartbeats(this.options.trials.removeCheckpoints(search, obsolete));
    return appended;
  }

  /** Writes a journal again that was deleted or cut while its search is open: the history holds all of it. */
  private async restoreJournal(search: string, epoch: number, position: JournalPosition): Promise<void> {
    log.warn(`The journal of "${search}" was deleted or cut: it is written again from the history.`);
    await this.journals.restore(search, await writesOfHistory(Context.current().client, search));
    if (await this.journals.holds(search, position)) return;
    // Another run of the search may have replaced the record; then the append finds a later epoch.
    const { kind } = await this.journals.append(search, epoch, position, []);
    if (kind === 'behind') return;
    throw new Error(
      `The journal of "${search}" was deleted or cut before record ${position.records}, and the server's histories ` +
        'of the search do not hold what is missing: restore its folder from a backup.',
    );
  }

  async storeAddress(setting: SearchSetting): Promise<string> {
    await this.refuseUnlessVouched(setting.definition.name, setting.definition);
    return storeSetting(this.artifacts, setting);
  }

  async publishResult(contentKey: string, result: SearchResult): Promise<void> {
    await this.results.put(contentKey, result);
  }

  async updateAlgorithm({ search, address }: UpdateAlgorithmInput, request: Uint8Array): Promise<Uint8Array> {
    const updating = refusingBadInput(async () => {
      const { definition, level, context } = await loadSetting(this.artifacts, address);
      const plan = planSearch(search, definition, level, context);
      const wanted = decodeRequest(search, request);
      const { bulk, output } =
        plan.algorithm.program === undefined
          ? await this.computeUpdate(plan, wanted)
          : await this.askProgram(plan, wanted);
      return encodeState({ bulk, output });
    });
    return withHeartbeats(updating);
  }

  /** Computes an update; a bulk before it that cannot be read is made anew. */
  private async computeUpdate(plan: SearchPlan, request: UpdateRequest): Promise<UpdateResult> {
    const { bulk } = request;
    try {
      return await this.updates(plan, request);
    } catch (error) {
      if (bulk === null || (await this.isReadable(bulk))) throw error;
      await this.rebuildBulk(plan, bulk);
      return this.updates(plan, request);
    }
  }

  private async isReadable(artifact: string): Promise<boolean> {
    return this.artifacts.get(artifact).then(
      () => true,
      () => false,
    );
  }

  /** Computes a bulk that cannot be read again, update by update, by the journal; stores those before it, too. */
  private async rebuildBulk(plan: SearchPlan, bulk: string): Promise<void> {
    const { search } = plan;
    log.warn(`The state of the algorithm of "${search}" cannot be read (artifact ${bulk}): it is made anew.`);
    const journal = await this.journals.read(search);
    const own = journalPlan(plan, journal[0]?.record);
    await rebuildFromSnapshot(own, journal, null, this.updates, () => setImmediate());
    if (await this.isReadable(bulk)) return;
    throw new Error(
      `The state of the algorithm of "${search}" (artifact ${bulk}) cannot be read, and its journal of ` +
        `${journal.length} records does not lead to it: restore it from a backup of DURAMEN_HOME.`,
    );
  }

  private async askProgram(plan: SearchPlan, request: UpdateRequest): Promise<UpdateResult> {
    const { cancellationSignal, cancelled } = Context.current();
    try {
      return await this.options.programs.update(plan, request, cancellationSignal);
    } catch (error) {
      if (cancellationSignal.aborted) await cancelled;
      throw error;
    }
  }

  /** The definition of the input; refuses one for which neither this home nor the run of a parent vouches. */
  private async definitionOf(input: OpenSearchInput): Promise<SearchDefinition> {
    const { definition: reference, search } = input;
    const given: unknown =
      reference.kind === 'inline'
        ? reference.definition
        : JSON.parse(new TextDecoder().decode(await this.artifacts.get(reference.hash)));
    const definition = checkDefinition(given);
    if (await this.vouched.has(definition)) return definition;
    const isVouched = isStartedByParent(input) || (isPlainObject(given) && (await this.vouched.has(given)));
    if (!isVouched) throw badInput(notVouchedFor(search));
    // The check may have left out or added members, and evaluations are given what it returned.
    await this.vouched.vouch(definition);
    return definition;
  }

  private async refuseUnlessVouched(search: string, definition: object): Promise<void> {
    if (!(await this.vouched.has(definition))) throw badInput(notVouchedFor(search));
  }

  /** The result of an equal inner search, which the search of this plan need not find again; null where it has to. */
  private async reusableResult({ search, levelIndex, contentKey }: SearchPlan): Promise<SearchResult | null> {
    if (levelIndex === 0 || contentKey === null) return null;
    // A search that has a journal goes on with it: its run reads the tail, and must not get another search's answer.
    if (await this.journals.exists(search)) return null;
    return this.results.get(contentKey);
  }

  /** Opens an epoch for a search and finds its state; `wanted` is its plan under the definition of the input. */
  private async open(input: OpenSearchInput, wanted: SearchPlan): Promise<OpenedJournal> {
    const { search, level } = input;
    const { definition, context } = wanted;
    this.searchAttributes ??= this.options.ensureSearchAttributes();
    const epoch = await this.journals.openEpoch(search, input.token);
    const journal = await this.journals.read(search);
    const last = journal.at(-1);
    let position: JournalPosition;
    let current = definition;
    let state: Uint8Array | null = null;
    let changes: OpenedJournal['wanted'] = { adopt: null, concurrency: null };
    let replaced = false;
    if (last === undefined) {
      position = await this.begin(epoch, { kind: 'opened', search, definition, level, context, version });
    } else {
      position = { records: journal.length, hash: last.hash };
      if (!input.supersede) {
        const loop = await this.restore(input, wanted, journal);
        current = loop.plan.definition;
        replaced = !input.adopt && wasReplaced(current, definition, journal);
        if (!replaced) changes = wantedChanges(current, definition, level);
        if (journal.length > 1) state = encodeLoop(loop);
        // A search that was ended between a record and the removal that follows from it has left checkpoints.
        if (loop.plan.algorithm.slices)
          await this.options.trials.removeCheckpoints(search, obsoleteOf(loop, journal));
      }
    }
    const address = await storeSetting(this.artifacts, { definition: current, level, context });
    return {
      kind: 'opened',
      epoch,
      position,
      address,
      definition: current,
      state,
      searchAttributes: await this.searchAttributes,
      wanted: changes,
      ...(replaced ? { replaced } : {}),
    };
  }

  /** Writes the first record of a journal. */
  private async begin(
    epoch: number,
    opened: Extract<JournalRecord, { kind: 'opened' }>,
  ): Promise<JournalPosition> {
    const appended = await this.journals.append(opened.search, epoch, emptyJournal, [opened]);
    if (appended.kind === 'behind')
      throw new Error(`Another run of "${opened.search}" opened its journal first.`);
    return appended.position;
  }

  /** Rebuilds a search from its journal; refuses the journal of another search or definition. */
  private async restore(
    { search, adopt }: OpenSearchInput,
    wanted: SearchPlan,
    journal: readonly ChainedRecord<JournalRecord>[],
  ): Promise<SearchLoop> {
    const plan = journalPlan(wanted, journal[0]?.record);
    const snapshot = await this.journals.snapshot(search);
    // The pauses let the worker go on polling and sending heartbeats.
    const loop = await rebuildFromSnapshot(plan, journal, snapshot, this.updates, () => setImmediate());
    const { definition } = loop.plan;
    const found = differences(definition, wanted.definition);
    const goesOn = adopt || wasReplaced(definition, wanted.definition, journal);
    const unexpected = goesOn ? beyondEvaluators(found) : found;
    if (unexpected.length > 0) {
      throw badInput(
        `The journal of "${search}" belongs to another definition, which differs in ${unexpected.join(', ')}: ` +
          'start the search under another name (--new).',
      );
    }
    return loop;
  }
}

/**
 * Whether the run of a parent vouches for a definition: searches inside others, and those that workflow code starts.
 * The server tells which workflow asks, so a call of the activity that no search makes vouches for nothing.
 */
function isStartedByParent({ search, parent }: OpenSearchInput): boolean {
  const { workflowExecution, workflowType } = Context.current().info;
  return (
    parent !== undefined && workflowType === searchWorkflowType && workflowExecution?.workflowId === search
  );
}

function definitionIn(record: JournalRecord): SearchDefinition | null {
  if (record.kind === 'opened') return record.definition;
  return record.kind === 'intervention' && record.intervention.kind === 'adopt'
    ? record.intervention.definition
    : null;
}

/** The plan of the search that a journal belongs to; refuses a journal of another search, level or context. */
function journalPlan(
  { search, levelIndex, context }: SearchPlan,
  opened: JournalRecord | undefined,
): SearchPlan {
  if (opened?.kind !== 'opened') {
    throw badInput(`The journal of "${search}" does not start with its definition; it cannot be continued.`);
  }
  if (opened.search !== search) {
    throw badInput(
      `The journal under the name "${search}" is that of search "${opened.search}": move its folder back.`,
    );
  }
  const plan = planSearch(search, opened.definition, opened.level, opened.context);
  const sameContext = canonicalJson(plainJson(plan.context)) === canonicalJson(plainJson(context));
  if (opened.level !== levelIndex || !sameContext) {
    throw badInput(
      `The journal of "${search}" belongs to a search under other outer parameters; start it under another name.`,
    );
  }
  return plan;
}

/**
 * Whether a definition was in force before an intervention replaced it: a run that was reset to its beginning has the
 * input of the first start, and goes on under the definition that the search has adopted since.
 */
function wasReplaced(
  current: SearchDefinition,
  wanted: SearchDefinition,
  journal: readonly ChainedRecord<JournalRecord>[],
): boolean {
  if (differences(current, wanted).length === 0) return false;
  return journal.some(({ record }) => {
    const earlier =
      record.kind === 'opened'
        ? record.definition
        : record.kind === 'intervention' && record.intervention.kind === 'adopt'
          ? record.intervention.definition
          : null;
    return earlier !== null && differences(earlier, wanted).length === 0;
  });
}

/** The changes that a definition makes to the one in force, both of the same search. */
function wantedChanges(
  current: SearchDefinition,
  wanted: SearchDefinition,
  level: number,
): OpenedJournal['wanted'] {
  const concurrency = wanted.levels[level]?.concurrency ?? null;
  return {
    adopt: differences(current, wanted).length > 0 ? wanted : null,
    concurrency: concurrency === current.levels[level]?.concurrency ? null : concurrency,
  };
}

function obsoleteOf(
  { plan, state }: SearchLoop,
  journal: readonly ChainedRecord<JournalRecord>[],
): readonly number[] {
  const records = journal.map(({ record }) => record);
  return obsoleteCheckpoints(plan, records, state.recorded);
}

function encodeLoop(loop: SearchLoop): Uint8Array {
  const state = loop.encode();
  if (state.length > stateLimit) throw badInput(stateTooLarge(loop, state.length));
  return state;
}

function encodeOpened(opened: OpenedSearch): Uint8Array {
  if (opened.kind === 'reused') return encodeState({ opened: JSON.stringify(opened), state: null });
  const { state, ...rest } = opened;
  return encodeState({ opened: JSON.stringify(rest), state });
}

function decodeRequest(search: string, bytes: Uint8Array): UpdateRequest {
  const value = decodeState(bytes);
  if (typeof value !== 'object' || value === null || !('bulk' in value) || !('input' in value)) {
    throw badInput(`The update of "${search}" has no request.`);
  }
  const { bulk, input = null } = value;
  return { bulk: typeof bulk === 'string' ? bulk : null, input };
}
