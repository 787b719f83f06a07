import { errorText } from '../../foundation/errors/index.js';
import type { Outcome, Slice } from '../../algorithms/contract/index.js';
import { AlgorithmError } from '../../algorithms/index.js';
import {
  algorithmUpdates,
  completeOutcome,
  decodeSnapshot,
  innerSearchId,
  type JournalRecord,
  sameOutcome,
  type SearchLoop,
  type SearchPlan,
  VerificationError,
  type VerifiedJournal,
  verifyJournal,
} from '../../searches/index.js';
import {
  ArtifactStore,
  FileBlobStore,
  JournalError,
  type JournalPlace,
  JournalStore,
} from '../../storage/index.js';
import { version } from '../../foundation/index.js';
import { compareWithOuter, type HeldSearch, type OuterSearch } from './outer-search.js';
import { unwrittenBulks } from './unwritten-bulks.js';
import { noSuchSearch } from '../errors/temporal-problem.js';

/** A search all of whose decisions follow from its journal. */
export interface VerifiedSearch {
  readonly search: string;
  readonly records: number;
  /** Outcomes that are part of the trajectory. */
  readonly trials: number;
  readonly trajectoryHash: string;
  /** Its last end; null while it is open, or was lost. */
  readonly closed: VerifiedJournal['closed'];
  /** Trial records in the artifact store that agree with the journal. */
  readonly trialRecords: number;
}

/** The first thing in a journal that does not hold. */
export interface JournalFault {
  readonly search: string;
  /** One sentence: what is wrong and where. */
  readonly message: string;
  /** The record that cannot be relied on; null when no record is to blame. */
  readonly place: JournalPlace | null;
  /** The file that holds the record. */
  readonly file: string | null;
}

/** Answer of `verify`. */
export interface Verification {
  /** Searches that hold, outer ones before inner ones. */
  readonly searches: readonly VerifiedSearch[];
  /** Null when everything holds. */
  readonly fault: JournalFault | null;
}

/** A search whose journal holds, with its entry in the answer. */
interface SummarisedSearch extends HeldSearch {
  readonly summary: VerifiedSearch;
}

/** A search inside another, to be verified after it. */
interface InnerSearch {
  readonly id: string;
  readonly outer: OuterSearch;
}

/** Takes the decisions of searches again from the journals of a home; changes nothing and needs no server. */
export class JournalVerifier {
  private readonly blobs: FileBlobStore;
  private readonly journals: JournalStore<JournalRecord>;
  private readonly artifacts: ArtifactStore;

  constructor(home: string) {
    this.blobs = new FileBlobStore(home);
    this.journals = new JournalStore(this.blobs);
    this.artifacts = new ArtifactStore(this.blobs);
  }

  /**
   * Verifies a search, with `inner` all searches inside it too, and what the outer ones took from them. Ends at the
   * first fault. Throws `ClientError` when there is no journal of the search.
   */
  async verify(search: string, options: { readonly inner?: boolean } = {}): Promise<Verification> {
    if (!/^[^/]+(\/[^/]+)*$/.test(search) || !(await this.exists(search))) throw noSuchSearch(search);
    const searches: VerifiedSearch[] = [];
    const waiting: { readonly id: string; readonly outer: OuterSearch | null }[] = [
      { id: search, outer: null },
    ];
    for (const { id, outer } of waiting) {
      try {
        const held = await this.hold(id);
        if (outer !== null) compareWithOuter(held, outer);
        searches.push(held.summary);
        if (options.inner !== true) continue;
        waiting.push(...(await this.innerSearches(held)), ...(await this.retrainings(held)));
      } catch (error) {
        return { searches, fault: await this.fault(id, error) };
      }
    }
    return { searches, fault: null };
  }

  private async exists(search: string): Promise<boolean> {
    try {
      return await this.journals.exists(search);
    } catch {
      // The id cannot even be the name of a folder.
      return false;
    }
  }

  private async hold(search: string): Promise<SummarisedSearch> {
    const chained = await this.journals.read(search);
    const records = chained.map(({ record }) => record);
    const snapshot = await this.journals.snapshot(search);
    const { loop, closed } = await verifyJournal(
      search,
      records,
      algorithmUpdates(unwrittenBulks(this.artifacts)),
      (reached, number) => {
        // A build that kept no epochs wrote a snapshot without one: it may be of a tail that was superseded.
        if (snapshot === null || snapshot.epoch === null || number !== snapshot.position.records - 1) return;
        if (chained[number]?.hash === snapshot.position.hash) compareWithSnapshot(reached, snapshot.state);
      },
    );
    await this.compareWithPosition(search, chained, snapshot);
    const trialRecords = await this.compareWithTrialRecords(loop.plan, records);
    const summary: VerifiedSearch = {
      search,
      records: records.length,
      trials: loop.state.recorded,
      trajectoryHash: loop.state.trajectoryHash,
      closed,
      trialRecords,
    };
    return { summary, loop, records };
  }

  /** A snapshot says how long the journal was: without it, a journal that lost its end would look whole. */
  private async compareWithPosition(
    search: string,
    chained: readonly { readonly hash: string }[],
    snapshot: Awaited<ReturnType<JournalStore<JournalRecord>['snapshot']>>,
  ): Promise<void> {
    if (snapshot === null || snapshot.epoch === null) return;
    const { records, hash } = snapshot.position;
    const last = await this.journals.placeOf(search, records - 1);
    const superseded = last !== null && last.epoch > snapshot.epoch;
    if (superseded || chained[records - 1]?.hash === hash) return;
    if (chained.length < records)
      throw new VerificationError(
        chained.length,
        `the journal had ${records} records in epoch ${snapshot.epoch}, as its snapshot says, and ends after ${chained.length}`,
      );
    throw new VerificationError(records - 1, 'it is not the record after which the snapshot was taken');
  }

  /** Compares outcomes with what the evaluations left in the artifact store; tells how many agree. */
  private async compareWithTrialRecords(
    plan: SearchPlan,
    records: readonly JournalRecord[],
  ): Promise<number> {
    let agreeing = 0;
    const slices = new Map<number, Slice>();
    for (const [number, record] of records.entries()) {
      if (record.kind === 'proposed' && record.trial.slice !== undefined)
        slices.set(record.trial.index, record.trial.slice);
      if (record.kind !== 'told' || record.record === undefined || record.reused === true) continue;
      if (!(await this.artifacts.has(record.record))) continue;
      const found = await this.recordedOutcome(record.record).catch((error: unknown) => {
        throw new VerificationError(number, errorText(error));
      });
      const recorded = found === null ? null : withMeasured(plan, found, record.outcome);
      if (
        recorded === null ||
        !sameOutcome(completeOutcome(plan.level, recorded, slices.get(record.index)), record.outcome)
      ) {
        throw new VerificationError(
          number,
          `trial ${record.index} has another outcome than its trial record ${record.record}`,
        );
      }
      agreeing += 1;
    }
    return agreeing;
  }

  private async recordedOutcome(hash: string): Promise<Outcome | null> {
    const text = new TextDecoder().decode(await this.artifacts.get(hash));
    // The hash vouches for what an evaluation wrote.
    return (JSON.parse(text) as { readonly outcome?: Outcome }).outcome ?? null;
  }

  private async innerSearches(outer: SummarisedSearch): Promise<readonly InnerSearch[]> {
    const { plan } = outer.loop;
    if (plan.inner === undefined) return [];
    const told = new Map(
      outer.records.flatMap((record) => (record.kind === 'told' ? [[record.index, record]] : [])),
    );
    const found: InnerSearch[] = [];
    for (const [number, record] of outer.records.entries()) {
      if (record.kind !== 'proposed') continue;
      const id = innerSearchId(plan.search, record.trial.index, plan.inner.name);
      const outcome = told.get(record.trial.index) ?? null;
      if (await this.journals.exists(id)) {
        found.push({ id, outer: { kind: 'trial', plan, proposed: record, told: outcome } });
      } else if (outcome?.inner !== undefined && outcome.reused !== true) {
        throw new VerificationError(number, `the journal of the search "${id}" inside it is missing`);
      }
    }
    return found;
  }

  /** The searches that retrained the candidates of one that has ended. */
  private async retrainings({ loop: { plan }, records }: SummarisedSearch): Promise<readonly InnerSearch[]> {
    const number = records.length - 1;
    const last = records[number];
    if (last?.kind !== 'closed' || last.retraining === undefined) return [];
    const { retraining } = last;
    const found: InnerSearch[] = [];
    for (const [repetition, id] of retraining.searches.entries()) {
      if (!(await this.journals.exists(id)))
        throw new VerificationError(number, `the journal of the search "${id}" inside it is missing`);
      found.push({ id, outer: { kind: 'retraining', plan, retraining, repetition } });
    }
    return found;
  }

  private async fault(search: string, error: unknown): Promise<JournalFault> {
    if (error instanceof JournalError) {
      const { message, place } = error;
      return { search, message, place, file: place === null ? null : this.blobs.path(place.segment) };
    }
    if (!(error instanceof VerificationError)) throw error;
    const place = await this.journals.placeOf(search, error.record);
    const file = place === null ? null : this.blobs.path(place.segment);
    const where = place === null ? '' : ` (epoch ${place.epoch}, ${place.segment})`;
    const written = await this.writtenBy(search);
    const build =
      written === null || written === version ? '' : `; version ${written} wrote it, this is ${version}`;
    const message = `Record ${error.record} of the journal of "${search}"${where} does not follow: ${error.detail}${build}.`;
    return { search, message, place, file };
  }

  private async writtenBy(search: string): Promise<string | null> {
    const opened = (await this.journals.read(search))[0]?.record;
    return opened?.kind === 'opened' ? opened.version : null;
  }
}

/** The outcome of an evaluation with what its level measured besides, which only the journal has. */
function withMeasured({ inner, level }: SearchPlan, evaluated: Outcome, told: Outcome): Outcome {
  if (inner !== undefined || level.measure === undefined) return evaluated;
  if (evaluated.kind !== 'scored' || told.kind !== 'scored') return evaluated;
  return { ...evaluated, metrics: { ...told.metrics, ...evaluated.metrics } };
}

function compareWithSnapshot(loop: SearchLoop, state: Uint8Array): void {
  const snapshot = decodeSnapshot(loop.plan, state);
  if (snapshot === null) return;
  if (
    snapshot.state.trajectoryHash !== loop.state.trajectoryHash ||
    snapshot.state.nextIndex !== loop.state.nextIndex
  ) {
    throw new AlgorithmError(
      `the snapshot that was taken after it holds the state of another search, with the trajectory hash ${snapshot.state.trajectoryHash}`,
    );
  }
}
