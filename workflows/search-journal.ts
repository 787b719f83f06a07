import { CancellationScope } from '@temporalio/workflow';
import type { JournalActivities, OpenedSearch } from '../activities/index.js';
import { type JournalRecord, type SearchLoop, stateLimit } from '../searches/index.js';

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

/** Records wait at most this long (in workflow time, seen at the next event) … */
const maximumAge = 2_000;
/** … and at most in this number … */
const maximumRecords = 200;
/** … and size. */
const maximumBytes = 262_144;

/**
 * The journal as its search writes it: collects records, writes them in batches, one at a time, and catches up when the
 * journal went on without this run, because the run's history was restored or reset to an earlier point.
 */
export class SearchJournal {
  private records: JournalRecord[] = [];
  private obsolete: number[] = [];
  private bytes = 0;
  private oldest = 0;
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

  /** Whether it is time to write the collected records. */
  get isDue(): boolean {
    if (this.records.length === 0 || this.writing) return false;
    return (
      Date.now() - this.oldest >= maximumAge ||
      this.records.length >= maximumRecords ||
      this.bytes >= maximumBytes
    );
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
      if (this.records.some(({ kind }) => kind === 'closed')) return;
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
    const unwritten = this.records;
    this.records = [];
    // Whoever wrote the journal further has removed these checkpoints, or the opening has.
    this.obsolete = [];
    this.bytes = 0;
    goOnFrom({ ...opened, state }, unwritten);
  }

  private add(records: readonly JournalRecord[]): void {
    const now = Date.now();
    for (const record of records) {
      if (this.records.length === 0) this.oldest = now;
      const timed = { ...record, at: now };
      this.records.push(timed);
      this.bytes += JSON.stringify(timed).length;
    }
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
      this.overtaken = (await this.write(snapshot())) === 'behind';
    } while (this.overtaken);
  }

  /**
   * Writes the collected records; throws when a write is under way. `behind`: the journal went on without this run, so
   * the records are still pending.
   */
  private async write(snapshot?: Uint8Array): Promise<'written' | 'behind'> {
    if (this.writing) throw new Error('The journal is being written already.');
    if (this.records.length === 0 && snapshot === undefined) return 'written';
    const { search, append } = this.setting;
    const { epoch, position } = this.place;
    const batch = this.records;
    const { bytes, oldest, obsolete } = this;
    this.records = [];
    this.obsolete = [];
    this.bytes = 0;
    this.writing = true;
    try {
      const input = {
        search,
        epoch,
        position,
        records: batch,
        ...(obsolete.length === 0 ? {} : { obsolete }),
      };
      const result = snapshot === undefined ? await append(input) : await append(input, snapshot);
      if (result.kind === 'written') {
        this.place = { ...this.place, position: result.position };
        return 'written';
      }
      this.records = [...batch, ...this.records];
      this.obsolete = [...obsolete, ...this.obsolete];
      this.bytes += bytes;
      this.oldest = oldest;
      return 'behind';
    } finally {
      this.writing = false;
    }
  }
}
