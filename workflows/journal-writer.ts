import type { JournalActivities } from '../activities/index.js';
import type { JournalRecord } from '../searches/index.js';

type Position = Parameters<JournalActivities['appendJournal']>[0]['position'];

/** Records wait at most this long (in workflow time, seen at the next event) … */
const maximumAge = 2_000;
/** … and at most in this number … */
const maximumRecords = 200;
/** … and size. */
const maximumBytes = 262_144;

/** Collects journal records and writes them in batches, one at a time. */
export class JournalWriter {
  private records: JournalRecord[] = [];
  private bytes = 0;
  private oldest = 0;
  private writing = false;

  constructor(
    private readonly search: string,
    private readonly append: JournalActivities['appendJournal'],
    private place: { readonly epoch: number; readonly position: Position },
  ) {}

  get epoch(): number {
    return this.place.epoch;
  }

  get position(): Position {
    return this.place.position;
  }

  get busy(): boolean {
    return this.writing;
  }

  /** Records that are not written yet. */
  get pending(): readonly JournalRecord[] {
    return this.records;
  }

  add(records: readonly JournalRecord[], now: number): void {
    for (const record of records) {
      if (this.records.length === 0) this.oldest = now;
      this.records.push(record);
      this.bytes += JSON.stringify(record).length;
    }
  }

  isDue(now: number): boolean {
    if (this.records.length === 0 || this.writing) return false;
    return (
      now - this.oldest >= maximumAge || this.records.length >= maximumRecords || this.bytes >= maximumBytes
    );
  }

  /**
   * Writes what has been collected; nobody else may be writing. `behind`: the journal went on without this writer,
   * nothing was written and the records are still pending.
   */
  async write(snapshot?: Uint8Array): Promise<'written' | 'behind'> {
    if (this.writing) throw new Error('The journal is being written already.');
    if (this.records.length === 0 && snapshot === undefined) return 'written';
    const batch = this.records;
    const { bytes, oldest } = this;
    this.records = [];
    this.bytes = 0;
    this.writing = true;
    try {
      const input = { search: this.search, epoch: this.epoch, position: this.position, records: batch };
      const result = snapshot === undefined ? await this.append(input) : await this.append(input, snapshot);
      if (result.kind === 'written') {
        this.place = { epoch: this.epoch, position: result.position };
        return 'written';
      }
      this.records = [...batch, ...this.records];
      this.bytes += bytes;
      this.oldest = oldest;
      return 'behind';
    } finally {
      this.writing = false;
    }
  }

  /** Goes on at another place; `keepPending` says whether what was collected is still to be written. */
  moveTo(epoch: number, position: Position, keepPending: boolean): void {
    this.place = { epoch, position };
    if (keepPending) return;
    this.records = [];
    this.bytes = 0;
  }
}
