import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ActiveClock } from '../../workflows/active-clock.js';

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

/** A clock without a budget to watch, so that it needs no timer of a workflow. */
function clockOf(counted: number, runs: () => boolean): ActiveClock {
  return new ActiveClock(counted, {
    runs,
    duration: () => null,
    durationReached: () => {
      throw new Error('There is no duration to reach.');
    },
    crashed: (error) => {
      throw error;
    },
  });
}

test('counts on from what earlier runs counted', () => {
  const clock = clockOf(5_000, () => true);
  expect(clock.milliseconds).toBe(5_000);
  vi.advanceTimersByTime(300);
  expect(clock.milliseconds).toBe(5_300);
});

test('a paused search does not age', () => {
  let paused = false;
  const clock = clockOf(0, () => !paused);
  vi.advanceTimersByTime(100);
  paused = true;
  clock.restart();
  vi.advanceTimersByTime(10_000);
  expect(clock.milliseconds).toBe(100);
  paused = false;
  clock.restart();
  vi.advanceTimersByTime(20);
  expect(clock.milliseconds).toBe(120);
});

test('a search that begins paused counts from its first restart on', () => {
  let paused = true;
  const clock = clockOf(7, () => !paused);
  vi.advanceTimersByTime(50);
  expect(clock.milliseconds).toBe(7);
  paused = false;
  clock.restart();
  vi.advanceTimersByTime(3);
  expect(clock.milliseconds).toBe(10);
});

test('a restart that changes nothing loses no time', () => {
  const clock = clockOf(0, () => true);
  vi.advanceTimersByTime(40);
  clock.restart();
  clock.restart();
  vi.advanceTimersByTime(2);
  expect(clock.milliseconds).toBe(42);
});
