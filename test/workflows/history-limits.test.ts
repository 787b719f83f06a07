import { describe, expect, test } from 'vitest';
import { isDraining, shouldContinueAsNew, type HistoryLength } from '../../workflows/history-limits.js';

const short: HistoryLength = { historyLength: 10, historySize: 5_000, continueAsNewSuggested: false };

describe('limits of a history', () => {
  test.each<[string, Partial<HistoryLength>, boolean]>([
    ['a short history', {}, false],
    ['one event below the limit', { historyLength: 2_499 }, false],
    ['as many events as the limit', { historyLength: 2_500 }, true],
    ['one byte below the limit', { historySize: 7_999_999 }, false],
    ['as many bytes as the limit', { historySize: 8_000_000 }, true],
    ['a suggestion of the server', { continueAsNewSuggested: true }, true],
  ])('starts nothing more: %s', (_what, history, expected) => {
    expect(isDraining({ ...short, ...history })).toBe(expected);
  });

  test.each<[string, Partial<HistoryLength>, boolean, boolean]>([
    ['a short history', {}, false, false],
    ['one event below the limit', { historyLength: 999 }, false, false],
    ['as many events as the limit', { historyLength: 1_000 }, false, true],
    ['one byte below the limit', { historySize: 999_999 }, false, false],
    ['as many bytes as the limit', { historySize: 1_000_000 }, false, true],
    ['a suggestion of the server', { continueAsNewSuggested: true }, false, true],
    ['too short to gain by it, paused', { historyLength: 49 }, true, false],
    ['long enough to gain by it, paused', { historyLength: 50 }, true, true],
    ['the same length, not paused', { historyLength: 50 }, false, false],
  ])('continues as new: %s', (_what, history, paused, expected) => {
    expect(shouldContinueAsNew({ ...short, ...history }, paused)).toBe(expected);
  });
});
