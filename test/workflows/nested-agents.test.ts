import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ma2ml, random, type AlgorithmReference } from '../../algorithms/index.js';
import type { Json } from '../../foundation/json/index.js';
import { oneOf, space } from '../../search-spaces/index.js';
import { level, type SearchDefinition, type SearchLoop } from '../../searches/index.js';
import { algorithmQuery, progressQuery } from '../../workflows/messages/messages.js';
import { algorithmBits } from '../support/algorithm-state.js';
import { simulatedLoop } from '../support/plain-search.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';

const tags = (tag: string): { readonly tags: readonly string[] } => ({ tags: [tag] });
/** Rounds of four pipelines, more than run at the same time. */
const quick = { pipelinesPerRound: 4, stepsPerRound: 4, hiddenUnits: 8, learningRate: 0.1 };
const hardware = ma2ml({ ...quick, agents: [{ name: 'accelerator', tag: 'hardware' }] });

interface Outer {
  readonly lanes: number;
  readonly memory: string;
}
interface Inner {
  readonly flip: boolean;
  readonly depth: number;
  readonly rate: number;
}
const accuracy = ({ lanes, memory }: Outer, { flip, depth, rate }: Inner): number =>
  (lanes / 8 + (memory === 'large' ? 1 : 0) + (flip ? 1 : 0) + (depth === 3 ? 1 : 0) + rate) / 5;
/** The function of the search file; from trial 12 on it waits until the file `gate` is there, if one is named. */
const evaluate = (
  milliseconds: number,
  gate: string | null,
): string => `async (p, { index, context: { outer } }) => {
  const { existsSync } = await import('node:fs');
  const gate = ${JSON.stringify(gate)};
  do await new Promise((resolve) => setTimeout(resolve, ${milliseconds}));
  while (gate !== null && index >= 12 && !existsSync(gate));
  const { lanes, memory } = outer;
  return { accuracy:
    (lanes / 8 + (memory === 'large' ? 1 : 0) + (p.flip ? 1 : 0) + (p.depth === 3 ? 1 : 0) + p.rate) / 5 };
}`;

describe('agents at the levels of a nested search', () => {
  let laboratory: SearchLaboratory;
  beforeAll(async () => {
    laboratory = await SearchLaboratory.open('nested-agents');
    await laboratory.startWorker(3);
  });
  afterAll(() => laboratory.close());

  interface Setting {
    readonly outer: AlgorithmReference;
    readonly inner: AlgorithmReference;
    readonly trials: readonly [outer: number, inner: number];
    readonly milliseconds?: number;
    readonly gate?: string;
    readonly pure?: boolean;
  }

  const define = (name: string, setting: Setting): Promise<SearchDefinition> =>
    laboratory.define(
      {
        name,
        levels: [
          level({
            name: 'outer',
            space: space({
              lanes: oneOf([1, 2, 4, 8], tags('hardware')),
              memory: oneOf(['small', 'large'], tags('hardware')),
            }),
            metrics: { accuracy: 'maximize' },
            algorithm: setting.outer,
            budget: { trials: setting.trials[0], concurrency: 3 },
            window: 8,
          }),
          level({
            name: 'inner',
            space: space({
              flip: oneOf([false, true], tags('AUG')),
              depth: oneOf([1, 2, 3], tags('NAS')),
              rate: oneOf([0, 0.5, 1], tags('HPO')),
            }),
            metrics: { accuracy: 'maximize' },
            algorithm: setting.inner,
            budget: { trials: setting.trials[1], concurrency: 3 },
            window: 8,
          }),
        ],
        seed: 13,
        light: true,
        pure: setting.pure ?? false,
      },
      { evaluate: evaluate(setting.milliseconds ?? 5, setting.gate ?? null) },
    );

  const innerLoop = (definition: SearchDefinition, outer: Outer): SearchLoop =>
    simulatedLoop(
      definition,
      (point) => ({ kind: 'scored', metrics: { accuracy: accuracy(outer, point as unknown as Inner) } }),
      { level: 1, context: { outer: outer as unknown as Json } },
    ).loop;

  /** The outer search, without Temporal and undisturbed. */
  const outerLoop = (definition: SearchDefinition, trials?: number): SearchLoop =>
    simulatedLoop(
      definition,
      (point) => {
        const best = innerLoop(definition, point as unknown as Outer).report.bestValue() ?? NaN;
        return { kind: 'scored', metrics: { accuracy: best }, cost: 0 };
      },
      trials === undefined ? {} : { trials },
    ).loop;

  const stateOf = async (search: string): Promise<Uint8Array> => {
    const snapshot = await laboratory.journals.snapshot(search);
    if (snapshot === null) throw new Error(`There is no snapshot of ${search}.`);
    return snapshot.state;
  };

  /** Whether a search and those inside it took the decisions of the undisturbed ones, and learned the same bits. */
  async function expectUndisturbed(definition: SearchDefinition, trials?: number): Promise<void> {
    const { name } = definition;
    const expected = outerLoop(definition, trials);
    const closed = (await laboratory.records(name)).at(-1);
    expect(closed).toMatchObject({ kind: 'closed', trajectoryHash: expected.state.trajectoryHash });
    expect(algorithmBits(await stateOf(name))).toEqual(algorithmBits(expected.encode()));
    const [first] = expected.report.trials().last;
    const id = `${name}/${first?.index ?? 0}/inner`;
    if (await laboratory.journals.exists(id)) {
      const inner = innerLoop(definition, first?.parameters as unknown as Outer);
      expect(algorithmBits(await stateOf(id))).toEqual(algorithmBits(inner.encode()));
    }
    await laboratory.replay(name);
  }

  test.each<[string, Setting]>([
    ['agents-outside', { outer: hardware, inner: random(), trials: [11, 4] }],
    ['agents-inside', { outer: random(), inner: ma2ml(quick), trials: [4, 11] }],
    ['agents-reused', { outer: hardware, inner: ma2ml(quick), trials: [14, 9], pure: true }],
  ])('%s: the search takes the decisions of the undisturbed one', async (name, setting) => {
    const definition = await define(name, setting);
    await laboratory.result(await laboratory.start(definition));
    await expectUndisturbed(definition);
    const told = (await laboratory.records(name)).filter((record) => record.kind === 'told');
    expect(told.some(({ reused }) => reused === true)).toBe(setting.pure === true);
  });

  test('what the agents cannot work with ends in one sentence, before the search or at the trial', async () => {
    const flat = (name: string, agents: readonly string[]): Promise<SearchDefinition> =>
      laboratory.define(
        {
          name,
          space: space({ a: oneOf([1, 2], tags('AUG')), b: oneOf([1, 2], tags('NAS')) }),
          metrics: { accuracy: 'maximize' },
          algorithm: ma2ml({ ...quick, agents: agents.map((agent) => ({ name: agent })) }),
          budget: { trials: 8, concurrency: 2 },
          light: true,
        },
        { evaluate: '() => ({ accuracy: 87 })' },
      );
    await expect(flat('no-decisions', ['AUG', 'NAS', 'HPO'])).rejects.toThrow(
      /algorithm: the agent HPO has nothing to decide, no decision carries the tag 'HPO'/,
    );
    const handle = await laboratory.start(await flat('per-cent', ['AUG', 'NAS']));
    const error: unknown = await laboratory.result(handle).catch((thrown: unknown) => thrown);
    expect(String(error instanceof Error ? error.cause : error)).toMatch(
      /trial 0 reports accuracy 87, outside of the range 0 to 1 .*: give it the 'range' of accuracy, such as \[0, 100\]/,
    );
  });

  test('at both levels: paused, continued as new, extended in a round, cancelled and resumed', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'duramen-gate-'));
    const gate = path.join(folder, 'open');
    const definition = await define('agents-everywhere', {
      outer: hardware,
      inner: ma2ml(quick),
      trials: [6, 26],
      milliseconds: 30,
      gate,
    });
    const handle = await laboratory.start(definition);
    await until(async () => (await handle.query(progressQuery)).running.length > 0);
    const [running = 0] = (await handle.query(progressQuery)).running;
    const inner = laboratory.client.workflow.getHandle(`agents-everywhere/${running}/inner`);
    await until(async () => (await inner.query(progressQuery)).trials >= 12);
    const { runId } = await inner.describe();
    await laboratory.search(handle).pause();
    await until(async () => (await inner.query(progressQuery)).phase === 'paused');
    await writeFile(gate, '');
    // A paused search with some history continues as new when nothing runs.
    await until(async () => (await inner.describe()).runId !== runId);
    expect(await inner.query(algorithmQuery)).toMatchObject({
      algorithm: 'ma2ml',
      groups: [{ name: 'AUG' }, { name: 'NAS' }, { name: 'HPO' }],
    });
    await laboratory.search(handle).unpause();
    await until(async () => (await handle.query(progressQuery)).trials >= 3);
    // Six are a round and a half; with eleven, the last one is open too.
    await laboratory.search(handle).extend({ trials: 11 });
    await until(async () => (await handle.query(progressQuery)).trials >= 6);
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    const result = await laboratory.result(await laboratory.start(definition));
    expect(result.trials).toBe(11);
    await expectUndisturbed(definition, 11);
    await rm(folder, { recursive: true });
  }, 60_000);
});
