import { describe, expect, test } from 'vitest';
import type { Intervention, LevelDefinition } from '../../searches/index.js';
import { initialState } from '../../searches/loop/initial-state.js';
import { tellingIn } from '../../searches/loop/telling.js';
import { changesBy } from '../../searches/loop/intervention.js';
import type { LoopState } from '../../searches/loop/loop-state.js';
import { genomeOf, planOf } from '../support/simulated-search.js';

function changes(
  intervention: Intervention,
  state: Partial<LoopState> = {},
  level: Partial<LevelDefinition> = {},
): Partial<LoopState> {
  const plan = planOf({ level });
  return changesBy(
    intervention,
    plan,
    { ...initialState(plan, false), ...state },
    tellingIn(plan.level).concurrencyDecides,
  );
}

test('an intervention leaves the state that it is applied to as it was', () => {
  const plan = planOf();
  const state = initialState(plan, true);
  const before = JSON.stringify(state);
  const interventions: readonly Intervention[] = [
    { kind: 'enqueue', genome: genomeOf(1) },
    { kind: 'cancelTrial', trial: 0 },
    { kind: 'extend', budget: { trials: 99 } },
    { kind: 'setConcurrency', concurrency: 3 },
    { kind: 'pause', by: 'user' },
    { kind: 'resume', by: 'parent' },
    { kind: 'durationReached' },
    { kind: 'adopt', definition: plan.definition },
  ];
  for (const intervention of interventions) {
    expect(Object.keys(changesBy(intervention, plan, state, false)).length).toBeGreaterThan(0);
    expect(JSON.stringify(state)).toBe(before);
  }
});

describe('enqueue', () => {
  test('adds the point behind the others and opens an exhausted search again', () => {
    const state = { enqueued: [genomeOf(1)], end: { kind: 'exhausted' } } as const;
    expect(changes({ kind: 'enqueue', genome: genomeOf(2) }, { ...state, enqueued: [genomeOf(1)] })).toEqual({
      enqueued: [genomeOf(1), genomeOf(2)],
      end: null,
      timed: true,
    });
  });

  test('does not open a search whose budget is spent', () => {
    const { end } = changes({ kind: 'enqueue', genome: genomeOf(2) }, { end: { kind: 'trials' } });
    expect(end).toEqual({ kind: 'trials' });
  });
});

describe('extend', () => {
  test('changes the amounts that it names and opens the search if its end is no longer reached', () => {
    const state: Partial<LoopState> = {
      budget: { trials: 5, cost: 9 },
      end: { kind: 'trials' },
      nextIndex: 5,
    };
    expect(changes({ kind: 'extend', budget: { trials: 6 } }, state)).toEqual({
      budget: { trials: 6, cost: 9 },
      durationReached: false,
      end: null,
      timed: true,
    });
    expect(changes({ kind: 'extend', budget: { cost: 20 } }, state).end).toEqual({ kind: 'trials' });
  });

  test('gives a search more time only when it names a duration', () => {
    const state = { durationReached: true };
    expect(changes({ kind: 'extend', budget: { trials: 99 } }, state).durationReached).toBe(true);
    expect(changes({ kind: 'extend', budget: { duration: 99 } }, state).durationReached).toBe(false);
  });
});

test('setConcurrency makes a search depend on time only where arrivals decide', () => {
  const intervention: Intervention = { kind: 'setConcurrency', concurrency: 3 };
  expect(changes(intervention, {}, { order: 'in-order' })).toEqual({ concurrency: 3, timed: false });
  expect(changes(intervention, { timed: true }, { order: 'in-order' }).timed).toBe(true);
  expect(changes(intervention, {}, { order: 'as-completed', concurrency: 1 }).timed).toBe(true);
});

describe('pause and resume', () => {
  const none = { user: false, parent: false, losses: null };

  test('each by its own flag', () => {
    expect(changes({ kind: 'pause', by: 'parent' }).pauses).toEqual({ ...none, parent: true });
    expect(changes({ kind: 'pause', by: 'user' }).pauses).toEqual({ ...none, user: true });
    const parent = { pauses: { user: true, parent: true, losses: null } };
    expect(changes({ kind: 'resume', by: 'parent' }, parent).pauses).toEqual({ ...none, user: true });
  });

  test('losses say why, and a user who resumes clears them', () => {
    const message = 'trial 3 was lost';
    expect(changes({ kind: 'pause', by: 'losses', message }).pauses).toEqual({ ...none, losses: message });
    expect(changes({ kind: 'pause', by: 'losses' }).pauses?.losses).toBe('a trial was lost over and over');
    const lost = { pauses: { user: true, parent: true, losses: message } };
    expect(changes({ kind: 'resume', by: 'user' }, lost).pauses).toEqual({ ...none, parent: true });
  });
});
