import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { random, type AlgorithmReference } from '../../algorithms/index.js';
import {
  type JournalRecord,
  type LevelDefinition,
  type SearchPlan,
  VerificationError,
  verifyJournal,
} from '../../searches/index.js';
import { shippedAlgorithms } from '../support/shipped-algorithms.js';
import {
  choices,
  computeUpdate,
  genomeOf,
  mixedOutcome,
  planOf,
  SimulatedSearch,
  smallSpace,
  wideSpace,
  type DefinitionOptions,
  type Simulation,
} from '../support/simulated-search.js';

type Order = LevelDefinition['order'];

function plan(algorithm: AlgorithmReference, order: Order, options: DefinitionOptions = {}): SearchPlan {
  const space = algorithm.name === 'sweep' ? smallSpace : wideSpace;
  return planOf({
    algorithm,
    space,
    ...options,
    level: { order, budget: { trials: 36 }, window: 6, ...options.level },
  });
}

/** The journal of a search that ran to its end, or to a number of records, as the workflow leaves it. */
async function journalOf(
  simulation: Omit<Simulation, 'source'> & { readonly seed?: number },
): Promise<JournalRecord[]> {
  const { seed = 1, ...rest } = simulation;
  const search = new SimulatedSearch({ evaluate: mixedOutcome, ...rest, source: choices(seed) });
  const step = await search.run();
  search.close();
  const { definition } = simulation.plan;
  const ended = step.kind === 'end';
  return [
    { kind: 'opened', search: 'simulated', definition, level: 0, context: {}, version: '0.1.0' },
    ...search.journal,
    {
      kind: 'closed',
      phase: ended ? 'finished' : 'cancelled',
      reason: ended ? step.reason.kind : 'cancelled',
      trajectoryHash: search.loop.state.trajectoryHash,
    },
  ];
}

async function faultOf(journal: readonly JournalRecord[]): Promise<VerificationError> {
  const error: unknown = await verifyJournal('simulated', journal, computeUpdate).catch(
    (reason: unknown) => reason,
  );
  if (error instanceof VerificationError) return error;
  throw error instanceof Error ? error : new Error('the journal was found to follow');
}

const changed = (
  journal: readonly JournalRecord[],
  number: number,
  change: (record: JournalRecord) => JournalRecord,
): JournalRecord[] => journal.map((record, place) => (place === number ? change(record) : record));

describe.each(shippedAlgorithms)('%s', (name, algorithm) => {
  test.each<Order>(['in-order', 'as-completed'])(
    '%s: every beginning of a journal follows',
    async (order) => {
      const property = fc.asyncProperty(fc.nat(), fc.nat({ max: 90 }), async (seed, stopAt) => {
        const journal = await journalOf({
          plan: plan(algorithm, order),
          seed,
          stopAt,
          concurrency: 4,
          disturbances: ['kill', 'park', 'pause', 'concurrency', 'rebuild', 'snapshot'],
          interventions: [
            [5, { kind: 'enqueue', genome: name === 'sweep' ? [2, 1, 0] : genomeOf(2) }],
            [12, { kind: 'cancelTrial', trial: 11 }],
            [20, { kind: 'extend', budget: { trials: 40 } }],
          ],
        });
        const { loop } = await verifyJournal('simulated', journal, computeUpdate);
        expect(loop.state.trajectoryHash).toBe(
          journal.at(-1)?.kind === 'closed'
            ? (journal.at(-1) as { trajectoryHash: string }).trajectoryHash
            : '',
        );
      });
      await fc.assert(property, { numRuns: 8, seed: 3, examples: [[1, 90]] });
    },
  );

  test('an edited outcome, proposal or order is found, although the chain of hashes was made anew', async () => {
    const journal = await journalOf({ plan: plan(algorithm, 'in-order') });
    const { length } = journal;
    for (let number = 1; number < length - 1; number += 5) {
      const edited = changed(journal, number, (record) => {
        if (record.kind === 'proposed') {
          const [first = 0, ...rest] = record.trial.genome;
          return { ...record, trial: { ...record.trial, genome: [first === 0 ? 1 : first / 2, ...rest] } };
        }
        if (record.kind !== 'told') return record;
        return { ...record, outcome: { kind: 'scored', metrics: { score: 1e9, size: 1 } } };
      });
      const fault = await faultOf(edited);
      // An outcome has consequences later, and at the latest in the hash at the end.
      expect(fault.record).toBeGreaterThanOrEqual(number);
      if (journal[number]?.kind === 'proposed') expect(fault.record).toBe(number);
    }
    for (let number = 1; number < length - 1; number += 7) {
      const without = journal.filter((_, place) => place !== number);
      expect((await faultOf(without)).record).toBeGreaterThanOrEqual(number);
    }
  });
});

describe('what else does not follow', () => {
  const told = (journal: readonly JournalRecord[], index: number): number =>
    journal.findIndex((record) => record.kind === 'told' && record.index === index);

  test('an outcome without a proposal, or a second one', async () => {
    const journal = await journalOf({ plan: plan(random(), 'in-order') });
    const place = told(journal, 3);
    const record = journal[place];
    if (record?.kind !== 'told') throw new Error('no record');
    const twice = [...journal.slice(0, place), record, ...journal.slice(place)];
    expect(await faultOf(twice)).toMatchObject({ record: place + 1, detail: 'trial 3 has a second outcome' });
    const unknown = changed(journal, place, () => ({ ...record, index: 500 }));
    expect(await faultOf(unknown)).toMatchObject({
      record: place,
      detail: 'trial 500 has an outcome but was never proposed',
    });
  });

  test('another source, another index of an intervention, a second definition', async () => {
    const journal = await journalOf({
      plan: plan(random(), 'in-order'),
      interventions: [[4, { kind: 'enqueue', genome: genomeOf(3) }]],
    });
    const enqueued = journal.findIndex(
      (record) => record.kind === 'proposed' && record.source === 'enqueued',
    );
    const source = changed(journal, enqueued, (record) =>
      record.kind === 'proposed' ? { ...record, source: 'algorithm' } : record,
    );
    expect((await faultOf(source)).detail).toMatch(/comes from "enqueued", not from "algorithm"/);
    const place = journal.findIndex((record) => record.kind === 'intervention');
    const moved = changed(journal, place, (record) =>
      record.kind === 'intervention' ? { ...record, index: record.index + 1 } : record,
    );
    expect((await faultOf(moved)).detail).toBe('it acts from trial 5, but the next is 4');
    const opened = journal[0];
    if (opened === undefined) throw new Error('empty');
    const twice = [...journal.slice(0, 9), opened, ...journal.slice(9)];
    expect(await faultOf(twice)).toMatchObject({ record: 9 });
  });

  test('an objective that is not what the metrics give', async () => {
    const level: Partial<LevelDefinition> = {
      objective: { goal: 'maximize', expression: ['-', ['path', 'score'], ['path', 'size']] },
    };
    const one = plan(random(), 'in-order', { level });
    const journal = await journalOf({ plan: one });
    await verifyJournal('simulated', journal, computeUpdate);
    const place = journal.findIndex((record) => record.kind === 'told' && record.outcome.kind === 'scored');
    const edited = changed(journal, place, (record) =>
      record.kind === 'told' && record.outcome.kind === 'scored'
        ? { ...record, outcome: { ...record.outcome, metrics: { ...record.outcome.metrics, score: 77 } } }
        : record,
    );
    expect((await faultOf(edited)).detail).toMatch(/^the objective of trial \d+ is not/);
  });

  test('another end: too early, for another reason, or with another hash', async () => {
    const whole = await journalOf({ plan: plan(random(), 'in-order') });
    const end = whole.length - 1;
    const close = (change: object): JournalRecord[] =>
      changed(whole, end, (record) => ({ ...record, ...change }));
    expect((await faultOf(close({ reason: 'cost' }))).detail).toContain('ended by "trials", not by "cost"');
    expect((await faultOf(close({ trajectoryHash: 'x' }))).detail).toMatch(/trajectory hash is .*, not x$/);
    const part = await journalOf({ plan: plan(random(), 'in-order'), stopAt: 30 });
    const early = changed(part, part.length - 1, (record) =>
      record.kind === 'closed' ? { ...record, phase: 'finished', reason: 'trials' } : record,
    );
    expect((await faultOf(early)).detail).toBe('the search ended before its budget was spent');
  });

  test('another definition, search or build', async () => {
    const journal = await journalOf({ plan: plan(random(), 'in-order') });
    const edit = (change: object): JournalRecord[] =>
      changed(journal, 0, (record) => ({ ...record, ...change }));
    const { definition } = plan(random(), 'in-order');
    expect((await faultOf(edit({ definition: { ...definition, seed: 8 } }))).record).toBe(1);
    expect((await faultOf(edit({ search: 'other' }))).detail).toContain('of the search "other"');
    expect((await faultOf(edit({ definition: null }))).detail).toContain('cannot carry out its definition');
    expect((await faultOf(journal.slice(1))).detail).toBe('it is not the definition of a search');
    expect((await faultOf([])).record).toBe(0);
  });
});

test('in order of arrival: what a closing search holds is recorded as it arrived, and told in that order', async () => {
  const one = plan(random(), 'as-completed', { level: { window: 16 } });
  const search = new SimulatedSearch({ plan: one, source: choices(1), stopAt: 8 });
  await search.run();
  const { loop } = search;
  const [first, second] = [...search.running];
  if (first === undefined || second === undefined) throw new Error('too few run');
  // An update that is being computed holds back what arrives.
  Reflect.set(Reflect.get(loop, 'state') as object, 'update', { bulk: null, input: null });
  for (const index of [second, first])
    loop.complete(index, { outcome: mixedOutcome({ index, genome: [1, 1, 1] }) });
  loop.drainRecords();
  loop.recordHeld();
  const order = loop.drainRecords().flatMap((record) => (record.kind === 'told' ? [record.index] : []));
  expect(order).toEqual([second, first]);
});
