import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  completeTrial,
  emptyPromotionRung,
  promote,
  type PromotionRung,
} from '../../algorithms/successive-halving/promotion-rung.js';
import { reachRung, rungValues, thresholdOf } from '../../algorithms/successive-halving/stopping-rung.js';
import { rungSteps } from '../../algorithms/successive-halving/successive-halving.js';
import {
  AlgorithmError,
  bindAlgorithm,
  successiveHalving,
  type BoundAlgorithm,
  type Metric,
  type Outcome,
  type StateValue,
  type TellingOrder,
  type Trial,
} from '../../algorithms/index.js';
import { RandomStream, rngFromSeed } from '../../foundation/numbers/index.js';
import { float, view } from '../../search-spaces/index.js';
import { scoredOutcome } from '../../testing/index.js';
import { runAlgorithm } from '../support/algorithm-run.js';

const space = { x: float(0, 1) };
const maximize: readonly Metric[] = [{ name: 'score', goal: 'maximize' }];
const reference = successiveHalving({ minimumSteps: 1, maximumSteps: 9, reductionFactor: 3 });

function make(order: TellingOrder, metrics: readonly Metric[] = maximize): BoundAlgorithm {
  return bindAlgorithm(reference, view(space), metrics, rngFromSeed(3), order);
}

/** An algorithm that a test asks and tells by hand: it tells in orders and leaves out outcomes as no loop would. */
class Driver {
  readonly trials: Trial[] = [];
  private state: StateValue;
  private readonly algorithm: BoundAlgorithm;

  constructor(algorithm: BoundAlgorithm) {
    this.algorithm = algorithm;
    this.state = algorithm.init();
  }

  propose(): Trial {
    const { state, action } = this.algorithm.propose(this.state, this.trials.length);
    if (action.kind !== 'trial') throw new Error(`a trial was expected, not ${action.kind}`);
    const trial = { ...action.proposal, index: this.trials.length };
    this.trials.push(trial);
    this.state = state;
    return trial;
  }

  tell(trial: Trial, outcome: number | Outcome): void {
    const told = typeof outcome === 'number' ? scored(outcome) : outcome;
    this.state = this.algorithm.tell(this.state, [{ trial, outcome: told }]);
  }
}

const scored = (score: number, atGate?: readonly number[]): Outcome =>
  atGate === undefined
    ? { kind: 'scored', metrics: { score } }
    : { kind: 'scored', metrics: { score }, atGate };

describe('rungs', () => {
  test('are powers of the reduction factor, the last one is the maximum', () => {
    expect(rungSteps({ minimumSteps: 1, maximumSteps: 64, reductionFactor: 4 })).toEqual([1, 4, 16, 64]);
    expect(rungSteps({ minimumSteps: 2, maximumSteps: 15, reductionFactor: 4 })).toEqual([2, 8, 15]);
    expect(rungSteps({ minimumSteps: 5, maximumSteps: 5, reductionFactor: 2 })).toEqual([5]);
  });

  test('too many of them, or a bad configuration, is refused with the field', () => {
    const configure = (minimumSteps: number, maximumSteps: number, reductionFactor: number) => () =>
      bindAlgorithm(
        successiveHalving({ minimumSteps, maximumSteps, reductionFactor }),
        view(space),
        maximize,
        rngFromSeed(1),
        'in-order',
      );
    expect(configure(1, 2 ** 40, 2)).toThrow(/would have 41 rungs/);
    expect(configure(0, 4, 2)).toThrow(/'minimumSteps' of successiveHalving/);
    expect(configure(8, 4, 2)).toThrow(/'maximumSteps'/);
    expect(configure(1, 4, 1)).toThrow(AlgorithmError);
  });
});

describe('as-completed', () => {
  test('promotes the best third of a rung, from its checkpoint, highest rung first', () => {
    const search = new Driver(make('as-completed'));
    const base = [0, 1, 2].map(() => search.propose());
    expect(base.map(({ until, continues }) => [until, continues])).toEqual(Array(3).fill([1, undefined]));
    for (const [place, trial] of base.entries()) search.tell(trial, [0.2, 0.9, 0.5][place] ?? 0);
    const promoted = search.propose();
    expect(promoted).toEqual({ index: 3, genome: base[1]?.genome, until: 3, continues: 1 });
    // One of three was promoted: no other is, until three more completed.
    const others = [4, 5, 6].map(() => search.propose());
    expect(others.every(({ until }) => until === 1)).toBe(true);
    for (const trial of others) search.tell(trial, 0.1);
    expect(search.propose()).toMatchObject({ until: 3, continues: 2 });
    // Two more in the middle rung, then the best of its three goes to the top.
    search.tell(promoted, 0.7);
    for (let more = 0; more < 3; more += 1) search.tell(search.propose(), 0.3);
    const third = search.propose();
    expect(third).toMatchObject({ until: 3 });
    search.tell(third, 0.75);
    search.tell({ ...promoted, index: 7, genome: base[2]?.genome ?? [], continues: 2 }, 0.6);
    expect(search.propose()).toEqual({
      index: third.index + 1,
      genome: third.genome,
      until: 9,
      continues: third.index,
    });
  });

  test('a late excellent trial is promoted although the quota of its rung is used', () => {
    const search = new Driver(make('as-completed'));
    const base = [0, 1, 2].map(() => search.propose());
    for (const trial of base) search.tell(trial, 0.5);
    expect(search.propose()).toMatchObject({ continues: 0 });
    const late = search.propose();
    expect(late.until).toBe(1);
    search.tell(late, 0.8);
    expect(search.propose()).toMatchObject({ continues: late.index, until: 3 });
  });

  test('trials without a score complete a rung but are never promoted, cancelled ones do not count', () => {
    const search = new Driver(make('as-completed'));
    const base = Array.from({ length: 6 }, () => search.propose());
    const [first, second, third, fourth, fifth, sixth] = base;
    if (!first || !second || !third || !fourth || !fifth || !sixth)
      throw new Error('six trials were expected');
    search.tell(first, 0.1);
    search.tell(second, { kind: 'cancelled' });
    search.tell(third, { kind: 'cancelled' });
    expect(search.propose().continues).toBeUndefined();
    search.tell(fourth, { kind: 'failed', class: 'OutOfMemory', message: 'out of memory' });
    search.tell(fifth, { kind: 'infeasible', reason: 'too large' });
    expect(search.propose().continues).toBe(0);
    search.tell(sixth, { kind: 'stopped', step: 1, metrics: { score: 0.9 } });
    expect(search.propose().continues).toBeUndefined();
  });

  test('minimises when asked to', () => {
    const search = new Driver(make('as-completed', [{ name: 'score', goal: 'minimize' }]));
    const base = [0, 1, 2].map(() => search.propose());
    for (const [place, trial] of base.entries()) search.tell(trial, [0.2, 0.9, 0.5][place] ?? 0);
    expect(search.propose().continues).toBe(0);
  });

  test('decides like the rule applied to all trials of the rung', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: 30 }).map((score): number | null => score) },
      { weight: 1, arbitrary: fc.constant(null) },
    );
    const property = fc.property(
      fc.array(step, { maxLength: 200 }),
      fc.integer({ min: 2, max: 5 }),
      (scores, factor) => {
        let rung: PromotionRung = emptyPromotionRung;
        const all: { index: number; score: number; promoted: boolean }[] = [];
        for (const [index, score] of scores.entries()) {
          rung = completeTrial(rung, score === null ? null : { index, score, genome: [0] }, 1_000);
          all.push({ index, score: score ?? -Infinity, promoted: score === null });
          for (;;) {
            // Trials that were promoted stand before equal ones that were not.
            const ranked = all.toSorted(
              (a, b) => b.score - a.score || Number(b.promoted) - Number(a.promoted) || a.index - b.index,
            );
            const expected = ranked
              .slice(0, Math.floor(all.length / factor))
              .find(({ promoted }) => !promoted);
            const promotion = promote(rung, factor);
            expect(promotion?.candidate.index).toBe(expected?.index);
            if (promotion === null || expected === undefined) break;
            expected.promoted = true;
            rung = promotion.rung;
          }
        }
      },
    );
    fc.assert(property, { numRuns: 60, seed: 1 });
  });

  test('keeps the best candidates when more wait than it can hold', () => {
    let rung: PromotionRung = emptyPromotionRung;
    for (let index = 0; index < 100; index += 1) {
      rung = completeTrial(rung, { index, score: (index * 37) % 100, genome: [0] }, 8);
    }
    expect(rung.completed).toBe(100);
    expect(rung.candidates.map(({ score }) => score)).toEqual([99, 98, 97, 96, 95, 94, 93, 92]);
  });

  test('spends far less on bad trials than full trainings and finds a good one', () => {
    const run = runAlgorithm(reference, space, {
      order: 'as-completed',
      seed: 3,
      trials: 300,
      completion: new RandomStream(rngFromSeed('completion')),
      evaluate: ({ genome, until }) => scored((genome[0] ?? 0) - 1 / (until ?? 1)),
    });
    const at = (step: number): readonly Trial[] => run.trials.filter(({ until }) => until === step);
    expect(at(1).length + at(3).length + at(9).length).toBe(300);
    expect(at(3).length).toBeGreaterThan(50);
    expect(at(3).length).toBeLessThan(100);
    expect(at(9).length).toBeGreaterThan(12);
    expect(at(9).length).toBeLessThan(35);
    for (const { continues, genome } of [...at(3), ...at(9)])
      expect(run.trials[continues ?? -1]?.genome).toEqual(genome);
    const best = Math.max(...at(1).map(({ genome }) => genome[0] ?? 0));
    expect(at(9).some(({ genome }) => genome[0] === best)).toBe(true);
  });
});

describe('in-order', () => {
  const open = -Number.MAX_VALUE;
  const thresholds = (trial: Trial): readonly number[] | undefined =>
    trial.gate?.kind === undefined ? trial.gate?.rungs.map(({ threshold }) => threshold) : undefined;

  test('freezes the thresholds of the outcomes told so far into the gate', () => {
    const search = new Driver(make('in-order'));
    const trials = Array.from({ length: 6 }, () => search.propose());
    expect(trials[0]).toMatchObject({
      until: 9,
      gate: {
        metric: 'score',
        goal: 'maximize',
        rungs: [
          { step: 1, threshold: open },
          { step: 3, threshold: open },
        ],
      },
    });
    const tell = (place: number, atGate: readonly number[]): void => {
      const trial = trials[place];
      if (trial !== undefined) search.tell(trial, scored(1, atGate));
    };
    tell(0, [0.1, 0.4]);
    tell(1, [0.3, 0.5]);
    expect(thresholds(search.propose())).toEqual([open, open]);
    tell(2, [0.2]);
    expect(thresholds(search.propose())).toEqual([0.3, open]);
    tell(3, [0.9, 0.1]);
    expect(thresholds(search.propose())).toEqual([0.9, 0.5]);
    tell(4, [0.8]);
    tell(5, [0.7]);
    expect(thresholds(search.propose())).toEqual([0.8, 0.5]);
  });

  test('an upper threshold when minimising', () => {
    const search = new Driver(make('in-order', [{ name: 'score', goal: 'minimize' }]));
    const trials = Array.from({ length: 3 }, () => search.propose());
    expect(thresholds(search.propose())).toEqual([Number.MAX_VALUE, Number.MAX_VALUE]);
    for (const [place, trial] of trials.entries()) search.tell(trial, scored(1, [place]));
    expect(thresholds(search.propose())).toEqual([0, Number.MAX_VALUE]);
  });

  test('stopped trials count at the rungs they reached, gates of another metric do not', () => {
    const search = new Driver(make('in-order'));
    const trials = Array.from({ length: 4 }, () => search.propose());
    for (const trial of trials.slice(0, 3)) search.tell(trial, { kind: 'stopped', step: 1, atGate: [0.5] });
    const other = trials[3];
    if (other?.gate === undefined || other.gate.kind !== undefined) throw new Error('a gate was expected');
    search.tell({ ...other, gate: { ...other.gate, metric: 'loss' } }, scored(1, [99, 99]));
    expect(thresholds(search.propose())).toEqual([0.5, open]);
  });

  test('the threshold is the best third of the latest values', () => {
    let rung: readonly number[] = [];
    for (let value = 0; value < 3 * rungValues; value += 1) rung = reachRung(rung, value);
    expect(rung).toHaveLength(rungValues);
    expect(rung[0]).toBe(2 * rungValues);
    expect(thresholdOf(rung, 'maximize', 4)).toBe(3 * rungValues - rungValues / 4);
    expect(thresholdOf(rung, 'minimize', 4)).toBe(2 * rungValues + rungValues / 4 - 1);
  });

  test('stops most trials early and lets the best one finish', () => {
    const run = runAlgorithm(reference, space, {
      order: 'in-order',
      seed: 3,
      trials: 120,
      window: 8,
      completion: new RandomStream(rngFromSeed('completion')),
      evaluate: scoredOutcome((genome) => genome[0] ?? 0),
    });
    const finished = run.told.filter(({ outcome }) => outcome.kind === 'scored');
    expect(finished.length).toBeLessThan(40);
    const best = Math.max(...run.told.map(({ trial }) => trial.genome[0] ?? 0));
    expect(finished.some(({ trial }) => trial.genome[0] === best)).toBe(true);
  });
});
