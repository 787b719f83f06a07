import { CancellationScope, condition } from '@temporalio/workflow';
import type { JournalActivities, OpenedSearch } from '../activities/index.js';
import { utf8Bytes } from '../foundation/json/index.js';
import { type JournalRecord, type SearchLoop, stateLimit } from '../searches/index.js';
import type { HistoryCount } from './history-count.js';
import { workflowTime } from './active-clock.js';
import { formerClock, type RunRules } from './run-rules.js';

type Position = Parameters<JournalActivities['appendJournal']>[0]['position'];

/** Where the journal's writer stands. */
export interface JournalHead {
  readonly epoch: number;
  readonly position: Position;
  /** Number of openings of the journal by this search. */
  readonly token: number;
}

/** The state that the journal holds when it went on without this run. */
export type FoundSearch = Extract<OpenedSearch, { readonly kind: 'opened' }> & { readonly state: Uint8Array };

type ClosedRecord = Extract<JournalRecord, { readonly kind: 'closed' }>;

/** How a search closes, as its last record says it. */
export type Closing = Omit<ClosedRecord, 'kind' | 'trajectoryHash'>;

/** What the journal asks of its search, and reports to it. */
export interface JournalSetting {
  readonly search: string;
  /** What every write says of the store. */
  readonly store: { readonly store?: string };
  readonly rules: RunRules;
  readonly count: HistoryCount;
  /** The loop whose records the journal holds; `goOnFrom` replaces it. */
  readonly loop: () => SearchLoop;
  readonly append: JournalActivities['appendJournal'];
  /** Opens the journal anew; `counter` numbers the openings of a run. */
  readonly open: (counter: number, supersede: boolean) => Promise<OpenedSearch>;
  /** Whether this run's order of outcomes counts when the journal went on without it. */
  readonly supersedes: boolean;
  /** Goes on from the state in the journal; `unwritten` are the records of this run that are not in it. */
  readonly goOnFrom: (found: FoundSearch, unwritten: readonly JournalRecord[]) => void;
  readonly crashed: (error: unknown) => void;
  readonly noticed: () => void;
}

/** Milliseconds for which a record waits at most, and what the timer has to be wound for. */
export const maximumAge = 2_000;
/** Records wait at most in this number … */
const maximumRecords = 200;
/** … and size. */
const maximumBytes = 262_144;

/**
 * Bytes of the records of one write at most, unless one record alone takes more: the server refuses arguments of 2 MB.
 * The former rules know no limit below that, and their histories have such writes.
 */
const batchBytes: Readonly<Record<RunRules, number>> = { current: 1_000_000, former: 1_900_000 };

/** Bytes of all arguments of one write at most. */
const argumentBytes = 2_000_000;

/** A record that is not written yet, with its size in bytes of JSON. */
interface PendingRecord {
  readonly record: JournalRecord;
  readonly bytes: number;
}

/**
 * The journal as its search writes it: collects records, writes them in batches, one at a time, and catches up when the
 * journal went on without this run, because the run's history was restored or reset to an earlier point.
 */
export class SearchJournal {
  private records: PendingRecord[] = [];
  private obsolete: number[] = [];
  /** When the oldest of the records was collected, for the former rules. */
  private oldest = 0;
  /** Numbers of all records that were collected, and of those that are written. */
  private collected = 0;
  private written = 0;
  private isAsked = false;
  private isOver = false;
  private writing = false;
  private overtaken = false;

  constructor(
    private place: JournalHead,
    private readonly setting: JournalSetting,
  ) {}

  /** Where the writer stands; continue-as-new carries it. */
  get head(): JournalHead {
    const { epoch, position, token } = this.place;
    return { epoch, position, token };
  }

  /** A batch is being written. */
  get busy(): boolean {
    return this.writing;
  }

  /** The journal went on without this run, which has to catch up before it writes again. */
  get isBehind(): boolean {
    return this.overtaken;
  }

  /** All records that were collected are written. */
  get isEmpty(): boolean {
    return this.records.length === 0;
  }

  /** Takes the records that the loop has made since the last call. */
  collect(): void {
    const loop = this.setting.loop();
    this.add(loop.drainRecords());
    this.obsolete.push(...loop.drainObsolete());
  }

  /** Whether it is time to write the collected records; `rang`: the timer rang that was wound for them. */
  isDue(rang: boolean): boolean {
    if (this.records.length === 0 || this.writing) return false;
    if (this.records.length >= maximumRecords || this.bytes >= maximumBytes) return true;
    if (this.setting.rules === 'former') return formerClock() - this.oldest >= maximumAge;
    return rang || this.isAsked;
  }

  /** Whether there are records for which the timer has to run. */
  get isWaiting(): boolean {
    return this.records.length > 0 && !this.isAsked;
  }

  /** Whether the loop has made records that are not collected, or some are not written. */
  get hasMore(): boolean {
    return this.records.length > 0 || this.setting.loop().hasRecords;
  }

  /** Asks for a write of all records up to now and waits for it; a message is acknowledged only then. */
  async acknowledged(): Promise<void> {
    for (;;) {
      this.collect();
      const { collected, place } = this;
      if (this.written >= collected) return;
      this.isAsked = true;
      this.setting.noticed();
      const isDone = (): boolean =>
        this.written >= collected || this.place.token !== place.token || this.isOver;
      await CancellationScope.nonCancellable(() => condition(isDone));
      // Records that met a journal which went on without this run have got other numbers.
      if (this.place.token === place.token || this.isOver) return;
    }
  }

  /** Nothing is written any more: whoever waits for it goes on. */
  leave(): void {
    this.isOver = true;
  }

  /** Begins to write the collected records, while the search goes on. */
  flush(): void {
    // Even a search that is being cancelled writes down what it knows.
    void CancellationScope.nonCancellable(() => this.write())
      .then((result) => {
        if (result === 'behind') this.overtaken = true;
      })
      .catch((error: unknown) => this.setting.crashed(error))
      .finally(() => this.setting.noticed());
  }

  /** Writes all records, also held outcomes, which the search has not told its algorithm yet. */
  async writeHeld(): Promise<void> {
    await this.writeAll(() => this.collectHeld());
  }

  /** Writes the collected records and a snapshot of the state after them. */
  async writeSnapshot(): Promise<void> {
    await this.writeAll(
      () => this.collect(),
      () => this.snapshot(),
    );
  }

  /** Writes all records, held outcomes too, then how the search closed, and a snapshot. */
  async close(closing: Closing): Promise<void> {
    const collect = (): void => {
      if (this.records.some(({ record }) => record.kind === 'closed')) return;
      this.collectHeld();
      const { phase, reason, ...more } = closing;
      const { trajectoryHash } = this.setting.loop().state;
      this.add([{ kind: 'closed', phase, reason, trajectoryHash, ...more }]);
    };
    await this.writeAll(collect, () => this.snapshot());
  }

  /**
   * Goes on from the journal's end. A search that tells in order of index takes the journal's outcomes as known and
   * repeats nothing. In order of arrival this run's order counts, so its records supersede the journal's tail.
   */
  async catchUp(): Promise<void> {
    const { supersedes, goOnFrom } = this.setting;
    const opened = await this.setting.open(this.place.token, supersedes);
    if (opened.kind === 'reused') throw new Error('A search that runs is never answered by another one.');
    this.overtaken = false;
    const { epoch, state } = opened;
    const token = this.place.token + 1;
    if (supersedes || state === null) {
      this.place = { epoch, position: supersedes ? this.place.position : opened.position, token };
      return;
    }
    this.place = { epoch, position: opened.position, token };
    const unwritten = this.records.map(({ record }) => record);
    this.records = [];
    this.written = this.collected;
    // Whoever wrote the journal further has removed these checkpoints, or the opening has.
    this.obsolete = [];
    goOnFrom({ ...opened, state }, unwritten);
  }

  /** Bytes of the records that wait. */
  private get bytes(): number {
    return this.records.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  private add(records: readonly JournalRecord[]): void {
    if (records.length === 0) return;
    const isFormer = this.setting.rules === 'former';
    if (isFormer && this.records.length === 0) this.oldest = formerClock();
    const at = workflowTime();
    for (const record of records) {
      const timed = { ...record, at };
      // Histories of the former rules were decided by the length of the text, which had no time in it.
      const bytes = isFormer ? JSON.stringify(record).length : utf8Bytes(JSON.stringify(timed)).length;
      this.records.push({ record: timed, bytes });
    }
    this.collected += records.length;
  }

  private collectHeld(): void {
    this.setting.loop().recordHeld();
    this.collect();
  }

  /** The state for a snapshot; none when it is too large to be handed to an activity: it is only a shortcut. */
  private snapshot(): Uint8Array | undefined {
    const state = this.setting.loop().encode();
    return state.length > stateLimit ? undefined : state;
  }

  /**
   * Writes until the journal holds everything: catches up and collects again for as long as the journal has gone on
   * without this run. `collect` takes the records that are still missing; `snapshot` encodes the state after them.
   */
  private async writeAll(
    collect: () => void,
    snapshot: () => Uint8Array | undefined = () => undefined,
  ): Promise<void> {
    do {
      if (this.overtaken) await this.catchUp();
      collect();
      // The snapshot goes with the last records, because it is the state after all of them.
      while (!this.overtaken && this.records.length > 0 && !this.fitsWith(snapshot())) {
        this.overtaken = (await this.write()) === 'behind';
        if (!this.overtaken) collect();
      }
      if (!this.overtaken) this.overtaken = (await this.write(snapshot())) === 'behind';
    } while (this.overtaken);
  }

  /** Whether one write takes all records that wait, and a snapshot beside them. */
  private fitsWith(snapshot: Uint8Array | undefined): boolean {
    return (
      this.batchLength() === this.records.length && this.bytes + (snapshot?.length ?? 0) <= argumentBytes
    );
  }

  /** Number of the records that one write takes. */
  private batchLength(): number {
    let bytes = 0;
    for (const [number, record] of this.records.entries()) {
      bytes += record.bytes;
      if (number > 0 && bytes > batchBytes[this.setting.rules]) return number;
    }
    return this.records.length;
  }

  /**
   * Writes the collected records, or as many as one write takes; throws when a write is under way. `behind`: the journal
   * went on without this run, so the records are still pending.
   */
  private async write(snapshot?: Uint8Array): Promise<'written' | 'behind'> {
    if (this.writing) throw new Error('The journal is being written already.');
    if (this.records.length === 0 && snapshot === undefined) return 'written';
    const { search, store, append, count } = this.setting;
    const { epoch, position } = this.place;
    const batch = this.records.splice(0, this.batchLength());
    const isLast = this.records.length === 0;
    const { oldest } = this;
    // Checkpoints go once all records are written that say why.
    const obsolete = isLast ? this.obsolete.splice(0) : [];
    if (isLast) this.isAsked = false;
    this.writing = true;
    try {
      const input = {
        search,
        epoch,
        position,
        records: batch.map(({ record }) => record),
        ...store,
        ...(obsolete.length === 0 ? {} : { obsolete }),
      };
      count.addCall(batch.reduce((sum, { bytes }) => sum + bytes, snapshot?.length ?? 0));
      const result = snapshot === undefined ? await append(input) : await append(input, snapshot);
      if (result.kind === 'written') {
        this.place = { ...this.place, position: result.position };
        this.written += batch.length;
        return 'written';
      }
      this.records = [...batch, ...this.records];
      this.obsolete = [...obsolete, ...this.obsolete];
      this.oldest = oldest;
      this.isAsked = true;
      return 'behind';
    } finally {
      this.writing = false;
    }
  }
}
