// A worker of your own that serves the activity "squaredError". Start it while the search runs:
//   npx duramen run examples/activity/approximate.search.ts
//   node examples/activity/worker.mjs
import { NativeConnection, Worker } from '@temporalio/worker';
import { findServer } from 'duramen';

/** Gets the trial's parameters and the arguments of the search file; returns the metrics. */
async function squaredError({ parameters, arguments: { points } }) {
  const { slope, offset } = parameters;
  return { error: points.reduce((sum, [x, y]) => sum + (slope * x + offset - y) ** 2, 0) };
}

const server = await findServer();
if (server.kind === 'none') throw new Error('No server runs: start the search first.');
const connection = await NativeConnection.connect({ address: server.address });
const worker = await Worker.create({
  connection,
  taskQueue: 'approximation',
  activities: { squaredError },
  shutdownForceTime: '5s',
});
await worker.run();
await connection.close();
