import { describe, expect, test } from 'vitest';
import type { AlgorithmReference, TellingOrder } from '../../algorithms/contract/index.js';
import { random, reinforce } from '../../algorithms/index.js';
import { initialState } from '../../searches/loop/initial-state.js';
import { isComplete } from '../../searches/loop/open-trials.js';
import { propose } from '../../searches/loop/proposing.js';
import { recordHeld, recordOutcome } from '../../searches/loop/recording.js';
import { courseOf, type SearchCourse } from '../../searches/loop/search-course.js';
import { tellingIn } from '../../searches/loop/telling.js';
import { planOf, wideSpace } from '../support/simulated-search.js';

function start(
  order: TellingOrder,
  proposals: number,
  algorithm: AlgorithmReference = random(),
): SearchCourse {
  const plan = planOf({ algorithm, space: wideSpace, level: { order, window: 8, concurrency: 8 } });
  const course = courseOf(plan, initialState(plan, false));
  for (let made = 0; made < proposals; made++) expect(propose(course).kind).toBe('proposed');
  return course;
}

function finish(course: SearchCourse, ...indices: readonly number[]): void {
  for (const index of indices)
    recordOutcome(course, index, { outcome: { kind: 'scored', metrics: { score: index, size: 1 } } }, false);
}

const told = ({ records }: SearchCourse): readonly number[] =>
  records.flatMap((record) => (record.kind === 'told' ? [record.index] : []));

describe('in order', () => {
  test('an outcome counts once those of all lower indices do', () => {
    const course = start('in-order', 4);
    finish(course, 2, 1);
    expect(told(course)).toEqual([]);
    finish(course, 0);
    expect(told(course)).toEqual([0, 1, 2]);
    expect(course.state).toMatchObject({ recorded: 3, toldCount: 0, arrivals: [] });
  });

  test('the algorithm is told of the next one on demand, of none that does not count', () => {
    const course = start('in-order', 4);
    const telling = tellingIn(course.plan.level);
    finish(course, 1);
    expect(telling.tellNext(course)).toBe(false);
    finish(course, 0);
    expect(course.trials.all.map((open) => telling.isCounted(course.state, open))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([telling.tellNext(course), telling.tellNext(course), telling.tellNext(course)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(course.trials.all.map(({ trial }) => trial.index)).toEqual([2, 3]);
  });

  test('the window says how much the algorithm must know', () => {
    const telling = tellingIn({ order: 'in-order' });
    expect([0, 7, 8, 20].map((index) => telling.requiredBefore(index, 8))).toEqual([-7, 0, 1, 13]);
  });

  test('held outcomes are recorded by index, once', () => {
    const course = start('in-order', 4);
    finish(course, 3, 1);
    recordHeld(course);
    recordHeld(course);
    expect(told(course)).toEqual([1, 3]);
    finish(course, 0);
    expect(told(course)).toEqual([1, 3, 0]);
  });
});

describe('as completed', () => {
  test('an outcome counts as it arrives, and the algorithm is told of it at once', () => {
    const course = start('as-completed', 4);
    finish(course, 2, 0);
    expect(told(course)).toEqual([2, 0]);
    expect(course.state).toMatchObject({ recorded: 2, toldCount: 2 });
    expect(course.trials.all.map(({ trial }) => trial.index)).toEqual([1, 3]);
    expect(course.trials.all.some(isComplete)).toBe(false);
  });

  test('the algorithm demands an update as soon as it can', () => {
    const course = start('as-completed', 3, reinforce({ batchSize: 3 }));
    finish(course, 2, 0);
    expect(course.state.update).toBeNull();
    finish(course, 1);
    expect(course.state.update).not.toBeNull();
    expect(told(course)).toEqual([2, 0, 1]);
  });

  test('while an update is computed, outcomes are held in the order of their arrival', () => {
    const course = start('as-completed', 4);
    course.state.update = { bulk: null, input: null };
    finish(course, 2, 0);
    expect(told(course)).toEqual([]);
    expect(course.state).toMatchObject({ recorded: 0, arrivals: [2, 0] });
    recordHeld(course);
    expect(told(course)).toEqual([2, 0]);
    course.state.update = null;
    finish(course, 1);
    // What was recorded while it was held is not recorded again when it counts.
    expect(told(course)).toEqual([2, 0, 1]);
    expect(course.state.recorded).toBe(3);
  });

  test('nothing is required before an index, and nothing is left to tell on demand', () => {
    const course = start('as-completed', 2);
    const telling = tellingIn(course.plan.level);
    finish(course, 0, 1);
    expect(telling.tellNext(course)).toBe(false);
    expect(telling.requiredBefore(100, 8)).toBe(0);
  });
});

test('only where arrivals decide does the number of trials at a time', () => {
  expect(tellingIn({ order: 'in-order' }).concurrencyDecides).toBe(false);
  expect(tellingIn({ order: 'as-completed' }).concurrencyDecides).toBe(true);
});
