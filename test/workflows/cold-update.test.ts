import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultPayloadConverter } from '@temporalio/common';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { random, regularizedEvolution } from '../../algorithms/index.js';
import type { AppendJournalInput } from '../../activities/journal.js';
import { float, space } from '../../search-spaces/index.js';
import type { JournalRecord, SearchDefinition } from '../../searches/index.js';
import { emptyJournal } from '../../storage/index.js';
import { progressQuery, type SearchInput } from '../../workflows/messages/messages.js';
import { simulate } from '../support/plain-search.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';
import { sharedDirectory } from '../support/shared.js';

let laboratory: SearchLaboratory;
beforeAll(async () => {
  laboratory = await SearchLaboratory.open('cold-update');
});
afterAll(() => laboratory.close());

const square = (x: number): number => (x - 1) * (x - 1);
const expected = (definition: SearchDefinition): string =>
  simulate(definition, (point) => ({
    kind: 'scored',
    metrics: { loss: square((point as { readonly x: number }).x) },
  })).trajectoryHash;

/** Number of workflow tasks that did nothing and that the next one followed with nothing in between. */
async function emptyTasks(id: string): Promise<number> {
  const { events } = await laboratory.client.workflow.getHandle(id).fetchHistory();
  return (events ?? []).filter(
    (event, place) =>
      event.workflowTaskCompletedEventAttributes && events?.[place + 1]?.workflowTaskScheduledEventAttributes,
  ).length;
}

test('a cold worker that takes an update after a task without commands decides as a replay does', async () => {
  const name = 'cold';
  const gate = join(laboratory.home, 'gate');
  const define = (text: string): Promise<SearchDefinition> =>
    laboratory.define(
      {
        name,
        space: space({ x: float(-5, 10) }),
        metrics: { loss: 'minimize' },
        algorithm: random(),
        budget: { trials: 4, concurrency: 4 },
      },
      {
        evaluate: `async (p, { index }) => {
        const { existsSync } = await import('node:fs');
        while (index > 0 && !existsSync(${JSON.stringify(gate)})) await new Promise((resolve) => setTimeout(resolve, 50));
        return { loss: (p.x - 1) * (p.x - 1), ${text}: 1 };
      }`,
      },
    );
  const definition = await define('first');
  const trainer = await laboratory.startWorker(4, ['cpu']);
  let worker = await laboratory.startWorker(2, ['search']);
  const handle = await laboratory.start(definition);
  for (const text of ['second', 'third', 'fourth']) {
    await until(async () => (await handle.query(progressQuery)).running.length === 3);
    // Whatever lags behind has caught up: the last task of the first worker had nothing to do.
    await delay(3_500);
    await laboratory.stop(worker);
    const answer = laboratory.search(handle).adopt(await define(text));
    await delay(2_500);
    worker = await laboratory.startWorker(2, ['search']);
    await answer;
  }
  // The situation that this test is about did come up.
  expect(await emptyTasks(name)).toBeGreaterThanOrEqual(1);
  await writeFile(gate, '');
  expect((await laboratory.result(handle)).trajectoryHash).toBe(expected(definition));
  await laboratory.replay(name);
  await laboratory.stop(worker);
  await laboratory.stop(trainer);
}, 120_000);

test('updates at any moment, taken with and without a cache of workflows, replay without a difference', async () => {
  const define = (name: string): Promise<SearchDefinition> =>
    laboratory.define(
      {
        name,
        space: space({ x: float(-5, 10) }),
        metrics: { loss: 'minimize' },
        algorithm: regularizedEvolution({ populationSize: 6, tournamentSize: 3 }),
        budget: { trials: 60, concurrency: 4 },
        light: true,
      },
      {
        // No machine finishes before the last update.
        evaluate: `async (p, { index }) => {
          const { existsSync } = await import('node:fs');
          await new Promise((resolve) => setTimeout(resolve, 60));
          while (index > 50 && !existsSync(${JSON.stringify(join(laboratory.home, name))}))
            await new Promise((resolve) => setTimeout(resolve, 20));
          return { loss: (p.x - 1) * (p.x - 1) };
        }`,
      },
    );
  for (const cachedWorkflows of [0, 10]) {
    const name = `cached-${cachedWorkflows}`;
    const worker = await laboratory.startWorker(2, ['search'], { cachedWorkflows });
    const definition = await define(name);
    const handle = await laboratory.start(definition);
    const search = laboratory.search(handle);
    await until(async () => (await handle.query(progressQuery)).trials > 2);
    for (let round = 0; round < 6; round += 1) {
      await search.setConcurrency(1 + (round % 4));
      await Promise.all([search.pause(), delay(20)]);
      await delay(70 * (round % 3));
      await Promise.all([search.unpause(), search.setConcurrency(4)]);
    }
    await writeFile(join(laboratory.home, name), '');
    const latest = laboratory.client.workflow.getHandle(name);
    expect((await laboratory.result(latest)).trajectoryHash).toBe(expected(definition));
    await laboratory.replay(name);
    await laboratory.stop(worker);
  }
}, 120_000);

const shared = sharedDirectory();

test.skipIf(shared === undefined)(
  'a search whose history an earlier build left unreadable goes on from its journal as if undisturbed',
  async () => {
    const file = join(shared ?? '', 'histories/cold-worker-adopt.json');
    const { events = [] } = historyFromJSON(JSON.parse(readFileSync(file, 'utf8')));
    const list = events ?? [];
    const read = <Value>(payload: Parameters<typeof defaultPayloadConverter.fromPayload>[0] | undefined) => {
      if (payload === undefined) throw new Error('The history holds no such argument.');
      return defaultPayloadConverter.fromPayload<Value>(payload);
    };
    const input = read<SearchInput>(list[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]);
    if (input.definition.kind !== 'inline') throw new Error('The definition of the history is inline.');
    const given = input.definition.definition;
    // The journal as the activities of the history wrote it.
    const appended = list.flatMap((event) => {
      const scheduled = event.activityTaskScheduledEventAttributes;
      return scheduled?.activityType?.name === 'appendJournal'
        ? [read<AppendJournalInput>(scheduled.input?.payloads?.[0])]
        : [];
    });
    expect(appended.length).toBe(2);
    expect(await laboratory.journals.openEpoch('twoc', 'lost run')).toBe(1);
    const opened: JournalRecord = {
      kind: 'opened',
      search: 'twoc',
      definition: given,
      level: 0,
      context: {},
      version: '0.1.0',
    };
    const first = await laboratory.journals.append('twoc', 1, emptyJournal, [opened]);
    expect(first.kind).toBe('written');
    for (const { position, records } of appended) {
      const hash = (await laboratory.journals.read('twoc')).at(-1)?.hash ?? '';
      const written = await laboratory.journals.append('twoc', 1, { ...position, hash }, records);
      expect(written.kind).toBe('written');
    }
    // The code of that search is lost with its home: another evaluator is adopted, as the lost update asked.
    const code = await laboratory.define(
      {
        name: 'code',
        space: space({ x: float(0, 1) }),
        metrics: { error: 'minimize' },
        algorithm: random(),
        budget: { trials: 1 },
      },
      {
        evaluate: '(p, trial) => ({ error: Math.abs(p.rate - trial.context.model.size / 8) + p.depth / 10 })',
        measures: 'model: (context, p) => ({ bytes: p.size * 1000 })',
      },
    );
    const evaluator = { ...code.evaluator, light: true };
    const levels = given.levels.map((level) =>
      level.measure === undefined ? level : { ...level, measure: evaluator },
    );
    const definition = { ...given, evaluator, levels } as SearchDefinition;
    const worker = await laboratory.startWorker(2);
    const handle = await laboratory.start(definition, { adopt: true });
    const result = await laboratory.result(handle);
    const plain = simulate(definition, (point) => {
      const model = point as { readonly family: string; readonly size: number };
      const inner = simulate(
        definition,
        (innermost) => {
          const { rate, depth } = innermost as { readonly rate: number; readonly depth: number };
          return {
            kind: 'scored',
            metrics: { error: Math.abs(rate - model.size / 8) + depth / 10 },
          };
        },
        { level: 1, context: { model } },
      );
      const error = inner.best?.metrics['error'] ?? NaN;
      return { kind: 'scored', metrics: { error, bytes: model.size * 1000 }, cost: 0 };
    });
    expect(result.trajectoryHash).toBe(plain.trajectoryHash);
    const proposed = (await laboratory.records('twoc')).filter(({ kind }) => kind === 'proposed');
    expect(proposed).toHaveLength(6);
    await laboratory.stop(worker);
  },
  60_000,
);
