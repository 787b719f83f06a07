import { Client, type WorkflowHandle, type WorkflowStartUpdateInput } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { random } from '../../algorithms/index.js';
import { SearchHandle } from '../../client/index.js';
import { float, space } from '../../search-spaces/index.js';
import type { SearchDefinition } from '../../searches/index.js';
import {
  enqueueUpdate,
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  SEARCH_QUEUE,
  SEARCH_WORKFLOW,
} from '../../workflows/messages/messages.js';
import { SearchLaboratory, until } from '../support/search-laboratory.js';

let laboratory: SearchLaboratory;
beforeAll(async () => {
  laboratory = await SearchLaboratory.open('update-call');
});
afterAll(() => laboratory.close());

/** A search that no machine finishes before it is steered. */
const define = (name: string): Promise<SearchDefinition> =>
  laboratory.define(
    {
      name,
      space: space({ x: float(-5, 10) }),
      metrics: { loss: 'minimize' },
      algorithm: random(),
      budget: { trials: 5_000, concurrency: 2 },
      light: true,
    },
    { evaluate: 'async (p) => { await new Promise((r) => setTimeout(r, 10)); return { loss: p.x * p.x }; }' },
  );

/** A handle of the client, and the ids of the updates that it sent. */
function watchedHandle(id: string): {
  readonly handle: SearchHandle;
  readonly sent: readonly string[];
} {
  const sent: string[] = [];
  const temporal = new Client({
    connection: laboratory.client.connection,
    namespace: laboratory.namespace,
    interceptors: {
      workflow: [
        {
          startUpdate: (input: WorkflowStartUpdateInput, next) => {
            sent.push(input.options.updateId ?? 'none');
            return next(input);
          },
        },
      ],
    },
  });
  const { journals, home } = laboratory;
  return { handle: new SearchHandle({ temporal, journals, home }, id), sent };
}

describe('an update that meets the close of a run', () => {
  /** Waits until the server holds the update; no worker runs that could take it. */
  const held = (id: string, sent: readonly string[]): Promise<void> =>
    until(async () => {
      const updateRef = { workflowExecution: { workflowId: id }, updateId: sent[0] ?? '' };
      const { namespace } = laboratory;
      return laboratory.client.workflowService.pollWorkflowExecutionUpdate({ namespace, updateRef }).then(
        () => true,
        () => false,
      );
    });

  test('goes to the run that follows', async () => {
    const definition = await define('followed');
    const first = await laboratory.start(definition);
    const { handle, sent } = watchedHandle('followed');
    const paused = handle.pause();
    await held('followed', sent);
    // Closes the run and opens the next one in one step, as continue-as-new does.
    await laboratory.client.workflow.start(SEARCH_WORKFLOW, {
      workflowId: 'followed',
      taskQueue: SEARCH_QUEUE,
      workflowIdConflictPolicy: 'TERMINATE_EXISTING',
      args: [{ definition: { kind: 'inline', definition }, level: 0, context: {}, parentPaused: false }],
    });
    const worker = await laboratory.startWorker();
    expect((await paused).phase).toBe('paused');
    expect((await laboratory.client.workflow.getHandle('followed').describe()).runId).not.toBe(
      first.firstExecutionRunId,
    );
    expect(sent).toEqual([sent[0], sent[0]]);
    await laboratory.stop(worker);
  });

  test('is refused with one sentence where none follows', async () => {
    const handle = await laboratory.start(await define('ended'));
    const watched = watchedHandle('ended');
    const refusal = watched.handle.pause().catch((error: unknown) => error);
    await held('ended', watched.sent);
    await handle.terminate();
    expect(await refusal).toMatchObject({
      kind: 'input',
      message: 'Search "ended" has ended: resume or extend it first.',
    });
  });
});

test('an update whose answer was lost is answered by the next run, which does not act again', async () => {
  const worker = await laboratory.startWorker();
  const definition = await define('answered');
  await laboratory.start(definition);
  const handle: WorkflowHandle = laboratory.client.workflow.getHandle('answered');
  await until(async () => (await handle.query(progressQuery)).running.length > 0);
  const enqueued = {
    updateId: 'enqueued',
    args: [{ parameters: { x: 1 } }] as [{ parameters: { x: number } }],
  };
  const { index } = await handle.executeUpdate(enqueueUpdate, enqueued);
  await until(async () => (await handle.query(progressQuery)).trials >= 20);
  const { runId } = await handle.describe();
  // A paused search with some history continues as new at once.
  await handle.executeUpdate(pauseUpdate, { updateId: 'paused' });
  await until(async () => (await handle.describe()).runId !== runId);

  expect(await handle.executeUpdate(enqueueUpdate, enqueued)).toEqual({ index });
  await handle.executeUpdate(resumeUpdate, { updateId: 'resumed' });
  // What was sent to an earlier run is old: the pause does not come back.
  expect((await handle.executeUpdate(pauseUpdate, { updateId: 'paused' })).phase).toBe('running');
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow();
  const records = await laboratory.records('answered');
  expect(records.filter((record) => record.kind === 'proposed' && record.source === 'enqueued')).toHaveLength(
    1,
  );
  expect(
    records.filter((record) => record.kind === 'intervention' && record.intervention.kind === 'pause'),
  ).toHaveLength(1);
  await laboratory.replay('answered', { runId, label: 'continued' });
  await laboratory.replay('answered');
  await laboratory.stop(worker);
});
