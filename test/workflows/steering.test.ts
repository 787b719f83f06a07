import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { random, regularizedEvolution } from '../../algorithms/index.js';
import { callUpdate } from '../../client/update-call.js';
import { float, space } from '../../search-spaces/index.js';
import type { SearchDefinition } from '../../searches/index.js';
import {
  enqueueSignal,
  enqueueUpdate,
  extendUpdate,
  pauseSignal,
  pauseUpdate,
  progressQuery,
  resumeSignal,
  setConcurrencyUpdate,
  trialsQuery,
} from '../../workflows/messages/messages.js';
import { simulate } from '../support/plain-search.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';

const line = space({ x: float(-5, 10) });
type Point = { readonly x: number };

function loss({ x }: Point): number {
  return (x - 1) * (x - 1);
}
/** Saves a checkpoint at every step, stops at once when asked to park, and goes on where it was. */
const steps = (count: number, milliseconds: number): string => `async (p, trial) => {
  const saved = await trial.checkpoint.latest();
  for (let step = saved === null ? 1 : saved.step + 1; step <= ${count}; step++) {
    await new Promise((resolve) => setTimeout(resolve, ${milliseconds}));
    trial.report(step, { loss: 100 - step });
    await trial.checkpoint.save(new Uint8Array([step]), step);
    if (trial.signal.aborted) return;
  }
  return { loss: (p.x - 1) * (p.x - 1) };
}`;
const light =
  'async (p) => { await new Promise((r) => setTimeout(r, 20)); return { loss: (p.x - 1) * (p.x - 1) }; }';

describe('steering', () => {
  let laboratory: SearchLaboratory;
  beforeAll(async () => {
    laboratory = await SearchLaboratory.open('steering');
    await laboratory.startWorker(3);
  });
  afterAll(() => laboratory.close());

  const define = (name: string, evaluate: string, options: object = {}): Promise<SearchDefinition> =>
    laboratory.define(
      {
        name,
        space: line,
        metrics: { loss: 'minimize' },
        algorithm: regularizedEvolution({ populationSize: 6, tournamentSize: 3 }),
        budget: { trials: 12, concurrency: 3 },
        seed: 4,
        ...options,
      },
      { evaluate },
    );
  const expected = (definition: SearchDefinition): string =>
    simulate(definition, (point) => ({ kind: 'scored', metrics: { loss: loss(point as Point) } }))
      .trajectoryHash;

  test('a pause parks trainings at a checkpoint, nothing runs until the resume, and nothing shows in the trajectory', async () => {
    const definition = await define('paused', steps(4, 150));
    const handle = await laboratory.start(definition);
    await until(async () => (await handle.query(progressQuery)).trials >= 3);
    const paused = await laboratory.search(handle).pause();
    expect(paused.phase).toBe('paused');
    await until(async () => (await handle.query(progressQuery)).running.length === 0);
    const still = (await handle.query(progressQuery)).trials;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await handle.query(progressQuery)).trials).toBe(still);
    await laboratory.search(handle).unpause();
    const result = await laboratory.result(handle);
    expect(result.trajectoryHash).toBe(expected(definition));
    expect(result.timed).toBe(false);
    await laboratory.replay('paused');
  });

  test('pause and resume by signal, several times', async () => {
    const definition = await define('signals', light, {
      light: true,
      budget: { trials: 80, concurrency: 4 },
    });
    const handle = await laboratory.start(definition);
    for (let round = 0; round < 3; round += 1) {
      await handle.signal(pauseSignal);
      await until(async () => (await handle.query(progressQuery)).phase === 'paused');
      await handle.signal(resumeSignal);
    }
    expect((await laboratory.result(handle)).trajectoryHash).toBe(expected(definition));
    await laboratory.replay('signals');
  });

  test('an extended search takes the decisions of one that was longer from the start', async () => {
    const short = await define('extended', light, { light: true, budget: { trials: 20, concurrency: 4 } });
    const long = await define('extended', light, { light: true, budget: { trials: 50, concurrency: 4 } });
    const open = await laboratory.start(short);
    await callUpdate(laboratory.client, 'extended', extendUpdate, [{ trials: 30 }]);
    expect((await laboratory.result(open)).trials).toBe(30);
    const again = await laboratory.start(short, { extend: { trials: 50 } });
    const result = await laboratory.result(again);
    expect(result.trials).toBe(50);
    expect(result.trajectoryHash).toBe(expected(long));
    await laboratory.replay('extended', { runId: open.firstExecutionRunId, label: 'extended-open' });
    await laboratory.replay('extended');
  });

  test('cancelled is not lost: the search started again ends as if it had never been cancelled', async () => {
    const definition = await define('cancelled', steps(3, 150));
    const handle = await laboratory.start(definition);
    await until(async () => (await handle.query(progressQuery)).trials >= 4);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    const records = await laboratory.records('cancelled');
    expect(records.at(-1)).toMatchObject({ kind: 'closed', phase: 'cancelled' });
    expect(records.some((record) => record.kind === 'told' && record.outcome.kind === 'cancelled')).toBe(
      false,
    );
    const result = await laboratory.result(await laboratory.start(definition));
    expect(result.trajectoryHash).toBe(expected(definition));
    expect(result.trials).toBe(12);
    await laboratory.replay('cancelled', { runId: handle.firstExecutionRunId, label: 'cancelled' });
    await laboratory.replay('cancelled');
  });

  test('an enqueued point takes the next index and is told like any other; a foreign point is refused', async () => {
    const definition = await define('enqueued', light, {
      light: true,
      budget: { trials: 40, concurrency: 2 },
    });
    const handle = await laboratory.start(definition);
    const { index } = await laboratory.search(handle).enqueue({ parameters: { x: 1 } });
    await handle.signal(enqueueSignal, { genome: [2] });
    const refusal: unknown = await handle
      .executeUpdate(enqueueUpdate, { args: [{ parameters: { y: 1 } }] })
      .catch((error: unknown) => error);
    expect(String(refusal instanceof Error ? refusal.cause : refusal)).toMatch(
      /not in the space of level "enqueued"/,
    );
    await handle.signal(enqueueSignal, { genome: [200] });
    const result = await laboratory.result(handle);
    expect(result).toMatchObject({ trials: 40, timed: true });
    expect(result.best).toMatchObject({ index, metrics: { loss: 0 } });
    const enqueued = (await laboratory.records('enqueued')).flatMap((record) =>
      record.kind === 'proposed' && record.source === 'enqueued' ? [record.trial.genome] : [],
    );
    expect(enqueued).toEqual([[1], [2]]);
    await laboratory.replay('enqueued');
  });

  test('one trial can be cancelled and the concurrency changed within the window', async () => {
    const definition = await define('changed', steps(40, 100), {
      budget: { trials: 5, concurrency: 2 },
      window: 4,
    });
    const handle = await laboratory.start(definition);
    await until(async () => (await handle.query(progressQuery)).running.length === 2);
    for (const index of [0, 1]) await laboratory.search(handle).cancelTrial(index);
    const over: unknown = await handle
      .executeUpdate(setConcurrencyUpdate, { args: [5] })
      .catch((e: unknown) => e);
    expect(String(over instanceof Error ? over.cause : over)).toMatch(/above the window of 4/);
    const progress = await laboratory.search(handle).setConcurrency(3);
    expect(progress.concurrency).toBe(3);
    await until(async () => (await handle.query(progressQuery)).running.length === 3);
    expect((await handle.query(trialsQuery)).running).toHaveLength(3);
    for (const index of [2, 3, 4]) await laboratory.search(handle).cancelTrial(index);
    expect(await laboratory.result(handle)).toMatchObject({ trials: 5, scored: 0, best: null });
    await laboratory.replay('changed');
  });

  test('a duration ends the search after the trials that run; a paused search does not age', async () => {
    const definition = await define('timed', light, {
      light: true,
      algorithm: random(),
      budget: { duration: 1_500, concurrency: 2 },
    });
    const handle = await laboratory.start(definition);
    await laboratory.search(handle).pause();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const paused = await handle.query(progressQuery);
    expect(paused.activeMilliseconds).toBeLessThan(1_500);
    await laboratory.search(handle).unpause();
    const result = await laboratory.result(handle);
    await laboratory.replay('timed');
    expect(result.reason).toEqual({ kind: 'duration' });
    expect(result.timed).toBe(true);
    expect(result.trials).toBeGreaterThan(0);
  });

  test('a target ends the search at exactly the trial that reaches it', async () => {
    const definition = await define('target', light, {
      light: true,
      algorithm: random(),
      budget: { trials: 500, concurrency: 4, target: { metric: 'loss', value: 0.5 } },
    });
    const result = await laboratory.result(await laboratory.start(definition));
    const plain = simulate(definition, (point) => ({
      kind: 'scored',
      metrics: { loss: loss(point as Point) },
    }));
    expect(result.reason).toEqual(plain.reason);
    expect(result.reason.kind === 'target' && result.reason.index + 1).toBe(result.trials);
    expect(result.trajectoryHash).toBe(plain.trajectoryHash);
  });

  test('a search paused by the server goes on after the server unpauses it', async () => {
    const definition = await define('server-paused', light, {
      light: true,
      budget: { trials: 60, concurrency: 2 },
    });
    const handle = await laboratory.start(definition);
    const workflow = {
      namespace: laboratory.namespace,
      workflowId: 'server-paused',
      identity: 'test',
      reason: 'test',
    };
    await laboratory.client.workflowService.pauseWorkflowExecution({ ...workflow, requestId: 'pause' });
    const refusal: unknown = await handle.executeUpdate(pauseUpdate).catch((error: unknown) => error);
    expect(String(refusal instanceof Error ? refusal.cause : refusal)).toMatch(/paused/i);
    await laboratory.client.workflowService.unpauseWorkflowExecution({ ...workflow, requestId: 'unpause' });
    const result = await laboratory.resultAfterServerPause(handle, definition);
    expect(result.trajectoryHash).toBe(expected(definition));
    await laboratory.replay('server-paused');
  });

  test('messages that arrive with the start wait until the search is open', async () => {
    const definition = await define('early', light, { light: true, budget: { trials: 5, concurrency: 2 } });
    const handle = await laboratory.start(definition);
    const progress = await callUpdate(laboratory.client, 'early', extendUpdate, [{ trials: 9 }]);
    expect(progress.trialsBudget).toBe(9);
    expect((await laboratory.result(handle)).trials).toBe(9);
  });
});
