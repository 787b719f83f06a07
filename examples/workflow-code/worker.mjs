// Serves the workflow of workflows.ts and the activities that it names, runs it once and ends. It needs a server and a
// worker for the searches:
//   npx duramen server start
//   npx duramen worker &
//   node examples/workflow-code/worker.mjs
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { connect } from 'duramen';

/** Evaluates a point: gets its parameters and the arguments that workflows.ts gives; returns the metrics. */
async function height({ parameters: { x, y, shape }, arguments: { scale } }) {
  const bowl = (x - 1) ** 2 + (y + 2) ** 2;
  return { height: scale * (shape === 'bowl' ? bowl : 0.5 + (x - 1) ** 2) };
}

async function publish(report) {
  console.log(report);
}

const client = await connect();
const connection = await NativeConnection.connect({ address: client.address });
const worker = await Worker.create({
  connection,
  taskQueue: 'landscape',
  workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
  activities: { height, publish },
});
await worker.runUntil(
  client.temporal.workflow.execute('searchTwice', {
    workflowId: `search-twice-${Date.now()}`,
    taskQueue: 'landscape',
  }),
);
await connection.close();
await client.close();
