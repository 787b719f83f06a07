import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { random, regularizedEvolution, sweep } from '../../algorithms/index.js';
import { float, oneOf, space } from '../../search-spaces/index.js';
import { level, type Level, type SearchDefinition, type SearchResult } from '../../searches/index.js';
import { progressQuery } from '../../workflows/messages/messages.js';
import { simulate } from '../support/plain-search.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';

/** The inner optimum lies where the outer choice says. */
const evaluate = (milliseconds: number): string => `async (p, trial) => {
  await new Promise((resolve) => setTimeout(resolve, ${milliseconds}));
  const d = p.x - trial.context.outer.shift;
  return { loss: d * d + trial.context.outer.shift };
}`;

describe('nested searches', () => {
  let laboratory: SearchLaboratory;
  beforeAll(async () => {
    laboratory = await SearchLaboratory.open('nested');
    await laboratory.startWorker(3);
  });
  afterAll(() => laboratory.close());

  const define = (name: string, options: object = {}, milliseconds = 5): Promise<SearchDefinition> =>
    laboratory.define(
      {
        name,
        levels: [
          level({
            name: 'outer',
            space: space({ shift: oneOf([1, 2, 3]), label: oneOf(['a', 'b']) }),
            metrics: { loss: 'minimize', size: 'observe' },
            algorithm: random(),
            budget: { trials: 8, concurrency: 2 },
            measure: () => ({}),
          }),
          level({
            name: 'inner',
            space: space({ x: float(-5, 5) }),
            metrics: { loss: 'minimize' },
            algorithm: regularizedEvolution({ populationSize: 5, tournamentSize: 2 }),
            budget: { trials: 10, concurrency: 2 },
          }),
        ],
        seed: 9,
        light: true,
        pure: true,
        ...options,
      },
      {
        evaluate: evaluate(milliseconds),
        measures: 'outer: (context, p, inner) => ({ size: p.shift * 10 + inner.metrics.loss })',
      },
    );

  /** The inner search for a shift, without Temporal. */
  const inner = (definition: SearchDefinition, outer: { shift: number; label: string }): SearchResult =>
    simulate(
      definition,
      (point) => {
        const d = (point as { x: number }).x - outer.shift;
        return { kind: 'scored', metrics: { loss: d * d + outer.shift } };
      },
      { level: 1, context: { outer } },
    );

  test('each outer trial is a search of its own, with a readable id, its own journal and its measure', async () => {
    const definition = await define('two-levels');
    const result = await laboratory.result(await laboratory.start(definition));
    expect(result.trials).toBe(8);
    const expected = simulate(definition, (point) => {
      const outer = point as { shift: number; label: string };
      const loss = inner(definition, outer).best?.metrics['loss'] ?? NaN;
      return { kind: 'scored', metrics: { loss, size: outer.shift * 10 + loss }, cost: 0 };
    });
    expect(result.trajectoryHash).toBe(expected.trajectoryHash);
    const { shift } = result.best?.parameters as { shift: number };
    expect(shift).toBe(1);
    expect(result.best?.inner['inner']).toHaveProperty('x');
    const description = await laboratory.client.workflow.getHandle('two-levels/0/inner').describe();
    expect(description.searchAttributes).toMatchObject({
      DuramenStudy: ['two-levels'],
      DuramenLevel: ['inner'],
    });
    expect((await laboratory.records('two-levels/0/inner'))[0]).toMatchObject({ kind: 'opened', level: 1 });
    await laboratory.replay('two-levels');
    await laboratory.replay('two-levels/0/inner');
  });

  test('three levels: what the innermost level finds passes through both around it', async () => {
    const levelOf = (name: string, trials: number): Level =>
      level({
        name,
        space: space({ [name]: float(-1, 1) }),
        metrics: { loss: 'minimize' },
        algorithm: regularizedEvolution({ populationSize: 2, tournamentSize: 2 }),
        budget: { trials, concurrency: 2 },
      });
    const definition = await laboratory.define(
      {
        name: 'three-levels',
        levels: [levelOf('a', 3), levelOf('b', 3), levelOf('c', 4)],
        light: true,
        pure: true,
      },
      {
        evaluate:
          '({ c }, { context: { a: { a }, b: { b } } }) => ({ loss: a * a + (b - a) * (b - a) + (c - b) * (c - b) })',
      },
    );
    const simulated = (levelIndex: number, context: Record<string, Record<string, number>>): SearchResult =>
      simulate(
        definition,
        (point) => {
          const parameters = point as Record<string, number>;
          const name = ['a', 'b', 'c'][levelIndex] ?? '';
          if (levelIndex < 2) {
            const inner = simulated(levelIndex + 1, { ...context, [name]: parameters });
            return { kind: 'scored', metrics: { loss: inner.best?.metrics['loss'] ?? NaN }, cost: 0 };
          }
          const [a, b, c] = [context['a']?.['a'] ?? NaN, context['b']?.['b'] ?? NaN, parameters['c'] ?? NaN];
          return { kind: 'scored', metrics: { loss: a * a + (b - a) * (b - a) + (c - b) * (c - b) } };
        },
        { level: levelIndex, context },
      );
    const result = await laboratory.result(await laboratory.start(definition));
    const expected = simulated(0, {});
    expect(result.trajectoryHash).toBe(expected.trajectoryHash);
    expect(Object.keys(result.best?.inner ?? {}).sort()).toEqual(['b', 'c']);
    for (const id of ['three-levels', 'three-levels/0/b', 'three-levels/0/b/0/c'])
      await laboratory.replay(id);
  });

  test('equal inner searches are searched once: the others find the result', async () => {
    const definition = await laboratory.define(
      {
        name: 'reused',
        levels: [
          level({
            name: 'outer',
            space: space({ shift: oneOf([1, 2]) }),
            metrics: { loss: 'minimize' },
            algorithm: random(),
            budget: { trials: 6, concurrency: 3 },
          }),
          level({
            name: 'inner',
            space: space({ x: float(-5, 5) }),
            metrics: { loss: 'minimize' },
            algorithm: random(),
            budget: { trials: 4, concurrency: 2 },
          }),
        ],
        light: true,
        pure: true,
      },
      { evaluate: evaluate(20) },
    );
    const result = await laboratory.result(await laboratory.start(definition));
    expect(result.trials).toBe(6);
    const told = (await laboratory.records('reused')).filter((record) => record.kind === 'told');
    const searched = told.filter((record) => record.reused !== true);
    expect(searched.length).toBeLessThanOrEqual(2);
    expect(new Set(told.map((record) => JSON.stringify(record.outcome))).size).toBe(searched.length);
    await laboratory.replay('reused');
  });

  test('a level reads only what it declares: its results are reused across all else', async () => {
    const definition = await laboratory.define(
      {
        name: 'across',
        levels: [
          level({
            name: 'accelerator',
            space: space({ lanes: oneOf([8, 16, 32]) }),
            metrics: { loss: 'minimize', latency: 'observe' },
            algorithm: sweep(),
            budget: { trials: 3, concurrency: 1 },
            measure: () => ({}),
          }),
          level({
            name: 'network',
            space: space({ x: float(-5, 5) }),
            metrics: { loss: 'minimize' },
            algorithm: random(),
            budget: { trials: 5, concurrency: 2 },
            dependsOn: [],
          }),
        ],
        light: true,
        pure: true,
      },
      {
        evaluate:
          '(p, trial) => { if (trial.context.accelerator) throw new Error("not declared"); return { loss: p.x * p.x }; }',
        measures: 'accelerator: (context, p) => ({ latency: 100 / p.lanes })',
      },
    );
    const result = await laboratory.result(await laboratory.start(definition));
    expect(result.trials).toBe(3);
    const told = (await laboratory.records('across')).filter((record) => record.kind === 'told');
    expect(told.map((record) => record.reused ?? false)).toEqual([false, true, true]);
    expect(
      told.map((record) => record.outcome.kind === 'scored' && record.outcome.metrics['latency']),
    ).toEqual([12.5, 6.25, 3.125]);
  });

  test('a pause reaches every level, a cancel keeps every level, and nothing shows in the trajectory', async () => {
    const definition = await define('tree', { pure: false }, 60);
    const undisturbed = await define('tree-undisturbed', { pure: false }, 60);
    const handle = await laboratory.start(definition);
    await until(async () => (await handle.query(progressQuery)).trials >= 1);
    await laboratory.search(handle).pause();
    const open = (await handle.query(progressQuery)).running;
    expect(open.length).toBeGreaterThan(0);
    await until(async () => {
      const phases = open.map(async (index) => {
        const inner = laboratory.client.workflow.getHandle(`tree/${index}/inner`);
        return (await inner.query(progressQuery)).phase;
      });
      return (await Promise.all(phases)).every((phase) => phase !== 'running');
    });
    await laboratory.search(handle).unpause();
    await until(async () => (await handle.query(progressQuery)).trials >= 3);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    const result = await laboratory.result(await laboratory.start(definition));
    const other = await laboratory.result(await laboratory.start(undisturbed));
    expect(result.trials).toBe(8);
    expect(result.trajectoryHash).toBe(other.trajectoryHash);
    await laboratory.replay('tree', { runId: handle.firstExecutionRunId, label: 'cancelled' });
    await laboratory.replay('tree');
  }, 60_000);

  test('a cancel reaches an inner search that has continued as new, and one that is paused', async () => {
    const levels = (await define('long', {}, 60)).levels.map((each) => ({
      ...each,
      budget: { trials: 300 },
    }));
    const definition = { ...(await define('long', { pure: false }, 60)), levels };
    const handle = await laboratory.start(definition);
    const child = laboratory.client.workflow.getHandle('long/0/inner');
    const runOf = async (): Promise<string | null> =>
      (await child.describe().catch(() => null))?.runId ?? null;
    let first: string | null = null;
    await until(async () => {
      first ??= await runOf();
      return first !== null && (await child.query(progressQuery)).trials >= 20;
    });
    // A paused search with some history continues as new at once.
    await laboratory.search(handle).pause();
    await until(async () => (await runOf()) !== first);
    await handle.cancel();
    await until(async () => (await handle.describe()).status.name === 'CANCELLED');
    expect((await child.describe()).status.name).toBe('CANCELLED');
  }, 60_000);

  test('a definition that was given by hash is no longer the one of inner searches once another is adopted', async () => {
    const options = { pure: false };
    const before = await define('adopting', options, 150);
    const after = await define('adopting', options, 151);
    expect(after.evaluator).not.toEqual(before.evaluator);
    const hash = await laboratory.artifacts.put(new TextEncoder().encode(JSON.stringify(before)));
    const handle = await laboratory.start(before, { definition: { kind: 'stored', hash } });
    await until(async () => (await handle.query(progressQuery)).trials >= 1);
    await laboratory.search(handle).adopt(after);
    await laboratory.result(handle);
    const openedWith = async (index: number): Promise<unknown> => {
      const [first] = await laboratory.records(`adopting/${index}/inner`);
      return first?.kind === 'opened' ? first.definition.evaluator : undefined;
    };
    expect(await openedWith(0)).toEqual(before.evaluator);
    expect(await openedWith(7)).toEqual(after.evaluator);
    await laboratory.replay('adopting');
  }, 60_000);

  test('a failure inside stops the study with a sentence that names it', async () => {
    const definition = await laboratory.define(
      {
        name: 'broken-inside',
        levels: [
          level({
            name: 'outer',
            space: space({ shift: oneOf([1, 2]) }),
            metrics: { loss: 'minimize' },
            algorithm: random(),
            budget: { trials: 2, concurrency: 1 },
            retries: 0,
          }),
          level({
            name: 'inner',
            space: space({ x: float(-5, 5) }),
            metrics: { loss: 'minimize' },
            algorithm: random(),
            budget: { trials: 4, concurrency: 1 },
            retries: 0,
          }),
        ],
        light: true,
      },
      { evaluate: '() => { throw new Error("no such thing"); }' },
    );
    const error: unknown = await laboratory
      .result(await laboratory.start(definition))
      .catch((e: unknown) => e);
    expect(String(error instanceof Error ? error.cause : error)).toMatch(
      /Trial 0 failed \(Bug\): Trial 0 failed \(Bug\): .*no such thing/,
    );
  });
});
