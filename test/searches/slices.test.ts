import { describe, expect, test } from 'vitest';
import { leavesWeights, random, TrialSession, type Outcome } from '../../algorithms/index.js';
import { sha256Hex } from '../../foundation/numbers/index.js';
import { activity, planSearch, rebuild, retrainingCandidates, countedTrials } from '../../searches/index.js';
import {
  obsoleteCheckpoints,
  SearchLoop,
  toDefinition,
  trialSeed,
  verifyJournal,
  type ComputeUpdate,
  type JournalRecord,
} from '../../searches/index.js';
import { trialContentKey } from '../../searches/loop/search-plan.js';
import { summarise } from '../../searches/journal/index.js';
import { constrained, int, oneOf, view } from '../../search-spaces/index.js';
import { toyDefinition, toyOptions, ToyRun } from '../support/slices/toy-search.js';

/** The journal of a run that was driven to its end. */
async function journalOf(name: string, changes: object = {}, change?: Parameters<ToyRun['runOut']>[0]) {
  const definition = toyDefinition(name, changes);
  const run = new ToyRun(definition);
  const records: JournalRecord[] = [
    { kind: 'opened', search: name, definition, level: 0, context: {}, version: 'test' },
  ];
  const drain = run.loop.drainRecords.bind(run.loop);
  run.loop.drainRecords = () => {
    const drained = drain();
    records.push(...drained);
    return drained;
  };
  await run.runOut(change);
  const { trajectoryHash } = run.loop.state;
  records.push({ kind: 'closed', phase: 'finished', reason: run.reason.kind, trajectoryHash });
  const computeUpdate: ComputeUpdate = async ({ algorithm }, { bulk, input }) => {
    if (algorithm.computeUpdate === undefined) throw new Error('The toy has updates.');
    const result = algorithm.computeUpdate(bulk === null ? null : (run.bulks.get(bulk) ?? null), input);
    return { bulk: result.bulk === null ? null : sha256Hex(result.bulk), output: result.output };
  };
  return { definition, run, records, computeUpdate };
}

describe('a search in slices', () => {
  test('ends with exactly the declared epochs, and counts no others as results', async () => {
    const { run } = await journalOf('exact');
    // Two epochs of one training and three scores, then twice a whole one with four evaluations.
    const kinds = run.trials.map(({ slice }) => slice?.kind);
    const epoch = ['train', 'score', 'score', 'score'];
    const evaluations = ['evaluate', 'evaluate', 'evaluate', 'evaluate'];
    expect(kinds).toEqual([...epoch, ...epoch, ...epoch, ...evaluations, ...epoch, ...evaluations]);
    expect(run.loop.state.cost).toBe(4);
    expect(run.reason).toEqual({ kind: 'cost' });
    const { best } = run.loop.report.result(run.reason);
    const last = run.told
      .slice(-4)
      .map(({ trial, outcome }) => [
        trial.index,
        outcome.kind === 'scored' ? outcome.metrics['accuracy'] : 0,
      ]);
    const highest = Math.max(...last.map(([, accuracy]) => accuracy ?? 0));
    expect(last).toContainEqual([best?.index, best?.metrics['accuracy']]);
    expect(best?.metrics['accuracy']).toBe(highest);
    expect(run.loop.report.bestValue()).toBe(highest);
  });

  test('an extended search goes on as one that was longer from the start', async () => {
    const longer = await journalOf('extended', { budget: { cost: 6, concurrency: 2 } });
    const run = await new ToyRun(toyDefinition('extended')).runOut();
    expect(run.loop.state.cost).toBe(4);
    run.loop.intervene({ kind: 'extend', budget: { cost: 6 } });
    await run.runOut();
    expect(run.loop.state.trajectoryHash).toBe(longer.run.loop.state.trajectoryHash);
    expect(run.loop.state.cost).toBe(6);
    expect(run.trials).toEqual(longer.run.trials);
  });

  test('between an epoch and its evaluations there is no best trial, and no target is reached', async () => {
    const reached: number[] = [];
    const { run } = await journalOf(
      'target',
      { budget: { target: { metric: 'accuracy', value: 0.99 }, concurrency: 1 } },
      (outcome, { index, slice }) => {
        if (outcome.kind !== 'scored') return outcome;
        reached.push(index);
        // Every slice but the evaluations of the second round is above the target.
        const accuracy = slice?.kind === 'evaluate' && index < 20 ? 0.5 : 0.995;
        return { ...outcome, metrics: { accuracy } };
      },
    );
    expect(run.reason).toEqual({ kind: 'target', index: 20 });
    expect(reached).toHaveLength(21);
    const other = new ToyRun(toyDefinition('target', { budget: { trials: 17, concurrency: 1 } }));
    await other.runOut();
    expect(other.trials.at(-1)?.slice?.kind).toBe('train');
    expect(other.loop.report.bestValue()).toBeNull();
  });

  test('values are part of the journal and of the trajectory hash, and change what follows', async () => {
    const one = await journalOf('values');
    const other = await journalOf('values', {}, (outcome, { index }) =>
      index === 5 && outcome.kind === 'scored' && outcome.values !== undefined
        ? { ...outcome, values: outcome.values.map((value) => 1 - value) }
        : outcome,
    );
    const told = one.records.flatMap((record) => (record.kind === 'told' ? [record.outcome] : []));
    expect(told.filter((outcome) => outcome.kind === 'scored' && outcome.values?.length === 4)).toHaveLength(
      12,
    );
    expect(other.run.loop.state.trajectoryHash).not.toBe(one.run.loop.state.trajectoryHash);
    expect(other.run.trials.slice(0, 6)).toEqual(one.run.trials.slice(0, 6));
    expect(other.run.trials[6]).not.toEqual(one.run.trials[6]);
    expect(JSON.stringify(one.run.loop.report.trials())).not.toContain('values');
  });

  test('the journal is rebuilt and verified, and a change of a value or of a slice is found', async () => {
    const { records, run, computeUpdate } = await journalOf('verified');
    const { loop } = await verifyJournal('verified', records, computeUpdate);
    expect(loop.state.trajectoryHash).toBe(run.loop.state.trajectoryHash);
    const { algorithm, candidates, weights } = loop.state;
    const { state } = run.loop;
    expect({ algorithm, candidates, weights }).toEqual({
      algorithm: state.algorithm,
      candidates: state.candidates,
      weights: state.weights,
    });

    const edited = (edit: (record: JournalRecord) => JournalRecord): Promise<unknown> =>
      verifyJournal('verified', records.map(edit), computeUpdate);
    const touched = (outcome: Outcome): Outcome =>
      outcome.kind === 'scored' ? { ...outcome, values: [0.5, 0.5, 0.5, 0.5] } : outcome;
    await expect(
      edited((record) =>
        record.kind === 'told' && record.index === 1
          ? { ...record, outcome: touched(record.outcome) }
          : record,
      ),
    ).rejects.toThrow('does not follow');
    await expect(
      edited((record) =>
        record.kind === 'told' && record.index === 2 && record.outcome.kind === 'scored'
          ? { ...record, outcome: { ...record.outcome, cost: 1 } }
          : record,
      ),
    ).rejects.toThrow('the outcome of trial 2 is not what its slice can have');
    await expect(
      edited((record) =>
        record.kind === 'proposed' && record.trial.slice?.kind === 'train'
          ? { ...record, trial: { ...record.trial, slice: { ...record.trial.slice, epoch: 9 } } }
          : record,
      ),
    ).rejects.toThrow('this build proposes');
  });

  test('rebuilt from any record on, the search ends as the undisturbed one', async () => {
    const { definition, records, run, computeUpdate } = await journalOf('anywhere');
    for (const cut of [1, 4, 9, 20, records.length - 2]) {
      const loop = await rebuild(
        planSearch('anywhere', definition, 0, {}),
        records.slice(0, cut),
        computeUpdate,
      );
      const again = SearchLoop.decode(loop.plan, loop.encode());
      const told = new Map(run.told.map(({ trial, outcome }) => [trial.index, outcome]));
      for (let step = again.step(); step.kind !== 'end'; step = again.step()) {
        if (step.kind === 'update') again.applyUpdate(await computeUpdate(loop.plan, step.request));
        for (const { trial, status } of [...again.state.open]) {
          const outcome = told.get(trial.index);
          if (status.kind === 'running' && outcome !== undefined) again.complete(trial.index, { outcome });
        }
      }
      expect(again.state.trajectoryHash).toBe(run.loop.state.trajectoryHash);
      expect(again.state.candidates).toEqual(run.loop.state.candidates);
    }
  });

  test('of all checkpoints it keeps every tenth and the last two', async () => {
    const { run, records } = await journalOf('kept', { budget: { cost: 23, concurrency: 2 } });
    const left = run.trials.filter(({ slice }) => slice !== undefined && leavesWeights(slice));
    expect(left).toHaveLength(23);
    const kept = [9, 19, 21, 22].map((place) => left[place]?.index);
    expect([...run.checkpoints.keys()].sort((a, b) => a - b)).toEqual(kept);
    const obsolete = new Set(obsoleteCheckpoints(run.loop.plan, records, run.loop.state.recorded));
    expect(run.trials.filter(({ index }) => !obsolete.has(index)).map(({ index }) => index)).toEqual(kept);
  });

  test('all slices have the seed of the search and no content key', async () => {
    const { run } = await journalOf('seeds');
    const { plan } = run.loop;
    const options = { ...toyOptions('seeds'), evaluate: activity('none', null, { pure: true }) };
    const defined = toDefinition({ kind: 'duramen-search', options, functions: { measures: {} } });
    const pure = planSearch('seeds', defined, 0, {});
    expect(new Set(run.trials.map((trial) => trialSeed(plan, trial))).size).toBe(1);
    expect(new Set(run.trials.map((trial) => trialSeed(pure, trial))).size).toBe(1);
    expect(run.trials.map((trial) => trialContentKey(pure, trial)).every((key) => key === null)).toBe(true);
    const other = planSearch('seeds', toyDefinition('seeds', { seed: 6 }), 0, {});
    const [first] = run.trials;
    if (first === undefined) throw new Error('There is a first trial.');
    expect(trialSeed(other, first)).not.toBe(trialSeed(plan, first));
  });

  test('every failure of a slice stops the search after its retries, and nothing is lost', async () => {
    const definition = toyDefinition('failing', { retries: 1 });
    const calm = await new ToyRun(definition).runOut();
    for (const failureClass of [
      'Diverged',
      'OutOfMemory',
      'InvalidArchitecture',
      'BadInput',
      'Bug',
    ] as const) {
      const run = new ToyRun(definition);
      const broken = run.runOut((outcome, { index }) =>
        index === 6 ? { kind: 'failed', class: failureClass, message: 'on purpose' } : outcome,
      );
      await expect(broken).rejects.toThrow(`Trial 6 failed (${failureClass}): on purpose`);
      expect(run.told).toHaveLength(6);
      run.loop.clearFailure();
      await run.runOut();
      expect(run.loop.state.trajectoryHash).toBe(calm.loop.state.trajectoryHash);
    }
  });

  test('a cancelled training is proposed again, and its epoch costs once', async () => {
    const definition = toyDefinition('cancelled');
    const run = new ToyRun(definition);
    const first = run.next();
    expect(first?.slice?.kind).toBe('train');
    run.loop.intervene({ kind: 'cancelTrial', trial: 0 });
    await run.runOut();
    expect(run.trials[1]?.slice).toEqual(run.trials[0]?.slice);
    expect(run.trials[1]?.continues).toBeUndefined();
    expect(run.loop.state.cost).toBe(4);
    expect(run.trials).toHaveLength((await new ToyRun(definition).runOut()).trials.length + 1);
  });

  test('a point that violates a constraint is not evaluated and ends its epoch; trainings and draws may violate one', async () => {
    const half = constrained({ x: int(0, 99), k: oneOf(['a', 'b']) }, [
      { expr: ['<', ['path', 'x'], 50], reason: 'too wide' },
    ]);
    const { run, records, computeUpdate } = await journalOf('constrained', {
      space: half,
      budget: { cost: 12, concurrency: 2 },
    });
    const evaluated = run.told.filter(({ trial }) => trial.slice?.kind === 'evaluate');
    const last = evaluated.filter(({ trial }) => trial.slice?.cost === 1).map(({ outcome }) => outcome.kind);
    expect(last).toContain('infeasible');
    expect(last).toHaveLength(10);
    expect(run.loop.state.cost).toBe(12);
    const others = run.told.filter(({ trial }) => trial.slice?.kind !== 'evaluate');
    expect(others.every(({ outcome }) => outcome.kind === 'scored')).toBe(true);
    expect(others.some(({ trial }) => (trial.genome[0] ?? 0) >= 50)).toBe(true);
    const { loop } = await verifyJournal('constrained', records, computeUpdate);
    expect(loop.state.trajectoryHash).toBe(run.loop.state.trajectoryHash);
    expect(summarise(records)?.best).toEqual(run.loop.report.best());
  });

  test('a session without a store of checkpoints refuses them', () => {
    const { space: points, metrics, algorithm } = toyDefinition('session').levels[0] ?? {};
    if (points === undefined || metrics === undefined || algorithm === undefined)
      throw new Error('It has a level.');
    expect(() => TrialSession.open({ algorithm, view: view(points), metrics })).toThrow(
      'toySlices shares weights between its trials, which a session does not keep: run it as a search',
    );
  });

  test('a missing checkpoint stops the search in one sentence; once it is back, the search goes on', async () => {
    const definition = toyDefinition('missing');
    const run = new ToyRun(definition);
    let taken: ReturnType<typeof run.checkpoints.get>;
    await expect(
      run.runOut((outcome, { index }) => {
        if (index !== 4) return outcome;
        taken = run.checkpoints.get(4);
        run.checkpoints.delete(4);
        return outcome;
      }),
    ).rejects.toThrow('Trial 5 failed (BadInput): The checkpoint of trial 4 is missing.');
    if (taken === undefined) throw new Error('Trial 4 has a checkpoint.');
    run.checkpoints.set(4, taken);
    run.loop.clearFailure();
    await run.runOut();
    expect(run.loop.state.trajectoryHash).toBe(
      (await new ToyRun(definition).runOut()).loop.state.trajectoryHash,
    );
  });

  test('the summary of a journal and the candidates of a retraining have the same best trials', async () => {
    const { run, records } = await journalOf('summary');
    const best = run.loop.report.best();
    const summary = summarise(records);
    expect(summary?.best).toEqual(best);
    expect(summary?.trials.map(({ slice }) => slice?.kind)).toEqual(
      run.trials.map(({ slice }) => slice?.kind),
    );
    const { plan, state } = run.loop;
    const counted = countedTrials(plan, records, state.recorded);
    const candidates = retrainingCandidates(plan, { best: 10, draws: 0, drawn: 0 }, counted, null);
    expect(candidates[0]?.genome).toEqual(best[0]?.genome);
    expect(candidates.flatMap(({ search }) => search?.trials ?? []).every((index) => index > 19)).toBe(true);
  });
});

describe('a search that cannot be in slices', () => {
  const refused =
    (changes: object): (() => unknown) =>
    () =>
      toyDefinition('refused', changes);

  test('initial points are refused in one sentence', () => {
    expect(refused({ initial: [{ x: 1, k: 'a' }] })).toThrow(
      "initial: toySlices shares weights between its trials, and a point of one's own would have no checkpoint to continue: leave the points out.",
    );
  });

  test('only the innermost level can have them', () => {
    const { seed: _seed, ...outer } = { seed: 0, ...toyOptions('outer') };
    const inner = { ...outer, name: 'inner', algorithm: random(), budget: { trials: 1 } };
    const levels = [outer, inner].map((options) => ({ kind: 'duramen-level', options }));
    const options = { name: 'nested', levels, evaluate: activity('none') };
    expect(() => toDefinition({ kind: 'duramen-search', options, functions: { measures: {} } })).toThrow(
      'levels[0].algorithm: toySlices shares weights between its trials, so that no inner search',
    );
  });

  test('an evaluation inside the worker is refused', () => {
    const functions = { evaluate: () => ({}), measures: {} };
    const definition = toDefinition(
      {
        kind: 'duramen-search',
        options: { ...toyOptions('light'), evaluate: functions.evaluate, light: true },
        functions,
      },
      { hash: 'a'.repeat(64), packages: '' },
    );
    expect(() => planSearch('light', definition, 0, {})).toThrow(
      'an evaluation inside the worker has no checkpoints',
    );
  });
});
