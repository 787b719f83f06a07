import { decodeState, type Outcome, type StateValue, type ToldTrial } from '../algorithms/index.js';
import {
  algorithmUpdates,
  concludeRetraining,
  countedTrials,
  type JournalRecord,
  planSearch,
  type Retraining,
  type RetrainingCandidate,
  retrainingCandidates,
  type RetrainingDefinition,
  retrainingSearchId,
  type SearchDefinition,
  type SearchPlan,
} from '../searches/index.js';
import type { ArtifactStore, JournalStore } from '../storage/index.js';
import { badInput, refusingBadInput } from './bad-input.js';
import { withHeartbeats } from './heartbeats.js';
import { loadSetting } from '../evaluation/index.js';

/** A search that has ended, and the number of its outcomes that count. */
export interface EndedSearch {
  readonly search: string;
  /** Hash of its `SearchSetting`. */
  readonly address: string;
  readonly trials: number;
}

/** The activities of the full retraining at the end of a search; only the search workflow calls them. */
export interface RetrainingActivities {
  /**
   * The candidates for retraining, from the search's journal and from its algorithm. `learned` is an encoded
   * object: `state` of the algorithm, `untold` the outcomes that count and were not told to it, as JSON.
   */
  deriveCandidates(ended: EndedSearch, learned: Uint8Array): Promise<readonly RetrainingCandidate[]>;
  /** Keeps a definition that is too large to travel inline; answers its hash. */
  storeDefinition(definition: SearchDefinition): Promise<string>;
  /** Chooses a candidate, from the journals of the searches that retrained. */
  concludeRetraining(ended: EndedSearch, candidates: readonly RetrainingCandidate[]): Promise<Retraining>;
}

/** Makes the retraining activities of a worker. */
export function createRetrainingActivities({
  artifacts,
  journals,
}: {
  readonly artifacts: ArtifactStore;
  readonly journals: JournalStore<JournalRecord>;
}): RetrainingActivities {
  const computeUpdate = algorithmUpdates(artifacts);

  async function planOf({ search, address }: EndedSearch): Promise<SearchPlan> {
    const { definition, level, context } = await loadSetting(artifacts, address);
    return planSearch(search, definition, level, context);
  }

  // Applies the updates that an algorithm asks for: the search may have ended before it made them.
  async function updated(plan: SearchPlan, from: StateValue, index: number): Promise<StateValue> {
    const { algorithm } = plan;
    let state = from;
    for (;;) {
      const asked = algorithm.propose(state, index);
      if (asked.action.kind !== 'update' || algorithm.applyUpdate === undefined) return state;
      const result = await computeUpdate(plan, asked.action.request);
      state = algorithm.applyUpdate(asked.state, result);
    }
  }

  async function records(search: string): Promise<readonly JournalRecord[]> {
    return (await journals.read(search)).map(({ record }) => record);
  }

  async function outcomesOf(search: string, count: number): Promise<readonly Outcome[]> {
    const found = new Map<number, Outcome>();
    for (const record of await records(search)) {
      if (record.kind === 'told') found.set(record.index, record.outcome);
    }
    return Array.from({ length: count }, (_, index) => {
      const outcome = found.get(index);
      if (outcome !== undefined) return outcome;
      throw badInput(
        `The journal of "${search}" has no outcome of trial ${index}: restore it from a backup.`,
      );
    });
  }

  return {
    async deriveCandidates(ended, learned) {
      const deriving = refusingBadInput(async () => {
        const plan = await planOf(ended);
        const { candidates: counts } = retrainingOf(plan);
        const trials = countedTrials(plan, await records(ended.search), ended.trials);
        if (trials.length !== ended.trials) {
          throw badInput(
            `The journal of "${ended.search}" has ${trials.length} outcomes that count, not ${ended.trials}: restore it from a backup.`,
          );
        }
        const { derivation } = plan.algorithm;
        if (derivation === undefined) return retrainingCandidates(plan, counts, trials, null);
        const { state: from, untold } = decodeLearned(learned);
        const before = await updated(plan, from, ended.trials);
        const state = await updated(plan, plan.algorithm.tell(before, untold), ended.trials);
        const name = derivation.bulk(state);
        const bulk = name === null ? null : await artifacts.get(name);
        return retrainingCandidates(plan, counts, trials, derivation.derive(state, bulk, counts));
      });
      return withHeartbeats(deriving);
    },

    storeDefinition: (definition) => artifacts.put(new TextEncoder().encode(JSON.stringify(definition))),

    async concludeRetraining(ended, candidates) {
      const concluding = refusingBadInput(async () => {
        const plan = await planOf(ended);
        const retraining = retrainingOf(plan);
        const searches =
          candidates.length === 0
            ? []
            : Array.from({ length: retraining.repetitions }, (_, repetition) =>
                retrainingSearchId(ended.search, ended.trials, repetition + 1),
              );
        const outcomes: (readonly Outcome[])[] = [];
        for (const search of searches) outcomes.push(await outcomesOf(search, candidates.length));
        return concludeRetraining(plan.definition, retraining, ended.trials, searches, candidates, outcomes);
      });
      return withHeartbeats(concluding);
    },
  };
}

function retrainingOf({ search, definition }: SearchPlan): RetrainingDefinition {
  const { retraining } = definition;
  if (retraining === undefined) throw badInput(`"${search}" is not followed by a retraining.`);
  return retraining;
}

function decodeLearned(bytes: Uint8Array): {
  readonly state: StateValue;
  readonly untold: readonly ToldTrial[];
} {
  const value = decodeState(bytes);
  if (typeof value === 'object' && value !== null && 'state' in value && 'untold' in value) {
    const { state = null, untold } = value;
    // Only the search workflow makes these bytes.
    if (typeof untold === 'string') return { state, untold: JSON.parse(untold) as readonly ToldTrial[] };
  }
  throw badInput('The retraining was not given what the algorithm has learned.');
}
