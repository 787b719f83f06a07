import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RandomStream, rngFromSeed, type ChoiceSource } from '../../foundation/numbers/index.js';
import {
  AlgorithmError,
  decodeState,
  encodeState,
  stateByteLimit,
  type BoundAlgorithm,
  type StateValue,
  type Trial,
} from '../../algorithms/index.js';
import type { Genome } from '../../search-spaces/views/genome.js';
import { sample, validate, type View } from '../../search-spaces/index.js';
import {
  bind,
  fingerprint,
  mixedOutcome,
  simulate,
  type Run,
  type Simulation,
  type TestSearch,
} from './engine.js';

/** What an algorithm does in a space of which every point was proposed. */
export type Exhaustion = 'done' | 'repeats';

function idsOf(space: View): readonly string[] {
  return space.nodes.flatMap((node) => [
    node.id,
    ...('sub' in node ? node.sub.flatMap((inner) => idsOf(inner)) : []),
  ]);
}

/** What every algorithm must do in every space and order that it supports. */
export function describeContract(title: string, search: TestSearch, exhaustion: Exhaustion): void {
  const score = (genome: Genome): number =>
    genome.reduce((sum, number, place) => sum + number / (place + 1), 0);
  const evaluate = mixedOutcome(score);
  const simulation = (trials: number, changes: Partial<Simulation> = {}): Simulation => ({
    trials,
    window: 5,
    workers: 3,
    completion: new RandomStream(rngFromSeed('completion')),
    evaluate,
    ...changes,
  });

  describe(title, () => {
    test('the same seed gives the same proposals, another seed others', () => {
      const run = fingerprint(simulate(bind(search), simulation(120)));
      expect(fingerprint(simulate(bind(search), simulation(120)))).toBe(run);
      const other = simulate(bind({ ...search, seed: search.seed + 1 }), simulation(120));
      if (search.reference.name === 'sweep') expect(fingerprint(other)).toBe(run);
      else expect(fingerprint(other)).not.toBe(run);
    });

    test('states survive the codec at every step and no argument is changed', () => {
      runChecked(search, simulation(300, { window: 16, workers: 16 }));
    });

    test('2,000 trials: valid proposals, bounded states, an exhausted space ends or repeats as stated', () => {
      const algorithm = bind(search);
      let states = 0;
      let largest = 0;
      const onState = (state: StateValue): void => {
        // A state grows by one trial at most, so every tenth tells enough.
        if (states++ % 10 === 0) largest = Math.max(largest, encodeState(state).length);
      };
      const run = simulate(algorithm, simulation(2_000, { window: 16, workers: 16, onState }));
      for (const { genome } of run.trials) expect(validate(search.view, genome)).toMatchObject({ ok: true });
      expect(Math.max(largest, encodeState(run.state).length)).toBeLessThanOrEqual(
        algorithm.maximumStateBytes,
      );
      expect(algorithm.maximumStateBytes).toBeLessThan(stateByteLimit);
      const points = Number(search.view.size);
      const ends = exhaustion === 'done' && points < 2_000;
      expect([run.done, run.trials.length]).toEqual([ends, ends ? points : 2_000]);
      for (const { index, continues } of run.trials)
        if (continues !== undefined) expect(continues).toBeLessThan(index);
    });

    test('what it has learned is told by decisions of the view with probabilities, and changes nothing', () => {
      const algorithm = bind(search);
      const { state } = simulate(algorithm, simulation(60));
      if (algorithm.describe === undefined) return;
      const before = encodeState(state);
      for (const at of [algorithm.init(), state]) {
        const decisions = algorithm.describe(at)?.groups.flatMap((group) => group.decisions) ?? [];
        expect(new Set(decisions.map(({ id }) => id)).size).toBe(decisions.length);
        for (const { node, options, probabilities } of decisions) {
          expect(idsOf(search.view)).toContain(node);
          expect(options.length).toBe(probabilities.length);
          expect(probabilities.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 9);
        }
      }
      expect(encodeState(state)).toEqual(before);
    });

    test('done stays done', () => {
      if (exhaustion !== 'done' || Number(search.view.size) > 2_000) return;
      const algorithm = bind(search);
      const run = simulate(algorithm, simulation(100_000));
      expect(algorithm.propose(run.state, run.trials.length).action).toEqual({ kind: 'done' });
    });

    if (search.order === 'in-order') {
      test('any interleaving of any number of workers gives the same trajectory', () => {
        const expected = fingerprint(simulate(bind(search), simulation(60, { workers: 1 })));
        const property = fc.property(
          fc.constantFrom(1, 2, 7),
          fc.array(fc.nat(), { minLength: 1, maxLength: 60 }),
          (workers, choices) => {
            const run = simulate(bind(search), simulation(60, { workers, completion: following(choices) }));
            expect(fingerprint(run)).toBe(expected);
          },
        );
        fc.assert(property, { numRuns: 12, seed: 1 });
      });
    } else {
      test('the order of telling is all that matters', () => {
        const property = fc.property(
          fc.constantFrom(1, 2, 7),
          fc.array(fc.nat(), { minLength: 1, maxLength: 60 }),
          (workers, choices) => {
            const run = (): string =>
              fingerprint(
                simulate(bind(search), simulation(60, { workers, completion: following(choices) })),
              );
            expect(run()).toBe(run());
          },
        );
        fc.assert(property, { numRuns: 6, seed: 1 });
      });
    }

    test('enqueued trials are told like others', () => {
      const source = new RandomStream(rngFromSeed('enqueued'));
      const foreign = [0, 1, 7, 8, 9, 30].map((index): [number, Genome] => [
        index,
        sample(search.view, source),
      ]);
      const enqueued = new Map(foreign);
      const run = runChecked(search, simulation(80, { enqueued }));
      for (const [index, genome] of foreign) {
        if (index < run.trials.length) expect(run.trials[index]).toEqual({ index, genome });
      }
      if (!run.done) expect(run.trials.length).toBe(80);
      if (search.reference.name === 'sweep') {
        const own = run.trials.filter(({ index }) => !enqueued.has(index));
        const alone = simulate(bind(search), simulation(own.length)).trials;
        expect(own.map(({ genome }) => genome)).toEqual(alone.map(({ genome }) => genome));
      }
    });

    test('no trial ever having a score stops nothing', () => {
      const kinds = [
        { kind: 'infeasible', reason: 'never' },
        { kind: 'failed', class: 'Bug', message: 'never' },
        { kind: 'cancelled' },
        { kind: 'stopped', step: 1 },
      ] as const;
      const never = (trial: Trial): (typeof kinds)[number] => kinds[trial.index % 4] ?? kinds[0];
      const run = runChecked(search, simulation(200, { evaluate: never }));
      expect(run.done || run.trials.length === 200).toBe(true);
    });

    test('candidates are points of the space, and follow from state and bulk alone', () => {
      for (const trials of [0, 7, 120]) {
        const algorithm = bind(search);
        const { state, bulks } = simulate(algorithm, simulation(trials));
        const { derivation } = algorithm;
        // Without a derivation the candidates are the best results, which need nothing of the algorithm.
        if (derivation === undefined) return;
        const before = encodeState(state);
        const name = derivation.bulk(state);
        const bulk = name === null ? null : (bulks.get(name) ?? null);
        const counts = { best: 3, draws: 40, drawn: 4 };
        const candidates = derivation.derive(deepFreeze(state), bulk, counts);
        for (const { genome } of candidates) expect(validate(search.view, genome).ok).toBe(true);
        const from = (source: string): number =>
          candidates.filter((candidate) => candidate.source === source).length;
        expect([from('greedy') <= 1, from('best') <= 3, from('drawn') <= 4]).toEqual([true, true, true]);
        const copy = bind(search).derivation;
        expect(copy?.limits).toEqual(derivation.limits);
        expect(copy?.derive(decodeState(before), bulk, counts)).toEqual(candidates);
        expect(same(encodeState(state), before)).toBe(true);
      }
    });

    test('states of another kind are refused', () => {
      const algorithm = bind(search);
      for (const wrong of [
        null,
        7,
        'state',
        [],
        { other: 1 },
        new Uint8Array(3),
        { kind: 'promotion', rungs: 3 },
      ]) {
        expect(() => algorithm.propose(wrong, 0)).toThrow(AlgorithmError);
        expect(() => algorithm.tell(wrong, [])).toThrow(`not a state of ${algorithm.name}`);
      }
    });
  });
}

/**
 * Runs a search together with a copy of it whose state goes through the codec before every call, and checks that both
 * do the same and that no call changes its arguments.
 */
function runChecked(search: TestSearch, simulation: Simulation): Run {
  const algorithm = bind(search);
  const copy = bind(search);
  const call = <T extends { state: StateValue }>(
    state: StateValue,
    run: (bound: BoundAlgorithm, state: StateValue) => T,
  ): T => {
    const before = encodeState(state);
    const result = run(algorithm, state);
    expect(same(encodeState(state), before)).toBe(true);
    const repeated = run(copy, deepFreeze(decodeState(before)));
    expect(same(encodeState(repeated.state), encodeState(result.state))).toBe(true);
    expect({ ...repeated, state: null }).toEqual({ ...result, state: null });
    return deepFreeze(result);
  };
  const { computeUpdate, applyUpdate } = algorithm;
  const checked: BoundAlgorithm = {
    ...algorithm,
    init: () => deepFreeze(algorithm.init()),
    propose: (state, index) => call(state, (bound, own) => bound.propose(own, index)),
    tell: (state, told) => call(state, (bound, own) => ({ state: bound.tell(own, deepFreeze(told)) })).state,
    ...(computeUpdate === undefined || applyUpdate === undefined
      ? {}
      : {
          computeUpdate: (bulk, input) => {
            const before = [encodeState(bulk), encodeState(input)];
            const result = computeUpdate(bulk, decodeState(encodeState(input)));
            expect(computeUpdate(bulk, input)).toEqual(result);
            expect([encodeState(bulk), encodeState(input)]).toEqual(before);
            return result;
          },
          applyUpdate: (state, result) =>
            call(state, (bound, own) => {
              if (bound.applyUpdate === undefined) throw new Error('the update has only one half');
              return { state: bound.applyUpdate(own, result) };
            }).state,
        }),
  };
  return simulate(checked, simulation);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Freezes everything that can be frozen; bytes cannot, they are compared instead. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value))
    return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) if (typeof inner === 'object') deepFreeze<unknown>(inner);
  return value;
}

/** A source that follows a list of choices, over and over. */
function following(choices: readonly number[]): ChoiceSource {
  let place = 0;
  const next = (): number => choices[place++ % choices.length] ?? 0;
  return { below: (m) => next() % m, unit: () => (next() % 1024) / 1024 };
}
