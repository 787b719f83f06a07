import { describe, expect, test } from 'vitest';
import { encodeState, reinforce } from '../../algorithms/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';
import {
  algorithmUpdates,
  rebuild,
  rebuildFromSnapshot,
  type JournalRecord,
  type SearchLoop,
} from '../../searches/index.js';
import {
  choices,
  computeUpdate,
  levelDefinition,
  mixedOutcome,
  planOf,
  searchDefinition,
  SimulatedSearch,
} from '../support/simulated-search.js';

const plan = planOf({ algorithm: reinforce({ batchSize: 5 }) });
const otherVersion = encodeState({ loop: JSON.stringify({ version: 99 }), algorithm: null, update: null });

function chained(
  records: readonly JournalRecord[],
): readonly { readonly hash: string; readonly record: JournalRecord }[] {
  let hash = '';
  return records.map((record) => {
    hash = sha256Hex(hash + JSON.stringify(record));
    return { hash, record };
  });
}

async function simulated(stopAt: number, journal?: readonly JournalRecord[]): Promise<SimulatedSearch> {
  const search = new SimulatedSearch({
    plan,
    source: choices(1),
    evaluate: mixedOutcome,
    stopAt,
    ...(journal === undefined ? {} : { journal }),
  });
  await search.run();
  return search;
}

describe('a rebuild from a snapshot', () => {
  test('gives the state that all records give, from the records after the snapshot', async () => {
    const half = await simulated(30);
    const records = (await simulated(60, half.journal)).journal;
    const journal = chained(records);
    const snapshot = {
      position: { records: half.journal.length, hash: journal[half.journal.length - 1]?.hash ?? '' },
      state: half.loop.encode(),
    };
    const expected = await rebuild(plan, records, computeUpdate);
    const rebuilt = async (changes: Partial<typeof snapshot>): Promise<[SearchLoop, number]> => {
      let updates = 0;
      const loop = await rebuildFromSnapshot(plan, journal, { ...snapshot, ...changes }, (...request) => {
        updates += 1;
        return computeUpdate(...request);
      });
      return [loop, updates];
    };
    const [shortened, updates] = await rebuilt({});
    expect(shortened.trajectoryHash).toBe(expected.trajectoryHash);
    expect(shortened.report.best()).toEqual(expected.report.best());
    // What is no shortcut changes nothing: all updates are computed again.
    const superseded = { ...snapshot.position, hash: 'other' };
    for (const changes of [{ state: otherVersion }, { position: superseded }]) {
      const [loop, all] = await rebuilt(changes);
      expect(loop.encode()).toEqual(expected.encode());
      expect(all).toBeGreaterThan(updates);
    }
    expect((await rebuildFromSnapshot(plan, journal, null, computeUpdate)).encode()).toEqual(
      expected.encode(),
    );
  });

  test('goes on under the definition that was adopted before the snapshot', async () => {
    const search = await simulated(30);
    const definition = {
      ...searchDefinition([levelDefinition('simulated', { algorithm: reinforce({ batchSize: 5 }) })]),
      evaluator: { kind: 'command', command: 'python train.py', pure: false } as const,
    };
    search.loop.adopt({ ...plan, definition });
    const journal = chained([...search.journal, ...search.loop.drainRecords()]);
    const position = { records: journal.length, hash: journal.at(-1)?.hash ?? '' };
    const snapshot = { position, state: search.loop.encode() };
    const loop = await rebuildFromSnapshot(plan, journal, snapshot, computeUpdate);
    expect(loop.plan.definition).toEqual(definition);
  });

  test('pauses after each thousand records', async () => {
    const records = (await simulated(60)).journal;
    const opened: JournalRecord = {
      kind: 'opened',
      search: 'simulated',
      definition: plan.definition,
      level: 0,
      context: {},
      version: '0',
    };
    // Records that decide nothing make a journal long.
    const journal = chained([...Array.from({ length: 2_100 }, () => opened), ...records]);
    let pauses = 0;
    const breathe = (): Promise<void> => {
      pauses += 1;
      return Promise.resolve();
    };
    const loop = await rebuildFromSnapshot(plan, journal, null, computeUpdate, breathe);
    expect(pauses).toBe(3);
    expect(loop.encode()).toEqual((await rebuild(plan, records, computeUpdate)).encode());
  });
});

test('an algorithm without updates refuses to compute one', async () => {
  const updates = algorithmUpdates({ get: () => Promise.reject(new Error()), put: sha });
  await expect(updates(planOf(), { bulk: null, input: null })).rejects.toThrow(
    'The algorithm random of "simulated" has no updates.',
  );
});

function sha(bytes: Uint8Array): Promise<string> {
  return Promise.resolve(sha256Hex(bytes));
}
