import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outcome, Slice } from '../../algorithms/index.js';
import { afterSlice, completeOutcome, outcomeOf, type SharedWeights } from '../../searches/index.js';
import { toyDefinition } from '../support/slices/toy-search.js';

const scored: Outcome = { kind: 'scored', metrics: { accuracy: 1 } };
const draw = { from: 'uniform', stream: 's' } as const;
const slices = {
  train: { kind: 'train', epoch: 1, paths: { from: 'uniform' } },
  mix: { kind: 'mix', epoch: 1, stage: {}, alphaSteps: true },
  score: { kind: 'score', count: 2, draw, examples: 1 },
  evaluate: { kind: 'evaluate' },
  embed: { kind: 'embed', probe: 'p' },
} as const satisfies Record<string, Slice>;

describe('the weights of a search in slices', () => {
  const steps = fc.array(
    fc.record({
      kind: fc.constantFrom('train', 'mix', 'score', 'evaluate', 'embed'),
      isScored: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
      isLate: fc.boolean(),
    }),
    { maxLength: 80 },
  );

  test('every tenth checkpoint and the last two are kept, and results are those under the last weights', () => {
    fc.assert(
      fc.property(steps, (all) => {
        let weights: SharedWeights | undefined;
        let results: number[] = [];
        const kept = new Set<number>();
        const left: number[] = [];
        const expected: { results: number[] } = { results: [] };
        let isMixed = false;
        for (const [index, { kind, isScored, isLate }] of all.entries()) {
          const slice = slices[kind];
          const continues = isLate ? left.at(-1) : left.at(-2);
          const outcome: Outcome = isScored ? scored : { kind: 'cancelled' };
          kept.add(index);
          const trial = { index, slice, ...(continues === undefined ? {} : { continues }) };
          const effect = afterSlice(weights, trial, outcome);
          ({ weights } = effect);
          for (const one of effect.obsolete) kept.delete(one);
          if (effect.supersedes) results = [];
          if (effect.isResult) results.push(index);

          const leaves = isScored && (kind === 'train' || kind === 'mix');
          if (leaves) {
            left.push(index);
            expected.results = kind === 'mix' ? [index] : [];
            isMixed = kind === 'mix';
          } else if (isScored && kind === 'evaluate' && continues === left.at(-1)) {
            expected.results = isMixed ? [index] : [...expected.results, index];
            isMixed = false;
          }
        }
        const tenths = left.filter((_, place) => (place + 1) % 10 === 0);
        expect([...kept].sort((a, b) => a - b)).toEqual(
          [...new Set([...tenths, ...left.slice(-2)])].sort((a, b) => a - b),
        );
        expect(results).toEqual(expected.results);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the outcome of a slice', () => {
  const [level] = toyDefinition('outcomes').levels;
  if (level === undefined) throw new Error('The toy has one level.');
  const metrics = level.metrics;

  test('values are float32, the cost is the declared one, and a second look changes nothing', () => {
    const numbers = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), {
      minLength: 2,
      maxLength: 2,
    });
    fc.assert(
      fc.property(numbers, fc.option(fc.nat(3), { nil: undefined }), (values, cost) => {
        const slice: Slice = { ...slices.score, ...(cost === undefined ? {} : { cost }) };
        const returned = { metrics: { accuracy: 0.5 }, cost: 99, values };
        const outcome = completeOutcome(level, outcomeOf(metrics, returned, slice), slice);
        expect(outcome).toEqual({
          kind: 'scored',
          metrics: { accuracy: 0.5 },
          cost: cost ?? 0,
          values: values.map((value) => Math.fround(value) + 0),
        });
        expect(completeOutcome(level, JSON.parse(JSON.stringify(outcome)) as Outcome, slice)).toEqual(
          outcome,
        );
      }),
    );
    const tenth = outcomeOf(metrics, { accuracy: 1 }, slices.score, [0.1, -0]);
    expect(tenth).toMatchObject({ values: [Math.fround(0.1), 0] });
  });

  test.each<[string, Slice, unknown, string, string]>([
    [
      'no values',
      slices.score,
      undefined,
      'Bug',
      'must hand back 2 values, one for each draw, and it handed back 0',
    ],
    ['too few', slices.score, [1], 'Bug', 'it handed back 1'],
    ['too many', slices.score, [1, 2, 3], 'Bug', 'it handed back 3'],
    ['385 of them', slices.mix, new Array(385).fill(0), 'Bug', 'at most 384 are possible'],
    ['no mixture', slices.mix, [], 'Bug', 'must hand back the parameters of the mixture'],
    ['other than asked', { ...slices.mix, values: 3 }, [1, 2], 'Bug', '3 values, the parameters of the mix'],
    ['no embedding', slices.embed, null, 'Bug', 'must hand back the numbers of the embedding'],
    ['a text', slices.score, 'ab', 'Bug', 'must be a list of numbers'],
    ['a text among them', slices.score, [1, 'a'], 'Bug', 'value 1 of a slice is no number'],
    ['NaN', slices.score, [1, NaN], 'Diverged', 'value 1 of a slice is NaN'],
    ['NaN as it travels', slices.score, ['NaN', 1], 'Diverged', 'value 0 of a slice is NaN'],
    ['more than a float32 holds', slices.score, [1e39, 1], 'Diverged', 'value 0 of a slice is Infinity'],
  ])('%s is a failure in one sentence', (_name, slice, values, failureClass, sentence) => {
    const outcome = outcomeOf(metrics, { accuracy: 1 }, slice, values);
    expect(outcome).toMatchObject({ kind: 'failed', class: failureClass });
    expect(outcome.kind === 'failed' && outcome.message).toContain(sentence);
  });

  test('an engine that is told of a score without values refuses it, too', () => {
    expect(completeOutcome(level, scored, slices.score)).toMatchObject({ kind: 'failed', class: 'Bug' });
    expect(completeOutcome(level, scored, slices.mix)).toMatchObject({ kind: 'failed' });
    expect(completeOutcome(level, scored, { ...slices.mix, alphaSteps: false })).toMatchObject({
      kind: 'scored',
    });
    expect(completeOutcome(level, { kind: 'infeasible', reason: 'x' }, slices.evaluate)).toMatchObject({
      cost: 0,
    });
  });
});
