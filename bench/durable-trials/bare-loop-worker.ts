import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

/** Serves the bare loop, with the options of Duramen's own worker. Arguments: address, task queue, bundle. */
const [address, taskQueue, codePath] = process.argv.slice(2);
if (address === undefined || taskQueue === undefined || codePath === undefined) {
  throw new Error('The worker of the bare loop needs an address, a task queue and a bundle.');
}
Runtime.install({
  logger: new DefaultLogger('WARN', ({ level, message }) => console.error(`${level}: ${message}`)),
});
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  taskQueue,
  workflowBundle: { codePath },
  activities: { nothing: async () => undefined },
  stickyQueueScheduleToStartTimeout: '1s',
  maxHeartbeatThrottleInterval: '1s',
  maxEagerActivityReservationsPerWorkflowTask: 16,
  maxCachedWorkflows: 200,
});
const stop = () => worker.shutdown();
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
const running = worker.run();
console.log('ready');
await running;
await connection.close();
