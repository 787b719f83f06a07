import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outcome, ToldTrial } from '../../../algorithms/index.js';
import {
  checkUpdateIsDue,
  emptyRound,
  inIndexOrder,
  movedBaseline,
  needOf,
  readRound,
  withProposed,
  withTold,
  type Round,
} from '../../../algorithms/policy-gradient/rounds.js';
import { readInteger, readList } from '../../../algorithms/contract/state-shape.js';

type Counted = Round<{ readonly index: number }> & { readonly label: string };

const start: Counted = { label: 'kept', ...emptyRound };
const scored: Outcome = { kind: 'scored', metrics: { score: 1 } };
const cancelled: Outcome = { kind: 'cancelled' };
const told = (index: number, outcome: Outcome = scored): ToldTrial => ({
  trial: { index, genome: [] },
  outcome,
});
const tell = (state: Counted, list: readonly ToldTrial[]): Counted =>
  withTold(state, list, (settled, { trial }) => ({
    ...settled,
    results: [...settled.results, { index: trial.index }],
  }));
const fullRound = (size: number): Counted =>
  Array.from({ length: size }, (_, index) => index).reduce((state, index) => {
    expect(needOf(state, size)).toBe('draw');
    return withProposed(state, size, index);
  }, start);

describe('a round', () => {
  test('draws its trials, waits for all of them in any order, and learns from those not cancelled', () => {
    const outcomes = fc.array(fc.boolean(), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(outcomes, fc.infiniteStream(fc.nat()), (isCancelled, order) => {
        const size = isCancelled.length;
        const list = isCancelled
          .map((one, index) => ({
            key: order.next().value ?? 0,
            told: told(index, one ? cancelled : scored),
          }))
          .sort((a, b) => a.key - b.key)
          .map((one) => one.told);
        let state = fullRound(size);
        for (const one of list) {
          expect(needOf(state, size)).toBe('wait');
          expect(() => checkUpdateIsDue(state, size, 'test')).toThrow(
            /test was given the result of an update/,
          );
          state = tell(state, [one]);
        }
        const left = isCancelled.flatMap((one, index) => (one ? [] : [{ index }]));
        expect(inIndexOrder(state.results)).toEqual(left);
        expect(needOf(state, size)).toBe(left.length > 0 ? 'learn' : 'draw');
        expect(() => checkUpdateIsDue(state, size, 'test')).not.toThrow();
        expect(state).toEqual(tell(fullRound(size), list));
        expect(state.label).toBe('kept');
      }),
    );
  });

  test('begins anew when every trial was cancelled', () => {
    const state = tell(fullRound(2), [told(0, cancelled), told(1, cancelled)]);
    expect(withProposed(state, 2, 7)).toEqual({ label: 'kept', proposed: 1, pending: [7], results: [] });
  });

  test('leaves out trials that it did not propose, and a second outcome of one that it did', () => {
    const state = tell(fullRound(2), [told(9), told(0), told(0)]);
    expect(state).toEqual({ label: 'kept', proposed: 2, pending: [1], results: [{ index: 0 }] });
    expect(tell(state, [told(9)])).toBe(state);
  });

  test('is read from a state, and refused where it is none of its size', () => {
    const read = (fields: Readonly<Record<'proposed' | 'pending' | 'results', number | readonly number[]>>) =>
      readRound(fields, 3, 'batch', (value, place) => readList(value, place, 3, readInteger));
    expect(read({ proposed: 3, pending: [4], results: [5, 6] })).toEqual({
      proposed: 3,
      pending: [4],
      results: [5, 6],
    });
    expect(() => read({ proposed: 4, pending: [], results: [] })).toThrow(
      /state.proposed does not fit a batch of 3 trials/,
    );
    expect(() => read({ proposed: 1, pending: [1], results: [2] })).toThrow(/does not fit a batch/);
    expect(() => read({ proposed: 3, pending: [1, 2, 3, 4], results: [] })).toThrow(
      /state.pending has 4 items/,
    );
    expect(() => read({ proposed: 3, pending: 2, results: [] })).toThrow(/state.pending must be a list/);
  });
});

test('the baseline starts at the first mean and then moves towards each', () => {
  expect(movedBaseline(null, 5, 0.9)).toBe(5);
  expect(movedBaseline(5, 6, 0.75)).toBe(5.25);
  expect(Object.is(movedBaseline(null, -0, 0.9), 0)).toBe(true);
});
