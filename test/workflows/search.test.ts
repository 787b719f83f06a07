import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  anyOf,
  byRank,
  byValue,
  gateDecision,
  ma2ml,
  random,
  regularizedEvolution,
  reinforce,
  stopEarly,
  successiveHalving,
  type Report,
} from '../../algorithms/index.js';
import { constrained, float, int, oneOf, space } from '../../search-spaces/index.js';
import { level } from '../../searches/index.js';
import { enqueueUpdate, progressQuery } from '../../workflows/messages/messages.js';
import { simulate } from '../support/plain-search.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';

const quadratic = space({ x: float(-5, 10), y: int(0, 15), k: oneOf(['a', 'b']) });
type Point = { readonly x: number; readonly y: number; readonly k: 'a' | 'b' };

function loss(point: Point): number {
  return (point.x - 1) * (point.x - 1) + (point.y - 2) * (point.y - 2) + (point.k === 'a' ? 0 : 1);
}
const lossSource = '(p) => ({ loss: (p.x - 1) * (p.x - 1) + (p.y - 2) * (p.y - 2) + (p.k === "a" ? 0 : 1) })';

describe('a light search', () => {
  let laboratory: SearchLaboratory;
  beforeAll(async () => {
    laboratory = await SearchLaboratory.open('search');
    await laboratory.startWorker();
  });
  afterAll(() => laboratory.close());

  test.each([
    ['random', random()],
    ['regularizedEvolution', regularizedEvolution({ populationSize: 20, tournamentSize: 5 })],
    ['successiveHalving', successiveHalving({ minimumSteps: 1, maximumSteps: 16 })],
  ])('%s: ends with exactly its budget and the trajectory of the plain loop', async (name, algorithm) => {
    const definition = await laboratory.define(
      {
        name: `light-${name}`,
        space: quadratic,
        metrics: { loss: 'minimize' },
        algorithm,
        order: 'in-order',
        budget: { trials: 120, concurrency: 8 },
        light: true,
        seed: 11,
      },
      { evaluate: lossSource },
    );
    const result = await laboratory.result(await laboratory.start(definition));
    const expected = simulate(definition, (point) => ({
      kind: 'scored',
      metrics: { loss: loss(point as Point) },
    }));
    if (name !== 'successiveHalving') expect(result.trajectoryHash).toBe(expected.trajectoryHash);
    expect(result.trials).toBe(120);
    expect(result.reason).toEqual({ kind: 'trials' });
    const told = (await laboratory.records(definition.name)).flatMap((record) =>
      record.kind === 'told' ? [record.index] : [],
    );
    expect(told).toEqual(Array.from({ length: 120 }, (_, index) => index));
    await laboratory.replay(definition.name);
  });

  test.each([
    ['reinforce', reinforce({ batchSize: 8 })],
    [
      'ma2ml',
      ma2ml({ agents: [{ name: 'A' }, { name: 'B' }], range: [0, 6], stepsPerRound: 2, hiddenUnits: 8 }),
    ],
  ])('%s: updates run as activities and change nothing of the trajectory', async (name, algorithm) => {
    const definition = await laboratory.define(
      {
        name: `light-${name}`,
        space: space({ a: oneOf([0, 1, 2, 3], { tags: ['A'] }), b: oneOf([0, 1, 2, 3], { tags: ['B'] }) }),
        metrics: { score: 'maximize' },
        algorithm,
        budget: { trials: 64, concurrency: 8 },
        light: true,
      },
      { evaluate: '(p) => ({ score: p.a + p.b })' },
    );
    const result = await laboratory.result(await laboratory.start(definition));
    const expected = simulate(definition, (point) => {
      const { a, b } = point as { a: number; b: number };
      return { kind: 'scored', metrics: { score: a + b } };
    });
    expect(result.trajectoryHash).toBe(expected.trajectoryHash);
    await laboratory.replay(definition.name);
  });

  test('a stopping policy ends trials, the same ones at any concurrency and after a cancellation', async () => {
    const search = async (name: string, concurrency: number, pause: number) =>
      laboratory.define(
        {
          name,
          levels: [
            level({
              name: 'only',
              space: quadratic,
              metrics: { loss: 'minimize' },
              algorithm: stopEarly(
                regularizedEvolution({ populationSize: 10, tournamentSize: 3 }),
                anyOf(
                  byValue([[1, 150]]),
                  byRank([
                    [2, 0.5, 5],
                    [4, 5, 10],
                  ]),
                ),
              ),
              order: 'in-order',
              budget: { trials: 70, concurrency },
            }),
          ],
          light: true,
          seed: 4,
        },
        {
          evaluate: `async (p, trial) => {
            const loss = (${lossSource})(p).loss;
            for (let step = 1; step <= 5 && !trial.shouldStop(); step++) {
              await new Promise((resolve) => setTimeout(resolve, ${pause}));
              trial.report(step, { loss: loss + loss / step });
            }
            return trial.shouldStop() ? undefined : { loss };
          }`,
        },
      );
    const stopped: number[] = [];
    const definition = await search('stopped-early', 4, 20);
    const expected = simulate(definition, (point, { index, gate }) => {
      if (gate === undefined) throw new Error('A gate was expected.');
      const final = loss(point as Point);
      const reports: Report[] = [];
      for (let step = 1; step <= 5; step++) {
        const metrics = { loss: final + final / step };
        reports.push({ step, metrics });
        const { stop, ...values } = gateDecision(gate, reports);
        if (stop) {
          stopped.push(index);
          return { kind: 'stopped', step, metrics, ...values };
        }
      }
      const { stop: _stop, ...values } = gateDecision(gate, reports);
      return { kind: 'scored', metrics: { loss: final }, ...values };
    });
    const handle = await laboratory.start(definition);
    await until(async () => (await handle.query(progressQuery)).trials > 15);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    const alone = await search('stopped-alone', 1, 1);
    const results = [
      await laboratory.result(await laboratory.start(definition)),
      await laboratory.result(await laboratory.start(alone)),
    ];
    for (const { trajectoryHash } of results) expect(trajectoryHash).toBe(expected.trajectoryHash);
    for (const name of ['stopped-early', 'stopped-alone']) {
      const told = (await laboratory.records(name)).flatMap((record) =>
        record.kind === 'told' && record.outcome.kind === 'stopped' ? [record.index] : [],
      );
      expect(told).toEqual(stopped);
    }
    await laboratory.replay('stopped-early');
    expect(stopped.length).toBeGreaterThan(15);
    expect(stopped.length).toBeLessThan(60);
  });

  test('continues as new many times without a trace in the trajectory', async () => {
    const definition = await laboratory.define(
      {
        name: 'long',
        space: quadratic,
        metrics: { loss: 'minimize' },
        algorithm: regularizedEvolution({ populationSize: 20, tournamentSize: 5 }),
        budget: { trials: 1_500, concurrency: 16 },
        light: true,
        seed: 5,
      },
      { evaluate: lossSource },
    );
    const handle = await laboratory.start(definition);
    const first = (await handle.describe()).runId;
    const result = await laboratory.result(handle);
    const expected = simulate(definition, (point) => ({
      kind: 'scored',
      metrics: { loss: loss(point as Point) },
    }));
    expect(result.trajectoryHash).toBe(expected.trajectoryHash);
    expect(result.best).toEqual(expected.best);
    expect((await laboratory.client.workflow.getHandle('long').describe()).runId).not.toBe(first);
    await laboratory.replay('long');
  }, 60_000);

  test('the Temporal UI is told id, level, phase, best value and trials', async () => {
    const definition = await laboratory.define(
      {
        name: 'shown',
        space: quadratic,
        metrics: { loss: 'minimize' },
        algorithm: random(),
        budget: { trials: 30, concurrency: 4 },
        light: true,
      },
      { evaluate: lossSource },
    );
    const result = await laboratory.result(await laboratory.start(definition));
    const { searchAttributes, memo } = await laboratory.client.workflow.getHandle('shown').describe();
    expect(searchAttributes).toMatchObject({
      DuramenStudy: ['shown'],
      DuramenLevel: ['shown'],
      DuramenPhase: ['finished'],
      DuramenTrials: [30],
      DuramenBest: [result.best?.metrics['loss']],
    });
    expect(memo).toMatchObject({ phase: 'finished', trials: 30 });
  });

  test('outcomes under the failure policies: infeasible, NaN and exceptions', async () => {
    const definition = await laboratory.define(
      {
        name: 'outcomes',
        space: space({ i: int(0, 99) }),
        metrics: { loss: 'minimize' },
        algorithm: random(),
        budget: { trials: 40, concurrency: 4 },
        failurePolicy: { Bug: 'infeasible' },
        retries: 0,
        light: true,
      },
      {
        evaluate: `(p) => {
          if (p.i % 4 === 0) return { infeasible: 'a multiple of 4' };
          if (p.i % 4 === 1) return { loss: NaN };
          if (p.i % 4 === 2) throw new Error('broken on purpose');
          return { loss: p.i };
        }`,
      },
    );
    const handle = await laboratory.start(definition);
    const result = await laboratory.result(handle);
    expect(result.trials).toBe(40);
    const kinds = new Set(
      (await laboratory.records('outcomes')).flatMap((record) =>
        record.kind === 'told'
          ? [record.outcome.kind === 'failed' ? record.outcome.class : record.outcome.kind]
          : [],
      ),
    );
    expect(kinds).toEqual(new Set(['infeasible', 'Diverged', 'Bug', 'scored']));
    await laboratory.replay('outcomes');
  });

  test('points that violate a constraint of the space are told as infeasible and never evaluated', async () => {
    const reason = 'wider than deep';
    const definition = await laboratory.define(
      {
        name: 'constrained',
        space: constrained({ width: int(1, 20), depth: int(1, 4) }, [
          { expr: ['<=', ['path', 'width'], ['path', 'depth']], reason },
        ]),
        metrics: { loss: 'minimize' },
        algorithm: regularizedEvolution({ populationSize: 10, tournamentSize: 3 }),
        budget: { trials: 400, concurrency: 4 },
        light: true,
        seed: 3,
      },
      {
        evaluate:
          '(p) => { if (p.width > p.depth) throw new Error("evaluated"); return { loss: p.depth - p.width }; }',
      },
    );
    const handle = await laboratory.start(definition);
    const error: unknown = await handle
      .executeUpdate(enqueueUpdate, { args: [{ genome: [9, 1] }] })
      .catch((refusal: unknown) => refusal);
    expect(String(error instanceof Error ? error.cause : error)).toMatch(
      /not in the space of level "constrained": constraint_violated \(wider than deep\)\./,
    );
    const result = await laboratory.result(handle);
    const expected = simulate(definition, (point) => {
      const { width, depth } = point as { readonly width: number; readonly depth: number };
      return { kind: 'scored', metrics: { loss: depth - width } };
    });
    expect(result.trajectoryHash).toBe(expected.trajectoryHash);
    const records = await laboratory.records('constrained');
    const infeasible = records.filter(
      (record) => record.kind === 'told' && record.outcome.kind === 'infeasible',
    );
    expect(infeasible.length).toBeGreaterThan(50);
    expect(infeasible[0]).toMatchObject({ outcome: { reason } });
    await laboratory.replay('constrained');
  });

  test('a search without a feasible point ends by its budget', async () => {
    const definition = await laboratory.define(
      {
        name: 'infeasible',
        space: constrained({ width: int(1, 20) }, [
          { expr: ['>', ['path', 'width'], 20], reason: 'too narrow' },
        ]),
        metrics: { loss: 'minimize' },
        algorithm: random(),
        budget: { trials: 1_000, concurrency: 4 },
        light: true,
      },
      { evaluate: '() => { throw new Error("evaluated"); }' },
    );
    const result = await laboratory.result(await laboratory.start(definition));
    expect(result).toMatchObject({ trials: 1_000, scored: 0, best: null });
    const progress = (await laboratory.records('infeasible')).filter((record) => record.kind === 'told');
    expect(progress).toHaveLength(1_000);
    await laboratory.replay('infeasible');
  });

  test('a bug stops the search with one sentence; it goes on where it was once it is mended', async () => {
    const options = {
      name: 'mended',
      space: quadratic,
      metrics: { loss: 'minimize' },
      algorithm: random(),
      budget: { trials: 20, concurrency: 4 },
      light: true,
    } as const;
    const broken = await laboratory.define(options, {
      evaluate: `(p, trial) => { if (trial.index === 7) throw new Error('seven'); return (${lossSource})(p); }`,
    });
    const mended = await laboratory.define(options, { evaluate: lossSource });
    const stopped = await laboratory.start(broken);
    const error: unknown = await laboratory.result(stopped).catch((reason: unknown) => reason);
    expect(String(error instanceof Error ? error.cause : error)).toMatch(/Trial 7 failed \(Bug\): .*seven/);
    const result = await laboratory.result(await laboratory.start(mended, { adopt: true }, 'mended'));
    const expected = simulate(mended, (point) => ({
      kind: 'scored',
      metrics: { loss: loss(point as Point) },
    }));
    expect(result.trajectoryHash).toBe(expected.trajectoryHash);
    const records = await laboratory.records('mended');
    expect(records.filter((record) => record.kind === 'proposed' && record.trial.index === 7)).toHaveLength(
      1,
    );
    await laboratory.replay('mended', { runId: stopped.firstExecutionRunId, label: 'failed' });
    await laboratory.replay('mended');
  });

  test('lost history: the journal alone is enough to go on', async () => {
    const definition = await laboratory.define(
      {
        name: 'lost',
        space: quadratic,
        metrics: { loss: 'minimize' },
        algorithm: regularizedEvolution({ populationSize: 10, tournamentSize: 3 }),
        budget: { trials: 400, concurrency: 4 },
        light: true,
      },
      {
        evaluate: `async (p) => { await new Promise((r) => setTimeout(r, 10)); return (${lossSource})(p); }`,
      },
    );
    const handle = await laboratory.start(definition);
    await until(async () => (await laboratory.journals.read('lost')).length > 60);
    await handle.terminate('history is lost');
    const before = (await laboratory.records('lost')).length;
    const result = await laboratory.result(await laboratory.start(definition));
    const expected = simulate(definition, (point) => ({
      kind: 'scored',
      metrics: { loss: loss(point as Point) },
    }));
    expect(result.trajectoryHash).toBe(expected.trajectoryHash);
    const records = await laboratory.records('lost');
    expect(records.length).toBeGreaterThan(before);
    const told = records.flatMap((record) => (record.kind === 'told' ? [record.index] : []));
    expect(told).toEqual(Array.from({ length: 400 }, (_, index) => index));
  });

  test('a reset to an earlier moment: what the journal knows is not decided anew', async () => {
    const definition = await laboratory.define(
      {
        name: 'reset',
        space: quadratic,
        metrics: { loss: 'minimize' },
        algorithm: regularizedEvolution({ populationSize: 10, tournamentSize: 3 }),
        budget: { trials: 600, concurrency: 4 },
        light: true,
      },
      {
        evaluate: `async (p) => { await new Promise((r) => setTimeout(r, 10)); return (${lossSource})(p); }`,
      },
    );
    const handle = await laboratory.start(definition);
    await until(async () => (await laboratory.journals.read('reset')).length > 200);
    const { events } = await handle.fetchHistory();
    const completed = (events ?? []).filter((event) => Boolean(event.workflowTaskCompletedEventAttributes));
    const target = completed[Math.floor(completed.length / 3)];
    await laboratory.client.workflowService.resetWorkflowExecution({
      namespace: laboratory.namespace,
      workflowExecution: { workflowId: 'reset' },
      workflowTaskFinishEventId: target?.eventId ?? null,
      requestId: 'reset-once',
      reason: 'test',
    });
    const result = await laboratory.result(laboratory.client.workflow.getHandle('reset'));
    const expected = simulate(definition, (point) => ({
      kind: 'scored',
      metrics: { loss: loss(point as Point) },
    }));
    expect(result.trajectoryHash).toBe(expected.trajectoryHash);
    const told = (await laboratory.records('reset')).flatMap((record) =>
      record.kind === 'told' ? [record.index] : [],
    );
    expect(told).toEqual(Array.from({ length: 600 }, (_, index) => index));
  }, 60_000);
});
