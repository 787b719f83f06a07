import { describe, expect, test } from 'vitest';
import { namedRecord, readRecord, recordBytes } from '../../algorithms/warm-start/index.js';
import { darts, type Outcome, type Slice, type Trial } from '../../algorithms/index.js';
import { finishedRecord, summarise } from '../../searches/journal/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';
import { oneOf, space, spaceHash } from '../../search-spaces/index.js';
import {
  defineSearch,
  toDefinition,
  type JournalRecord,
  type SearchDefinition,
} from '../../searches/index.js';
import { snapshotBytes } from '../../algorithms/warm-start/index.js';
import { runAlgorithm } from '../support/algorithm-run.js';

const edges = space({ first: oneOf(['skip', 'conv', 'wide']), second: oneOf(['skip', 'conv', 'wide']) });
const empty = snapshotBytes([]);
const snapshot = { hash: sha256Hex(empty), space: spaceHash(edges) };
const algorithm = darts({
  stages: [
    { epochs: 2, keep: 3 },
    { epochs: 3, keep: 1 },
  ],
  warmStart: { from: [], snapshot },
});

function outcomeOf(slice: Slice | undefined): Outcome {
  const values: Record<string, readonly number[]> = {
    embed: [...Array.from({ length: 32 }, (_none, i) => i), ...Array.from({ length: 16 }, () => 255)],
    mix: [0, 2, 1, -1, 0, 1, 3, -1],
  };
  const found = values[slice?.kind ?? ''];
  const counted = slice?.kind === 'mix' ? { operationEvaluations: 60 } : {};
  return {
    kind: 'scored',
    metrics: { accuracy: 0.5, ...counted },
    ...(found === undefined ? {} : { values: found }),
  };
}

function definition(): SearchDefinition {
  return toDefinition(
    defineSearch({
      name: 'source',
      space: edges,
      metrics: { accuracy: 'maximize' },
      algorithm,
      budget: {},
      evaluate: { kind: 'activity', name: 'a', arguments: null, pure: false },
    } as never),
  );
}

/** The journal of a search, without its end where it is not over. */
function journal(trialCount = Infinity, searched = algorithm): readonly JournalRecord[] {
  const trials: Trial[] = [];
  runAlgorithm(searched, edges, {
    metrics: { accuracy: 'maximize' },
    bulks: new Map([[snapshot.hash, empty]]),
    evaluate: (trial) => {
      trials.push(trial);
      return outcomeOf(trial.slice);
    },
  });
  const records: JournalRecord[] = [
    { kind: 'opened', search: 'source', definition: definition(), level: 0, context: {}, epoch: 1 } as never,
  ];
  for (const trial of trials.slice(0, trialCount)) {
    records.push({ kind: 'proposed', trial, source: 'algorithm' } as never);
    records.push({ kind: 'told', index: trial.index, outcome: outcomeOf(trial.slice) } as never);
  }
  if (trialCount === Infinity)
    records.push({
      kind: 'closed',
      phase: 'finished',
      reason: 'exhausted',
      trajectoryHash: 'f'.repeat(64),
    } as never);
  return records;
}

function made(records: readonly JournalRecord[]) {
  const summary = summarise(records);
  if (summary === null) throw new Error('There is no journal.');
  const finished = finishedRecord(summary, 'digits');
  if ('problem' in finished) throw new Error(finished.problem);
  return finished;
}

describe('the record of a finished search', () => {
  test('has what its journal says, and is a record', () => {
    const { record, lastEpoch } = made(journal());
    expect(lastEpoch).toBe(5);
    expect(record).toMatchObject({
      ...{ task: 'digits', space: spaceHash(edges), none: true, fingerprint: '00ff'.repeat(16) },
      ...{
        masks: [
          [
            [0, 1, 2],
            [0, 1, 2],
          ],
        ],
        logits: [0, 2, 1, -1, 0, 1, 3, -1],
        genotype: [1, 2],
      },
      search: { id: 'source', algorithm: { name: 'darts' }, trajectory: 'f'.repeat(64) },
      cost: { epochs: 5, operationEvaluations: 300 },
      retrained: null,
    });
    expect(record.embedding).toHaveLength(32);
    expect(record.stop).toContain('evaluate the architecture of epoch 5');
    const whole = { ...record, weights: null };
    const bytes = recordBytes(whole);
    expect(namedRecord(sha256Hex(bytes), bytes).record).toEqual(readRecord(whole));
    const values = { values: [0.5, 0.7], mean: 0.6, deviation: 0.1 };
    const candidates = [
      { genome: [0, 0], retrained: { ...values, mean: 0.9 } },
      { genome: [1, 2], retrained: values },
    ];
    const retraining = { metric: 'accuracy', candidates, chosen: 0 };
    const retrained = journal().map((one) => (one.kind === 'closed' ? { ...one, retraining } : one));
    // Of the derived architecture, whichever was chosen.
    expect(made(retrained as never).record.retrained).toEqual({
      ...{ metric: 'accuracy', mean: 0.6, deviation: 0.1, trainings: 2 },
    });
    // Made again, it is the same.
    expect(recordBytes({ ...made(journal()).record, weights: null })).toEqual(bytes);
  });

  test('of several tasks has what tells their data apart, in a form that earlier builds refuse', () => {
    const several = darts({ epochs: 2, tasks: 2, warmStart: { from: [], snapshot } });
    const { record } = made(journal(Infinity, several));
    const own = '00ff'.repeat(16);
    expect(record).toMatchObject({ format: 'duramen-library-record/2', tasks: [own, own] });
    expect(record.fingerprint).not.toBe(own);
    expect(record.embedding).toEqual(Array.from({ length: 32 }, (_none, i) => i));
    expect(record.cost.epochs).toBe(4);
    const whole = { ...record, weights: null };
    const bytes = recordBytes(whole);
    expect(namedRecord(sha256Hex(bytes), bytes).record).toEqual(readRecord(whole));
    const { tasks: _tasks, ...without } = whole;
    expect(() => readRecord(without)).toThrow("'tasks' of the record must be");
    expect(() => readRecord({ ...whole, format: 'duramen-library-record/1' })).toThrow("'tasks'");
  });

  test('is refused before its end, and without an embedding', () => {
    expect(() => made(journal(6))).toThrow(
      'cannot become a record of the library: it is not finished; resume it first.',
    );
    const shortened = [...journal(6), ...journal().slice(-1)];
    expect(() => made(shortened)).toThrow(
      'its budget ended it before it had derived an architecture; extend it first',
    );
    expect(() => made(journal(1))).toThrow('it is no differentiable search, or has finished no epoch');
    const withoutEmbedding = journal().filter(
      (record) => !('trial' in record && record.trial.slice?.kind === 'embed'),
    );
    expect(() => made(withoutEmbedding)).toThrow(
      'its data are not embedded; search again with warmStart: { from: [] }',
    );
  });
});
