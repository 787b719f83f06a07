import { expect, test } from 'vitest';
import type { OpenTrial } from '../../searches/index.js';
import { OpenTrials } from '../../searches/loop/open-trials.js';

const scored = { outcome: { kind: 'scored', metrics: { score: 1 } } } as const;

/** Trials 0, 1, … with these content keys, none of them started. */
function trialsOf(...contentKeys: readonly (string | null)[]): {
  readonly list: OpenTrial[];
  readonly trials: OpenTrials;
} {
  const list: OpenTrial[] = [];
  const trials = new OpenTrials(list);
  for (const [index, key] of contentKeys.entries()) trials.add({ index, genome: [index] }, key);
  return { list, trials };
}

function startAll(trials: OpenTrials): readonly number[] {
  const started: number[] = [];
  for (let open = trials.startNext(); open !== undefined; open = trials.startNext())
    started.push(open.trial.index);
  return started;
}

test('start in the order of their indices', () => {
  const { trials } = trialsOf(null, null, null);
  expect(trials.running).toBe(0);
  expect(startAll(trials)).toEqual([0, 1, 2]);
  expect(trials.running).toBe(3);
});

test('of equal content follow the one that runs, and start when it is complete or parked', () => {
  const { trials } = trialsOf('a', 'a', 'b', 'a');
  expect(startAll(trials)).toEqual([0, 2]);
  expect(trials.find(3)?.status).toEqual({ kind: 'following', leader: 0 });
  trials.settle(0, scored, false);
  expect(startAll(trials)).toEqual([1]);
  trials.parkAll();
  expect(trials.all.map(({ status }) => status.kind)).toEqual(['done', 'queued', 'queued', 'queued']);
  expect(startAll(trials)).toEqual([1, 2]);
});

test('a trial that is parked or repeated starts again before those of a higher index', () => {
  const { trials } = trialsOf(null, null, null);
  startAll(trials);
  trials.park(1);
  const first = trials.find(0);
  if (first === undefined) throw new Error('trial 0 is not open');
  trials.repeat(first, { failures: 1 });
  expect(startAll(trials)).toEqual([0, 1]);
  expect(trials.find(0)).toMatchObject({ failures: 1, timeouts: 0 });
});

test('only a running trial can be parked, and only one in the queue be marked as running', () => {
  const { trials } = trialsOf(null, null);
  trials.park(0);
  expect(trials.find(0)?.status.kind).toBe('queued');
  trials.settle(0, scored, false);
  trials.park(0);
  trials.markRunning(0);
  trials.markRunning(1);
  trials.markRunning(7);
  expect(trials.all.map(({ status }) => status.kind)).toEqual(['done', 'running']);
});

test('a complete trial keeps its outcome, whether it is journaled changes, and it leaves when it is removed', () => {
  const { list, trials } = trialsOf(null, null);
  expect(trials.complete(0)).toBeUndefined();
  trials.settle(0, scored, false);
  const complete = trials.complete(0);
  if (complete === undefined) throw new Error('trial 0 is not complete');
  trials.setJournaled(complete, true);
  expect(trials.complete(0)?.status).toEqual({ kind: 'done', completion: scored, journaled: true });
  trials.remove(complete);
  // The list is a part of the search's state: it is changed, never replaced.
  expect(list.map(({ trial }) => trial.index)).toEqual([1]);
  expect(() => trials.remove(complete)).toThrow('Trial 0 is not open.');
});
