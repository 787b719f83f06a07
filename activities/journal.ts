import { setImmediate } from 'node:timers/promises';
import { AlgorithmError, decodeState, encodeState } from '../algorithms/index.js';
import { canonicalJson } from '../foundation/json/index.js';
import {
  adopted,
  beyondEvaluators,
  checkDefinition,
  type ComputeUpdate,
  differences,
  type JournalRecord,
  plainJson,
  planSearch,
  rebuild,
  type SearchContext,
  type SearchDefinition,
  SearchLoop,
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
  type ResultStore,
} from '../storage/index.js';
import { version } from '../foundation/index.js';
import { badInput, computeUpdate, refusingBadInput } from './algorithm-update.js';
import { loadSetting, type SearchSetting, storeSetting } from '../evaluation/index.js';
import { withHeartbeats } from './heartbeats.js';

/** Arguments of the activity `openSearch`. */
export interface OpenSearchInput {
  readonly search: string;
  readonly definition:
    | { readonly kind: 'inline'; readonly definition: SearchDefinition }
    | { readonly kind: 'stored'; readonly hash: string };
  readonly level: number;
  readonly context: SearchContext;
  /** Names the writer: the same token is given the same epoch. */
  readonly token: string;
  /** The definition differs from the journal's in its evaluator, and that is meant. */
  readonly adopt: boolean;
  /** Keep the state and its position, and only open an epoch that supersedes what comes after it. */
  readonly supersede: boolean;
}

/** What `openSearch` found. */
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
      /** What the definition that was asked for changes of the one in force; null where nothing changes. */
      readonly wanted: { readonly adopt: SearchDefinition | null; readonly concurrency: number | null };
    }
  /** The result of an equal inner search, found under its content key. */
  | { readonly kind: 'reused'; readonly result: SearchResult };

/** Arguments of the activity `appendJournal`; the state for a snapshot is a second argument, bytes. */
export interface AppendJournalInput {
  readonly search: string;
  readonly epoch: number;
  readonly position: JournalPosition;
  readonly records: readonly JournalRecord[];
}

/** Arguments of the activity `updateAlgorithm`; the update's request is a second argument, bytes. */
export interface UpdateAlgorithmInput {
  readonly search: string;
  readonly address: string;
}

/** The activities that keep what a search has decided; only the search workflow calls them. */
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

/** What the journal activities need. */
export interface JournalActivitiesOptions {
  readonly artifacts: ArtifactStore;
  readonly journals: JournalStore<JournalRecord>;
  readonly results: ResultStore<SearchResult>;
  /** Registers the search attributes where that is permitted, and tells whether they can be used. */
  readonly ensureSearchAttributes: () => Promise<boolean>;
}

/** Journal records that are replayed before other work of the worker gets its turn. */
const rebuildSlice = 1_000;

/** Makes the journal activities of a worker. */
export function createJournalActivities(options: JournalActivitiesOptions): JournalActivities {
  const { artifacts, journals, results } = options;
  const compute: ComputeUpdate = (plan, request) => computeUpdate(artifacts, plan, request);
  let searchAttributes: Promise<boolean> | undefined;

  async function resolveDefinition(input: OpenSearchInput): Promise<SearchDefinition> {
    if (input.definition.kind === 'inline') return checkDefinition(input.definition.definition);
    return checkDefinition(JSON.parse(new TextDecoder().decode(await artifacts.get(input.definition.hash))));
  }

  async function restore(
    input: OpenSearchInput,
    definition: SearchDefinition,
    chained: readonly ChainedRecord<JournalRecord>[],
  ): Promise<SearchLoop> {
    const opened = chained[0]?.record;
    if (opened?.kind !== 'opened') {
      throw badInput(
        `The journal of "${input.search}" does not start with its definition; it cannot be continued.`,
      );
    }
    if (opened.search !== input.search) {
      throw badInput(
        `The journal under the name "${input.search}" is that of search "${opened.search}": move its folder back.`,
      );
    }
    const wanted = planSearch(input.search, definition, input.level, input.context);
    const plan = planSearch(input.search, opened.definition, opened.level, opened.context);
    const sameContext = canonicalJson(plainJson(plan.context)) === canonicalJson(plainJson(wanted.context));
    if (opened.level !== input.level || !sameContext) {
      throw badInput(
        `The journal of "${input.search}" belongs to a search under other outer parameters; start it under another name.`,
      );
    }
    const loop = await rebuildFrom(plan, chained);
    const found = differences(loop.plan.definition, definition);
    const unexpected = input.adopt ? beyondEvaluators(found) : found;
    if (unexpected.length > 0) {
      throw badInput(
        `The journal of "${input.search}" belongs to another definition, which differs in ${unexpected.join(', ')}: ` +
          'start the search under another name (--new).',
      );
    }
    return loop;
  }

  async function rebuildFrom(
    plan: SearchPlan,
    chained: readonly ChainedRecord<JournalRecord>[],
  ): Promise<SearchLoop> {
    const records = chained.map(({ record }) => record);
    const snapshot = await journals.snapshot(plan.search);
    if (snapshot === null || chained[snapshot.position.records - 1]?.hash !== snapshot.position.hash) {
      return rebuildBreathing(SearchLoop.open(plan), records);
    }
    const current = records
      .slice(0, snapshot.position.records)
      .reduce(
        (latest, record) =>
          record.kind === 'intervention' && record.intervention.kind === 'adopt'
            ? adopted(latest, record.intervention.definition)
            : latest,
        plan,
      );
    let loop: SearchLoop;
    try {
      loop = SearchLoop.decode(current, snapshot.state);
    } catch (error) {
      // A snapshot of another version is only a lost shortcut.
      if (!(error instanceof AlgorithmError)) throw error;
      return rebuildBreathing(SearchLoop.open(plan), records);
    }
    return rebuildBreathing(loop, records.slice(snapshot.position.records));
  }

  // Rebuilds in slices, so that the worker goes on polling and sending heartbeats.
  async function rebuildBreathing(from: SearchLoop, records: readonly JournalRecord[]): Promise<SearchLoop> {
    let loop = from;
    let next = 0;
    do {
      const slice = records.slice(next, next + rebuildSlice);
      loop = await rebuild(loop.plan, slice, compute, loop);
      next += slice.length;
      await setImmediate();
    } while (next < records.length);
    return loop;
  }

  return {
    async openSearch(input) {
      const opening = refusingBadInput(async () => {
        const definition = await resolveDefinition(input);
        const plan = planSearch(input.search, definition, input.level, input.context);
        // A search that has a journal goes on with it: a run that reads its tail must not be answered by another search.
        if (plan.levelIndex > 0 && plan.contentKey !== null && !(await journals.exists(input.search))) {
          const result = await results.get(plan.contentKey);
          if (result !== null)
            return encodeOpened({
              kind: 'reused',
              result: { ...result, search: input.search, reused: true },
            });
        }
        searchAttributes ??= options.ensureSearchAttributes();
        const epoch = await journals.openEpoch(input.search, input.token);
        const chained = await journals.read(input.search);
        const last = chained.at(-1);
        let position: JournalPosition =
          last === undefined ? emptyJournal : { records: chained.length, hash: last.hash };
        let current = definition;
        let state: Uint8Array | null = null;
        let wanted: Extract<OpenedSearch, { kind: 'opened' }>['wanted'] = { adopt: null, concurrency: null };
        if (last === undefined) {
          const { search, level } = input;
          const context = plan.context;
          const opened: JournalRecord = {
            kind: 'opened',
            search,
            definition,
            level,
            context,
            version: version,
          };
          const appended = await journals.append(search, epoch, position, [opened]);
          if (appended.kind === 'behind')
            throw new Error(`Another run of "${search}" opened its journal first.`);
          position = appended.position;
        } else if (!input.supersede) {
          const loop = await restore(input, definition, chained);
          current = loop.plan.definition;
          wanted = wantedChanges(current, definition, input.level);
          if (chained.length > 1) state = loop.encode();
          if (state !== null && state.length > stateLimit) {
            throw badInput(stateTooLarge(loop, state.length));
          }
        }
        const address = await storeSetting(artifacts, {
          definition: current,
          level: input.level,
          context: plan.context,
        });
        return encodeOpened({
          kind: 'opened',
          epoch,
          position,
          address,
          definition: current,
          state,
          searchAttributes: await searchAttributes,
          wanted,
        });
      });
      return withHeartbeats(opening);
    },

    async appendJournal({ search, epoch, position, records }, snapshot) {
      const appended = await journals.append(search, epoch, position, records);
      if (appended.kind === 'written' && snapshot !== undefined) {
        await journals.putSnapshot(search, epoch, appended.position, snapshot);
      }
      return appended;
    },

    storeAddress: (setting) => storeSetting(artifacts, setting),

    async publishResult(contentKey, result) {
      await results.put(contentKey, result);
    },

    async updateAlgorithm({ search, address }, request) {
      const updating = refusingBadInput(async () => {
        const { definition, level, context } = await loadSetting(artifacts, address);
        const plan = planSearch(search, definition, level, context);
        const value = decodeState(request);
        if (typeof value !== 'object' || value === null || !('bulk' in value) || !('input' in value)) {
          throw badInput(`The update of "${search}" has no request.`);
        }
        const bulk = value['bulk'];
        const result = await compute(plan, {
          bulk: typeof bulk === 'string' ? bulk : null,
          input: value['input'] ?? null,
        });
        return encodeState({ bulk: result.bulk, output: result.output });
      });
      return withHeartbeats(updating);
    },
  };
}

/** What a definition changes of the one in force, both of the same search. */
function wantedChanges(
  current: SearchDefinition,
  wanted: SearchDefinition,
  level: number,
): { readonly adopt: SearchDefinition | null; readonly concurrency: number | null } {
  const concurrency = wanted.levels[level]?.concurrency ?? null;
  return {
    adopt: differences(current, wanted).length > 0 ? wanted : null,
    concurrency: concurrency === current.levels[level]?.concurrency ? null : concurrency,
  };
}

function encodeOpened(opened: OpenedSearch): Uint8Array {
  if (opened.kind === 'reused') return encodeState({ opened: JSON.stringify(opened), state: null });
  const { state, ...rest } = opened;
  return encodeState({ opened: JSON.stringify(rest), state });
}
