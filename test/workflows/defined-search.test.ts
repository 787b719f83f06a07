import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/common';
import { Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { random } from '../../algorithms/index.js';
import { JournalReader, JournalVerifier, SearchClient } from '../../client/index.js';
import type { Json } from '../../foundation/json/index.js';
import { float, space } from '../../search-spaces/index.js';
import type { SearchResult } from '../../searches/index.js';
import { commandLine, descendants } from '../support/process-tree.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';

/** A search that looks for the place its context names, and trains what it found once more, in steps. */
const search = {
  kind: 'duramen-search',
  options: {
    name: 'tune',
    space: space({ x: float(-5, 10) }),
    metrics: { loss: 'minimize' },
    algorithm: random(),
    budget: { trials: 6, concurrency: 2 },
    dependsOn: ['place'],
    pure: true,
    seed: 3,
  },
};
const functions = `
const away = (x, { place }) => (x - place.at) * (x - place.at);
const evaluate = ({ x }, trial) => ({ loss: away(x, trial.context) });
const retrain = async ({ x }, trial) => {
  for (let step = ((await trial.checkpoint.latest())?.step ?? 0) + 1; step <= 4; step += 1) {
    await new Promise((resolve) => setTimeout(resolve, trial.context.place.milliseconds ?? 1));
    await trial.checkpoint.save(new Uint8Array([step]), step);
  }
  return { loss: away(x, trial.context) + parseInt(trial.seed.slice(0, 6), 16) / 0x1000000 };
};`;

let laboratory: SearchLaboratory;
let client: SearchClient;
let foreign: { readonly worker: Worker; readonly running: Promise<void> } | undefined;
let connection: Connection;

beforeAll(async () => {
  laboratory = await SearchLaboratory.open('defined-search');
  await laboratory.startWorker(2);
  const address = inject('temporalAddress');
  connection = await Connection.connect({ address });
  client = new SearchClient(laboratory.client, connection, laboratory.home, null, address);
  const file = fileURLToPath(new URL('./defined-flows.ts', import.meta.url));
  const worker = await Worker.create({
    connection: laboratory.connection,
    namespace: laboratory.namespace,
    taskQueue: 'defined',
    workflowBundle: await bundleWorkflowCode({ workflowsPath: file, logger: new DefaultLogger('ERROR') }),
    activities: {
      define: async (path: string, initial: readonly Json[]) => {
        try {
          return await client.define(path, { initial });
        } catch (error) {
          throw ApplicationFailure.nonRetryable(error instanceof Error ? error.message : String(error));
        }
      },
    },
  });
  foreign = { worker, running: worker.run() };
});
afterAll(async () => {
  foreign?.worker.shutdown();
  await foreign?.running;
  await connection.close();
  await laboratory.close();
});

/** Writes a search file; plain data stands for what the builders of the package make. */
function written(changes: object = {}): string {
  const file = join(laboratory.home, 'tune.search.mjs');
  const options = JSON.stringify({ ...search.options, ...changes });
  const retraining = 'retraining: { evaluate: retrain, pure: true, repetitions: 2, candidates: { best: 2 } }';
  writeFileSync(
    file,
    `${functions}
export default {
  kind: 'duramen-search',
  options: { ...${options}, evaluate, ${retraining} },
  functions: { evaluate, retraining: retrain, measures: {} },
};\n`,
  );
  return file;
}

async function flow(
  id: string,
  contexts: Readonly<Record<string, Readonly<Record<string, Json>>>>,
  initial: readonly Json[] = [],
  file = written(),
): Promise<readonly SearchResult[]> {
  const args = [file, contexts, initial];
  const handle = await laboratory.client.workflow.start('definedFlow', {
    workflowId: id,
    taskQueue: 'defined',
    args,
  });
  return (await handle.result()) as readonly SearchResult[];
}

async function verified(id: string): Promise<number> {
  const { searches, fault } = await new JournalVerifier(laboratory.home).verify(id, { inner: true });
  expect(fault).toBeNull();
  return searches.length;
}

/** The sentence with which a flow fails. */
async function refusal(running: Promise<unknown>): Promise<string> {
  try {
    await running;
  } catch (error) {
    let innermost = error;
    while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
    return innermost instanceof Error ? innermost.message : String(innermost);
  }
  throw new Error('Nothing was refused.');
}

function best(result: SearchResult | undefined): number {
  const parameters = result?.best?.parameters;
  return typeof parameters === 'object' && parameters !== null && 'x' in parameters
    ? Number(parameters['x'])
    : NaN;
}

describe('a search of a search file, started from workflow code', () => {
  test('searches and retrains under the context that the workflow gives', async () => {
    const contexts = { left: { place: { at: -5 } }, right: { place: { at: 10 }, other: 1 } };
    const [left, right] = await flow('places', contexts);
    expect(best(left)).toBeLessThan(best(right));
    const [proposed, others] = await Promise.all(
      ['places/left', 'places/right'].map(async (id) =>
        (await laboratory.records(id)).flatMap((record) =>
          record.kind === 'proposed' ? [record.trial.genome] : [],
        ),
      ),
    );
    // Both are the same search in two places.
    expect(proposed).toEqual(others);
    for (const [name, result] of [
      ['left', left],
      ['right', right],
    ] as const) {
      const { retraining } = result ?? {};
      expect(retraining?.candidates).toHaveLength(2);
      // Retraining adds less than 1 to the loss of the place, and evaluates at that place.
      for (const { search: before, retrained } of retraining?.candidates ?? []) {
        expect((retrained.mean ?? NaN) - (before?.value ?? NaN)).toBeGreaterThan(0);
        expect((retrained.mean ?? NaN) - (before?.value ?? NaN)).toBeLessThan(1);
      }
      expect(await verified(`places/${name}`)).toBe(3);
      await laboratory.replay(`places/${name}`);
      const reading = await new JournalReader(laboratory.home).read(`places/${name}`);
      // What no level reads is no part of the search.
      expect(reading?.context).toEqual({ place: contexts[name].place });
    }
    const { raw } = await laboratory.client.workflow.getHandle('places/left').describe();
    const summary = raw.executionConfig?.userMetadata?.summary?.data;
    expect(JSON.parse(new TextDecoder().decode(summary ?? new Uint8Array()))).toBe('the search left');
  }, 60_000);

  test('begins with the points that are given to its definition', async () => {
    const [result] = await flow('begun', { here: { place: { at: 4 } } }, [{ x: 4 }]);
    expect(best(result)).toBe(4);
    const [first] = (await laboratory.records('begun/here')).filter(({ kind }) => kind === 'proposed');
    expect(first).toMatchObject({ source: 'initial' });
  }, 60_000);

  test('retrains to the same choice when an evaluating process is killed', async () => {
    const slow = { place: { at: 1, milliseconds: 150 } };
    const calm = (await flow('calm', { tuned: slow }))[0]?.retraining;
    const running = flow('killed', { tuned: slow });
    await until(async () => (await laboratory.journals.read('killed/tuned/retraining/6/1')).length > 0);
    await new Promise((resolve) => setTimeout(resolve, 250));
    const busy = descendants(process.pid).filter((pid) => commandLine(pid).includes('evaluating-process'));
    expect(busy.length).toBeGreaterThan(0);
    for (const pid of busy) process.kill(pid, 'SIGKILL');
    const disturbed = (await running)[0]?.retraining;
    expect({ ...disturbed, searches: [] }).toEqual({ ...calm, searches: [] });
    expect(await verified('killed/tuned')).toBe(3);
  }, 60_000);

  test('is refused in one sentence without what it reads, or with a point of another space', async () => {
    expect(await refusal(flow('nowhere', { tuned: {} }))).toBe(
      'dependsOn: "tune" reads "place" from its context: start it from workflow code, ' +
        'search(reference, { context: { "place": … } }).',
    );
    expect(await refusal(flow('odd', { tuned: { place: { at: 1 } } }, [{ x: 11 }]))).toContain(
      'initial[0]: is not a point of the space',
    );
    expect(await refusal(flow('self', {}, [], written({ name: 'place' })))).toContain(
      'dependsOn[0]: a level cannot read its own parameters',
    );
  }, 60_000);
});
