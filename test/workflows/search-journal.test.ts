import { describe, expect, test, vi } from 'vitest';
import type { OpenedSearch } from '../../activities/index.js';
import { float, space } from '../../search-spaces/index.js';
import { type JournalRecord, SearchLoop } from '../../searches/index.js';
import { HistoryCount } from '../../workflows/history-count.js';
import type { RunRules } from '../../workflows/run-rules.js';
import { SearchJournal, type FoundSearch } from '../../workflows/search-journal.js';
import { planOf, scoredOutcome } from '../support/simulated-search.js';

type Written = {
  readonly epoch: number;
  readonly records: readonly JournalRecord[];
  readonly snapshot: boolean;
};

const head = { epoch: 1, position: { records: 1, hash: 'first' }, token: 1 };
const elsewhere = { records: 40, hash: 'later' };

/** A loop that has started two trials and knows the outcome of one. */
function loopWithRecords(): SearchLoop {
  const loop = SearchLoop.open(planOf());
  for (let count = 0; count < 2; count += 1) {
    const step = loop.step();
    if (step.kind !== 'start') throw new Error(`A new search does not begin with ${step.kind}.`);
    if (count === 0) loop.complete(step.open.trial.index, { outcome: scoredOutcome(step.open.trial) });
  }
  return loop;
}

/** A journal of which another run has taken the epoch, `behind` times. */
function journalOf(
  behind: number,
  options: {
    readonly supersedes: boolean;
    readonly state: Uint8Array | null;
    readonly rules?: RunRules;
    readonly loop?: SearchLoop;
  },
) {
  let loop = options.loop ?? loopWithRecords();
  const rules = options.rules ?? 'current';
  let left = behind;
  const written: Written[] = [];
  const openings: [number, boolean][] = [];
  const found: { readonly search: FoundSearch; readonly unwritten: readonly JournalRecord[] }[] = [];
  const journal = new SearchJournal(head, {
    search: 'simulated',
    store: {},
    rules,
    count: new HistoryCount(rules),
    loop: () => loop,
    append: ({ epoch, position, records }, snapshot) => {
      if (left > 0) {
        left -= 1;
        return Promise.resolve({ kind: 'behind' as const });
      }
      written.push({ epoch, records, snapshot: snapshot !== undefined });
      return Promise.resolve({
        kind: 'written' as const,
        position: { records: position.records + records.length, hash: 'written' },
      });
    },
    open: (counter, supersede) => {
      openings.push([counter, supersede]);
      const opened: OpenedSearch = {
        kind: 'opened',
        epoch: 1 + openings.length,
        position: elsewhere,
        address: 'address',
        definition: loop.plan.definition,
        state: options.state,
        searchAttributes: false,
        wanted: { adopt: null, concurrency: null },
      };
      return Promise.resolve(opened);
    },
    supersedes: options.supersedes,
    goOnFrom: (search, unwritten) => {
      found.push({ search, unwritten });
      loop = SearchLoop.decode(loop.plan, search.state);
      loop.intervene({ kind: 'durationReached' });
    },
    crashed: (error) => {
      throw error;
    },
    noticed: () => undefined,
  });
  return { journal, written, openings, found };
}

const kinds = (records: readonly JournalRecord[]): readonly string[] => records.map(({ kind }) => kind);

describe('the journal of a search', () => {
  test('writes what the loop has made, and a snapshot where one is asked for', async () => {
    const { journal, written, openings } = journalOf(0, { supersedes: false, state: null });
    await journal.writeSnapshot();
    expect(written).toHaveLength(1);
    expect(kinds(written[0]?.records ?? [])).toEqual(['proposed', 'told', 'proposed']);
    expect(written[0]?.snapshot).toBe(true);
    expect(journal.isEmpty).toBe(true);
    expect(journal.head).toEqual({ epoch: 1, position: { records: 4, hash: 'written' }, token: 1 });
    expect(openings).toEqual([]);
  });

  test('keeps when each record was collected, by the time of the workflow', async () => {
    const { journal, written } = journalOf(0, { supersedes: false, state: null });
    const clock = vi.spyOn(Date, 'now').mockReturnValue(1_764_576_000_000);
    try {
      await journal.writeSnapshot();
    } finally {
      clock.mockRestore();
    }
    expect(written[0]?.records.map(({ at }) => at)).toEqual(Array(3).fill(1_764_576_000_000));
  });

  test('writes nothing where there is nothing to write and no snapshot is asked for', async () => {
    const { journal, written } = journalOf(0, { supersedes: false, state: null });
    await journal.writeHeld();
    await journal.writeHeld();
    expect(written).toHaveLength(1);
  });

  test('in order of index it goes on from the state in the journal, until it is no longer behind', async () => {
    const state = SearchLoop.open(planOf()).encode();
    const { journal, written, openings, found } = journalOf(2, { supersedes: false, state });
    await journal.writeSnapshot();
    expect(openings).toEqual([
      [1, false],
      [2, false],
    ]);
    expect(found.map(({ unwritten }) => kinds(unwritten))).toEqual([
      ['proposed', 'told', 'proposed'],
      ['intervention'],
    ]);
    // What the second opening found, and what the search knew beyond it.
    expect(written.map(({ epoch, records }) => [epoch, kinds(records)])).toEqual([[3, ['intervention']]]);
    expect(journal.head).toEqual({ epoch: 3, position: { records: 41, hash: 'written' }, token: 3 });
    expect(journal.isBehind).toBe(false);
  });

  test('in order of arrival what it writes supersedes the tail of the journal', async () => {
    const { journal, written, openings, found } = journalOf(1, { supersedes: true, state: null });
    await journal.writeSnapshot();
    expect(openings).toEqual([[1, true]]);
    expect(found).toEqual([]);
    expect(written.map(({ epoch, records }) => [epoch, kinds(records)])).toEqual([
      [2, ['proposed', 'told', 'proposed']],
    ]);
    expect(journal.head).toEqual({ epoch: 2, position: { records: 4, hash: 'written' }, token: 2 });
  });

  test('a search that closes leaves one record of it, also when it had to catch up first', async () => {
    const { journal, written } = journalOf(1, { supersedes: true, state: null });
    await journal.close({ phase: 'finished', reason: 'trials' });
    expect(written).toHaveLength(1);
    expect(kinds(written[0]?.records ?? [])).toEqual(['proposed', 'told', 'proposed', 'closed']);
    expect(written[0]?.records.at(-1)).toMatchObject({ phase: 'finished', reason: 'trials' });
  });

  test('is due when the timer rang that was wound for its records, and not while it is empty', () => {
    const { journal } = journalOf(0, { supersedes: false, state: null });
    expect(journal.isDue(true)).toBe(false);
    expect(journal.isWaiting).toBe(false);
    journal.collect();
    expect(journal.isWaiting).toBe(true);
    expect(journal.isDue(false)).toBe(false);
    expect(journal.isDue(true)).toBe(true);
  });

  test('under the former rules it is due when its oldest record is two seconds old', () => {
    vi.useFakeTimers({ now: 0 });
    try {
      const { journal } = journalOf(0, { supersedes: false, state: null, rules: 'former' });
      vi.setSystemTime(10_000);
      expect(journal.isDue(false)).toBe(false);
      journal.collect();
      vi.setSystemTime(11_999);
      expect(journal.isDue(false)).toBe(false);
      vi.setSystemTime(12_000);
      expect(journal.isDue(false)).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  test('many large records are written in several calls, each of at most 1 MB, and the snapshot with the last', async () => {
    const wide = space(Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`x${n}`, float(0, 1)])));
    const loop = SearchLoop.open(
      planOf({ space: wide, level: { window: 60, concurrency: 60, budget: { trials: 60 } } }),
    );
    for (let count = 0; count < 60; count += 1) expect(loop.step().kind).toBe('start');
    const { journal, written } = journalOf(0, { supersedes: false, state: null, loop });
    await journal.writeSnapshot();
    const sizes = written.map(({ records }) => JSON.stringify(records).length);
    expect(sizes.length).toBeGreaterThan(1);
    for (const size of sizes) expect(size).toBeLessThan(1_001_000);
    expect(written.flatMap(({ records }) => records)).toHaveLength(60);
    expect(written.map(({ snapshot }) => snapshot)).toEqual(
      sizes.map((_, call) => call === sizes.length - 1),
    );
  });
});
