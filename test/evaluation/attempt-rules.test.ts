import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../algorithms/contract/index.js';
import {
  countLosses,
  isLasting,
  isSharable,
  limitOfAttempt,
} from '../../evaluation/attempts/attempt-rules.js';
import type { AttemptRecord } from '../../storage/index.js';

function attempt(number: number, startedFrom: number | null, end: AttemptRecord['end']): AttemptRecord {
  return { attempt: number, startedFrom, host: 'here', at: null, end };
}

describe('losses without a further checkpoint step', () => {
  test('count back to the last attempt that started from another step', () => {
    const lost = { kind: 'lost', milliseconds: 10 } as const;
    const attempts = [attempt(1, null, lost), attempt(2, 5, lost), attempt(3, 5, null), attempt(4, 5, lost)];
    expect(countLosses(attempts, 5)).toBe(3);
    expect(countLosses(attempts, 6)).toBe(0);
    expect(countLosses([], null)).toBe(0);
  });

  test('end at an attempt that ended in another way', () => {
    const attempts = [
      attempt(1, null, null),
      attempt(2, null, { kind: 'parked', milliseconds: 10 }),
      attempt(3, null, null),
    ];
    expect(countLosses(attempts, null)).toBe(1);
  });
});

describe('the limit of an attempt', () => {
  const before = [
    attempt(1, null, { kind: 'lost', milliseconds: 400 }),
    attempt(2, null, null),
    attempt(3, null, { kind: 'parked', milliseconds: 500 }),
  ];

  test('is what the trial has left, at most the limit of an attempt', () => {
    expect(limitOfAttempt({ trial: 1000 }, before)).toEqual({ milliseconds: 100, total: 1000 });
    expect(limitOfAttempt({ trial: 1000, attempt: 50 }, before)).toEqual({ milliseconds: 50, total: 1000 });
    expect(limitOfAttempt({ trial: 800 }, before)).toEqual({ milliseconds: -100, total: 800 });
  });

  test('does not depend on earlier attempts without a limit of the trial', () => {
    expect(limitOfAttempt({ attempt: 50 }, before)).toEqual({ milliseconds: 50, total: undefined });
    expect(limitOfAttempt({}, before)).toEqual({ milliseconds: undefined, total: undefined });
  });
});

test('an outcome lasts unless the search file may mend it, and is shared unless the machine or the clock made it', () => {
  const scored: Outcome = { kind: 'scored', metrics: { accuracy: 1 } };
  const failed = (name: Extract<Outcome, { kind: 'failed' }>['class']): Outcome => ({
    kind: 'failed',
    class: name,
    message: 'It failed.',
  });
  const table: readonly (readonly [Outcome, boolean, lasting: boolean, sharable: boolean])[] = [
    [scored, false, true, true],
    [scored, true, true, false],
    [{ kind: 'infeasible', reason: 'too large' }, false, true, true],
    [failed('Diverged'), false, true, true],
    [failed('InvalidArchitecture'), false, true, true],
    [failed('OutOfMemory'), false, true, false],
    [failed('Timeout'), true, true, false],
    [failed('Bug'), false, false, false],
    [failed('BadInput'), false, false, false],
  ];
  for (const [outcome, timed, lasting, sharable] of table) {
    expect([outcome, isLasting(outcome)]).toEqual([outcome, lasting]);
    expect([outcome, isSharable(outcome, timed)]).toEqual([outcome, sharable]);
  }
});
